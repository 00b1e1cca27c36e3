"""Shopmonkey's door: Standard Webhooks with the reference library as oracle."""

from datetime import UTC, datetime, timedelta
from typing import Any

import msgspec
import pytest
from standardwebhooks.webhooks import Webhook

from leadcore.ports.inbound import (
    AdmittedItem,
    EntityChanged,
    ForgedRequestError,
    NotFollowed,
    RawRequest,
    StaleRequestError,
    UnreadableBodyError,
)
from leadcore.testing.contracts.inbound_door import InboundDoorContract
from leadcore_shopmonkey.door import ShopmonkeyDoor
from leadcore_shopmonkey.settings import ShopmonkeySettings

AT = 1764000000
NOW = datetime.fromtimestamp(AT, UTC)
BODY = b'{"apiVersion":"3","operation":"INSERT","table":"order","data":{"id":"o1"}}'
ENCODED = "whsec_MDEyMzQ1Njc4OWFiY2RlZjAxMjM0NTY3ODlhYmNkZWY="
RAW = "my-shared-secret"
VECTORS = [
    (ENCODED, "v1,57VeepuWtJBFlFRinRz0e2m9d8fraKtclyTRrxEqhg0="),
    (RAW, "v1,3kNOa0L3Jnt83BxEk5VcvhQkk2kZQygaWS+JASMt/+s="),
]


def door(secret: str = ENCODED, previous: str = "") -> ShopmonkeyDoor:
    return ShopmonkeyDoor(ShopmonkeySettings(api_key="k", webhook_secret=secret, previous_webhook_secret=previous))


def request(body: bytes = BODY, *, signature: str | None = None, ref: str = "msg_1", at: str = str(AT)) -> RawRequest:
    if signature is None:
        signature = Webhook(ENCODED).sign(ref, datetime.fromtimestamp(int(at), UTC), body.decode())
    headers = (("webhook-id", ref), ("webhook-timestamp", at), ("webhook-signature", signature))
    return RawRequest(method="POST", url="https://leads.example.test/t/1", headers=headers, body=body)


def event(**fields: Any) -> bytes:
    known = {"apiVersion": "3", "operation": "UPDATE", "table": "order", "data": {"id": "o1"}, "diff": ["name"]}
    return msgspec.json.encode(known | fields)


class TestContract(InboundDoorContract):
    def door(self) -> ShopmonkeyDoor:
        return door()

    def signed(self) -> tuple[RawRequest, ...]:
        return request(), request(event(table="customer"), ref="msg_2"), request(event(table="payment"), ref="msg_3")

    def now(self) -> datetime:
        return NOW


@pytest.mark.parametrize(("secret", "signature"), VECTORS)
def test_both_published_vectors_are_believed(secret: str, signature: str) -> None:
    (item,) = door(secret).admit(request(signature=signature), now=NOW)

    assert (item.dedupe_key, item.entity_key, item.body) == ("msg_1", "order:o1", BODY)


def test_one_good_signature_among_several_is_enough_and_other_versions_are_skipped() -> None:
    several = f"v1a,AAAA v1,AAAA nonsense v1,%%% {VECTORS[0][1]}"

    assert door().admit(request(signature=several), now=NOW)
    with pytest.raises(ForgedRequestError):
        door().admit(request(signature="v1a," + VECTORS[0][1].partition(",")[2]), now=NOW)


def test_while_a_secret_is_rotated_both_are_believed() -> None:
    assert door(RAW, previous=ENCODED).admit(request(), now=NOW)
    with pytest.raises(ForgedRequestError):
        door(RAW).admit(request(), now=NOW)


def test_the_key_that_fitted_last_hides_none_of_the_others() -> None:
    """It is only tried first: a vendor may go back to the other secret, and a forger gains nothing."""
    rotated = door(RAW, previous=ENCODED)
    raw = Webhook(RAW.encode()).sign("msg_1", NOW, BODY.decode())

    for _ in range(2):
        assert rotated.admit(request(), now=NOW)
        assert rotated.admit(request(signature=raw), now=NOW)
        with pytest.raises(ForgedRequestError):
            rotated.admit(request(signature="v1," + "A" * 43 + "="), now=NOW)


def test_without_a_secret_nothing_is_believed() -> None:
    with pytest.raises(ForgedRequestError, match="no webhook secret"):
        door("").admit(request(), now=NOW)


