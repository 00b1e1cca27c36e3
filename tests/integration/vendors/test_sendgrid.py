"""The SendGrid adapter against the vendor's simulator over real HTTP."""

import asyncio
from collections.abc import AsyncIterator
from datetime import UTC, datetime
from typing import Any
from uuid import uuid4

import msgspec
import pytest

from leadcore.kernel.ids import AttemptId
from leadcore.ports.inbound import CustomerMessage, DeliveryReport, ForgedRequestError, RawRequest, UnsubscribeRequested
from leadcore.ports.messaging import (
    CarrierError,
    CarrierUnavailableError,
    LookupUnsupportedError,
    MessageRefusedError,
    OutboundMessage,
    OutcomeUnknownError,
    SenderRefusedError,
)
from leadcore.ports.plugin import ConnectionUrls, Finding
from leadcore_sendgrid.connection import SendGridConnection
from leadcore_sendgrid.plugin import PLUGIN
from leadcore_sendgrid.settings import SendGridSettings
from tests.apps.simulators.vendor_server import Hit, Receiver
from tests.integration.vendors.conftest import Vendor
from tests.integration.vendors.rude_server import closed_port

KEY = "sim-sendgrid-key"
DOMAIN = "reply.example.com"
URLS = ConnectionUrls(inbound="https://leads.example.test/t/1", status="https://leads.example.test/t/1/status")


def settings(url: str, **changes: str) -> SendGridSettings:
    known = {"api_key": KEY, "sender": "shop@example.com", "parse_domain": DOMAIN, "base_url": url}
    return SendGridSettings(**(known | changes))


@pytest.fixture
async def sendgrid(sendgrid_vendor: Vendor) -> AsyncIterator[SendGridConnection]:
    connection: SendGridConnection = PLUGIN.open(settings(sendgrid_vendor.url))
    yield connection
    await connection.aclose()


def message(**changes: Any) -> OutboundMessage:
    known: dict[str, Any] = {
        "attempt_id": AttemptId(uuid4()), "channel": "email", "sender": "shop@example.com",
        "recipient": "pat@example.com", "subject": "Your quote", "body": "$450", "status_url": "",
    }  # fmt: skip
    return OutboundMessage(**(known | changes))


def learned(findings: tuple[Finding, ...]) -> dict[str, str]:
    return {name: value for finding in findings for name, value in finding.learned.items()}


def as_request(hit: Hit) -> RawRequest:
    return RawRequest(method="POST", url=hit.url, headers=tuple(hit.headers.items()), body=hit.body)


async def test_a_mail_is_accepted_under_the_vendors_message_id(
    sendgrid: SendGridConnection, sendgrid_vendor: Vendor
) -> None:
    receipt = await sendgrid.send(message(html="<p>$450</p>", unsubscribe_url="https://leads.example.test/u/1"))

    (mail,) = (await sendgrid_vendor.look("mailbox?email=pat@example.com"))["mails"]
    assert receipt.provider_id == mail["message_id"]
    assert (mail["subject"], mail["text"], mail["html"]) == ("Your quote", "$450", "<p>$450</p>")
    assert mail["headers"]["List-Unsubscribe-Post"] == "List-Unsubscribe=One-Click"


@pytest.mark.parametrize(
    ("rule", "kind"),
    [
        ({"kind": "status", "status": 429}, CarrierUnavailableError),
        ({"kind": "status", "status": 500}, OutcomeUnknownError),
        ({"kind": "status", "status": 400}, MessageRefusedError),
        ({"kind": "status", "status": 413}, MessageRefusedError),
        ({"kind": "status", "status": 403}, SenderRefusedError),
        ({"kind": "status_after", "status": 502}, OutcomeUnknownError),
        ({"kind": "lost_answer"}, OutcomeUnknownError),
        ({"kind": "drop_before"}, OutcomeUnknownError),
    ],
)
async def test_troubles_on_the_way_are_told_apart(
    sendgrid: SendGridConnection, sendgrid_vendor: Vendor, rule: dict[str, Any], kind: type[CarrierError]
) -> None:
    await sendgrid_vendor.misbehave({"op": "send_mail", **rule})

    with pytest.raises(kind):
        await sendgrid.send(message())

    assert len(await sendgrid_vendor.log("send_mail")) == (rule["kind"] in {"lost_answer", "status_after"})


async def test_a_wrong_key_and_an_unverified_sender_are_the_senders_fault(sendgrid_vendor: Vendor) -> None:
    await sendgrid_vendor.control("accounts", api_key="strict", senders=["verified@example.com"])
    for api_key in ("wrong", "strict"):
        connection = SendGridConnection(settings(sendgrid_vendor.url, api_key=api_key))

        with pytest.raises(SenderRefusedError) as refusal:
            await connection.send(message())

        assert refusal.value.fix
        await connection.aclose()


async def test_a_mail_that_quotes_an_api_key_is_not_even_tried(
    sendgrid: SendGridConnection, sendgrid_vendor: Vendor
) -> None:
    with pytest.raises(MessageRefusedError):
        await sendgrid.send(message(body="SG.abc123.def456"))

    assert await sendgrid_vendor.log("send_mail") == []


async def test_there_is_no_lookup(sendgrid: SendGridConnection) -> None:
    with pytest.raises(LookupUnsupportedError):
        await sendgrid.accepted_for("pat@example.com", since=datetime.now(UTC))


