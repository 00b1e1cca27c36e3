"""The JSON that goes to SendGrid."""

from typing import Any
from uuid import UUID

from hypothesis import given
from hypothesis import strategies as st

from leadcore.kernel.ids import AttemptId
from leadcore.ports.messaging import OutboundMessage
from leadcore_sendgrid.letters import payload
from leadcore_sendgrid.settings import SendGridSettings

SETTINGS = SendGridSettings(api_key="k", sender="shop@example.com", sender_name="Shop")
ATTEMPT = AttemptId(UUID("01900000-0000-7000-8000-000000000001"))


def message(**changes: Any) -> OutboundMessage:
    known: dict[str, Any] = {
        "attempt_id": ATTEMPT, "channel": "email", "sender": "shop@example.com", "recipient": "pat@example.com",
        "body": "Your quote", "status_url": "", "subject": "Quote",
    }  # fmt: skip
    return OutboundMessage(**(known | changes))


def test_a_plain_mail_names_the_attempt_and_nothing_else_about_the_customer() -> None:
    body = payload(message(), SETTINGS)

    assert body["from"] == {"email": "shop@example.com", "name": "Shop"}
    assert body["content"] == [{"type": "text/plain", "value": "Your quote"}]
    (person,) = body["personalizations"]
    assert person["to"] == [{"email": "pat@example.com"}]
    assert person["custom_args"] == {"attempt_id": str(ATTEMPT)}
    assert person["headers"] == {"Message-ID": f"<{ATTEMPT}@example.com>"}
    assert body["tracking_settings"]["click_tracking"] == {"enable": False, "enable_text": False}


def test_a_reply_with_html_and_unsubscribe_is_dressed_for_its_thread() -> None:
    body = payload(
        message(
            html="<p>Your quote</p>", reply_to="lead@reply.example.com", thread_ref="<m1@example.com>",
            unsubscribe_url="https://leads.example.test/u/1", sender_name="Shop, Inc.",
        ),
        SETTINGS,
    )  # fmt: skip

    assert [part["type"] for part in body["content"]] == ["text/plain", "text/html"]
    assert body["reply_to"] == {"email": "lead@reply.example.com"}
    assert body["personalizations"][0]["headers"] == {
        "Message-ID": f"<{ATTEMPT}@example.com>",
        "In-Reply-To": "<m1@example.com>",
        "References": "<m1@example.com>",
        "List-Unsubscribe": "<https://leads.example.test/u/1>",
        "List-Unsubscribe-Post": "List-Unsubscribe=One-Click",
    }


@given(st.text(max_size=80), st.text(max_size=80), st.text(max_size=80))
def test_no_text_of_a_customer_adds_a_header_line(subject: str, name: str, reference: str) -> None:
    body = payload(message(subject=subject, sender_name=name, thread_ref=reference), SETTINGS)

    lines = [body["subject"], body["from"].get("name", ""), *body["personalizations"][0]["headers"].values()]
    assert not any("\n" in line or "\r" in line for line in lines)
