"""The Twilio adapter against the vendor's simulator over real HTTP."""

from collections.abc import AsyncIterator
from datetime import UTC, datetime, timedelta
from typing import Any
from uuid import uuid4

import msgspec
import pytest

from leadcore.kernel.ids import AttemptId
from leadcore.ports.inbound import CustomerMessage, DeliveryReport, RawRequest
from leadcore.ports.messaging import (
    CarrierError,
    CarrierUnavailableError,
    MessageRefusedError,
    OutboundMessage,
    OutcomeUnknownError,
    RecipientRefusedError,
    SenderRefusedError,
)
from leadcore.ports.plugin import ConnectionUrls
from leadcore_httpkit import VendorHttp
from leadcore_twilio.carrier import TwilioCarrier
from leadcore_twilio.connection import TwilioConnection
from leadcore_twilio.plugin import PLUGIN
from leadcore_twilio.settings import TwilioSettings
from leadcore_twilio.transport import sdk_client
from tests.apps.simulators.vendor_server import Hit, Receiver
from tests.integration.vendors.conftest import Vendor
from tests.integration.vendors.rude_server import closed_port

SID = "AC00000000000000000000000000000001"
SHOP = "+15125550100"
PAT = "+15125550142"
SERVICE = "MG" + "0" * 31 + "1"


def settings(url: str, **changes: str) -> TwilioSettings:
    known = {"account_sid": SID, "auth_token": "sim-twilio-token", "sender": SHOP, "base_url": url}
    return TwilioSettings(**(known | changes))


@pytest.fixture
async def twilio(twilio_vendor: Vendor) -> AsyncIterator[TwilioConnection]:
    connection: TwilioConnection = PLUGIN.open(settings(twilio_vendor.url))
    yield connection
    await connection.aclose()


def message(**changes: Any) -> OutboundMessage:
    known: dict[str, Any] = {
        "attempt_id": AttemptId(uuid4()), "channel": "sms", "sender": SHOP, "recipient": PAT,
        "body": "Hi Pat – 20% off? 👍", "status_url": "https://leads.example.test/t/1/status?a=1",
    }  # fmt: skip
    return OutboundMessage(**(known | changes))


def as_request(hit: Hit) -> RawRequest:
    return RawRequest(method="POST", url=hit.url, headers=tuple(hit.headers.items()), body=hit.body)


async def test_a_message_is_sent_with_its_callback_and_its_validity(
    twilio: TwilioConnection, twilio_vendor: Vendor
) -> None:
    receipt = await twilio.send(message(validity_s=99_999))

    (entry,) = await twilio_vendor.log("create_message")
    assert (receipt.provider_id, receipt.status) == (entry["id"], "queued")
    assert entry["fields"] | {"To": PAT, "From": SHOP, "Body": "Hi Pat – 20% off? 👍"} == entry["fields"]
    assert entry["fields"]["StatusCallback"] == "https://leads.example.test/t/1/status?a=1"
    assert str(entry["fields"]["ValidityPeriod"]) == "36000"


async def test_a_messaging_service_sends_by_its_sid(twilio: TwilioConnection, twilio_vendor: Vendor) -> None:
    await twilio_vendor.control("numbers", phone_number=SHOP, messaging_service_sid=SERVICE)

    receipt = await twilio.send(message(sender=SERVICE))

    (found,) = await twilio.accepted_for(PAT, since=datetime.now(UTC))
    assert (receipt.status, found.sender, found.provider_id) == ("accepted", SERVICE, receipt.provider_id)


@pytest.mark.parametrize(
    ("recipient", "kind", "code"),
    [
        ("+15005550001", RecipientRefusedError, "21211"),
        ("+15005550002", RecipientRefusedError, "21612"),
        ("+15005550003", MessageRefusedError, "21408"),
        ("+15005550004", RecipientRefusedError, "21610"),
        ("+15005550009", RecipientRefusedError, "21614"),
    ],
)
async def test_refusals_keep_twilios_code_and_say_whose_fault_it_is(
    twilio: TwilioConnection, recipient: str, kind: type[CarrierError], code: str
) -> None:
    with pytest.raises(kind) as refusal:
        await twilio.send(message(recipient=recipient))

    assert refusal.value.provider_code == code
    if isinstance(refusal.value, RecipientRefusedError):
        assert refusal.value.opted_out == (code == "21610")


