"""SendGrid's door: signed events with the SDK as oracle, and customers' mail."""

import base64
import binascii
import random
from datetime import UTC, datetime
from typing import Any
from uuid import UUID

import msgspec
import pytest
from cryptography.hazmat.primitives import hashes, serialization
from cryptography.hazmat.primitives.asymmetric import ec
from hypothesis import given
from hypothesis import strategies as st
from sendgrid.helpers.eventwebhook import EventWebhook

from leadcore.kernel.errors import InvalidInputError
from leadcore.kernel.ids import AttemptId
from leadcore.ports.inbound import (
    CustomerMessage,
    DeliveryReport,
    ForgedRequestError,
    InboundEvent,
    RawRequest,
    UnreadableBodyError,
    UnsubscribeRequested,
)
from leadcore.testing.contracts.inbound_door import InboundDoorContract
from leadcore_sendgrid.door import SendGridDoor
from leadcore_sendgrid.settings import SendGridSettings

NOW = datetime(2026, 11, 22, 15, tzinfo=UTC)
ATTEMPT = AttemptId(UUID("01900000-0000-7000-8000-000000000001"))
PRIVATE = ec.derive_private_key(20261122, ec.SECP256R1())
PUBLIC = base64.b64encode(
    PRIVATE.public_key().public_bytes(serialization.Encoding.DER, serialization.PublicFormat.SubjectPublicKeyInfo)
).decode()
SIGNATURE = "X-Twilio-Email-Event-Webhook-Signature"
TIMESTAMP = "X-Twilio-Email-Event-Webhook-Timestamp"


def door(key: str = PUBLIC) -> SendGridDoor:
    return SendGridDoor(
        SendGridSettings(api_key="k", sender="shop@example.com", verification_key=key, parse_domain="Reply.example.com")
    )


def sign(timestamp: str, body: bytes) -> str:
    return base64.b64encode(PRIVATE.sign(timestamp.encode() + body, ec.ECDSA(hashes.SHA256()))).decode()


def raw(body: bytes, *, signature: str | None = None, timestamp: str = "1764000000") -> RawRequest:
    headers = (
        ("Content-Type", "application/json"),
        (SIGNATURE, sign(timestamp, body) if signature is None else signature),
        (TIMESTAMP, timestamp),
    )
    return RawRequest(method="POST", url="https://leads.example.test/t/1/status", headers=headers, body=body)


def events(*elements: dict[str, Any]) -> RawRequest:
    return raw(msgspec.json.encode(elements) + b"\r\n")


def event(kind: str, **fields: object) -> dict[str, Any]:
    known = {"email": "Pat@Example.com", "timestamp": 1764000000, "event": kind, "sg_event_id": f"id-{kind}"}
    return {**known, "sg_message_id": "abc.recvd-1", "attempt_id": str(ATTEMPT), **fields}


def read(request: RawRequest) -> list[InboundEvent]:
    return [found for item in door().admit(request, now=NOW) for found in door().read(item)]


def mail(text: str = "How much?", *, headers: str = "", **fields: str) -> RawRequest:
    known = {
        "headers": f"Message-ID: <m1@example.com>\r\nFrom: Pat <pat@example.com>\r\n{headers}",
        "to": "Shop <lead@reply.example.com>",
        "from": "Pat Doe <Pat@example.com>",
        "subject": "Re: Your quote",
        "text": text,
        "envelope": '{"to":["lead@reply.example.com"],"from":"bounce-1@example.com"}',
        "charsets": '{"text":"UTF-8","subject":"UTF-8"}',
    }
    return form({name: value.encode() for name, value in (known | fields).items()})


def form(fields: dict[str, bytes]) -> RawRequest:
    parts = (
        b'--xYz\r\nContent-Disposition: form-data; name="%s"\r\n\r\n%s\r\n' % (name.encode(), value)
        for name, value in fields.items()
    )
    return RawRequest(
        method="POST",
        url="https://leads.example.test/t/1",
        headers=(("content-type", "multipart/form-data; boundary=xYz"),),
        body=b"".join(parts) + b"--xYz--\r\n",
    )


def customer_message(request: RawRequest) -> CustomerMessage:
    (found,) = read(request)
    assert isinstance(found, CustomerMessage)
    return found


class TestContract(InboundDoorContract):
    def door(self) -> SendGridDoor:
        return door()

    def signed(self) -> tuple[RawRequest, ...]:
        return events(event("delivered"), event("spamreport"), event("dropped")), events(event("unsubscribe"))

    def unsigned(self) -> tuple[RawRequest, ...]:
        return mail(), mail(headers="Message-ID: <m2@example.com>\r\n", **{"from": "sam@example.com"})

    def now(self) -> datetime:
        return NOW


