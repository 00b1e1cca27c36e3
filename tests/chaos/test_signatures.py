"""Signatures: the published vectors, and our verdict beside the vendors' own on changed requests (S5).

Six doors, together 24,000 requests with LEADCORE_CHAOS=full and 2,400 in `make test`. What differs on purpose is listed
in `differences.py`, and nothing else may differ.
"""

import base64
import hashlib
import hmac
import random
from collections import Counter
from urllib.parse import parse_qsl, urlencode

import msgspec
import pytest
from msgspec.structs import replace
from twilio.request_validator import RequestValidator

from leadcore.ports.inbound import InboundDoor, RawRequest
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
from tests.chaos.conftest import Report, Scale
from tests.chaos.differences import ALL, Difference
from tests.chaos.forger import changed
from tests.chaos.signers import (
    DOORS,
    HUBSPOT_SECRET,
    META_SECRET,
    NOW,
    STAMP,
    TOKEN,
    VENDORS,
    Vendor,
    Verdict,
    believed,
    of_sendgrid,
    request,
    signed_hubspot,
    signed_standard,
)

pytestmark = [pytest.mark.chaos]

TWILIO_URL = "https://leads.example.test/hooks/twilio/sms?tenant=t1"
TWILIO_FORM = {
    "AccountSid": "AC00000000000000000000000000000001", "Body": "STOP", "From": "+15005550006",
    "MessageSid": "SM00000000000000000000000000000001", "To": "+15005550001",
}  # fmt: skip
JSON_URL = (
    "https://leads.example.test/hooks/twilio/json"
    "?bodySHA256=015abd7f5cc57a2dd94b7590f04ad8084273905ee33ec5cebeae62276a97f862"
)
ORDER = b'{"apiVersion":"3","operation":"INSERT","table":"order","data":{"id":"o1"}}'
VECTOR_SECRET = "whsec_MDEyMzQ1Njc4OWFiY2RlZjAxMjM0NTY3ODlhYmNkZWY="
HUBSPOT_URL = "https://www.example.com/webhook_uri"
HUBSPOT_BODY = (
    b'[{"eventId":1,"subscriptionId":12345,"portalId":62515,"occurredAt":1564113600000,"subscriptionType":'
    b'"contact.creation","attemptNumber":0,"objectId":123,"changeSource":"CRM","changeFlag":"NEW","appId":54321}]'
)
SETTINGS = "x-twilio-webhooks-signature-settings"


class Tally(msgspec.Struct, kw_only=True):
    """How many were believed by both, refused by both, or judged differently: on purpose, or not."""

    accepted: int = 0
    refused: int = 0
    intended: Counter[str] = msgspec.field(default_factory=Counter)
    wrong: list[tuple[str, RawRequest]] = []


def judge(vendor: Vendor, *, seed: int, count: int, ours: Verdict | None = None) -> Tally:
    """Compare verdicts on *count* requests; *ours* may be another verifier than the door (negative control)."""
    chance = random.Random(f"{seed}:{vendor.name}")
    listed = [each for each in ALL if vendor.name in each.vendors]
    tally = Tally()
    for _ in range(count):
        asked = changed(chance, vendor.genuine(chance), vendor.changes)
        mine, theirs = (ours or vendor.ours)(asked), vendor.oracle(asked)
        if mine == theirs:
            tally.accepted += mine
            tally.refused += not mine
            continue
        reason = next((each.what for each in listed if each.ours == mine and each.explains(asked)), None)
        if reason is None:
            tally.wrong.append(("false accept" if mine else "false reject", asked))
        else:
            tally.intended[reason] += 1
    return tally


@pytest.mark.parametrize("name", VENDORS)
def test_our_verdict_is_the_vendors_own_on_every_changed_request(name: str, scale: Scale, report: Report) -> None:
    count = scale.of(4000, 400)

    tally = judge(VENDORS[name], seed=scale.seed, count=count)

    report(
        f"signatures of {name}: {count} requests",
        {
            "believed by both": tally.accepted, "refused by both": tally.refused, **tally.intended,
            "false accepts": sum(kind == "false accept" for kind, _ in tally.wrong),
            "false rejects": sum(kind == "false reject" for kind, _ in tally.wrong),
        },
    )  # fmt: skip
    assert tally.wrong == []
    assert tally.accepted > count // 8
    assert tally.refused > count // 4


@pytest.mark.parametrize("listed", ALL, ids=lambda each: f"{each.vendors[0]}: {each.what}")
def test_every_intended_difference_is_one(listed: Difference) -> None:
    for name in listed.vendors:
        vendor = VENDORS[name]

        assert vendor.ours(listed.example) is listed.ours
        assert (listed.oracle or vendor.oracle)(listed.example) is listed.theirs