@pytest.mark.parametrize("changes", [{"sender": "+15125550199"}, {"sender": SERVICE}])
async def test_a_sender_that_is_not_the_accounts_is_refused_with_the_remedy(
    twilio: TwilioConnection, changes: dict[str, str]
) -> None:
    with pytest.raises(SenderRefusedError) as refusal:
        await twilio.send(message(**changes))

    assert refusal.value.fix


async def test_a_wrong_token_is_the_senders_fault(twilio_vendor: Vendor) -> None:
    connection = TwilioConnection(settings(twilio_vendor.url, auth_token="wrong"))

    with pytest.raises(SenderRefusedError) as refusal:
        await connection.send(message())
    with pytest.raises(SenderRefusedError):
        await connection.accepted_for(PAT, since=datetime.now(UTC))

    assert "Auth Token" in str(refusal.value.fix)
    await connection.aclose()


@pytest.mark.parametrize(
    ("rule", "kind"),
    [
        ({"kind": "status", "status": 429, "retry_after": 7}, CarrierUnavailableError),
        ({"kind": "status", "status": 503}, OutcomeUnknownError),
        ({"kind": "status", "status": 500}, OutcomeUnknownError),
        ({"kind": "status", "status": 404}, MessageRefusedError),
        ({"kind": "status", "status": 403}, SenderRefusedError),
        ({"kind": "status_after", "status": 502}, OutcomeUnknownError),
        ({"kind": "lost_answer"}, OutcomeUnknownError),
        ({"kind": "drop_before"}, OutcomeUnknownError),
    ],
)
async def test_troubles_on_the_way_are_told_apart(
    twilio: TwilioConnection, twilio_vendor: Vendor, rule: dict[str, Any], kind: type[CarrierError]
) -> None:
    await twilio_vendor.misbehave({"op": "create_message", **rule})

    with pytest.raises(kind) as trouble:
        await twilio.send(message())

    accepted = await twilio_vendor.log("create_message")
    assert len(accepted) == (rule["kind"] in {"lost_answer", "status_after"})
    if isinstance(trouble.value, CarrierUnavailableError):
        assert trouble.value.retry_after_s == 7


async def test_a_message_whose_answer_was_lost_is_found_by_lookup(
    twilio: TwilioConnection, twilio_vendor: Vendor
) -> None:
    await twilio_vendor.misbehave({"op": "create_message", "kind": "lost_answer"})
    since = datetime.now(UTC)
    with pytest.raises(OutcomeUnknownError):
        await twilio.send(message(body="lost"))
    await twilio_vendor.misbehave()
    await twilio_vendor.control("inbound", **{"from": PAT, "to": SHOP, "body": "from the customer"})

    found = await twilio.accepted_for(PAT, since=since)

    assert [(one.body, one.sender, one.recipient) for one in found] == [("lost", SHOP, PAT)]
    assert abs(found[0].created_at - since) < timedelta(seconds=30)
    assert await twilio.accepted_for("+15125550143", since=since) == ()
    assert await twilio.accepted_for(PAT, since=since + timedelta(hours=1)) == ()


async def test_the_lookup_walks_every_page(twilio_vendor: Vendor) -> None:
    http = VendorHttp(twilio_vendor.url)
    chosen = settings(twilio_vendor.url)
    carrier = TwilioCarrier(sdk_client(chosen, http), chosen, page_size=2)
    sent = {(await carrier.send(message(body=f"text {number}"))).provider_id for number in range(5)}

    found = await carrier.accepted_for(PAT, since=datetime.now(UTC) - timedelta(minutes=1))

    assert {one.provider_id for one in found} == sent
    assert len(found) == 5
    await http.aclose()


@pytest.mark.parametrize("rule", [{"kind": "status", "status": 503}, {"kind": "lost_answer"}])
async def test_a_lookup_that_fails_says_unavailable_never_empty(
    twilio: TwilioConnection, twilio_vendor: Vendor, rule: dict[str, Any]
) -> None:
    await twilio_vendor.misbehave({"op": "list_messages", **rule})

    with pytest.raises(CarrierUnavailableError):
        await twilio.accepted_for(PAT, since=datetime.now(UTC))


