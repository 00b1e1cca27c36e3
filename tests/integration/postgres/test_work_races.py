"""Work that meets other work on PostgreSQL: two imports, an erasure, a calendar that moves, a sender's slots."""

import asyncio
from collections import Counter
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from datetime import timedelta
from functools import cached_property
from itertools import pairwise
from typing import Any
from zoneinfo import ZoneInfo

import pytest

from leadcore.flows.cadence_files import publish_cadence
from leadcore.flows.erase_person import erase_person
from leadcore.flows.import_leads import UsableRow, bring_in_rows, run_of
from leadcore.flows.lead_facts import calendar_of
from leadcore.flows.onboard import change_tenant
from leadcore.kernel.ids import RunId, TenantId
from leadcore.messaging.model import SenderBucket
from leadcore.ports.inbound import LeadSubmitted, SubmittedVehicle
from leadcore.tenants.values import Senders
from leadcore_postgres.engine import tenant_session
from leadcore_postgres.messages import PostgresMessages
from leadcore_postgres.store import PostgresStore, PostgresWork
from leadcore_postgres.transaction import Transaction
from leadcore_runtime.bulk import BulkWork
from tests.integration.postgres.town import Town
from tests.unit.flows.test_pacing import CAMPAIGN
from tests.unit.flows.test_steering import OWN
from tests.unit.flows.world import MONDAY_NOON, TENANT

pytestmark = pytest.mark.postgres
_PEOPLE = 8
_PHONES = [f"+151255501{number:02}" for number in range(20, 20 + _PEOPLE)]
_SLOW = Senders(sms="+15125550199", email="shop@example.com", sms_segments_per_second=0.1)
"""Ten seconds a segment: whatever time the test itself takes makes no further slot."""


# ------------------------------------------------------------------------------------------------------ two imports


async def _file(town: Town, name: str) -> RunId:
    """Bring in a file that names everybody, by keys of its own."""
    run_id = run_of(TENANT, name, follow_up=False)
    rows = [
        UsableRow(
            row=number,
            lead=LeadSubmitted(
                external_id=f"{name}{number}", submitted_at=MONDAY_NOON - timedelta(days=9), first_name="Pat",
                phones=(phone,), emails=(f"pat{phone[2:]}@example.com",),
                vehicle=SubmittedVehicle(make="Tesla", model="Model Y"),
            ),
        )
        for number, phone in enumerate(_PHONES)
    ]  # fmt: skip
    assert await bring_in_rows(town.seams, TENANT, rows, run_id=run_id, follow_up=False) == _PEOPLE
    return run_id


async def test_two_imports_of_the_same_people_at_once_make_one_person_and_one_lead_of_each(
    store: PostgresStore, admin: Any
) -> None:
    town = await Town(store).begin()
    runs = [await _file(town, name) for name in ("ours", "theirs")]

    tallies = await asyncio.gather(
        *(
            BulkWork(town.seams, slots=2).until_settled(run_id, tenant_id=TENANT, on_progress=lambda _: None)
            for run_id in runs
        )
    )

    assert [(each.done, each.dead, each.waiting) for each in tallies] == [(_PEOPLE, 0, 0)] * 2
    leads = await town.leads()
    assert (len(leads), len({lead.person_id for lead in leads})) == (_PEOPLE, _PEOPLE)
    assert await admin.fetchval("SELECT count(*) FROM person") == _PEOPLE
    assert await admin.fetchval("SELECT count(*) FROM lead_reference") == 2 * _PEOPLE


# ------------------------------------------------------------------------------------------------------- an erasure


async def _answered(town: Town) -> None:
    """Let everybody ask and be answered."""
    await publish_cadence(town.store, TENANT, OWN)
    await change_tenant(town.store, TENANT, {"cadence": "own"})
    for number, phone in enumerate(_PHONES):
        await town.lead_arrives(order_id=f"o{number}", phone=phone)
    await town.work()
    assert [len(town.texts_to(phone)) for phone in _PHONES] == [1] * _PEOPLE


async def test_nothing_is_sent_to_whom_is_erased_beside_running_schedulers(store: PostgresStore) -> None:
    town = await Town(store).begin()
    await _answered(town)
    erased, others = _PHONES[::2], _PHONES[1::2]
    await town.later(timedelta(hours=23, minutes=31))  # 11:31: everybody's next text is due

    await asyncio.gather(
        town.work(), *(erase_person(town.seams, phone, tenant_id=TENANT, by="Sam") for phone in erased)
    )
    before = {phone: len(town.texts_to(phone)) for phone in erased}
    for _ in range(4):
        await town.later(timedelta(days=1))
        await town.work()

    assert {phone: len(town.texts_to(phone)) for phone in erased} == before
    told = [len(town.texts_to(phone)) for phone in others]
    assert told == [3] * len(others), "nothing was sent to anybody: nothing was shown"
    assert len(await town.leads()) == len(others)


# --------------------------------------------------------------------------------------------- a calendar that moves


