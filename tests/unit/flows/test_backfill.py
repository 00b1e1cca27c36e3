"""The CRM's past: the same rule and inbox as the poll, silently unless asked, and nothing twice."""

from datetime import timedelta

import pytest
from msgspec.structs import replace

from leadcore.flows.backfill import (
    OtherBackfillError,
    Sorted,
    begin_backfill,
    end_backfill,
    end_listing,
    lists_of_past,
    note_orders,
    past_of,
    sort_orders,
)
from leadcore.flows.bulk import Tally, tally
from leadcore.flows.poll import GRACE
from leadcore.intake.model import BackfillRun
from leadcore.kernel.errors import NotFoundError
from leadcore.leads.model import Lead
from leadcore.leads.values import LeadStatus
from leadcore.ports.inbound import EntityChanged
from tests.unit.flows.test_poll import poll
from tests.unit.flows.world import PHONE, TENANT, World, nothing_wrong

OTHER_PHONE = "+15125550143"


async def backfill(world: World, *, follow_up: bool = False, days: int = 30) -> tuple[BackfillRun, Tally]:
    run, _ = await begin_backfill(world.seams, TENANT, days=days, follow_up=follow_up)
    async for orders in lists_of_past(world.seams, TENANT, since=run.since):
        run = await note_orders(world.seams, run, orders)
    run = await end_listing(world.seams, run)
    await world.drain()
    run = await end_backfill(world.seams, run)
    return run, await tally(world.store, run.id, tenant_id=TENANT, why=True)


async def leads(world: World) -> list[Lead]:
    async with world.store.begin(TENANT) as uow:
        return await uow.leads.listing(TENANT, status=None, limit=50, before=None)


async def test_the_past_becomes_leads_and_nothing_is_sent_then_or_later() -> None:
    world = await World().open()
    await world.lead_arrives(webhook=False)

    run, done = await backfill(world)
    await world.webhook(EntityChanged(kind="order", external_id="o1"))
    await poll(world)
    await world.pass_time(timedelta(days=40))

    [lead] = await leads(world)
    assert (run.found, done.done, run.state) == (1, 1, "done")
    assert (lead.status, world.texts, world.email.accepted) == (LeadStatus.NEW, [], [])
    assert [event.found_by for event in world.happened("lead.arrived")] == ["backfill"]
    assert world.happened("cadence.enrolled") == []
    await nothing_wrong(world)


async def test_negative_control_the_same_order_by_poll_is_texted() -> None:
    world = await World().open()
    await world.lead_arrives(webhook=False)

    await poll(world)
    await world.pass_time(GRACE)

    assert len(world.texts) == 1


async def test_the_timeline_says_that_nobody_follows_up_and_what_to_do() -> None:
    world = await World().open()
    await world.lead_arrives(webhook=False)

    await backfill(world)

    [lead] = await leads(world)
    async with world.store.begin(TENANT) as uow:
        story = await uow.leads.timeline(lead.id, tenant_id=TENANT)
    [told] = [line.detail for line in story if line.type == "lead.follow_up_withheld"]
    assert told["reason"] == "not_asked_for"
    assert "--follow-up" in str(told["fix"])


async def test_a_second_backfill_knows_everything() -> None:
    world = await World().open()
    await world.lead_arrives(webhook=False)
    await backfill(world)

    run, done = await backfill(world)

    assert (run.found, run.known, done.total) == (1, 1, 0)
    assert len(await leads(world)) == 1


async def test_follow_up_enrolls_what_an_earlier_run_left_alone_once() -> None:
    world = await World().open()
    await world.lead_arrives(webhook=False)
    await backfill(world)

    await backfill(world, follow_up=True)
    await backfill(world, follow_up=True)
    await world.drain()

    assert len(world.happened("cadence.enrolled")) == 1
    assert len(world.texts) == 1
    assert len(await leads(world)) == 1