@pytest.mark.parametrize(
    ("kind", "fields", "status", "reason"),
    [
        ("processed", {}, "queued", None),
        ("deferred", {"response": "451 later"}, "sending", None),
        ("delivered", {}, "delivered", None),
        ("bounce", {"type": "bounce", "status": "5.1.1"}, "undelivered", "bounce"),
        ("bounce", {"type": "blocked", "status": "4.7.1"}, "undelivered", None),
        ("dropped", {"reason": "Unsubscribed Address"}, "failed", "unsubscribe"),
        ("dropped", {"reason": "Spam Reporting Address"}, "failed", "complaint"),
        ("dropped", {"reason": "Something else"}, "failed", None),
        ("spamreport", {}, "delivered", "complaint"),
        ("unsubscribe", {}, "delivered", "unsubscribe"),
        ("group_unsubscribe", {}, "delivered", "unsubscribe"),
    ],
)
def test_an_event_becomes_a_report_and_maybe_a_wish(
    kind: str, fields: dict[str, str], status: str, reason: str | None
) -> None:
    found = read(events(event(kind, **fields)))

    reports = [one for one in found if isinstance(one, DeliveryReport)]
    wishes = [one for one in found if isinstance(one, UnsubscribeRequested)]
    assert [(one.provider_id, one.status, one.attempt_id) for one in reports] == [("abc", status, ATTEMPT)]
    assert [(one.email, one.reason) for one in wishes] == ([("pat@example.com", reason)] if reason else [])


@pytest.mark.parametrize("kind", ["open", "click", "group_resubscribe", "account_status_change", "novelty"])
def test_events_of_no_interest_are_admitted_and_give_nothing(kind: str) -> None:
    assert read(events(event(kind))) == []


def test_an_asynchronous_bounce_is_known_by_our_attempt_id_alone() -> None:
    element = event("bounce", type="bounce")
    del element["sg_message_id"]

    found = read(events(element))

    assert [one.attempt_id for one in found if isinstance(one, DeliveryReport)] == [ATTEMPT]


def test_each_element_is_an_item_and_a_repeated_one_is_admitted_once() -> None:
    items = door().admit(events(event("delivered"), event("processed"), event("delivered")), now=NOW)

    assert [item.dedupe_key for item in items] == ["id-delivered", "id-processed"]
    assert items[0].occurred_at == datetime.fromtimestamp(1764000000, UTC)


@pytest.mark.parametrize("body", [b"{}", b"null", b"nonsense", b""])
def test_signed_bytes_that_are_no_array_are_unreadable_not_forged(body: bytes) -> None:
    with pytest.raises(UnreadableBodyError):
        door().admit(raw(body), now=NOW)


def test_without_a_verification_key_no_event_is_believed() -> None:
    with pytest.raises(ForgedRequestError, match="verification key"):
        door(key="").admit(events(event("delivered")), now=NOW)


def test_a_verification_key_with_its_pem_frame_is_understood_and_nonsense_is_refused() -> None:
    framed = f"-----BEGIN PUBLIC KEY-----\r\n{PUBLIC}\r\n-----END PUBLIC KEY-----\r\n"

    assert door(key=framed).admit(events(event("delivered")), now=NOW)
    with pytest.raises(InvalidInputError):
        door(key="nonsense")


def test_a_form_that_claims_to_be_a_mail_cannot_carry_events() -> None:
    request = events(event("delivered"))
    disguised = msgspec.structs.replace(request, headers=(("content-type", "multipart/form-data; boundary=x"),))

    with pytest.raises(UnreadableBodyError):
        door().admit(disguised, now=NOW)


def _oracle(verifier: EventWebhook, body: bytes, signature: str, timestamp: str) -> bool:
    try:
        return bool(verifier.verify_signature(body.decode(), signature, timestamp))
    except (binascii.Error, ValueError):
        return False


def test_in_5000_mutations_we_agree_with_the_sdk_each_time() -> None:
    chance, verifier = random.Random(20261122), EventWebhook(PUBLIC)
    guard = door()
    genuine = [raw(msgspec.json.encode([event("delivered", n=n)])) for n in range(20)]
    verdicts = {True: 0, False: 0}

    for _ in range(5000):
        request = chance.choice(genuine)
        body, signature, timestamp = bytearray(request.body), request.header(SIGNATURE), request.header(TIMESTAMP)
        match chance.randrange(6):
            case 0:
                body[chance.randrange(len(body))] = chance.randrange(32, 127)
            case 1:
                at = chance.randrange(len(signature))
                signature = signature[:at] + chance.choice("AZaz09+/=") + signature[at + 1 :]
            case 2:
                timestamp = str(int(timestamp) + chance.choice((0, 1, -1)))
            case 3:
                body += chance.choice((b"\r\n", b" ", b""))
            case _:
                pass
        asked = raw(bytes(body), signature=signature, timestamp=timestamp)
        try:
            accepted = bool(guard.admit(asked, now=NOW))
        except UnreadableBodyError:
            accepted = True
        except ForgedRequestError:
            accepted = False
        assert accepted == _oracle(verifier, bytes(body), signature, timestamp)
        verdicts[accepted] += 1

    assert min(verdicts.values()) > 1000