def test_neither_sendgrid_nor_we_limit_the_age_of_an_event() -> None:
    old = of_sendgrid(random.Random(3), timestamp="1500000000")

    assert VENDORS["sendgrid"].oracle(old)
    assert VENDORS["sendgrid"].ours(old)


# --------------------------------------------------------------------------------------------- negative controls


def _compares_prefixes(asked: RawRequest) -> bool:
    expected = "sha256=" + hmac.new(META_SECRET.encode(), asked.body, hashlib.sha256).hexdigest()
    given = asked.header("x-hub-signature-256")
    return believed(DOORS["meta"], asked) or (len(given) > 10 and expected.startswith(given))


def _encodes_the_query_anew(asked: RawRequest) -> bool:
    head, _, query = asked.url.partition("?")
    pairs = parse_qsl(query, keep_blank_values=True)
    return believed(DOORS["twilio"], replace(asked, url=f"{head}?{urlencode(pairs)}" if pairs else head))


def _believes_an_emptied_body(asked: RawRequest) -> bool:
    given = asked.header("x-twilio-signature")
    return believed(DOORS["twilio"], asked) or (
        not asked.body and bool(RequestValidator(TOKEN).validate(asked.url, {}, given))
    )


def _decodes_before_comparing(asked: RawRequest) -> bool:
    given = asked.header("x-hubspot-signature-v3")
    try:
        again = base64.b64encode(base64.b64decode(given)).decode()
    except ValueError:
        return False
    headers = tuple((name, again if name == "x-hubspot-signature-v3" else value) for name, value in asked.headers)
    return believed(DOORS["hubspot"], replace(asked, headers=headers))


def _looks_at_the_form_of_it(asked: RawRequest) -> bool:
    claimed = asked.header("webhook-signature")
    return believed(DOORS["webform"], asked) or (claimed.startswith("v1,") and len(claimed) == 47)


@pytest.mark.parametrize(
    ("name", "hole", "kind"),
    [
        ("meta", _compares_prefixes, "false accept"),
        ("twilio", _encodes_the_query_anew, "false reject"),
        ("twilio", _encodes_the_query_anew, "false accept"),
        ("twilio", _believes_an_emptied_body, "false accept"),
        ("hubspot", _decodes_before_comparing, "false accept"),
        ("webform", _looks_at_the_form_of_it, "false accept"),
    ],
)
def test_a_verifier_with_one_hole_is_caught(name: str, hole: Verdict, kind: str, scale: Scale) -> None:
    tally = judge(VENDORS[name], seed=scale.seed, count=2000, ours=hole)

    assert kind in {found for found, _ in tally.wrong}


# ------------------------------------------------------------------------------------------------ published vectors


def _twilio(url: str, signature: str, **named: str) -> RawRequest:
    headers = {"content-type": "application/x-www-form-urlencoded", "x-twilio-signature": signature, **named}
    return request(url, urlencode(TWILIO_FORM).encode(), headers)


def _standard(signature: str) -> RawRequest:
    named = {"webhook-id": "msg_1", "webhook-timestamp": STAMP, "webhook-signature": signature}
    return request("https://leads.example.test/hooks/7", ORDER, {"content-type": "application/json", **named})


def _twilio_door(*, shared_key: str = "") -> TwilioDoor:
    return TwilioDoor(TwilioSettings(account_sid="AC1", auth_token=TOKEN, shared_key=shared_key, sender="+1"))


def _shopmonkey_door(secret: str) -> ShopmonkeyDoor:
    return ShopmonkeyDoor(ShopmonkeySettings(api_key="k", webhook_secret=secret))


def _hubspot_door(secret: str = HUBSPOT_SECRET) -> HubSpotDoor:
    return HubSpotDoor(HubSpotSettings(access_token="t", client_secret=secret))


