"""Never left, or perhaps sent: both carriers tell it apart on connections that break at every moment."""

import asyncio
from collections.abc import AsyncIterator, Callable
from typing import Literal
from uuid import UUID

import pytest

from leadcore.kernel.ids import AttemptId
from leadcore.ports.messaging import Carrier, CarrierUnavailableError, OutboundMessage, OutcomeUnknownError
from leadcore_httpkit import AnswerLostError, NeverLeftError, Patience, VendorHttp
from leadcore_sendgrid.carrier import SendGridCarrier
from leadcore_sendgrid.settings import SendGridSettings
from leadcore_twilio.carrier import TwilioCarrier
from leadcore_twilio.settings import TwilioSettings
from leadcore_twilio.transport import sdk_client
from tests.integration.vendors.rude_server import DeafPort, Rudeness, closed_port, rude

MakeCarrier = Callable[[str, str], Carrier]
CARRIERS = ("twilio", "sendgrid")
TOTAL_S = 0.5


@pytest.fixture
async def carrier_at() -> AsyncIterator[MakeCarrier]:
    """Makes a carrier by vendor and address, with little patience."""
    opened: list[VendorHttp] = []

    def make(vendor: str, url: str) -> Carrier:
        http = VendorHttp(url, connect_s=TOTAL_S / 2, total_s=TOTAL_S)
        opened.append(http)
        if vendor == "sendgrid":
            return _Closable(SendGridCarrier(http, SendGridSettings(api_key="k", sender="shop@example.com")), http)
        settings = TwilioSettings(account_sid="AC1", auth_token="t", sender="+15125550100", base_url=url)
        return _Closable(TwilioCarrier(sdk_client(settings, http), settings), http)

    yield make

    for http in opened:
        await http.aclose()


class _Closable:
    """A carrier without the rest of its connection."""

    def __init__(self, carrier: TwilioCarrier | SendGridCarrier, http: VendorHttp) -> None:
        self.send = carrier.send
        self.accepted_for = carrier.accepted_for
        self.aclose = http.aclose


def message(channel: Literal["sms", "email"] = "sms") -> OutboundMessage:
    sender, recipient = ("+15125550100", "+15125550142") if channel == "sms" else ("s@example.com", "pat@example.com")
    return OutboundMessage(
        attempt_id=AttemptId(UUID(int=1)), channel=channel, sender=sender, recipient=recipient, body="Hi",
        status_url="https://leads.example.test/s",
    )  # fmt: skip


def message_for(vendor: str) -> OutboundMessage:
    return message("email" if vendor == "sendgrid" else "sms")


@pytest.mark.parametrize("vendor", CARRIERS)
@pytest.mark.parametrize("rudeness", ["closes", "resets", "half_answer", "garbage", "silent", "closes_unread"])
async def test_once_a_byte_is_written_a_broken_connection_leaves_the_outcome_unknown(
    carrier_at: MakeCarrier, vendor: str, rudeness: Rudeness
) -> None:
    async with rude(rudeness) as server:
        carrier = carrier_at(vendor, server.url)

        with pytest.raises(OutcomeUnknownError):
            await carrier.send(message_for(vendor))

        assert server.requests <= 1


@pytest.mark.parametrize("vendor", CARRIERS)
async def test_a_whole_answer_with_half_a_body_leaves_the_outcome_unknown(carrier_at: MakeCarrier, vendor: str) -> None:
    async with rude("cut_json") as server:
        with pytest.raises(OutcomeUnknownError):
            await carrier_at(vendor, server.url).send(message_for(vendor))


@pytest.mark.parametrize("vendor", CARRIERS)
async def test_a_refused_connection_sent_nothing(carrier_at: MakeCarrier, vendor: str) -> None:
    with pytest.raises(CarrierUnavailableError):
        await carrier_at(vendor, closed_port()).send(message_for(vendor))


@pytest.mark.parametrize("vendor", CARRIERS)
async def test_a_connection_that_is_never_established_sent_nothing(carrier_at: MakeCarrier, vendor: str) -> None:
    deaf = DeafPort()

    with pytest.raises(CarrierUnavailableError):
        await carrier_at(vendor, deaf.url).send(message_for(vendor))

    deaf.close()


@pytest.mark.parametrize("vendor", CARRIERS)
async def test_a_failed_tls_handshake_sent_nothing(carrier_at: MakeCarrier, vendor: str) -> None:
    async with rude("garbage") as server:
        carrier = carrier_at(vendor, server.url.replace("http://", "https://"))

        with pytest.raises(CarrierUnavailableError):
            await carrier.send(message_for(vendor))

        assert server.requests == 0


@pytest.mark.parametrize("vendor", CARRIERS)
async def test_a_closed_carrier_sent_nothing(carrier_at: MakeCarrier, vendor: str) -> None:
    carrier = carrier_at(vendor, closed_port())
    await carrier.aclose()
    await carrier.aclose()

    with pytest.raises(CarrierUnavailableError):
        await carrier.send(message_for(vendor))


async def test_our_own_total_timeout_is_judged_by_whether_a_byte_was_written() -> None:
    deaf = DeafPort()
    waiting_to_connect = VendorHttp(deaf.url, connect_s=30, total_s=0.2)

    with pytest.raises(NeverLeftError):
        await waiting_to_connect.call("POST", "/x", json={})

    deaf.close()
    async with rude("silent") as server:
        waiting_for_answer = VendorHttp(server.url, total_s=0.2)
        with pytest.raises(AnswerLostError):
            await waiting_for_answer.call("POST", "/x", json={})
        await waiting_for_answer.aclose()
    await waiting_to_connect.aclose()


async def test_reads_are_tried_again_and_sends_are_not() -> None:
    pauses: list[float] = []

    async def pause(seconds: float) -> None:
        pauses.append(seconds)

    async with rude("closes") as server:
        http = VendorHttp(server.url, patience=Patience(tries=3, fraction=lambda: 0.5, pause=pause))
        with pytest.raises(AnswerLostError):
            await http.read("/list")
        read_requests = server.requests
        with pytest.raises(AnswerLostError):
            await http.call("POST", "/send", json={})
        await http.aclose()

        assert (read_requests, server.requests) == (3, 4)
    assert pauses == [0.1, 0.2]


async def test_a_cancelled_call_is_cancelled_not_translated() -> None:
    async with rude("silent") as server:
        http = VendorHttp(server.url)
        call = asyncio.create_task(http.call("POST", "/x", json={}))
        while server.requests == 0:
            await asyncio.sleep(0)

        call.cancel()

        with pytest.raises(asyncio.CancelledError):
            await call
        await http.aclose()
