"""HubSpot's door: signature v3 with the vendor's own package as oracle."""

import base64
import random
from datetime import UTC, datetime, timedelta
from typing import Any

import msgspec
import pytest
from hubspot.utils.signature import Signature

from leadcore.ports.inbound import (
    AdmittedItem,
    EntityChanged,
    ForgedRequestError,
    RawRequest,
    StaleRequestError,
    UnreadableBodyError,
)
from leadcore.testing.contracts.inbound_door import InboundDoorContract
from leadcore_hubspot.door import HubSpotDoor
from leadcore_hubspot.settings import HubSpotSettings
from leadcore_hubspot.signature import signed_uri

AT_MS = 1764000000000
NOW = datetime.fromtimestamp(AT_MS / 1000, UTC)
SECRET = "yyyyyyyy-yyyy-yyyy-yyyy-yyyyyyyyyyyy"
URL = "https://www.example.com/webhook_uri"
SAMPLE = (
    b'[{"eventId":1,"subscriptionId":12345,"portalId":62515,"occurredAt":1564113600000,"subscriptionType":'
    b'"contact.creation","attemptNumber":0,"objectId":123,"changeSource":"CRM","changeFlag":"NEW","appId":54321}]'
)
VECTOR = "XornzQVAopuis2A5VkFNwNTSty1HzGgZctWDpqO4kD4="
V1 = "232db2615f3d666fe21a8ec971ac7b5402d33b9a925784df3ca654d05f4817de"


def door(secret: str = SECRET, **changes: str) -> HubSpotDoor:
    return HubSpotDoor(HubSpotSettings(access_token="t", client_secret=secret, **changes))


def signature(body: bytes, *, url: str = URL, at_ms: int = AT_MS, secret: str = SECRET) -> str:
    return str(Signature.get_signature(secret, body.decode(), "v3", signed_uri(url), "POST", str(at_ms)))


def request(
    body: bytes = SAMPLE, *, url: str = URL, at: str = str(AT_MS), claim: str | None = None, secret: str = SECRET
) -> RawRequest:
    signed = signature(body, url=url, at_ms=int(at), secret=secret) if claim is None else claim
    headers = (("X-HubSpot-Signature-v3", signed), ("X-HubSpot-Request-Timestamp", at))
    return RawRequest(method="POST", url=url, headers=headers, body=body)


def event(**fields: Any) -> dict[str, Any]:
    known = {
        "eventId": 1, "subscriptionId": 2, "portalId": 3, "occurredAt": AT_MS, "subscriptionType": "deal.creation",
        "objectId": 51,
    }  # fmt: skip
    return known | fields


def events(*found: object) -> bytes:
    return msgspec.json.encode(list(found))


class TestContract(InboundDoorContract):
    def door(self) -> HubSpotDoor:
        return door()

    def signed(self) -> tuple[RawRequest, ...]:
        several = events(event(eventId=7), event(eventId=8, subscriptionType="contact.creation"))
        return request(), request(several), request(events(event(eventId=9, subscriptionType="ticket.creation")))

    def now(self) -> datetime:
        return NOW


def test_the_published_vector_is_believed() -> None:
    (item,) = door().admit(request(claim=VECTOR), now=NOW)

    assert (item.dedupe_key, item.entity_key) == ("1:12345:1564113600000", "customer:123")
    assert item.body == SAMPLE[1:-1]
    assert item.occurred_at == datetime(2019, 7, 26, 4, 0, tzinfo=UTC)


@pytest.mark.parametrize("version", ["v1", "v2"])
def test_signatures_without_a_time_are_refused(version: str) -> None:
    claim = V1 if version == "v1" else Signature.get_signature(SECRET, SAMPLE.decode(), "v2", URL, "POST")
    headers = (("x-hubspot-signature", claim), ("x-hubspot-signature-version", version))
    timed = (*headers, ("x-hubspot-request-timestamp", str(AT_MS)))

    for each in (headers, timed):
        with pytest.raises(ForgedRequestError, match="only v3"):
            door().admit(RawRequest(method="POST", url=URL, headers=each, body=SAMPLE), now=NOW)