@pytest.mark.parametrize(("age_s", "stale"), [(0, False), (300, False), (-300, False), (301, True), (-301, True)])
def test_what_was_signed_more_than_five_minutes_away_is_stale(age_s: int, stale: bool) -> None:
    now = NOW + timedelta(seconds=age_s)

    if stale:
        with pytest.raises(StaleRequestError):
            door().admit(request(), now=now)
    else:
        assert door().admit(request(), now=now)


@pytest.mark.parametrize(
    ("ref", "at"), [("msg.1", str(AT)), ("msg_1", "1764000000.5"), ("msg_1", "-1"), ("msg_1", "9" * 30)]
)
def test_ids_and_times_that_could_shift_signed_bytes_are_forged(ref: str, at: str) -> None:
    with pytest.raises(ForgedRequestError):
        door().admit(request(ref=ref, at=at, signature="v1,AAAA"), now=NOW)


@pytest.mark.parametrize(
    ("body", "expected"),
    [
        (event(), (EntityChanged(kind="order", external_id="o1"),)),
        (event(operation="DELETE"), (EntityChanged(kind="order", external_id="o1", deleted=True),)),
        (event(operation="RENAMED"), (EntityChanged(kind="order", external_id="o1"),)),
        (event(table="canned_service"), (EntityChanged(kind="service", external_id="o1"),)),
        (event(table="message", data={"id": 7}), (EntityChanged(kind="message", external_id="7"),)),
    ],
)
def test_a_payload_is_only_a_hint_at_what_changed(body: bytes, expected: tuple[EntityChanged, ...]) -> None:
    assert door().read(AdmittedItem(dedupe_key="m", body=body)) == expected


@pytest.mark.parametrize("operation", ["INSERT", "UPDATE", "DELETE"])
@pytest.mark.parametrize("table", ["order", "customer", "vehicle", "appointment", "message"])
def test_all_five_kinds_that_are_registered_are_admitted_and_read(table: Any, operation: str) -> None:
    sent = request(body=event(table=table, operation=operation, data={"id": "x1", "updatedDate": "2026-11-22T15:00Z"}))

    (item,) = door().admit(sent, now=NOW)

    assert item.entity_key == f"{table}:x1"
    assert item.occurred_at == datetime(2026, 11, 22, 15, tzinfo=UTC)
    assert door().read(item) == (EntityChanged(kind=table, external_id="x1", deleted=operation == "DELETE"),)


@pytest.mark.parametrize(
    ("body", "reason"),
    [
        (event(table="purchase_order"), "'purchase_order' are not followed"),
        (b'{"eventId":"e","webhookId":"w","eventType":"order.created","entity":"order","documentId":"o1"}', "v1 or v2"),
        (b'{"data":{"id":"o1"}}', "names no table"),
    ],
)
def test_what_is_not_followed_is_kept_with_the_reason(body: bytes, reason: str) -> None:
    (found,) = door().read(AdmittedItem(dedupe_key="m", body=body))

    assert isinstance(found, NotFollowed)
    assert reason in found.reason


def test_an_unsigned_webhook_of_an_old_version_is_refused_with_what_to_do() -> None:
    old = RawRequest(
        method="POST", url="https://x.example.com", headers=(), body=b'{"eventType":"order.created","documentId":"o1"}'
    )

    with pytest.raises(ForgedRequestError, match="v1 or v2") as refusal:
        door().admit(old, now=NOW)

    assert "delete it" in str(refusal.value.fix)


def test_an_order_without_an_id_is_unreadable() -> None:
    with pytest.raises(UnreadableBodyError):
        door().read(AdmittedItem(dedupe_key="m", body=event(data={})))


def test_the_vendors_clock_of_the_change_is_kept() -> None:
    body = event(data={"id": "o1", "updatedDate": "2026-11-22T15:00:00.123Z"})

    (item,) = door().admit(request(body), now=NOW)

    assert item.occurred_at == datetime(2026, 11, 22, 15, 0, 0, 123000, tzinfo=UTC)


@pytest.mark.parametrize("spelling", ["{0}=", "{0}{0}", "v1,{1}\n", "{0}v1,AAAA"])
def test_one_signature_has_one_text(spelling: str) -> None:
    genuine = request().header("webhook-signature")
    respelt = spelling.format(genuine, genuine.removeprefix("v1,"))

    with pytest.raises(ForgedRequestError):
        door().admit(request(signature=respelt), now=NOW)
    assert door().admit(request(signature=f"v1,AAAA {genuine}"), now=NOW)
