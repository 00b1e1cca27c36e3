"""The writer: a deadline around every call, a pause for a CRM that is down, a place left for other shops."""

import asyncio
from datetime import timedelta
from typing import Any

import pytest
from msgspec.structs import replace

from leadcore.flows.write_back import writes_of
from leadcore.kernel.errors import NotFoundError
from leadcore.kernel.ids import TenantId
from leadcore.memory.crm import MemoryCrm
from leadcore.ports.crm import CrmNote, CrmUnavailableError
from leadcore.ports.storage import DueItem
from leadcore_runtime.metrics import Metrics
from leadcore_runtime.writing_back import Writer
from tests.unit.flows.world import TENANT, World


class Hanging(MemoryCrm):
    """Takes a note and never answers; `begun` counts the calls."""

    begun = 0

    async def add_note(self, external_id: str, note: CrmNote) -> None:
        type(self).begun += 1
        await super().add_note(external_id, note)
        await asyncio.Event().wait()


class Buggy(MemoryCrm):
    """Fails in a way no port allows."""

    async def add_note(self, external_id: str, note: CrmNote) -> None:
        await super().add_note(external_id, note)
        raise KeyError("a bug")


class Nowhere(World):
    """A shop whose CRM is not connected."""

    async def crm(self, tenant_id: TenantId) -> MemoryCrm:
        raise NotFoundError(f"{tenant_id} has no CRM")


async def answered(world: World, *, leads: int = 1) -> list[DueItem]:
    for number in range(leads):
        await world.lead_arrives(order_id=f"o{number}", phone=f"+1512555014{number}")
    for _ in range(9):
        for item in await world.store.due.claim(("inbox", "touch", "message"), limit=50, lease_s=30, worker="t"):
            await world.perform(item)
    return await world.store.due.claim(("write_back",), limit=9, lease_s=30, worker="t")


def writer(world: World, **more: Any) -> Writer:
    return Writer(seams=world.seams, metrics=Metrics(), monotonic=lambda: world.clock.now().timestamp(), **more)


async def state_of(world: World) -> list[tuple[str, int]]:
    return [(row.state, row.tries) for row in await writes_of(world.seams, TENANT, state=None, limit=9)]


@pytest.mark.parametrize("crm", [Hanging, Buggy])
async def test_no_answer_in_time_and_an_adapters_bug_perhaps_wrote_it(crm: type[MemoryCrm]) -> None:
    world = World()
    world.crm_records = crm()
    await world.open()
    [item] = await answered(world)

    await writer(world, total_s=0.05).perform(item)
    before = await state_of(world)
    world.clock.advance(timedelta(minutes=5))
    [again] = await world.store.due.claim(("write_back",), limit=9, lease_s=30, worker="t")
    await writer(world, total_s=0.05).perform(again)

    assert before == [("unknown", 1)]
    assert await state_of(world) == [("done", 2)]
    assert world.crm_records.written == [("note", "o0")]


async def test_a_crm_that_hangs_holds_two_places_and_no_more() -> None:
    world = World()
    world.crm_records = hanging = Hanging()
    await world.open()
    items = await answered(world, leads=4)
    patient = writer(world, total_s=0.05)
    Hanging.begun = 0

    await asyncio.gather(*(patient.perform(item) for item in items))

    assert len(items) == 4
    assert Hanging.begun == 2
    assert len(hanging.written) == 2
    assert await world.store.due.next_due(("write_back",)) is not None


async def test_a_crm_that_is_down_is_asked_by_few_and_then_left_in_peace() -> None:
    world = await World().open()
    items = await answered(world, leads=6)
    world.crm_records.failure = CrmUnavailableError("down")
    calm = writer(world)

    for item in items:
        await calm.perform(item)
    tried = await state_of(world)
    world.crm_records.failure = None
    world.clock.advance(timedelta(minutes=5))
    for _ in range(9):
        for item in await world.store.due.claim(("write_back",), limit=9, lease_s=30, worker="t"):
            await calm.perform(item)
        world.clock.advance(timedelta(minutes=1))

    assert tried == [("waiting", 1)] * 3
    assert {state for state, _ in await state_of(world)} == {"done"}
    assert len(world.crm_records.written) == len(items)


async def test_a_shop_without_its_crm_is_asked_again_later() -> None:
    world = await World().open()
    [item] = await answered(world)

    alone = replace(world.seams, adapters=Nowhere())

    await Writer(seams=alone, metrics=Metrics(), monotonic=lambda: 0.0).perform(item)

    wait = await world.store.due.next_due(("write_back",))
    assert wait is not None
    assert 300 <= wait <= 600
    assert await state_of(world) == []
