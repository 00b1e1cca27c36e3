"""Our doors beside the vendors' verifiers, and genuine requests of each vendor, signed by independent code."""

import base64
import hashlib
import hmac
import json
import random
from collections.abc import Callable
from datetime import UTC, datetime
from functools import partial
from urllib.parse import urlencode

import msgspec
from cryptography.hazmat.primitives import hashes, serialization
from cryptography.hazmat.primitives.asymmetric import ec
from twilio.request_validator import RequestValidator

from leadcore.ports.inbound import (
    ForgedRequestError,
    InboundDoor,
    RawRequest,
    RefusedSubmissionError,
    StaleRequestError,
    UnreadableBodyError,
)
from leadcore_hubspot.door import HubSpotDoor
from leadcore_hubspot.settings import HubSpotSettings
from leadcore_meta.door import MetaDoor
from leadcore_meta.settings import MetaSettings
from leadcore_sendgrid.door import SendGridDoor
from leadcore_sendgrid.settings import SendGridSettings
from leadcore_shopmonkey.door import ShopmonkeyDoor
from leadcore_shopmonkey.settings import ShopmonkeySettings
from leadcore_twilio.door import TwilioDoor
from leadcore_twilio.settings import TwilioSettings
from leadcore_webform.door import WebFormDoor
from leadcore_webform.settings import WebFormSettings
from tests.chaos import oracles
from tests.chaos.forger import ANYWHERE, Change, respell_signature, shift_time

NOW = datetime.fromtimestamp(1764000000, UTC)
STAMP = "1764000000"
URL = "https://leads.example.test/hooks/7?tenant=t1&note=a%20b%2Fc&tag=%7e"
TOKEN, OLD_TOKEN, SHARED_KEY = "test_auth_token", "old_auth_token", "shared_key_secret"
WHSEC, OLD_WHSEC = ("whsec_" + base64.b64encode(bytes(range(at, at + 24))).decode() for at in (1, 60))
HUBSPOT_SECRET, META_SECRET = "yyyyyyyy-yyyy-yyyy-yyyy-yyyyyyyyyyyy", "app_secret"
SENDGRID_KEY = ec.derive_private_key(20261122, ec.SECP256R1())
PUBLIC_KEY = base64.b64encode(
    SENDGRID_KEY.public_key().public_bytes(
        serialization.Encoding.DER, serialization.PublicFormat.SubjectPublicKeyInfo
    )
).decode()  # fmt: skip
_FORM = {"content-type": f"{oracles.FORM}; charset=UTF-8"}
_JSON = {"content-type": "application/json"}
Verdict = Callable[[RawRequest], bool]


class Vendor(msgspec.Struct, frozen=True, kw_only=True):
    """How a vendor signs, what its own verifier says, what ours says, and which changes are worth a try."""

    name: str
    genuine: Callable[[random.Random], RawRequest]
    oracle: Verdict
    ours: Verdict
    changes: tuple[Change, ...]


def believed(door: InboundDoor, request: RawRequest, *, now: datetime = NOW) -> bool:
    """Whether *door* takes it for genuine; what it says of the content of a genuine request is another matter."""
    try:
        door.admit(request, now=now)
    except (ForgedRequestError, StaleRequestError):
        return False
    except (UnreadableBodyError, RefusedSubmissionError):
        return True
    return True


def request(url: str, body: bytes, headers: dict[str, str], *, method: str = "POST") -> RawRequest:
    return RawRequest(method=method, url=url, headers=tuple(headers.items()), body=body)


def of_twilio(chance: random.Random) -> RawRequest:
    url = chance.choice((URL, URL.replace(".test/", ".test:443/"), URL.partition("?")[0]))
    fields = {
        "MessageSid": "SM1",
        "From": "+15005550006",
        "Body": chance.choice(("STOP", "é & ü", "", " x ")),
        "To": "+1",
    }
    spelling = chance.choice((url, url.replace(".test/", ".test:443/"), url.replace(":443", "")))
    match chance.randrange(5):
        case 0:
            body = json.dumps({"a": chance.randrange(9)}).encode()
            url = f"{url}{'&' if '?' in url else '?'}bodySHA256={hashlib.sha256(body).hexdigest()}"
            return request(url, body, {**_JSON, "x-twilio-signature": _twilio(TOKEN, url, {})})
        case 1:
            named = {"x-twilio-webhooks-signature-settings": "key=webhooks_sharedkey_1,algorithm=HMAC_SHA256"}
            signed = RequestValidator(SHARED_KEY).compute_signature(spelling, fields, "HMAC_SHA256")
            return request(url, urlencode(fields).encode(), {**_FORM, **named, "x-twilio-signature": signed})
        case 2:
            secret = chance.choice((OLD_TOKEN, "wrong", "x", "test_auth_toke"))
            return request(
                url, urlencode(fields).encode(), {**_FORM, "x-twilio-signature": _twilio(secret, spelling, fields)}
            )
        case _:
            return request(
                url, urlencode(fields).encode(), {**_FORM, "x-twilio-signature": _twilio(TOKEN, spelling, fields)}
            )


def _twilio(secret: str, url: str, fields: dict[str, str]) -> str:
    return str(RequestValidator(secret).compute_signature(url, fields))


def of_sendgrid(chance: random.Random, *, timestamp: str = STAMP) -> RawRequest:
    body = json.dumps([{"event": "open", "sg_event_id": str(chance.randrange(99)), "email": "é@example.com"}]).encode()
    key = SENDGRID_KEY if chance.random() < 0.85 else ec.derive_private_key(7, ec.SECP256R1())
    signature = base64.b64encode(key.sign(timestamp.encode() + body, ec.ECDSA(hashes.SHA256()))).decode()
    named = {
        "x-twilio-email-event-webhook-signature": signature, "x-twilio-email-event-webhook-timestamp": timestamp,
    }  # fmt: skip
    return request(URL, body, {**_JSON, **named})


