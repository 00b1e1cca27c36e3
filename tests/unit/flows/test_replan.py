"""Touches that wait follow the shop's calendar, never before it allows and never what a person chose."""

import asyncio
from datetime import UTC, datetime, timedelta
from zoneinfo import ZoneInfo

from hypothesis import given, settings
from hypothesis import strategies as st

from leadcore.cadences.model import Touch
from leadcore.flows.cadence_files import publish_cadence
from leadcore.flows.lead_facts import calendar_of
from leadcore.flows.onboard import change_tenant
from leadcore.flows.steer import snooze
from tests.unit.flows.test_steering import OWN
from tests.unit.flows.world import MONDAY_NOON, TENANT, World, nothing_wrong

SECONDS = timedelta(seconds=5)


async def _world(at: datetime = MONDAY_NOON) -> World:
    world = await World(at=at).open()
    await publish_cadence(world.store, TENANT, OWN)
    await change_tenant(world.store, TENANT, {"cadence": "own"})
    await world.lead_arrives()
    await world.drain()
    return world


async def _waits(world: World) -> Touch:
    async with world.store.begin(TENANT) as uow:
        (touch,) = await uow.cadences.waiting(TENANT, limit=9)
    return touch


async def _change(world: World, **changes: str) -> None:
    await change_tenant(world.store, TENANT, changes)
    await world.pass_time(SECONDS)


async def test_a_closure_moves_the_touch_to_the_next_business_day_and_back_when_it_is_taken_out() -> None:
    world = await _world()
    before = await _waits(world)

    await _change(world, closures="2026-11-24, 2026-11-25")
    closed = await _waits(world)
    await _change(world, holidays="US")
    holiday = await _waits(world)
    await _change(world, closures="[]", holidays="")
    after = await _waits(world)

    assert before.due_at == datetime(2026, 11, 24, 16, tzinfo=UTC)
    assert closed.due_at == datetime(2026, 11, 26, 16, tzinfo=UTC)
    assert holiday.due_at == datetime(2026, 11, 27, 16, tzinfo=UTC)
    assert (after.due_at, after.not_after) == (before.due_at, before.not_after)
    assert [each.due_at for each in world.happened("touch.moved")] == [
        closed.due_at, holiday.due_at, before.due_at,
    ]  # fmt: skip
    await world.pass_time(timedelta(days=1))
    assert len(world.texts) == 2


async def test_another_zone_takes_the_enrollment_along_and_what_was_snoozed_stays() -> None:
    world = await _world()
    await _change(world, zone="America/Los_Angeles")
    moved = await _waits(world)
    until = moved.due_at + timedelta(days=2)
    await snooze(world.seams, moved.lead_id, until=until, tenant_id=TENANT, by="Sam")

    await _change(world, zone="America/New_York", closures="2026-11-24")

    assert moved.due_at == datetime(2026, 11, 24, 18, tzinfo=UTC)
    assert (await _waits(world)).due_at == until
    async with world.store.begin(TENANT) as uow:
        (enrollment,) = await uow.cadences.active_of_lead(moved.lead_id, tenant_id=TENANT)
    assert enrollment.zone == "America/New_York"


async def test_a_setting_that_is_no_calendar_moves_nothing() -> None:
    world = await _world()

    await change_tenant(world.store, TENANT, {"brand": "Other Tint"})

    assert await world.store.due.claim(("replan",), limit=9, lease_s=30, worker="w") == []


async def _play(steps: list[tuple[str, str, int]]) -> None:
    world = await _world()
    for key, value, minutes in steps:
        await _change(world, **{key: value})
        await world.pass_time(timedelta(minutes=minutes))
        async with world.store.begin(TENANT) as uow:
            waiting = await uow.cadences.waiting(TENANT, limit=9)
            tenant = await uow.tenants.get(TENANT)
        for touch in (each for each in waiting if each.step == "ask" and each.due_at > world.clock.now()):
            local = touch.due_at.astimezone(ZoneInfo(tenant.zone))
            assert calendar_of(tenant).is_business_day(local.date())
            assert (10, 0) <= (local.hour, local.minute) < (11, 30)
            assert local.date() > MONDAY_NOON.astimezone(ZoneInfo(tenant.zone)).date()
        count = len(world.happened("touch.moved"))
        async with world.store.begin(TENANT) as uow:  # once more, of itself, changes nothing
            await uow.due.arm("replan", TENANT, tenant_id=TENANT, at=world.clock.now())
            await uow.commit()
        await world.drain()
        assert len(world.happened("touch.moved")) == count
    await nothing_wrong(world)


_MINUTES = st.integers(0, 900)
_CLOSED = st.sampled_from(["[]", "2026-11-24", "2026-11-24, 2026-11-27"])
_ZONES = st.sampled_from(["America/Los_Angeles", "America/New_York", "Pacific/Honolulu"])
_CHANGES = st.one_of(
    st.tuples(st.just("closures"), _CLOSED, _MINUTES),
    st.tuples(st.just("holidays"), st.sampled_from(["", "US", "US-TX"]), _MINUTES),
    st.tuples(st.just("zone"), _ZONES, _MINUTES),
    st.tuples(st.sampled_from(["hours.tue", "hours.wed"]), st.sampled_from(["closed", "09:00-18:00"]), _MINUTES),
)


async def test_without_the_new_reckoning_a_touch_would_lie_on_a_closed_day() -> None:
    world = await _world()

    tenant = await change_tenant(world.store, TENANT, {"closures": "2026-11-24"})

    local = (await _waits(world)).due_at.astimezone(ZoneInfo(tenant.zone))
    assert not calendar_of(tenant).is_business_day(local.date())


@settings(max_examples=25, deadline=None)
@given(st.lists(_CHANGES, max_size=4))
def test_whatever_changes_a_waiting_touch_lies_where_the_calendar_allows(steps: list[tuple[str, str, int]]) -> None:
    asyncio.run(_play(steps))