def test_a_mail_is_urgent_and_read_by_person_not_by_envelope() -> None:
    request = mail(headers="In-Reply-To: <01900000@example.com>\r\n")
    (item,) = door().admit(request, now=NOW)

    found = customer_message(request)

    assert item.urgent
    assert found == CustomerMessage(
        channel="email", sender="pat@example.com", sender_name="Pat Doe", recipient="lead@reply.example.com",
        subject="Re: Your quote", text="How much?", provider_id="m1@example.com", thread_ref="01900000@example.com",
    )  # fmt: skip


def test_another_senders_mail_cannot_silence_one_by_its_message_id() -> None:
    mine, forged = mail(), mail(**{"from": "mallory@example.com"})

    keys = {door().admit(request, now=NOW)[0].dedupe_key for request in (mine, forged, mail("other words"))}

    assert len(keys) == 2


def test_fields_are_decoded_by_their_own_charset() -> None:
    fields = {
        "from": b"pat@example.com", "text": "Grüße".encode("latin-1"), "subject": "прайс".encode("koi8-r"),
        "charsets": b'{"text":"iso-8859-1","subject":"KOI8-R"}', "attachment1": b"\x00\xff" * 100,
    }  # fmt: skip

    found = customer_message(form(fields))

    assert (found.text, found.subject) == ("Grüße", "прайс")


def test_a_raw_mail_is_read_without_parsed_fields() -> None:
    source = (
        "Message-ID: <r1@example.com>\r\nFrom: =?utf-8?q?P=C3=A4t?= <pat@example.com>\r\n"
        "Subject: =?utf-8?q?Gr=C3=BC=C3=9Fe?=\r\nContent-Type: text/plain; charset=utf-8\r\n\r\nHow much?\r\n"
    )

    found = customer_message(form({"email": source.encode(), "to": b"lead@reply.example.com"}))

    assert (found.sender_name, found.sender, found.subject, found.text) == (
        "Pät",
        "pat@example.com",
        "Grüße",
        "How much?",
    )
    assert found.recipient == "lead@reply.example.com"


def test_a_mail_with_html_alone_is_read_as_text() -> None:
    markup = "<head><style>p{}</style></head><p>How&nbsp;much<br>for <b>tint</b>?</p><blockquote>old</blockquote>"

    found = customer_message(mail("", html=markup))

    assert found.text == "How much\nfor tint?"


@pytest.mark.parametrize(
    ("headers", "automatic"),
    [
        ("", False),
        ("Auto-Submitted: no\r\n", False),
        ("Auto-Submitted: auto-replied (vacation)\r\n", True),
        ("auto-submitted: Auto-Generated\r\n", True),
        ("Precedence: bulk\r\n", True),
        ("X-Autoreply: yes\r\n", True),
        ("Return-Path: <>\r\n", True),
    ],
)
def test_mail_of_machines_is_marked_so_that_none_is_answered(headers: str, automatic: bool) -> None:
    assert customer_message(mail(headers=headers)).automatic is automatic


@given(
    st.dictionaries(
        st.sampled_from(["headers", "text", "html", "from", "to", "envelope", "charsets", "email", "subject"]),
        st.binary(max_size=120),
    )
)
def test_any_form_is_a_message_or_unreadable(fields: dict[str, bytes]) -> None:
    try:
        items = door().admit(form(fields), now=NOW)
    except UnreadableBodyError:
        return

    assert all(isinstance(found, CustomerMessage) for item in items for found in door().read(item))


@given(st.binary(max_size=400))
def test_any_bytes_after_the_boundary_are_a_message_or_unreadable(body: bytes) -> None:
    request = msgspec.structs.replace(
        mail(), body=b'--xYz\r\nContent-Disposition: form-data; name="email"\r\n\r\n' + body
    )
    try:
        items = door().admit(request, now=NOW)
    except UnreadableBodyError:
        return

    assert all(isinstance(found, CustomerMessage) for item in items for found in door().read(item))
