"""The web form's door: who is believed, what is refused and why, and what consent is kept."""

import random
from datetime import UTC, datetime, timedelta
from typing import Any
from urllib.parse import urlencode

import msgspec
import pytest

from leadcore.ports.inbound import (
    AdmittedItem,
    ForgedRequestError,
    LeadSubmitted,
    RawRequest,
    RefusedSubmissionError,
    StaleRequestError,
    SubmittedConsent,
    SubmittedVehicle,
    TrappedSubmissionError,
)
from leadcore.ports.plugin import ConnectionUrls
from leadcore.testing.contracts.inbound_door import InboundDoorContract
from leadcore_webform.connection import WebFormConnection
from leadcore_webform.door import WebFormDoor
from leadcore_webform.plugin import PLUGIN
from leadcore_webform.settings import WebFormSettings
from leadcore_webform.signature import key_of, signature

URL = "https://hooks.example.com/hooks/7"
SITE = "https://www.example.com"
KEY = "form_public"
SECRET = "whsec_MDEyMzQ1Njc4OWFiY2RlZjAxMjM0NTY3ODlhYmNkZWY="
NOW = datetime(2026, 11, 22, 15, tzinfo=UTC)
WORDING = "Text me about my request. Reply STOP to opt out."
PAT: dict[str, Any] = {
    "name": "Pat Sample",
    "phone": "(512) 555-0142",
    "email": "pat@example.com",
    "vehicle": {"year": "2022", "make": "Tesla", "model": "Model Y"},
    "services": ["ceramic tint"],
    "message": "How soon?",
    "consent": {"sms": True, "wording": WORDING},
    "utm_source": "ads",
}
FLAT = [
    ("form_key", KEY), ("name", "Pat Sample"), ("phone", "512 555 0142"), ("vehicle[year]", "2022"),
    ("vehicle_make", "Tesla"), ("vehicle.model", "Model Y"), ("services", "tint"), ("services", "wrap"),
    ("consent_sms", "on"), ("consent_wording", WORDING), ("fax_number", ""),
]  # fmt: skip


def settings(**changes: str) -> WebFormSettings:
    known = {"origins": f"{SITE}, https://shop.example.com/", "form_key": KEY, "secret": SECRET}
    return WebFormSettings(**(known | changes))


def signed(fields: dict[str, Any], *, id: str = "msg_1", at: datetime = NOW, **headers: str) -> RawRequest:
    body, stamp = msgspec.json.encode(fields), str(int(at.timestamp()))
    named = (
        ("webhook-id", id),
        ("webhook-timestamp", stamp),
        ("webhook-signature", signature(key_of(SECRET), message_id=id, timestamp=stamp, body=body)),
        ("content-type", "application/json"),
    )
    more = tuple((name.replace("_", "-"), value) for name, value in headers.items())
    return RawRequest(method="POST", url=URL, headers=(*named, *more), body=body)


def browsed(fields: dict[str, Any], *, origin: str = SITE, key: str = KEY, **headers: str) -> RawRequest:
    named = (
        ("origin", origin), ("x-form-key", key), ("content-type", "application/json"), ("user-agent", "Mozilla/5.0"),
    )  # fmt: skip
    more = tuple((name.replace("_", "-"), value) for name, value in headers.items())
    body = msgspec.json.encode(fields)
    return RawRequest(method="POST", url=URL, headers=(*named, *more), body=body, peer="203.0.113.9")


def posted(pairs: list[tuple[str, str]]) -> RawRequest:
    headers = (("origin", SITE), ("content-type", "application/x-www-form-urlencoded;charset=UTF-8"))
    return RawRequest(method="POST", url=URL, headers=headers, body=urlencode(pairs).encode())


def admit(request: RawRequest, *, now: datetime = NOW, **changes: str) -> AdmittedItem:
    return WebFormDoor(settings(**changes)).admit(request, now=now)[0]


def lead(request: RawRequest, **changes: str) -> LeadSubmitted:
    (event,) = WebFormDoor(settings(**changes)).read(WebFormDoor(settings(**changes)).admit(request, now=NOW)[0])
    assert isinstance(event, LeadSubmitted)
    return event


class TestContract(InboundDoorContract):
    def door(self) -> WebFormDoor:
        return WebFormDoor(settings())

    def signed(self) -> tuple[RawRequest, ...]:
        return signed(PAT), signed({"email": "kim@example.com"}, id="msg_2")

    def unsigned(self) -> tuple[RawRequest, ...]:
        return browsed(PAT), posted(FLAT)

    def now(self) -> datetime:
        return NOW


@pytest.mark.parametrize(
    ("secret", "expected"),
    [(SECRET, "v1,57VeepuWtJBFlFRinRz0e2m9d8fraKtclyTRrxEqhg0="),
     ("my-shared-secret", "v1,3kNOa0L3Jnt83BxEk5VcvhQkk2kZQygaWS+JASMt/+s=")],
)  # fmt: skip
def test_signatures_equal_the_published_vectors(secret: str, expected: str) -> None:
    body = b'{"apiVersion":"3","operation":"INSERT","table":"order","data":{"id":"o1"}}'

    assert signature(key_of(secret), message_id="msg_1", timestamp="1764000000", body=body) == expected