@pytest.mark.parametrize(
    ("came", "signed"),
    [
        ("https://a.example.com/h%3Aooks%2f1?to=a%40b%2Cc", "https://a.example.com/h:ooks/1?to=a@b,c"),
        ("https://a.example.com/h?x=%21%24%27%28%29%2A%3B%3F", "https://a.example.com/h?x=!$'()*;?"),
        ("https://a.example.com/h?x=%20%25%3D%26%23", "https://a.example.com/h?x=%20%25%3D%26%23"),
        ("https://a.example.com/h?x=%253A", "https://a.example.com/h?x=%253A"),
    ],
)
def test_some_escapes_of_the_address_are_decoded_before_hashing(came: str, signed: str) -> None:
    claim = Signature.get_signature(SECRET, SAMPLE.decode(), "v3", signed, "POST", str(AT_MS))

    assert signed_uri(came) == signed
    assert door().admit(request(url=came, claim=claim), now=NOW)


def test_an_address_signed_as_it_came_is_believed_too() -> None:
    url = "https://a.example.com/h?to=a%40b"
    claim = Signature.get_signature(SECRET, SAMPLE.decode(), "v3", url, "POST", str(AT_MS))

    assert door().admit(request(url=url, claim=claim), now=NOW)


def test_while_a_secret_is_rotated_both_are_believed() -> None:
    assert door("new", previous_client_secret=SECRET).admit(request(), now=NOW)
    with pytest.raises(ForgedRequestError):
        door("new").admit(request(), now=NOW)


def test_without_a_secret_nothing_is_believed() -> None:
    with pytest.raises(ForgedRequestError, match="no client secret"):
        door("").admit(request(secret=""), now=NOW)


@pytest.mark.parametrize(("age_s", "stale"), [(0, False), (300, False), (-300, False), (301, True), (-301, True)])
def test_what_was_signed_more_than_five_minutes_away_is_stale(age_s: int, stale: bool) -> None:
    now = NOW + timedelta(seconds=age_s)

    if stale:
        with pytest.raises(StaleRequestError):
            door().admit(request(), now=now)
    else:
        assert door().admit(request(), now=now)


@pytest.mark.parametrize("at", ["1764000000", "17640000000000", "-764000000000", "1764000000.00", "٠" * 13])
def test_a_time_in_another_form_is_forged(at: str) -> None:
    with pytest.raises(ForgedRequestError):
        door().admit(request(at=at, claim=VECTOR), now=NOW)


def test_a_digit_cannot_move_from_the_time_into_the_body() -> None:
    body = b"[1]"
    moved = msgspec.structs.replace(request(body), body=b"[1]1")
    headers = (moved.headers[0], ("X-HubSpot-Request-Timestamp", str(AT_MS)[1:]))

    with pytest.raises(ForgedRequestError):
        door().admit(msgspec.structs.replace(moved, headers=headers), now=NOW)


def test_each_event_is_an_item_known_by_its_three_ids() -> None:
    body = events(event(), event(subscriptionId=3), event(occurredAt=AT_MS + 1), event())

    items = door().admit(request(body), now=NOW)

    assert [item.dedupe_key for item in items] == [
        f"1:2:{AT_MS}", f"1:3:{AT_MS}", f"1:2:{AT_MS + 1}", f"1:2:{AT_MS}",
    ]  # fmt: skip


def test_events_of_another_portal_are_left_out() -> None:
    body = events(event(portalId=4), event(portalId=3, eventId=5))

    items = door(portal_id="3").admit(request(body), now=NOW)

    assert [item.dedupe_key for item in items] == [f"5:2:{AT_MS}"]


def test_a_poison_event_does_not_hold_up_its_neighbours() -> None:
    poison, good = door().admit(request(events("what", event())), now=NOW)

    with pytest.raises(UnreadableBodyError):
        door().read(poison)
    assert door().read(good) == (EntityChanged(kind="order", external_id="51"),)


@pytest.mark.parametrize("body", [b"", b"{}", b"null", b"[" * 5000, b'[{"a":]'])
def test_a_signed_body_that_is_no_array_is_unreadable(body: bytes) -> None:
    signed = request(body)

    with pytest.raises(UnreadableBodyError):
        door().admit(signed, now=NOW)


