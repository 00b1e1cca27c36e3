"""Fetching MMS pictures: from the simulator with the account's credentials, and from nobody else (SSRF)."""

import asyncio
from base64 import b64encode
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from datetime import UTC, datetime
from typing import Any

import pytest

from leadcore.ports.inbound import CustomerMessage, RawRequest
from leadcore.ports.pictures import PictureGoneError, PictureSource, PictureUnavailableError
from leadcore_sendgrid.connection import SendGridConnection
from leadcore_sendgrid.plugin import PLUGIN as SENDGRID
from leadcore_sendgrid.settings import SendGridSettings
from leadcore_twilio.connection import TwilioConnection
from leadcore_twilio.plugin import PLUGIN
from leadcore_twilio.settings import TwilioSettings
from tests.apps.simulators.vendor_server import Receiver
from tests.integration.vendors.conftest import Vendor
from tests.integration.vendors.rude_server import closed_port
from tests.unit.pictures.specimens import SECRET, jpeg

SID = "AC00000000000000000000000000000001"
MAIL_KEY = "sim-sendgrid-key"
SHOP, PAT = "+15125550100", "+15125550142"
MEDIA = f"/2010-04-01/Accounts/{SID}/Messages/MM1/Media/ME1"
LIMIT = 100_000


@asynccontextmanager
async def opened(url: str, **changes: str) -> AsyncIterator[TwilioConnection]:
    known = {"account_sid": SID, "auth_token": "sim-twilio-token", "sender": SHOP, "base_url": url}
    connection: TwilioConnection = PLUGIN.open(TwilioSettings(**(known | changes)))
    yield connection
    await connection.aclose()