def test_a_json_form_becomes_a_lead_with_the_wording_as_shown_and_what_the_server_saw() -> None:
    assert lead(browsed(PAT, idempotency_key="k-1")) == LeadSubmitted(
        external_id="browser:k-1",
        submitted_at=NOW,
        name="Pat Sample",
        phones=("(512) 555-0142",),
        emails=("pat@example.com",),
        vehicle=SubmittedVehicle(year=2022, make="Tesla", model="Model Y"),
        services=("ceramic tint",),
        message="How soon?",
        consent=SubmittedConsent(
            sms=True, email=False, wording=WORDING, at=NOW, reported_by="browser", ip="203.0.113.9",
            user_agent="Mozilla/5.0",
        ),
    )  # fmt: skip


def test_a_plain_html_form_says_the_same_in_pairs() -> None:
    found = lead(posted(FLAT))

    assert found.vehicle == SubmittedVehicle(year=2022, make="Tesla", model="Model Y")
    assert found.services == ("tint", "wrap")
    assert found.consent is not None
    assert (found.consent.sms, found.consent.email, found.consent.wording) == (True, False, WORDING)


def test_a_browser_cannot_choose_the_evidence_but_a_signing_server_can() -> None:
    yesterday = NOW - timedelta(days=1)
    told = {"sms": True, "wording": WORDING, "ip": "198.51.100.1", "user_agent": "Safari", "at": yesterday}
    fields = {**PAT, "consent": told, "submitted_at": NOW - timedelta(hours=1)}

    claimed, vouched = lead(browsed(fields)), lead(signed(fields))

    assert claimed.consent is not None
    assert (claimed.consent.ip, claimed.consent.user_agent, claimed.consent.at) == ("203.0.113.9", "Mozilla/5.0", NOW)
    assert claimed.submitted_at == NOW
    assert vouched.consent is not None
    assert (vouched.consent.ip, vouched.consent.user_agent, vouched.consent.at) == ("198.51.100.1", "Safari", yesterday)
    assert vouched.submitted_at == NOW - timedelta(hours=1)


@pytest.mark.parametrize(
    ("change", "field"),
    [
        ({"phone": "", "email": ""}, "phone"),
        ({"phone": "12"}, "phone"),
        ({"email": "pat at example"}, "email"),
        ({"vehicle": {"year": 1650}}, "vehicle.year"),
        ({"vehicle": "Tesla"}, "vehicle"),
        ({"services": ["x" * 201]}, "services[0]"),
        ({"message": "x" * 5001}, "message"),
        ({"consent": {"sms": True}}, "consent.wording"),
        ({"consent": {"sms": "perhaps", "wording": WORDING}}, "consent.sms"),
        ({"phone": "", "consent": {"sms": True, "wording": WORDING}}, "phone"),
        ({"submitted_at": "1066-10-14T09:00:00Z"}, "submitted_at"),
    ],
)
def test_a_refusal_names_the_field_and_what_to_do(change: dict[str, Any], field: str) -> None:
    with pytest.raises(RefusedSubmissionError) as refusal:
        admit(browsed({**PAT, **change}))

    assert refusal.value.field == field
    assert refusal.value.fix


@pytest.mark.parametrize(
    ("kind", "field"),
    [("text/plain", "Content-Type"), ("multipart/form-data", "body"), ("application/json", "body")],
)
def test_bodies_of_another_kind_are_refused_by_name(kind: str, field: str) -> None:
    request = browsed(PAT)
    headers = tuple((name, kind if name == "content-type" else value) for name, value in request.headers)

    with pytest.raises(RefusedSubmissionError) as refusal:
        admit(msgspec.structs.replace(request, headers=headers, body=b"--x"))

    assert refusal.value.field == field


@pytest.mark.parametrize(
    "origin", ["", "null", "https://evil.example.com", f"{SITE}.evil.com", "http://www.example.com"]
)
def test_pages_of_other_origins_are_kept_out(origin: str) -> None:
    with pytest.raises(ForgedRequestError):
        admit(browsed(PAT, origin=origin))

    assert not WebFormDoor(settings()).allows_origin(origin)


@pytest.mark.parametrize("filled", ["555", True, ["x"]])
def test_a_form_that_a_program_filled_in_is_trapped(filled: object) -> None:
    with pytest.raises(TrappedSubmissionError, match="fax_number"):
        admit(browsed({**PAT, "fax_number": filled}))


def test_without_the_form_key_nothing_is_trapped_for_the_secret_comes_first() -> None:
    with pytest.raises(ForgedRequestError):
        admit(browsed({**PAT, "fax_number": "555"}, key="wrong"))