async def test_a_status_callback_comes_back_through_the_door(
    twilio: TwilioConnection, twilio_vendor: Vendor, receiver: Receiver
) -> None:
    sent = message(recipient="+15005553003")
    sent = msgspec.structs.replace(sent, status_url=f"{receiver.url}/t/1/status?a={sent.attempt_id}")
    receipt = await twilio.send(sent)

    hits = await receiver.take(2)

    items = [item for hit in hits for item in twilio.admit(as_request(hit), now=datetime.now(UTC))]
    reports = [event for item in items for event in twilio.read(item)]
    assert {type(report) for report in reports} == {DeliveryReport}
    assert {(report.provider_id, report.attempt_id) for report in reports if isinstance(report, DeliveryReport)} == {
        (receipt.provider_id, sent.attempt_id)
    }
    assert "30003" in {report.error_code for report in reports if isinstance(report, DeliveryReport)}


@pytest.mark.parametrize("shared", [False, True])
async def test_a_customers_text_comes_in_through_the_registered_url(
    twilio_vendor: Vendor, receiver: Receiver, shared: bool
) -> None:
    connection = TwilioConnection(settings(twilio_vendor.url, shared_key="s3cret" if shared else ""))
    if shared:
        key = {"sid": "webhooks_sharedkey_1", "secret": "s3cret"}
        await twilio_vendor.control("accounts", sid=SID, auth_token="sim-twilio-token", shared_key=key)
    await connection.register(ConnectionUrls(inbound=f"{receiver.url}/t/1", status=f"{receiver.url}/t/1/status"))
    await twilio_vendor.control("inbound", **{"from": PAT, "to": SHOP, "body": "How much?"})

    (item,) = connection.admit(as_request(await receiver.next()), now=datetime.now(UTC))

    (found,) = connection.read(item)
    assert isinstance(found, CustomerMessage)
    assert (found.sender, found.recipient, found.text, item.urgent) == (PAT, SHOP, "How much?", True)
    await connection.aclose()


async def test_registering_points_the_number_once_with_retries_and_leaves_voice_alone(
    twilio: TwilioConnection, twilio_vendor: Vendor
) -> None:
    urls = ConnectionUrls(inbound="https://leads.example.test/t/1", status="https://leads.example.test/t/1/status")
    await twilio_vendor.control("numbers", phone_number=SHOP, status_callback="https://calls.example.test")

    first = await twilio.register(urls)
    again = await twilio.register(urls)

    (number,) = (await twilio_vendor.look("numbers"))["numbers"]
    assert [finding.ok for finding in (*first, *again)] == [True, True]
    assert number["sms_url"] == "https://leads.example.test/t/1#rc=5&rp=all"
    assert number["status_callback"] == "https://calls.example.test"
    assert len(await twilio_vendor.log("update_number")) == 1


async def test_a_public_address_without_https_is_pointed_at_and_warned_about(twilio: TwilioConnection) -> None:
    done, warning = await twilio.register(ConnectionUrls(inbound="http://leads.example.test/t/1", status=""))

    assert (done.ok, warning.ok, warning.code) == (True, False, "not_https")


async def test_a_service_has_to_be_pointed_by_hand_and_the_finding_says_where(twilio_vendor: Vendor) -> None:
    connection = TwilioConnection(settings(twilio_vendor.url, sender=SERVICE))

    (finding,) = await connection.register(ConnectionUrls(inbound="https://leads.example.test/t/1", status=""))

    assert (finding.ok, finding.code) == (False, "by_hand")
    assert "https://leads.example.test/t/1#rc=5&rp=all" in str(finding.fix)
    await connection.aclose()


async def test_a_good_account_passes_the_check(twilio: TwilioConnection) -> None:
    findings = await twilio.check()

    assert [finding.ok for finding in findings] == [True, True]


@pytest.mark.parametrize(
    ("changes", "code", "advice"),
    [
        ({"auth_token": "wrong"}, "unauthorized", "API keys & tokens"),
        ({"account_sid": "AC" + "0" * 31 + "9"}, "unauthorized", "API keys & tokens"),
        ({"sender": "+15125550199"}, "no_number", "Active numbers"),
        ({"base_url": closed_port()}, "unreachable", "base_url"),
    ],
)
async def test_each_refusal_of_the_check_names_its_fix(
    twilio_vendor: Vendor, changes: dict[str, str], code: str, advice: str
) -> None:
    connection = TwilioConnection(settings(twilio_vendor.url, **changes))

    *_, finding = await connection.check()
    *_, registered = await connection.register(ConnectionUrls(inbound="https://leads.example.test/t", status=""))

    assert (finding.ok, finding.code, registered.code) == (False, code, code)
    assert advice in str(finding.fix)
    await connection.aclose()
