"""What a CRM held before it was first read is its past: kept as leads, and nobody is texted for it."""

from datetime import timedelta

from hypothesis import given, settings
from hypothesis import strategies as st
from msgspec.structs import replace

from leadcore.flows.backfill import begin_backfill, lists_of_past, note_orders
from leadcore.flows.misses import misses
from leadcore.flows.poll import GRACE
from leadcore.intake.model import FIRST_RESPONSE_AGE, PollState
from leadcore.memory.driver import run
from tests.unit.flows.test_poll import poll
from tests.unit.flows.world import MONDAY_NOON, TENANT, World, nothing_wrong
from tests.unit.flows.written import the_lead

OLD, FRESH = "+15125550142", "+15125550143"


async def _connected_late(age: timedelta = timedelta(days=3)) -> World:
    """A shop with an old request and a fresh one in its CRM, whose poll has never run."""
    world = await World(at=MONDAY_NOON - age).open()
    await world.lead_arrives(order_id="old", phone=OLD, webhook=False)
    world.clock.advance(age)
    await world.lead_arrives(order_id="fresh", phone=FRESH, webhook=False)
    return world


async def test_the_first_poll_keeps_old_requests_silently_and_answers_the_fresh_one() -> None:
    world = await _connected_late()

    await poll(world)
    await world.pass_time(timedelta(days=2))
    old = await the_lead(world, "old")

    assert {each.message.recipient for each in world.sms.accepted} == {FRESH}
    assert [each.findings[0].order_id for each in (await misses(world.store, TENANT, days=9)).by_day] == ["fresh"]
    assert old.status == "new"
    assert {event.found_by for event in world.happened("lead.arrived")} == {"poll"}
    [withheld] = world.happened("lead.follow_up_withheld")
    assert (withheld.lead_id, withheld.reason) == (old.id, "not_asked_for")
    assert "backfill --follow-up" in withheld.fix
    async with world.store.begin(TENANT) as uow:
        assert await uow.cadences.enrollments_of_lead(old.id, tenant_id=TENANT) == []
    await nothing_wrong(world)


async def test_what_a_shuffled_list_shows_only_later_is_still_the_past() -> None:
    world = await World(at=MONDAY_NOON).open()
    await poll(world)
    order_age = timedelta(hours=1)
    await world.lead_arrives(order_id="late", webhook=False)
    order = await world.crm_records.order("late")
    assert order is not None
    world.crm_records.put(replace(order, created_at=MONDAY_NOON - order_age, updated_at=MONDAY_NOON - order_age))

    for _ in range(3):
        await poll(world)
        await world.pass_time(GRACE)

    assert world.texts == []
    assert (await the_lead(world, "late")).status == "new"


async def test_an_outage_after_the_first_poll_leaves_nobody_unanswered() -> None:
    world = await World().open()
    await poll(world)
    world.clock.advance(timedelta(hours=3))
    await world.lead_arrives(webhook=False)
    world.clock.advance(timedelta(hours=5))

    await poll(world)
    await world.pass_time(GRACE)

    assert len(world.texts) == 1


async def test_a_poll_that_ran_before_this_was_remembered_answers_as_it_did() -> None:
    """The control: without the instant of the first reading the same old request is texted."""
    world = await _connected_late(timedelta(hours=1))
    async with world.store.begin(TENANT) as uow:
        await uow.polls.put(PollState(tenant_id=TENANT, passes=7))
        await uow.commit()

    await poll(world)
    await world.pass_time(GRACE)

    assert {each.message.recipient for each in world.sms.accepted} == {OLD, FRESH}


async def test_another_crm_has_a_past_of_its_own() -> None:
    world = await World().open()
    await poll(world)
    world.clock.advance(timedelta(days=3))
    before = PollState(tenant_id=TENANT, passes=9, source="shopmonkey", began_at=MONDAY_NOON, listed_at=MONDAY_NOON)

    after = before.reading("hubspot", now=world.clock.now())

    assert (after.source, after.began_at, after.listed_at) == ("hubspot", world.clock.now(), None)
    assert before.reading("shopmonkey", now=world.clock.now()) == before


async def test_the_backfill_follows_the_past_up_when_it_is_told_to() -> None:
    world = await _connected_late()
    await poll(world)
    await world.pass_time(GRACE)

    backfill, _ = await begin_backfill(world.seams, TENANT, days=7, follow_up=True)
    async for orders in lists_of_past(world.seams, TENANT, since=backfill.since):
        backfill = await note_orders(world.seams, backfill, orders)
    await world.pass_time(timedelta(minutes=5))

    assert {each.message.recipient for each in world.sms.accepted} == {OLD, FRESH}


@settings(max_examples=20, deadline=None)
@given(minutes=st.integers(0, 6 * 24 * 60))
def test_only_who_still_waits_for_a_first_response_gets_one(minutes: int) -> None:
    run(_first_poll_after(timedelta(minutes=minutes)))


async def _first_poll_after(age: timedelta) -> None:
    world = await _connected_late(age)

    await poll(world)
    await world.pass_time(GRACE)

    texted = {each.message.recipient for each in world.sms.accepted}
    assert texted == ({FRESH} if age > FIRST_RESPONSE_AGE else {OLD, FRESH})