async def test_a_calendar_that_moves_while_touches_are_decided_loses_and_doubles_none(store: PostgresStore) -> None:
    town = await Town(store).begin()
    await _answered(town)

    await change_tenant(store, TENANT, {"closures": "2026-11-24"})
    await town.later(timedelta(hours=22, minutes=40))  # 10:40: some are due by now, some are not
    await asyncio.gather(
        town.work(("touch", "message")),
        town.work(("replan",), workers=2),
        change_tenant(store, TENANT, {"closures": "2026-11-24, 2026-11-25"}),
    )
    await town.later(timedelta(seconds=5))
    await asyncio.gather(town.work(), town.work(("replan",)))
    moved = await _waiting(store)
    for _ in range(3):
        await town.later(timedelta(days=1))
        await town.work()

    told = Counter(len(town.texts_to(phone)) for phone in _PHONES)
    asked = [sum("any news" in text for text in town.texts_to(phone)) for phone in _PHONES]
    assert set(moved.values()) == {1}, "a lead waits for one touch, neither for none nor for two"
    assert asked == [1] * _PEOPLE
    assert set(told) <= {2, 3}


async def _waiting(store: PostgresStore) -> Counter[Any]:
    """How many touches each lead waits for; each of them where the calendar allows."""
    async with store.begin(TENANT) as uow:
        tenant = await uow.tenants.get(TENANT)
        waiting = await uow.cadences.waiting(TENANT, limit=99)
        now = await uow.now()
    assert len(waiting) == _PEOPLE
    for touch in waiting:
        if touch.step == "ask" and touch.due_at > now:  # the step that names business days
            assert calendar_of(tenant).is_business_day(touch.due_at.astimezone(ZoneInfo(tenant.zone)).date())
    return Counter(touch.lead_id for touch in waiting)


# ----------------------------------------------------------------------------------------------------- a sender's slots


class HastyMessages(PostgresMessages):
    """Looks at a sender's bucket and lets go of it before it takes the slot: the control.

    The first two look together, so that the race is lost for certain.
    """

    def __init__(self, transaction: Transaction, store: "HastyStore") -> None:
        super().__init__(transaction)
        self._store = store

    async def bucket(self, sender: str, *, tenant_id: TenantId) -> SenderBucket:
        async with tenant_session(self._store._engine, tenant_id) as session:
            other = PostgresWork(Transaction(session, tenant_id=tenant_id))
            found = await other.messages.bucket(sender, tenant_id=tenant_id)
            await other.commit()
        await self._store.meet()
        return found


class HastyWork(PostgresWork):
    def __init__(self, transaction: Transaction, store: "HastyStore") -> None:
        super().__init__(transaction)
        self._store = store

    @cached_property
    def messages(self) -> PostgresMessages:
        return HastyMessages(self._db, self._store)


class HastyStore(PostgresStore):
    _seen = 0

    def shared(self, kind: str) -> "HastyStore":  # type: ignore[override]
        return self

    async def meet(self) -> None:
        if self._seen == 0:
            self._both = asyncio.Event()
        self._seen += 1
        if self._seen == 2:
            self._both.set()
        if self._seen <= 2:
            await asyncio.wait_for(self._both.wait(), timeout=60)

    @asynccontextmanager
    async def _unit_of_work(self, tenant_id: TenantId) -> AsyncIterator[PostgresWork]:
        async with tenant_session(self._engine, tenant_id) as session:
            yield HastyWork(Transaction(session, tenant_id=tenant_id), self)


async def _slots(town: Town, admin: Any) -> list[float]:
    """Let everybody's text be due at once; the instants that were promised to those who wait, in order."""
    await publish_cadence(town.store, TENANT, CAMPAIGN)
    await change_tenant(town.store, TENANT, {"cadence": "own"})
    for number, phone in enumerate(_PHONES):
        await town.lead_arrives(order_id=f"o{number}", phone=phone)
    await town.work(("inbox", "touch"))
    await town.work(("message",), workers=4)
    rows = await admin.fetch("SELECT slot_at FROM message WHERE slot_at IS NOT NULL ORDER BY slot_at")
    return [row["slot_at"].timestamp() for row in rows]


async def test_workers_that_ask_for_slots_at_once_get_one_each(store: PostgresStore, admin: Any) -> None:
    town = await Town(store, senders=_SLOW).begin()

    slots = await _slots(town, admin)

    assert len(slots) + len(town.texts) == _PEOPLE
    assert _each_is_one(town, slots), slots


def _each_is_one(town: Town, slots: list[float]) -> bool:
    """Whether one text at most went at once, and the slots of the others lie a segment apart."""
    return len(town.texts) <= 1 and all(later - earlier >= 9.99 for earlier, later in pairwise(slots))


async def test_negative_control_slots_that_are_taken_without_the_lock_are_taken_twice(
    runtime_url: str, admin: Any
) -> None:
    store = HastyStore(runtime_url, application="tests", pool_size=10)
    try:
        town = await Town(store, senders=_SLOW).begin()
        slots = await _slots(town, admin)
    finally:
        await store.aclose()

    assert len(slots) + len(town.texts) == _PEOPLE
    assert not _each_is_one(town, slots), "the race was never lost, so the test has no power"
