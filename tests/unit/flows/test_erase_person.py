"""Forgetting a person, over the whole shop in memory: nothing of them is left, and they are still left alone."""

from datetime import timedelta
from typing import Any

import msgspec
import pytest
from hypothesis import given
from hypothesis import strategies as st
from msgspec.structs import replace

from leadcore.flows.dispatch import open_attempt
from leadcore.flows.erase_person import Erasure, erase_person, preview_erasure
from leadcore.flows.evidence import verify_ledger
from leadcore.flows.export_person import export_person
from leadcore.flows.prints import NoVaultError, seal_holds
from leadcore.flows.settle import settle_attempt
from leadcore.kernel.errors import InvalidInputError, NotFoundError
from leadcore.memory.vault import MemoryVault
from leadcore.messaging.machine import Accepted
from leadcore.privacy.policies.mentions import marks_of
from tests.unit.flows.world import PHONE, TENANT, World

_OTHER = "+15125550143"
_TRACES = (b"5125550142", b"5550142@example", b"my husband is named zebulon")


async def _a_customer_who_talked() -> World:
    world = await World().open()
    await world.lead_arrives()
    await world.lead_arrives(order_id="o2", phone=_OTHER)
    await world.drain()
    await world.text_from_customer("My husband is named Zebulon, call him")
    await world.drain()
    return world


def _traces(world: World) -> set[str]:
    """Names of the tables that still speak of the customer."""
    found = set()
    for name, table in vars(world.store.database).items():
        if not hasattr(table, "rows") or name in {"connections", "tenants"}:
            continue
        for key, row in table.rows.items():
            told = (msgspec.json.encode([str(part) for part in key]) + _told(row)).lower()
            if any(trace in told for trace in _TRACES):
                found.add(name)
    return found


def _told(row: Any) -> bytes:
    if isinstance(row, bytes):
        return row
    body = getattr(row, "body", b"")
    return msgspec.json.encode(row) + (body if isinstance(body, bytes) else b"")


async def _erase(world: World, who: str = PHONE) -> Erasure:
    return await erase_person(world.seams, who, tenant_id=TENANT, by="Dana")


async def test_nothing_in_the_store_speaks_of_an_erased_person_and_the_neighbour_stays() -> None:
    world = await _a_customer_who_talked()
    before = _traces(world)

    erasure = await _erase(world)

    assert before >= {"points", "inbox", "messages", "entries", "entities"}
    assert _traces(world) == set()
    assert (erasure.done, erasure.people, len(erasure.contacts)) == (True, 1, 2)
    assert (await export_person(world.seams, _OTHER, tenant_id=TENANT, by="Dana")).rows["lead"]


async def test_a_preview_changes_nothing_and_tells_what_would_go() -> None:
    world = await _a_customer_who_talked()

    preview = await preview_erasure(world.seams, PHONE, tenant_id=TENANT)
    erasure = await _erase(world)

    assert not preview.done
    shared = ("people", "contacts", "received", "records", "pictures", "sends_ended", "consents_kept")
    assert [getattr(preview, name) for name in shared] == [getattr(erasure, name) for name in shared]
    assert preview.rows["lead"] == erasure.rows["lead"] == 1


async def test_the_ledger_holds_after_an_erasure_and_goes_on() -> None:
    world = await _a_customer_who_talked()

    await _erase(world)
    await world.lead_arrives(order_id="o9", phone="+15125550177")
    await world.drain()

    check = await verify_ledger(world.seams, tenant_id=TENANT)
    assert check.is_intact
    assert 0 < check.sealed < check.lines


async def test_a_changed_line_is_found_although_it_is_sealed() -> None:
    world = await _a_customer_who_talked()
    await _erase(world)
    lines = [line for line in world.store.database.consents.rows.values() if line.seal is not None]
    prints = world.seams.prints

    assert lines
    assert all(seal_holds(prints, line) for line in lines)
    assert not any(seal_holds(prints, replace(line, wording="I never agreed")) for line in lines)
    assert not any(seal_holds(prints, replace(line, evidence={"ip": "192.0.2.1"})) for line in lines)
    assert not any(seal_holds(MemoryVault(b"stolen"), line) for line in lines)
    assert not any(seal_holds(None, line) for line in lines)


async def test_a_later_lead_with_the_same_number_is_denied_marketing() -> None:
    world = await _a_customer_who_talked()
    await _erase(world)
    sent = len(world.sms.accepted)

    await world.lead_arrives(order_id="o3", model="Model 3")
    await world.pass_time(timedelta(days=12))

    assert len([each for each in world.sms.accepted[sent:] if each.message.recipient == PHONE]) == 0
    reasons = {event.reason for event in world.happened("message.held_back")}
    assert "suppressed: erased" in reasons