def test_the_second_click_is_the_same_submission_and_next_months_wish_is_another() -> None:
    first = admit(browsed(PAT)).dedupe_key

    assert admit(browsed(PAT), now=NOW + timedelta(minutes=1)).dedupe_key == first
    assert admit(browsed(PAT), now=NOW + timedelta(days=30)).dedupe_key != first


def test_a_browser_cannot_take_a_servers_key() -> None:
    assert admit(signed(PAT, id="k")).dedupe_key != admit(browsed(PAT, idempotency_key="k")).dedupe_key


def test_an_unsigned_key_beside_a_signature_must_be_the_signed_id() -> None:
    assert admit(signed(PAT, idempotency_key='"msg_1"')).dedupe_key == "server:msg_1"
    with pytest.raises(RefusedSubmissionError):
        admit(signed(PAT, idempotency_key="other"))


def test_a_signature_is_believed_for_five_minutes_either_way() -> None:
    for minutes in (-5, 5):
        assert admit(signed(PAT, at=NOW + timedelta(minutes=minutes))).dedupe_key == "server:msg_1"
    for minutes in (-6, 6):
        with pytest.raises(StaleRequestError):
            admit(signed(PAT, at=NOW + timedelta(minutes=minutes)))


def test_the_previous_secret_is_believed_while_it_is_rotated() -> None:
    assert admit(signed(PAT), secret="new", previous_secret=SECRET).dedupe_key == "server:msg_1"
    with pytest.raises(ForgedRequestError):
        admit(signed(PAT), secret="new")


def test_a_secret_that_holds_no_key_is_none() -> None:
    stamp = str(int(NOW.timestamp()))
    forged = signature(b"", message_id="msg_1", timestamp=stamp, body=b"{}")
    named = (("webhook-id", "msg_1"), ("webhook-timestamp", stamp), ("webhook-signature", forged))
    request = RawRequest(method="POST", url=URL, headers=(*named, ("content-type", "application/json")), body=b"{}")

    with pytest.raises(ForgedRequestError):
        admit(request, secret="whsec_")


def test_two_thousand_changed_requests_are_all_refused() -> None:
    chance = random.Random(7)
    genuine = (signed(PAT), signed({"email": "kim@example.com", "message": "é"}, id="msg_2"))
    accepted = []

    for _ in range(2000):
        changed = _changed(chance, chance.choice(genuine))
        try:
            accepted.append(admit(changed))
        except (ForgedRequestError, StaleRequestError):
            continue

    assert accepted == []


def _changed(chance: random.Random, request: RawRequest) -> RawRequest:
    place = chance.choice(["body", "webhook-id", "webhook-timestamp", "webhook-signature"])
    if place == "body":
        body = bytearray(request.body)
        body[chance.randrange(len(body))] ^= 1 << chance.randrange(8)
        return msgspec.structs.replace(request, body=bytes(body))
    return msgspec.structs.replace(
        request,
        headers=tuple((name, _edited(chance, value) if name == place else value) for name, value in request.headers),
    )


def _edited(chance: random.Random, text: str) -> str:
    at, other = chance.randrange(len(text)), chance.choice("abcXYZ0189+/=._-")
    match chance.randrange(3):
        case 0:
            return text[:at] + text[at + 1 :]
        case 1:
            return text[:at] + (other if other != text[at] else "#") + text[at + 1 :]
        case _:
            return text[:at] + other + text[at:] if at else "#" + text


def test_two_thousand_wrong_keys_and_origins_are_all_refused() -> None:
    chance = random.Random(8)
    accepted = []

    for number in range(2000):
        key, origin = (_edited(chance, KEY), SITE) if number % 2 else (KEY, _edited(chance, SITE))
        try:
            accepted.append((key, origin, admit(browsed(PAT, key=key, origin=origin))))
        except ForgedRequestError:
            continue

    assert accepted == []


async def test_connecting_makes_what_is_missing_and_says_what_to_paste() -> None:
    urls = ConnectionUrls(inbound=URL, status=f"{URL}/status")
    for_pages = WebFormConnection(WebFormSettings(origins=SITE))
    for_servers = WebFormConnection(WebFormSettings())

    (page,), (server,) = await for_pages.register(urls), await for_servers.register(urls)

    assert (await for_pages.check())[0].ok
    assert set(page.learned) == {"form_key"}
    assert set(server.learned) == {"secret"}
    assert page.code == server.code == "by_hand"
    assert URL in (page.fix or "")
    assert server.learned["secret"] in (server.fix or "")


async def test_an_origin_with_a_path_is_named() -> None:
    (finding,) = await WebFormConnection(WebFormSettings(origins="https://www.example.com/contact")).check()

    assert not finding.ok
    assert finding.code == "bad_origin"


def test_the_plugin_hides_its_secrets() -> None:
    opened = PLUGIN.open(settings())

    assert isinstance(opened, WebFormConnection)
    assert SECRET not in repr(settings())
    assert PLUGIN.secrets <= set(PLUGIN.settings.__struct_fields__)
