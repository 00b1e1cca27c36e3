"""What a person books stands here and in the CRM's calendar, once, and moves there when it moves here."""

from datetime import datetime, timedelta

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from msgspec.structs import replace

from leadcore.flows.book import Booked, book
from leadcore.flows.lead_moves import win
from leadcore.flows.seams import Crm
from leadcore.flows.tell_crm import tell
from leadcore.flows.write_back import open_write
from leadcore.kernel.errors import InvalidInputError
from leadcore.kernel.ids import TenantId
from leadcore.leads.model import UnreachableStatusError
from leadcore.memory.crm import MemoryReadOnlyCrm
from leadcore.memory.driver import run
from leadcore.tenants.values import WriteBackRule
from tests.unit.flows.world import MONDAY_NOON, TENANT, World
from tests.unit.flows.written import answered_lead, claimed, tell_amid, the_lead, told_at_last, writes

WEDNESDAY = MONDAY_NOON + timedelta(days=2)
ONLY_BOOKINGS = WriteBackRule(note=False)


async def shop(write_back: WriteBackRule = ONLY_BOOKINGS) -> World:
    world = await World(write_back=write_back).open()
    await answered_lead(world)
    return world


async def booked(world: World, at: datetime = WEDNESDAY, minutes: int = 240) -> Booked:
    lead = await the_lead(world)
    return await book(world.seams, lead.id, tenant_id=TENANT, starts_at=at, minutes=minutes, service="Tint", by="Dana")


async def test_a_booked_lead_stands_in_the_crms_calendar_and_its_follow_up_is_over() -> None:
    world = await shop()

    made = await booked(world)
    await world.pass_time(timedelta(days=1))
    [there] = world.crm_records.calendar.values()

    assert (made.lead.status, made.appointment.starts_at) == ("booked", WEDNESDAY)
    assert (there.starts_at, there.ends_at) == (WEDNESDAY, WEDNESDAY + timedelta(hours=4))
    assert (there.title, there.order_id, there.customer_id) == ("Tint, 2022 Tesla Model Y", "o1", "c-+15125550142")
    assert there.note == "Booked by Dana in leadcore"
    assert [each.by for each in world.happened("lead.booked")] == ["Dana"]
    async with world.store.begin(TENANT) as uow:
        assert await uow.cadences.active_of_lead(made.lead.id, tenant_id=TENANT) == []


async def test_the_same_again_changes_nothing_and_another_time_moves_it() -> None:
    world = await shop()
    first = await booked(world)
    await world.drain()

    again = await booked(world)
    await world.drain()
    wrote = list(world.crm_records.written)
    await booked(world, WEDNESDAY + timedelta(days=9))
    await world.drain()
    [there] = world.crm_records.calendar.values()

    assert again == first
    assert [what for what, _ in wrote] == ["start"]
    assert there.starts_at == WEDNESDAY + timedelta(days=9)
    assert (await the_lead(world)).version == first.lead.version
    assert sorted(row.version for row in await writes(world)) == [1, 2]


async def test_what_cannot_be_booked_is_refused_by_name_and_nothing_is_changed() -> None:
    world = await shop()
    wrong = {
        "at": (WEDNESDAY.replace(tzinfo=None), 60),
        "minutes": (WEDNESDAY, 0),
    }
    for field, (at, minutes) in wrong.items():
        with pytest.raises(InvalidInputError) as refusal:
            await booked(world, at, minutes)
        assert refusal.value.field == field
    with pytest.raises(InvalidInputError, match="next two years"):
        await booked(world, MONDAY_NOON - timedelta(hours=1))
    lead = await win(world.seams, (await the_lead(world)).id, tenant_id=TENANT, by="Dana")
    with pytest.raises(UnreachableStatusError):
        await booked(world)

    assert (await the_lead(world)) == lead
    assert world.crm_records.calendar == {}


async def test_a_shop_may_keep_its_calendar_to_itself_and_a_crm_may_have_none() -> None:
    class WithoutCalendar(World):
        async def crm(self, tenant_id: TenantId) -> Crm:
            return MemoryReadOnlyCrm(self.crm_records)

    quiet = await shop(WriteBackRule(note=False, appointments=False))
    read_only = await WithoutCalendar(write_back=ONLY_BOOKINGS).open()
    await answered_lead(read_only)

    for world in (quiet, read_only):
        await booked(world)
        await world.drain()

    assert await writes(quiet) == []
    [row] = await writes(read_only)
    assert (row.state, row.error, row.fix) == (
        "waiting", "this CRM keeps no calendar", "switch write_back.appointments off",
    )  # fmt: skip


_MISHAPS = st.sampled_from(["ok", "lost", "down", "crash_before", "crash_after", "book_anew"])


@settings(max_examples=40, deadline=None)
@given(mishaps=st.lists(_MISHAPS, max_size=10))
def test_whatever_breaks_there_is_one_appointment_and_it_is_the_newest(mishaps: list[str]) -> None:
    run(_book_through(mishaps))


async def _book_through(mishaps: list[str]) -> None:
    world = await shop()
    wanted = (await booked(world)).appointment
    for number, mishap in enumerate(mishaps, start=1):
        if mishap == "book_anew":
            wanted = (await booked(world, WEDNESDAY + timedelta(days=2 * number))).appointment
        await tell_amid(world, mishap)
    await told_at_last(world, hours=12)

    [there] = world.crm_records.calendar.values()
    assert (there.starts_at, there.ends_at) == (wanted.starts_at, wanted.ends_at)


async def test_without_the_look_a_crash_would_book_twice() -> None:
    """The negative control: the same crash, with nowhere to look."""
    world = await shop()
    await booked(world)
    writing = await open_write(world.seams, await claimed(world))
    assert writing is not None

    await tell(world.crm_records, writing)
    await tell(world.crm_records, replace(writing, near=()))

    assert len(world.crm_records.calendar) == 2