async def test_registering_learns_the_key_with_which_events_are_believed(
    sendgrid: SendGridConnection, sendgrid_vendor: Vendor, receiver: Receiver
) -> None:
    urls = ConnectionUrls(inbound=f"{receiver.url}/t/1", status=f"{receiver.url}/t/1/status")
    sent = message(recipient="spamreport@example.com")

    found = learned(await sendgrid.register(urls))
    receipt = await sendgrid.send(sent)
    hits = await receiver.take(3)

    believing = SendGridConnection(settings(sendgrid_vendor.url, **found))
    items = [item for hit in hits for item in believing.admit(as_request(hit), now=datetime.now(UTC))]
    events = [event for item in items for event in believing.read(item)]
    reports = [event for event in events if isinstance(event, DeliveryReport)]
    assert {(one.provider_id, one.attempt_id) for one in reports} == {(receipt.provider_id, sent.attempt_id)}
    assert {"queued", "delivered"} <= {one.status for one in reports}
    assert UnsubscribeRequested(email="spamreport@example.com", reason="complaint") in events
    with pytest.raises(ForgedRequestError):
        sendgrid.admit(as_request(hits[0]), now=datetime.now(UTC))
    await believing.aclose()


async def test_registering_again_changes_nothing_and_a_new_host_changes_the_old_entry(
    sendgrid: SendGridConnection, sendgrid_vendor: Vendor
) -> None:
    moved = ConnectionUrls(inbound="https://new.example.test/t/1", status="https://new.example.test/t/1/status")

    first = await sendgrid.register(URLS)
    again = await sendgrid.register(URLS)
    saves = len(await sendgrid_vendor.log("create_event_webhook")) + len(await sendgrid_vendor.log("save_parse"))
    await sendgrid.register(moved)

    auth = {"authorization": f"Bearer {KEY}"}
    hooks = (await sendgrid_vendor.api("GET", "/v3/user/webhooks/event/settings/all", headers=auth)).json()["webhooks"]
    parse = (await sendgrid_vendor.api("GET", "/v3/user/webhooks/parse/settings", headers=auth)).json()["result"]
    assert all(finding.ok for finding in (*first, *again))
    assert learned(first) == learned(again)
    assert saves == 2
    assert [hook["url"] for hook in hooks] == [moved.status]
    assert [row["url"] for row in parse] == [moved.inbound]


async def test_a_customers_mail_comes_in_by_inbound_parse(
    sendgrid: SendGridConnection, sendgrid_vendor: Vendor, receiver: Receiver
) -> None:
    await sendgrid.register(ConnectionUrls(inbound=f"{receiver.url}/t/1", status=URLS.status))
    mail = {"from": "Pat <pat@example.com>", "to": f"lead@{DOMAIN}", "subject": "Re: quote", "text": "Größe?\n> STOP"}
    await sendgrid_vendor.control("inbound", **mail)

    (item,) = sendgrid.admit(as_request(await receiver.next()), now=datetime.now(UTC))

    (found,) = sendgrid.read(item)
    assert isinstance(found, CustomerMessage)
    assert (found.sender, found.recipient, found.text) == ("pat@example.com", f"lead@{DOMAIN}", "Größe?")
    assert item.urgent


async def test_a_host_name_that_another_account_took_is_said(sendgrid_vendor: Vendor) -> None:
    await sendgrid_vendor.control("accounts", api_key="other")
    first = SendGridConnection(settings(sendgrid_vendor.url, api_key="other"))
    second = SendGridConnection(settings(sendgrid_vendor.url))
    await first.register(URLS)

    *_, finding = await second.register(URLS)

    assert not finding.ok
    assert "duplicate hostname" in finding.what
    await asyncio.gather(first.aclose(), second.aclose())


async def test_without_a_parse_domain_the_person_is_told_what_to_do(sendgrid_vendor: Vendor) -> None:
    connection = SendGridConnection(settings(sendgrid_vendor.url, parse_domain=""))

    events, parse = await connection.register(URLS)

    assert (events.ok, parse.ok, parse.code) == (True, False, "no_parse_domain")
    assert "mx.sendgrid.net" in str(parse.fix)
    await connection.aclose()


async def test_a_good_key_passes_the_check(sendgrid: SendGridConnection) -> None:
    assert [finding.ok for finding in await sendgrid.check()] == [True]


@pytest.mark.parametrize(
    ("changes", "code", "advice"),
    [
        ({"api_key": "wrong"}, "unauthorized", "API Keys"),
        ({"api_key": "narrow"}, "no_scope", "Mail Send"),
        ({"base_url": closed_port()}, "unreachable", "base_url"),
    ],
)
async def test_each_refusal_of_the_check_names_its_fix(
    sendgrid_vendor: Vendor, changes: dict[str, str], code: str, advice: str
) -> None:
    await sendgrid_vendor.control("accounts", api_key="narrow", scopes=[])
    connection = SendGridConnection(settings(sendgrid_vendor.url, **changes))

    (finding,) = await connection.check()
    registered = await connection.register(URLS)

    assert (finding.ok, finding.code) == (False, code)
    assert advice in str(finding.fix)
    assert not any(one.ok for one in registered)
    await connection.aclose()


def test_the_settings_refuse_what_they_do_not_know() -> None:
    with pytest.raises(msgspec.ValidationError):
        msgspec.convert({"api_key": "k", "sender": "s@example.com", "typo": "x"}, type=PLUGIN.settings)
