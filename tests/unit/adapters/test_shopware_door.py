"""Shop-Ware's door: nothing is signed, so the address is the credential and an event is a hint at most."""

import random
from datetime import UTC, datetime, timedelta
from typing import Any
from urllib.parse import quote

import msgspec
import pytest

from leadcore.ports.inbound import AdmittedItem, EntityChanged, ForgedRequestError, RawRequest, UnreadableBodyError
from leadcore.testing.contracts.inbound_door import InboundDoorContract
from leadcore_shopware.door import ShopWareDoor
from leadcore_shopware.settings import ShopWareSettings

NOW = datetime(2026, 11, 22, 15, 0, tzinfo=UTC)
SECRET = "a-long/secret+of=ours"
URL = "https://leads.example.test/hooks/1"


def door(secret: str = SECRET, previous: str = "") -> ShopWareDoor:
    return ShopWareDoor(
        ShopWareSettings(
            partner_id="71", api_secret="s", tenant_id="1", webhook_secret=secret, previous_webhook_secret=previous
        )
    )


def request(body: bytes, *, url: str | None = None) -> RawRequest:
    address = f"{URL}?key={quote(SECRET, safe='')}" if url is None else url
    headers = (("content-type", "application/json"),)
    return RawRequest(method="POST", url=address, headers=headers, body=body)


def event(**fields: Any) -> bytes:
    return msgspec.json.encode({"event": "repair_order.updated", "tenant_id": 1, "id": 7} | fields)


class TestContract(InboundDoorContract):
    def door(self) -> ShopWareDoor:
        return door()

    def signed(self) -> tuple[RawRequest, ...]:
        return ()

    def unsigned(self) -> tuple[RawRequest, ...]:
        return request(event()), request(event(event="customer.created")), request(b'{"hello":"there"}')

    def now(self) -> datetime:
        return NOW


@pytest.mark.parametrize(
    "query", ["", "?key=", "?key=wrong", f"?other={quote(SECRET, safe='')}", "?KEY=x", "?key=%ff", f"#key={SECRET}"]
)
def test_without_the_secret_in_the_address_a_request_is_forged(query: str) -> None:
    with pytest.raises(ForgedRequestError):
        door().admit(request(event(), url=URL + query), now=NOW)


def test_a_secret_in_a_header_or_in_the_body_is_none() -> None:
    asked = RawRequest(method="POST", url=URL, headers=(("key", SECRET),), body=event(key=SECRET))

    with pytest.raises(ForgedRequestError):
        door().admit(asked, now=NOW)


def test_while_a_secret_is_rotated_both_are_believed() -> None:
    assert door("new", previous=SECRET).admit(request(event()), now=NOW)
    with pytest.raises(ForgedRequestError):
        door("new").admit(request(event()), now=NOW)


def test_without_a_configured_secret_nothing_is_believed() -> None:
    with pytest.raises(ForgedRequestError, match="no webhook secret"):
        door("").admit(request(event(), url=f"{URL}?key="), now=NOW)


def test_in_2000_mutations_only_the_exact_secret_opens() -> None:
    chance, guard = random.Random(20261122), door()
    verdicts = {True: 0, False: 0}

    for _ in range(2000):
        place, letter = chance.randrange(len(SECRET)), chance.choice("abcz/+=-0")
        claim = chance.choice(
            (SECRET, SECRET[:place], SECRET[:place] + letter + SECRET[place + 1 :], SECRET + letter, SECRET.upper())
        )
        asked = request(event(n=chance.randrange(99)), url=f"{URL}?a=b&key={quote(claim, safe='')}")
        try:
            accepted = bool(guard.admit(asked, now=NOW))
        except ForgedRequestError:
            accepted = False
        assert accepted == (claim == SECRET), asked
        verdicts[accepted] += 1

    assert min(verdicts.values()) > 400


def test_a_retry_is_the_same_item_and_a_later_change_with_the_same_bytes_is_not() -> None:
    first, retry = (door().admit(request(event()), now=NOW + timedelta(seconds=after)) for after in (0, 4))
    (later,) = door().admit(request(event()), now=NOW + timedelta(seconds=60))

    assert [item.dedupe_key for item in first] == [item.dedupe_key for item in retry]
    assert later.dedupe_key not in {item.dedupe_key for item in first}
    assert later.entity_key == "order:7"


def test_events_of_another_tenant_are_left_out() -> None:
    assert door().admit(request(event(tenant_id=2)), now=NOW) == ()


@pytest.mark.parametrize(
    ("body", "expected"),
    [
        (event(), ("order", "7")),
        (event(event="repair_order.deleted"), ("order", "7")),
        (event(event="canned_job.updated"), ("service", "7")),
        (event(event="vehicle.created", id="8"), ("vehicle", "8")),
        (b'{"event_type":"customer.merged","data":{"id":9}}', ("customer", "9")),
        (b'{"type":"appointment.created","resource":{"appointment_id":10,"id":3}}', ("appointment", "10")),
        (b'{"topic":"repair_order.updated","repair_order":{"id":11}}', ("order", "11")),
        (b'{"id":"evt_1","event":"repair_order.updated","data":{"id":12}}', ("order", "12")),
        (event(event="staff.updated"), None),
        (event(id=None), None),
        (b"{}", None),
    ],
)
def test_an_event_is_only_a_hint_wherever_it_says_what_changed(body: bytes, expected: tuple[str, str] | None) -> None:
    found = door().read(AdmittedItem(dedupe_key="k", body=body))

    hints = [(each.kind, each.external_id, each.deleted) for each in found if isinstance(each, EntityChanged)]
    assert hints == ([(*expected, False)] if expected else [])


@pytest.mark.parametrize("body", [b"", b"[]", b"null", b"\xff", b"[" * 5000])
def test_a_body_that_is_no_object_is_unreadable(body: bytes) -> None:
    with pytest.raises(UnreadableBodyError):
        door().admit(request(body), now=NOW)