async def test_a_stop_from_before_is_still_a_stop() -> None:
    world = await _a_customer_who_talked()
    await world.text_from_customer("STOP")
    await world.drain()
    await _erase(world)

    await world.lead_arrives(order_id="o3", model="Model 3")
    await world.drain()

    async with world.store.begin(TENANT) as uow:
        point = await uow.compliance.point("phone", PHONE, tenant_id=TENANT)
        assert point is not None
        [suppression] = await uow.compliance.suppressions(point.id, tenant_id=TENANT)
    assert (suppression.reason, suppression.words) == ("stop_word", "")


async def test_sends_that_had_not_left_end_with_the_reason_and_nothing_goes_afterwards() -> None:
    world = await World().open()
    await world.lead_arrives()
    for item in await world.store.due.claim(("inbox",), limit=9, lease_s=30, worker="test"):
        await world.perform(item)
    for item in await world.store.due.claim(("touch",), limit=9, lease_s=30, worker="test"):
        await world.perform(item)

    erasure = await _erase(world)
    await world.pass_time(timedelta(days=40))

    assert erasure.sends_ended > 0
    assert world.texts == []
    assert {(each.state, each.reason) for each in world.store.database.messages.rows.values()} == {
        ("cancelled", "the person was erased")
    }


async def test_an_answer_that_comes_after_the_erasure_brings_nothing_back() -> None:
    world = await World().open()
    await world.lead_arrives()
    for kind in ("inbox", "touch"):
        for item in await world.store.due.claim((kind,), limit=9, lease_s=30, worker="test"):
            await world.perform(item)
    [item, *_] = await world.store.due.claim(("message",), limit=9, lease_s=30, worker="test")
    departure = await open_attempt(world.seams, item)
    assert departure is not None

    await _erase(world)
    receipt = await departure.carrier.send(departure.outbound)
    await settle_attempt(world.seams, departure.attempt.id, Accepted(receipt=receipt), tenant_id=TENANT)
    await world.drain()

    assert _traces(world) == set()


async def test_the_audit_names_who_did_it_and_nobody_else() -> None:
    world = await _a_customer_who_talked()

    await export_person(world.seams, PHONE, tenant_id=TENANT, by="Dana")
    await _erase(world)

    [erased] = world.happened("privacy.erased")
    assert (erased.by, erased.contacts) == ("Dana", 2)
    assert world.happened("privacy.exported") == []  # it named the person
    assert not any(trace in msgspec.json.encode(erased) for trace in _TRACES)


async def test_the_document_holds_rows_bytes_and_records() -> None:
    world = await _a_customer_who_talked()

    document = await export_person(world.seams, f"pat{PHONE[2:]}@example.com", tenant_id=TENANT, by="Dana")

    assert set(document.rows) >= {"person", "lead", "entry", "message", "consent", "contact_point", "outbox"}
    assert any("Zebulon" in each.body for each in document.received)
    assert {each.kind for each in document.records} >= {"order", "customer"}
    assert _OTHER not in msgspec.json.encode(document).decode()


async def test_without_a_vault_nobody_is_erased_and_nonsense_is_refused() -> None:
    world = await _a_customer_who_talked()

    with pytest.raises(NoVaultError):
        await erase_person(replace(world.seams, prints=None), PHONE, tenant_id=TENANT, by="Dana")
    with pytest.raises(NotFoundError):
        await _erase(world, "+15125550999")
    with pytest.raises(InvalidInputError):
        await _erase(world, "nobody")


_DIGITS = st.text("0123456789", min_size=7, max_size=7)
_JOIN = st.sampled_from(["", "-", " ", ".", ") ", " - "])


@given(number=_DIGITS, joins=st.tuples(_JOIN, _JOIN), before=st.text(), after=st.text())
def test_a_number_is_recognised_however_it_is_written(
    number: str, joins: tuple[str, str], before: str, after: str
) -> None:
    marks = marks_of([f"+1512{number}"], [])
    written = f"512{joins[0]}{number[:3]}{joins[1]}{number[3:]}"

    assert marks.are_in(f"{before}{written} {after}".encode("utf-8", "replace"))


@given(number=_DIGITS, other=_DIGITS)
def test_another_number_is_not_taken_for_it(number: str, other: str) -> None:
    marks = marks_of([f"+1512{number}"], [])

    assert marks.are_in(f'{{"phone": "+1512{other}"}}'.encode()) == (number == other)


@pytest.mark.parametrize(
    "written",
    [b'{"email":"Ana@Example.com"}', b"from=ana%40example.com&x=1", b'"ana\\u0040example.com"', b"<ana@example.com>"],
)
def test_an_address_is_recognised_in_a_form_in_json_and_in_a_mail(written: bytes) -> None:
    assert marks_of(["ana@example.com"], []).are_in(written)
    assert not marks_of(["bea@example.com"], []).are_in(written)


def test_a_full_name_counts_and_a_first_name_does_not() -> None:
    assert marks_of([], [("Ana", "Ruiz")]).name_is_in(b"for ANA\n ruiz, please")
    assert not marks_of([], [("Ana", "")]).name_is_in(b"for Ana")