@pytest.mark.parametrize(
    ("changes", "expected"),
    [
        ({}, [("order", "51")]),
        ({"subscriptionType": "deal.propertyChange", "propertyName": "dealstage"}, [("order", "51")]),
        ({"subscriptionType": "deal.deletion"}, [("order", "51")]),
        ({"subscriptionType": "contact.privacyDeletion"}, [("customer", "51")]),
        ({"subscriptionType": "product.propertyChange"}, [("service", "51")]),
        ({"subscriptionType": "object.creation", "objectTypeId": "0-3"}, [("order", "51")]),
        ({"subscriptionType": "object.creation", "objectTypeId": "2-999"}, []),
        ({"subscriptionType": "ticket.creation"}, []),
        (
            {"subscriptionType": "contact.merge", "objectId": None, "primaryObjectId": 5, "mergedObjectIds": [6]},
            [("customer", "5"), ("customer", "6")],
        ),
        ({"subscriptionType": "deal.associationChange", "objectId": None, "fromObjectId": 8}, [("order", "8")]),
    ],
)
def test_an_event_is_only_a_hint_at_what_changed(changes: dict[str, Any], expected: list[tuple[str, str]]) -> None:
    found = door().read(AdmittedItem(dedupe_key="k", body=msgspec.json.encode(event(**changes))))

    assert [(each.kind, each.external_id) for each in found if isinstance(each, EntityChanged)] == expected
    assert not any(each.deleted for each in found if isinstance(each, EntityChanged))


def test_an_event_about_nothing_is_unreadable() -> None:
    for body in (event(objectId=None), {"objectId": 1}):
        with pytest.raises(UnreadableBodyError):
            door().read(AdmittedItem(dedupe_key="k", body=msgspec.json.encode(body)))


def test_in_2000_mutations_we_agree_with_the_vendors_package_each_time() -> None:
    chance, guard = random.Random(20261122), door()
    now_ms = int(datetime.now(UTC).timestamp() * 1000)  # the package reads the clock itself
    verdicts = {True: 0, False: 0}

    for number in range(2000):
        asked = _mutation(chance, request(events(event(eventId=number)), url=f"{URL}?n=a%40{number}", at=str(now_ms)))
        expected = _believed_by_the_package(asked)
        try:
            accepted = bool(guard.admit(asked, now=datetime.now(UTC)))
        except UnreadableBodyError:
            accepted = True
        except (ForgedRequestError, StaleRequestError):
            accepted = False
        assert accepted == expected, asked
        verdicts[accepted] += 1

    assert min(verdicts.values()) > 400


def _believed_by_the_package(asked: RawRequest) -> bool:
    try:
        return bool(
            Signature.is_valid(
                asked.header("x-hubspot-signature-v3"), SECRET, asked.body.decode(), signed_uri(asked.url),
                asked.method, "v3", asked.header("x-hubspot-request-timestamp"),
            )
        )  # fmt: skip
    except Exception:  # noqa: BLE001 - the package raises whatever its parsing raises
        return False


def _mutation(chance: random.Random, request: RawRequest) -> RawRequest:
    body, headers, url, method = bytearray(request.body), dict(request.headers), request.url, request.method
    digest, at = headers["X-HubSpot-Signature-v3"], headers["X-HubSpot-Request-Timestamp"]
    match chance.randrange(10):
        case 0:
            body[chance.randrange(len(body))] = chance.randrange(32, 127)
        case 1:
            # the last letter of base64 holds spare bits: a change there is another spelling of the same bytes
            place = chance.randrange(len(digest) - 2)
            headers["X-HubSpot-Signature-v3"] = digest[:place] + chance.choice("AZaz09+/") + digest[place + 1 :]
        case 2:
            headers["X-HubSpot-Request-Timestamp"] = str(int(at) + chance.choice((0, 1, -1, -999_999)))
        case 3:
            url += chance.choice(("", "&x=1", "/"))
        case 4:
            method = chance.choice(("POST", "PUT"))
        case 5:
            headers["X-HubSpot-Signature-v3"] = base64.b64encode(chance.randbytes(32)).decode()
        case 6:
            del headers[chance.choice(list(headers))]
        case _:
            pass
    return msgspec.structs.replace(request, body=bytes(body), headers=tuple(headers.items()), url=url, method=method)


def test_one_signature_has_one_text() -> None:
    claim = signature(SAMPLE)
    alphabet = "ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789+/"
    twin = claim[:-2] + alphabet[alphabet.index(claim[-2]) ^ 1] + "="

    assert base64.b64decode(twin) == base64.b64decode(claim)
    with pytest.raises(ForgedRequestError):
        door().admit(request(claim=twin), now=NOW)
