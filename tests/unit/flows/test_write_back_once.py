"""Whatever breaks between the CRM and our commit, each thing is told once."""

from datetime import timedelta

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from msgspec.structs import replace

from leadcore.flows.tell_crm import tell
from leadcore.flows.write_back import open_write, settle_write
from leadcore.kernel.errors import ConflictError, StaleClaimError
from leadcore.memory.driver import run
from leadcore.ports.crm import CrmUnavailableError
from leadcore.write_back.machine import Written
from tests.unit.flows.world import TENANT, World
from tests.unit.flows.written import ALL, answered_lead, claimed, tell_amid, told_at_last, writes


async def test_a_lost_answer_is_looked_up_and_never_repeated() -> None:
    world = await World().open()
    world.crm_records.lost_answers = 1

    await world.lead_arrives()
    await world.pass_time(timedelta(minutes=5))

    assert world.crm_records.written == [("note", "o1")]
    assert [event.how for event in world.happened("write_back.done")] == ["found"]


async def test_a_crash_between_the_call_and_our_commit_writes_nothing_twice() -> None:
    world = await World().open()
    await answered_lead(world)
    item = await claimed(world)

    writing = await open_write(world.seams, item)
    assert writing is not None
    await tell(world.crm_records, writing)
    await world.pass_time(timedelta(minutes=5))  # we died here: nothing was settled

    assert world.crm_records.written == [("note", "o1")]
    assert [event.how for event in world.happened("write_back.done")] == ["found"]


async def test_a_look_that_failed_has_shown_nothing() -> None:
    world = await World().open()
    await answered_lead(world)
    world.crm_records.lost_answers = 1
    await world.drain()
    world.crm_records.failure = CrmUnavailableError("down")
    await world.pass_time(timedelta(minutes=1))
    world.crm_records.failure = None

    await world.pass_time(timedelta(minutes=5))

    assert world.crm_records.written == [("note", "o1")]


async def test_without_the_look_a_crash_would_write_twice() -> None:
    """The negative control: the same crash, with the reference ignored."""
    world = await World().open()
    await answered_lead(world)
    writing = await open_write(world.seams, await claimed(world))
    assert writing is not None

    await tell(world.crm_records, writing)
    await tell(world.crm_records, replace(writing, row=replace(writing.row, unsure=False)))

    assert world.crm_records.written == [("note", "o1")] * 2


async def test_two_workers_with_the_same_lead_make_one_call() -> None:
    world = await World().open()
    lead = await answered_lead(world)
    first = await claimed(world)
    writing = await open_write(world.seams, first)
    assert writing is not None
    async with world.store.begin(TENANT) as uow:  # something happened to the lead: it is due again at once
        await uow.due.arm("write_back", lead.id, tenant_id=TENANT, at=await uow.now())
        await uow.commit()

    second = await open_write(world.seams, await claimed(world))

    assert second is None
    with pytest.raises(StaleClaimError):
        await open_write(world.seams, first)
    assert await settle_write(world.seams, writing, await tell(world.crm_records, writing)) == "done"
    with pytest.raises(ConflictError):
        await settle_write(world.seams, replace(writing, row=replace(writing.row, tries=9)), Written(how="written"))


@settings(max_examples=40, deadline=None)
@given(mishaps=st.lists(st.sampled_from(["ok", "lost", "down", "crash_before", "crash_after"]), max_size=12))
def test_whatever_breaks_each_thing_is_told_exactly_once(mishaps: list[str]) -> None:
    run(_tell_through(mishaps))


async def _tell_through(mishaps: list[str]) -> None:
    world = await World(write_back=ALL).open()
    await answered_lead(world)
    for mishap in mishaps:
        await tell_amid(world, mishap)
    await told_at_last(world, hours=40)

    note, said = world.crm_records.notes["o1"], world.crm_records.said["o1"]
    assert len(note) == 1
    assert len({each.reference for each in said}) == len(said) > 0
    assert [each.at for each in said] == sorted(each.at for each in said)
    assert (await world.crm_records.order("o1")).column_name == "Contacted"  # type: ignore[union-attr]
    assert {row.state for row in await writes(world)} == {"done"}