async def test_a_poll_that_sees_the_order_while_its_backfill_waits_does_not_text_it() -> None:
    world = await World().open()
    await world.lead_arrives(webhook=False)
    run, _ = await begin_backfill(world.seams, TENANT, days=30, follow_up=False)
    async for orders in lists_of_past(world.seams, TENANT, since=run.since):
        run = await note_orders(world.seams, run, orders)

    await poll(world)
    await world.drain()

    assert world.texts == []
    assert [event.found_by for event in world.happened("lead.arrived")] == ["backfill"]


async def test_a_killed_run_goes_on_with_its_window_and_does_nothing_twice() -> None:
    world = await World().open()
    await world.lead_arrives(webhook=False)
    await world.lead_arrives(order_id="o2", phone=OTHER_PHONE, webhook=False)
    killed, _ = await begin_backfill(world.seams, TENANT, days=30, follow_up=False)
    async for orders in lists_of_past(world.seams, TENANT, since=killed.since):
        await note_orders(world.seams, killed, orders)
        break  # killed between two commits
    [first] = await world.store.due.claim(("bulk",), limit=1, lease_s=30, worker="killed")
    await world.perform(first)

    world.clock.advance(timedelta(minutes=5))
    again, goes_on = await begin_backfill(world.seams, TENANT, days=30, follow_up=False)
    _, done = await backfill(world)

    assert (again.id, again.since, goes_on) == (killed.id, killed.since, True)
    assert (done.done, done.waiting) == (2, 0)
    assert len(await leads(world)) == 2


async def test_an_unfinished_run_does_not_change_its_mind() -> None:
    world = await World().open()
    await begin_backfill(world.seams, TENANT, days=30, follow_up=False)

    with pytest.raises(OtherBackfillError) as refusal:
        await begin_backfill(world.seams, TENANT, days=30, follow_up=True)

    assert refusal.value.fix


async def test_without_a_crm_there_is_no_past() -> None:
    world = World()
    async with world.store.begin(TENANT) as uow:
        await uow.tenants.add(world.tenant)
        await uow.commit()

    with pytest.raises(NotFoundError):
        await begin_backfill(world.seams, TENANT, days=30, follow_up=False)


async def test_orders_that_are_no_leads_are_counted_by_the_clause_that_failed() -> None:
    world = await World().open()
    await world.lead_arrives(webhook=False)
    await world.lead_arrives(order_id="o2", phone=OTHER_PHONE, webhook=False)
    await world.close_order("o2")
    order = await world.crm_records.order("o1")
    assert order is not None
    world.crm_records.put(replace(order, external_id="o3", column_name="In the bay"))

    tried = Sorted(leads=(), known=0, not_leads={})
    since = await past_of(world.store, TENANT, days=30)
    async for orders in lists_of_past(world.seams, TENANT, since=since):
        found = await sort_orders(world.seams, TENANT, orders, follow_up=False)
        tried = tried if not orders else found
    run, done = await backfill(world)

    assert run.not_leads == tried.not_leads == {"not authorized": 1, "column": 1}
    assert (len(tried.leads), done.done) == (1, 1)


async def test_an_old_order_of_somebody_who_asked_again_leaves_the_newer_request_alone() -> None:
    world = await World().open()
    await world.lead_arrives(order_id="old", model="Model 3", webhook=False)
    old = await world.crm_records.order("old")
    assert old is not None
    before = world.clock.now() - timedelta(days=9)
    world.crm_records.put(replace(old, created_at=before))
    await world.lead_arrives(order_id="new")
    await world.drain()

    await backfill(world, follow_up=True)

    assert world.happened("cadence.ended") == []
    assert [event.reason for event in world.happened("lead.follow_up_withheld")] == ["newer_request"]
    newest = next(lead for lead in await leads(world) if lead.external_ref == "new")
    async with world.store.begin(TENANT) as uow:
        conversation = await uow.conversations.of_lead(newest.id, tenant_id=TENANT)
    assert conversation is not None
    assert conversation.lead_id == newest.id


async def test_a_reply_of_a_backfilled_lead_is_answered() -> None:
    world = await World().open()
    await world.lead_arrives(webhook=False)
    await backfill(world)

    await world.text_from_customer("how much for ceramic?", phone=PHONE)
    await world.pass_time(timedelta(minutes=2))

    assert len(world.texts) >= 1