class Answering:
    """A server that answers every request with the next of *answers* and notes what it was asked."""

    def __init__(self, *answers: bytes) -> None:
        self.answers = list(answers)
        self.asked: list[bytes] = []

    async def __call__(self, reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        self.asked.append(await reader.readuntil(b"\r\n\r\n"))
        writer.write(self.answers.pop(0))
        await writer.drain()
        writer.close()


@asynccontextmanager
async def serving(answering: Answering) -> AsyncIterator[str]:
    server = await asyncio.start_server(answering, "127.0.0.1", 0)
    try:
        yield f"http://127.0.0.1:{server.sockets[0].getsockname()[1]}"
    finally:
        server.close()


def answer(status: str, *headers: str, body: bytes = b"") -> bytes:
    lines = (f"HTTP/1.1 {status}", f"content-length: {len(body)}", "connection: close", *headers)
    return "\r\n".join(lines).encode() + b"\r\n\r\n" + body


async def mms(vendor: Vendor, receiver: Receiver, **fields: Any) -> CustomerMessage:
    """Let the customer send an MMS, and read what arrives."""
    await vendor.control("numbers", phone_number=SHOP, sms_url=f"{receiver.url}/hooks/t")
    sending = asyncio.create_task(
        vendor.control(
            "inbound", to=SHOP, **{"from": PAT}, body="Look",
            media=[{"content": b64encode(jpeg()).decode(), "content_type": "image/jpeg"}], **fields,
        )
    )  # fmt: skip
    hit = await receiver.next()
    await sending
    request = RawRequest(method="POST", url=hit.url, headers=tuple(hit.headers.items()), body=hit.body)
    async with opened(vendor.url) as twilio:
        (item,) = twilio.admit(request, now=datetime(2026, 11, 22, tzinfo=UTC))
        (event,) = twilio.read(item)
    assert isinstance(event, CustomerMessage)
    return event


async def test_an_mms_is_announced_signed_and_its_picture_fetched_byte_for_byte(
    twilio_vendor: Vendor, receiver: Receiver
) -> None:
    message = await mms(twilio_vendor, receiver)

    async with opened(twilio_vendor.url) as twilio:
        assert isinstance(twilio, PictureSource)
        content = await twilio.fetch_picture(message.pictures[0].url, max_bytes=LIMIT)

    assert content == jpeg()


async def test_without_the_accounts_credentials_there_is_no_picture(twilio_vendor: Vendor, receiver: Receiver) -> None:
    message = await mms(twilio_vendor, receiver)

    bare = await twilio_vendor.api("GET", message.pictures[0].url.removeprefix(twilio_vendor.url))
    async with opened(twilio_vendor.url, auth_token="wrong") as twilio:
        with pytest.raises(PictureUnavailableError, match="HTTP 401"):
            await twilio.fetch_picture(message.pictures[0].url, max_bytes=LIMIT)

    assert bare.status_code == 401


async def test_a_vendor_in_trouble_is_asked_again_later(twilio_vendor: Vendor, receiver: Receiver) -> None:
    message = await mms(twilio_vendor, receiver)

    async with opened(twilio_vendor.url) as twilio:
        for rule in ({"kind": "status", "status": 503}, {"kind": "lost_answer"}):
            await twilio_vendor.misbehave({"op": "fetch_media", **rule})
            with pytest.raises(PictureUnavailableError):
                await twilio.fetch_picture(message.pictures[0].url, max_bytes=LIMIT)
        missing = f"{twilio_vendor.url}{MEDIA}"
        await twilio_vendor.misbehave()
        with pytest.raises(PictureUnavailableError, match="not yet"):
            await twilio.fetch_picture(missing, max_bytes=LIMIT)


async def test_a_picture_that_is_too_large_is_not_read_to_its_end(twilio_vendor: Vendor, receiver: Receiver) -> None:
    message = await mms(twilio_vendor, receiver)

    async with opened(twilio_vendor.url) as twilio:
        with pytest.raises(PictureGoneError, match="larger than 50 bytes"):
            await twilio.fetch_picture(message.pictures[0].url, max_bytes=50)


EVIL = [
    f"https://evil.example.com{MEDIA}",
    "http://169.254.169.254/latest/meta-data/",
    "http://[::ffff:127.0.0.1]/x",
    "file:///etc/hostname",
    "gopher://127.0.0.1:70/_",
    "//evil.example.com/x",
    "",
    "{base}@evil.example.com/x",
    "{base}.evil.example.com/x",
    "{base}/2010-04-01/Accounts/AC2/Messages/MM1/Media/ME1",
    "{base}/2010-04-01/Accounts/{sid}/Messages/MM1/Media/ME1/../../../../AC2.json",
    "{base}/2010-04-01/Accounts/{sid}/Messages/MM1/Media/ME1?x=1",
    "{base}/2010-04-01/Accounts/{sid}/Messages/MM1/Media/ME1#",
    "{base}/2010-04-01/Accounts/{sid}/Messages/MM1/Media/ME1\n",
    "{base}/2010-04-01/Accounts/{sid}.json",
    "{base}/2010-04-01/Accounts/{sid}/Messages/%2e%2e/Media/ME1",
    "{base}\\@evil.example.com/2010-04-01/Accounts/{sid}/Messages/MM1/Media/ME1",
]


@pytest.mark.parametrize("url", EVIL)
async def test_an_address_that_is_no_media_of_the_account_is_not_called(url: str) -> None:
    server = Answering()

    async with serving(server) as base, opened(base) as twilio:
        with pytest.raises(PictureGoneError):
            await twilio.fetch_picture(url.replace("{base}", base).replace("{sid}", SID), max_bytes=LIMIT)

    assert server.asked == []


@pytest.mark.parametrize(
    "location",
    [
        "http://169.254.169.254/latest/meta-data/",
        "https://169.254.169.254/",
        "https://evil.example.com/x",
        "https://mms.twiliocdn.com.evil.example.com/x",
        "https://mms.twiliocdn.com@evil.example.com/x",
        "https://user:pass@mms.twiliocdn.com/x",
        "https://mms.twiliocdn.com:8443/x",
        "http://mms.twiliocdn.com/x",
        "https://[::1]/x",
        "https://2130706433/x",
        "https://mms.twiliocdn.com:99999/x",
        "file:///etc/hostname",
        "/2010-04-01/Accounts",
        "",
    ],
)
async def test_a_redirect_elsewhere_is_not_followed(location: str) -> None:
    server = Answering(answer("307 Temporary Redirect", f"location: {location}"))

    async with serving(server) as base, opened(base) as twilio:
        with pytest.raises(PictureGoneError, match="redirects"):
            await twilio.fetch_picture(base + MEDIA, max_bytes=LIMIT)

    assert len(server.asked) == 1


async def test_a_listed_name_that_is_no_public_host_is_still_not_called() -> None:
    server = Answering(answer("307 Temporary Redirect", "location: https://10.0.0.7/x"))

    async with serving(server) as base, opened(base, media_hosts="10.0.0.7") as twilio:
        with pytest.raises(PictureGoneError, match="not called"):
            await twilio.fetch_picture(base + MEDIA, max_bytes=LIMIT)


async def test_nobody_at_home_is_asked_again_later() -> None:
    base = closed_port()

    async with opened(base) as twilio:
        with pytest.raises(PictureUnavailableError, match="no answer"):
            await twilio.fetch_picture(base + MEDIA, max_bytes=LIMIT)


@pytest.mark.parametrize("raw", [False, True])
async def test_a_mail_with_a_photo_comes_through_sendgrid_parsed_or_raw(
    sendgrid_vendor: Vendor, receiver: Receiver, raw: bool
) -> None:
    setting = {"hostname": "in.example.com", "url": f"{receiver.url}/hooks/s", "send_raw": raw, "spam_check": False}
    await sendgrid_vendor.api(
        "POST", "/v3/user/webhooks/parse/settings", json=setting, headers={"authorization": f"Bearer {MAIL_KEY}"}
    )
    photo = {"filename": "car.jpg", "content": b64encode(jpeg()).decode(), "content_type": "image/jpeg"}
    paper = {"filename": "offer.pdf", "content": b64encode(b"%PDF-1.7").decode(), "content_type": "application/pdf"}
    sending = asyncio.create_task(
        sendgrid_vendor.control(
            "inbound", to="shop@in.example.com", **{"from": "Pat <pat@example.com>"}, subject="My car", text="Look",
            attachments=[photo, paper],
        )
    )  # fmt: skip
    hit = await receiver.next()
    await sending

    mail: SendGridConnection = SENDGRID.open(SendGridSettings(api_key=MAIL_KEY, sender="shop@example.com"))
    request = RawRequest(method="POST", url=hit.url, headers=tuple(hit.headers.items()), body=hit.body)
    (item,) = mail.admit(request, now=datetime(2026, 11, 22, tzinfo=UTC))
    (event,) = mail.read(item)
    await mail.aclose()

    assert isinstance(event, CustomerMessage)
    assert event.text == "Look"
    assert [(each.name, each.media_type) for each in event.pictures] == [("car.jpg", "image/jpeg")]
    assert SECRET not in item.body + item.pictures[0].content