def signed_standard(
    body: bytes, *, id: str = "msg_1", stamp: str = STAMP, secret: str = WHSEC, key: bytes | None = None
) -> RawRequest:
    used = base64.b64decode(secret.removeprefix("whsec_")) if key is None else key
    mac = hmac.new(used, f"{id}.{stamp}.".encode() + body, hashlib.sha256).digest()
    named = {"webhook-id": id, "webhook-timestamp": stamp, "webhook-signature": "v1," + base64.b64encode(mac).decode()}
    return request(URL, body, {**_JSON, **named})


def of_standard(chance: random.Random) -> RawRequest:
    body = json.dumps(
        {"table": "order", "operation": "INSERT", "data": {"id": "o1"}, "email": "pat@example.com"}
    ).encode()
    secret = chance.choice((WHSEC, WHSEC, WHSEC, OLD_WHSEC, "whsec_d3Jvbmc="))
    stamp = str(int(STAMP) + chance.choice((0, 0, 0, -299, 300, 301, -301)))
    return signed_standard(body, id=f"msg_{chance.randrange(9)}", stamp=stamp, secret=secret)


def of_hubspot(chance: random.Random) -> RawRequest:
    body = json.dumps([{"eventId": chance.randrange(99), "subscriptionType": "deal.creation", "objectId": 1}]).encode()
    stamp = str((int(STAMP) + chance.choice((0, 0, 0, -300, -301))) * 1000)
    secret = chance.choice((HUBSPOT_SECRET, HUBSPOT_SECRET, HUBSPOT_SECRET, "old-client-secret", "wrong"))
    return signed_hubspot(body, uri=URL.replace("%2F", "/"), stamp=stamp, secret=secret)


def signed_hubspot(body: bytes, *, uri: str, stamp: str, secret: str = HUBSPOT_SECRET, url: str = URL) -> RawRequest:
    mac = hmac.new(secret.encode(), f"POST{uri}".encode() + body + stamp.encode(), hashlib.sha256).digest()
    named = {"x-hubspot-signature-v3": base64.b64encode(mac).decode(), "x-hubspot-request-timestamp": stamp}
    return request(url, body, {**_JSON, **named})


def of_meta(chance: random.Random) -> RawRequest:
    body = json.dumps({"object": "page", "entry": [], "note": chance.choice(("é", "", "x"))}).encode()
    secret = chance.choice((META_SECRET, META_SECRET, META_SECRET, "old_app_secret", "wrong"))
    mac = hmac.new(secret.encode(), body, hashlib.sha256).hexdigest()
    return request(URL, body, {**_JSON, "x-hub-signature-256": f"sha256={mac}"})


DOORS: dict[str, InboundDoor] = {
    "twilio": TwilioDoor(
        TwilioSettings(
            account_sid="AC1", auth_token=TOKEN, previous_auth_token=OLD_TOKEN, shared_key=SHARED_KEY, sender="+1"
        )
    ),
    "sendgrid": SendGridDoor(SendGridSettings(api_key="k", sender="s@example.com", verification_key=PUBLIC_KEY)),
    "webform": WebFormDoor(WebFormSettings(secret=WHSEC, previous_secret=OLD_WHSEC)),
    "shopmonkey": ShopmonkeyDoor(
        ShopmonkeySettings(api_key="k", webhook_secret=WHSEC, previous_webhook_secret=OLD_WHSEC)
    ),
    "hubspot": HubSpotDoor(
        HubSpotSettings(
            access_token="t", client_secret=HUBSPOT_SECRET, previous_client_secret="old-client-secret"
        )
    ),
    "meta": MetaDoor(
        MetaSettings(app_secret=META_SECRET, previous_app_secret="old_app_secret", page_token="t")
    ),
}  # fmt: skip
_STANDARD = (*ANYWHERE, shift_time("webhook-timestamp"), *[respell_signature("webhook-signature")] * 2)
_standard = partial(oracles.standard_webhooks, secrets=(WHSEC, OLD_WHSEC), now=NOW)


def _vendor(name: str, genuine: Callable[[random.Random], RawRequest], oracle: Verdict, *more: Change) -> Vendor:
    return Vendor(
        name=name, genuine=genuine, oracle=oracle, ours=partial(believed, DOORS[name]), changes=(*ANYWHERE, *more)
    )


VENDORS = {
    each.name: each
    for each in (
        _vendor(
            "twilio", of_twilio, partial(oracles.twilio, tokens=(TOKEN, OLD_TOKEN), shared_key=SHARED_KEY),
            respell_signature("x-twilio-signature"),
        ),
        _vendor(
            "sendgrid", of_sendgrid, partial(oracles.sendgrid, key=PUBLIC_KEY),
            shift_time("x-twilio-email-event-webhook-timestamp"),
            respell_signature("x-twilio-email-event-webhook-signature"),
        ),
        _vendor("webform", of_standard, _standard, *_STANDARD[len(ANYWHERE) :]),
        _vendor("shopmonkey", of_standard, _standard, *_STANDARD[len(ANYWHERE) :]),
        _vendor(
            "hubspot", of_hubspot,
            partial(oracles.hubspot, secrets=(HUBSPOT_SECRET, "old-client-secret"), now=NOW),
            shift_time("x-hubspot-request-timestamp"), respell_signature("x-hubspot-signature-v3"),
        ),
        _vendor(
            "meta", of_meta, partial(oracles.meta, secrets=(META_SECRET, "old_app_secret")),
            respell_signature("x-hub-signature-256"),
        ),
    )
}  # fmt: skip