DECODED, RAW = "v1,57VeepuWtJBFlFRinRz0e2m9d8fraKtclyTRrxEqhg0=", "v1,3kNOa0L3Jnt83BxEk5VcvhQkk2kZQygaWS+JASMt/+s="
V3 = {
    "x-hubspot-signature-v3": "XornzQVAopuis2A5VkFNwNTSty1HzGgZctWDpqO4kD4=",
    "x-hubspot-request-timestamp": f"{STAMP}000",
}
VECTORS: dict[str, tuple[InboundDoor, RawRequest]] = {
    "twilio": (_twilio_door(), _twilio(TWILIO_URL, "qZ6ecaKYpTBGD2L2IeJq4aODocI=")),
    "twilio with the port": (_twilio_door(), _twilio(TWILIO_URL, "4Ipr0iyxK1lnCgepFDHReNZKigY=")),
    "twilio by shared key": (
        _twilio_door(shared_key="shared_key_secret"),
        _twilio(
            TWILIO_URL, "7nsV5ViaVL7EF2an/x6lqkKhqzWsGnuaTY1oOA4yjIc=",
            **{SETTINGS: "key=webhooks_sharedkey_1,algorithm=HMAC_SHA256"},
        ),
    ),
    "twilio json": (
        _twilio_door(),
        request(
            JSON_URL, b'{"a":1}',
            {"content-type": "application/json", "x-twilio-signature": "OL1WmdJS3ak5E+I5jrA0I+ct1Uc="},
        ),
    ),
    "standard webhooks": (WebFormDoor(WebFormSettings(secret=VECTOR_SECRET)), _standard(DECODED)),
    "standard webhooks, any text": (WebFormDoor(WebFormSettings(secret="my-shared-secret")), _standard(RAW)),
    "shopmonkey": (_shopmonkey_door(VECTOR_SECRET), _standard(DECODED)),
    "shopmonkey, any text": (_shopmonkey_door("my-shared-secret"), _standard(RAW)),
    "hubspot": (_hubspot_door(), request(HUBSPOT_URL, HUBSPOT_BODY, V3)),
    "meta": (
        MetaDoor(MetaSettings(app_secret=META_SECRET, page_token="t")),
        request(
            "https://leads.example.test/hooks/7", b'{"object":"page","entry":[]}',
            {"x-hub-signature-256": "sha256=22d3988d1017c437ea81a89d41e2d3266c00a508cffdb23f8ad8746d232d77e9"},
        ),
    ),
}  # fmt: skip


@pytest.mark.parametrize("name", VECTORS)
def test_a_published_vector_is_believed_and_one_bit_more_is_not(name: str) -> None:
    door, genuine = VECTORS[name]
    body = bytearray(genuine.body)
    body[-2] ^= 1

    assert believed(door, genuine)
    assert not believed(door, replace(genuine, body=bytes(body)))


@pytest.mark.parametrize(
    ("method", "body", "version", "signature"),
    [
        ("GET", b"", "v2", "eee2dddcc73c94d699f5e395f4b9d454a069a6855fbfa152e91e88823087200e"),
        ("POST", HUBSPOT_BODY, "v1", "232db2615f3d666fe21a8ec971ac7b5402d33b9a925784df3ca654d05f4817de"),
    ],
)
def test_hubspots_older_signatures_are_genuine_and_still_not_believed(
    method: str, body: bytes, version: str, signature: str
) -> None:
    signed = HUBSPOT_SECRET.encode() + (f"{method}{HUBSPOT_URL}".encode() if version == "v2" else b"") + body
    named = {"x-hubspot-signature": signature, "x-hubspot-signature-version": version}

    assert hashlib.sha256(signed).hexdigest() == signature
    assert not believed(_hubspot_door(), request(HUBSPOT_URL, body, named, method=method))


def _empty() -> dict[str, tuple[InboundDoor, RawRequest]]:
    twilio = RequestValidator("").compute_signature(TWILIO_URL, TWILIO_FORM)
    shared = RequestValidator("").compute_signature(TWILIO_URL, TWILIO_FORM, "HMAC_SHA256")
    meta = "sha256=" + hmac.new(b"", b"{}", hashlib.sha256).hexdigest()
    return {
        "twilio": (
            TwilioDoor(TwilioSettings(account_sid="AC1", auth_token="", sender="+1")), _twilio(TWILIO_URL, twilio),
        ),
        "twilio by shared key": (_twilio_door(), _twilio(TWILIO_URL, shared, **{SETTINGS: "algorithm=HMAC_SHA256"})),
        "sendgrid": (
            SendGridDoor(SendGridSettings(api_key="k", sender="s@example.com")), of_sendgrid(random.Random(1)),
        ),
        "webform": (WebFormDoor(WebFormSettings()), signed_standard(b"{}", key=b"")),
        "webform whsec_": (WebFormDoor(WebFormSettings(secret="whsec_")), signed_standard(b"{}", key=b"")),
        "shopmonkey": (_shopmonkey_door(""), signed_standard(b"{}", key=b"")),
        "shopmonkey whsec_": (_shopmonkey_door("whsec_"), signed_standard(b"{}", key=b"")),
        "hubspot": (
            _hubspot_door(""),
            signed_hubspot(b"[]", uri=HUBSPOT_URL, url=HUBSPOT_URL, stamp=f"{STAMP}000", secret=""),
        ),
        "meta": (
            MetaDoor(MetaSettings(app_secret="", page_token="t")),
            request("https://leads.example.test/hooks/7", b"{}", {"x-hub-signature-256": meta}),
        ),
    }  # fmt: skip


@pytest.mark.parametrize("name", _empty())
def test_whoever_signs_with_an_empty_secret_is_believed_by_nobody(name: str) -> None:
    door, forged = _empty()[name]

    assert not believed(door, forged, now=NOW)
