"""The reconciling poll and the daily sync: what webhooks missed is found, once, and trouble slows nobody."""

from collections.abc import Sequence
from datetime import datetime, timedelta
from itertools import count, pairwise
from uuid import UUID

import pytest
from msgspec.structs import replace

from leadcore.flows.poll import GRACE
from leadcore.intake.model import POLL_EVERY_S, POLL_MOST, PollState
from leadcore.kernel.ids import LeadId
from leadcore.kernel.money import Money
from leadcore.leads.model import Lead
from leadcore.memory.crm import MemoryCrm
from leadcore.ports.crm import CrmOrder, CrmRefusedError, CrmUnavailableError
from leadcore.ports.inbound import EntityChanged
from leadcore.ports.storage import DueItem, WorkKind
from tests.unit.flows.world import MONDAY_NOON, TENANT, World, nothing_wrong


async def test_a_lead_no_webhook_told_us_of_is_found_and_answered_within_a_minute() -> None:
    world = await World().open()
    await world.lead_arrives(webhook=False)

    await poll(world)
    await world.pass_time(GRACE)

    assert len(world.texts) == 1
    assert [event.found_by for event in world.happened("lead.arrived")] == ["poll"]
    await nothing_wrong(world)


async def test_a_lead_the_webhook_brought_is_not_doubled_by_any_number_of_polls() -> None:
    world = await World().open()
    await world.lead_arrives()

    for _ in range(3):
        await poll(world)
        await world.drain()

    assert len(world.texts) == 1
    assert [event.found_by for event in world.happened("lead.arrived")] == ["webhook"]


async def test_a_close_in_the_crm_that_no_webhook_told_is_mirrored_by_the_poll() -> None:
    world = await World().open()
    await world.lead_arrives()
    await world.drain()

    await world.close_order("o1")
    await poll(world)
    await world.drain()

    assert [event.reason for event in world.happened("cadence.ended")] == ["closed_in_crm"]


async def test_an_appointment_in_the_crm_books_the_lead_and_ends_the_follow_up_once() -> None:
    world = await World().open()
    await world.lead_arrives()
    await world.drain()

    await world.book_order("o1")
    await poll(world)
    await poll(world)
    await world.pass_time(timedelta(days=12))

    assert [event.reason for event in world.happened("cadence.ended")] == ["booked"]
    assert [event.went_to for event in world.happened("lead.moved")] == ["contacted", "booked"]
    assert len(world.texts) == 1


async def test_a_webhook_that_is_on_its_way_while_the_poll_looks_still_counts_as_the_finder() -> None:
    world = await World().open()
    await world.lead_arrives(webhook=False)

    await poll(world)
    world.clock.advance(GRACE / 2)
    await world.webhook(EntityChanged(kind="order", external_id="o1"))
    await world.pass_time(GRACE)

    assert [event.found_by for event in world.happened("lead.arrived")] == ["webhook"]
    await nothing_wrong(world)


@pytest.mark.parametrize(
    ("change", "status"),
    [
        ({"authorized": True}, "won"),
        ({"paid": True}, "won"),
        ({"archived": True}, "lost"),
        ({"deleted": True}, "lost"),
        ({}, "lost"),
    ],
)
async def test_a_close_that_no_list_shows_is_noticed_within_one_poll(change: dict[str, bool], status: str) -> None:
    world = ForgetfulWorld()
    await world.open()
    for number in range(POLL_MOST):
        await world.lead_arrives(order_id=f"o{number}", phone=f"+1512555{100 + number:04}")
    await world.drain()

    await closed(world, f"o{POLL_MOST - 1}", change)
    await poll(world)
    await world.drain()

    assert [event.went_to for event in world.happened("lead.moved") if event.went_to in {"won", "lost"}] == [status]


async def test_of_many_open_leads_each_is_read_within_the_stated_number_of_passes() -> None:
    world = ForgetfulWorld()
    await world.open()
    await many_leads(world, 3 * POLL_MOST + 7)

    for _ in range(4):
        await poll(world)

    asked = world.forgetful.asked
    assert set(asked) == {f"order-{number}" for number in range(3 * POLL_MOST + 7)}
    assert len(asked) <= 4 * (POLL_MOST + POLL_MOST // 5)
    assert max(asked.count(ref) for ref in asked) <= 3


async def test_a_pass_that_breaks_off_goes_on_where_it_was() -> None:
    world = ForgetfulWorld()
    await world.open()
    await many_leads(world, 30)
    world.forgetful.fails_after = 20

    await poll(world)
    world.forgetful.fails_after = None
    await poll(world)

    assert {f"order-{number}" for number in range(30)} <= set(world.forgetful.asked)
    assert (await state(world)).trouble == ""


async def test_a_second_request_of_a_known_customer_is_found_although_no_list_shows_it() -> None:
    world = ForgetfulWorld()
    await world.open()
    await world.lead_arrives(order_id="o1")
    await world.drain()
    await world.lead_arrives(order_id="o2", model="Model 3", webhook=False)

    await poll(world)
    await world.pass_time(GRACE)

    assert [event.found_by for event in world.happened("lead.arrived")] == ["webhook", "poll"]
    await nothing_wrong(world)


async def test_the_pace_follows_what_the_crm_can_bear_and_is_remembered() -> None:
    world = await World().open()

    world.crm_records.failure = CrmUnavailableError("429")
    slower = [await poll(world) for _ in range(6)]
    slowest = await state(world)
    world.crm_records.failure = None
    quicker = [await poll(world) for _ in range(70)]

    assert [wait > before for before, wait in pairwise(slower[:5])] == [True] * 4
    assert (slowest.pause_s, slowest.budget, slowest.trouble) == (600, 5, "429")
    assert max(slower) <= 600
    assert quicker[-1] <= POLL_EVERY_S
    assert (await state(world)).pause_s == POLL_EVERY_S
    assert (await state(world)).budget == POLL_MOST


async def test_a_week_is_looked_back_at_first_at_times_and_after_an_outage() -> None:
    world = ForgetfulWorld()
    await world.open()
    spans = []
    for _ in range(3):
        await poll(world)
        spans.append(world.clock.now() - world.forgetful.since[-1])
    world.clock.advance(timedelta(hours=9))
    await poll(world)
    after_outage = world.clock.now() - world.forgetful.since[-1]
    for _ in range(57):
        await poll(world)

    looks = [since for since in world.forgetful.since if world.clock.now() - since > timedelta(days=6)]
    assert spans == [timedelta(days=7), timedelta(hours=2), timedelta(hours=2)]
    assert timedelta(hours=11) <= after_outage < timedelta(hours=12)
    assert len(looks) == 2


async def test_webhooks_off_a_new_lead_is_here_within_a_minute_at_whatever_instant_it_comes() -> None:
    """At most 30 s to the next pass, at most 20 s for a pass; the grace runs beside the first."""
    waits = []
    for second in range(0, 30, 3):
        world = await World(at=MONDAY_NOON + timedelta(seconds=second)).open()
        await poll(world)
        began = world.clock.now()
        await world.lead_arrives(webhook=False)
        while not world.happened("lead.arrived"):
            await to_next(world)
        waits.append((world.clock.now() - began).total_seconds())

    assert max(waits) <= POLL_EVERY_S + GRACE.total_seconds()


async def test_an_unavailable_crm_is_asked_again_when_it_said_and_a_refusing_one_later() -> None:
    world = await World().open()

    world.crm_records.failure = CrmUnavailableError("busy", retry_after_s=300)
    busy = await poll(world)
    world.crm_records.failure = CrmRefusedError("bad key")
    refused = await poll(world)

    assert 300 <= busy <= 330
    assert 90 <= refused <= 120
    assert (await state(world)).trouble == "bad key"


async def test_the_catalog_follows_the_crm_once_a_day_without_anybody_asking() -> None:
    world = await World().open()
    [entry, *_] = await world.crm_records.services()
    world.crm_records.put(replace(entry, price=Money(minor=entry.price.minor + 500)))

    wait = await due(world, "catalog")

    async with world.store.begin(TENANT) as uow:
        [service] = await uow.catalog.services(TENANT)
    assert Money(minor=entry.price.minor + 500) in service.prices.values()
    assert wait == timedelta(hours=24).total_seconds()


async def poll(world: World) -> float:
    """Let the poll be due, perform it, and return the seconds until the next one."""
    return await due(world, "poll")


async def due(world: World, kind: WorkKind) -> float:
    async with world.store.begin(TENANT) as uow:
        await uow.due.arm(kind, TENANT, tenant_id=TENANT, at=MONDAY_NOON)
        await uow.commit()
    [item] = await world.store.due.claim((kind,), limit=1, lease_s=30, worker="test")
    assert isinstance(item, DueItem)
    await world.perform(item)
    wait = await world.store.due.next_due((kind,))
    assert wait is not None
    return wait


class ForgetfulCrm(MemoryCrm):
    """Its lists show nothing. It remembers what it was asked."""

    def __init__(self) -> None:
        super().__init__()
        self.asked: list[str] = []
        self.since: list[datetime] = []
        self.fails_after: int | None = None

    async def orders_changed_since(self, since: datetime) -> tuple[CrmOrder, ...]:
        await super().orders_changed_since(since)
        self.since.append(since)
        return ()

    async def orders_by_id(self, external_ids: Sequence[str]) -> dict[str, CrmOrder | None]:
        if self.fails_after is not None and len(self.asked) >= self.fails_after:
            raise CrmUnavailableError("429", retry_after_s=1)
        self.asked += external_ids
        return await super().orders_by_id(external_ids)


class ForgetfulWorld(World):
    def __init__(self) -> None:
        super().__init__()
        self.forgetful = ForgetfulCrm()
        self.crm_records = self.forgetful


async def many_leads(world: World, number: int) -> None:
    """Put open leads and their orders there, without a word of the orders to anybody."""
    await world.lead_arrives(order_id="order-0")
    await world.drain()
    async with world.store.begin(TENANT) as uow:
        pattern = await uow.leads.by_external_ref("shopmonkey", "order-0", tenant_id=TENANT)
        assert pattern is not None
        for each in range(1, number):
            await uow.leads.add(_alike(pattern, each))
        await uow.commit()
    order = await world.crm_records.order("order-0")
    assert order is not None
    for each in range(number):
        world.crm_records.put(replace(order, external_id=f"order-{each}"))


_NUMBERS = count(1)


def _alike(lead: Lead, number: int) -> Lead:
    return replace(
        lead, id=LeadId(UUID(int=lead.id.int + next(_NUMBERS))), external_ref=f"order-{number}", vehicle_key=""
    )


async def closed(world: World, order_id: str, change: dict[str, bool]) -> None:
    """Let the order be closed in the CRM; without a change it is gone."""
    order = await world.crm_records.order(order_id)
    assert order is not None
    world.crm_records.forget(order_id)
    if change:
        world.crm_records.put(replace(order, **change, updated_at=order.updated_at + timedelta(seconds=1)))


async def state(world: World) -> PollState:
    async with world.store.begin(TENANT) as uow:
        return await uow.polls.get(TENANT)


async def to_next(world: World) -> None:
    """Go to the next instant at which an inbox row or a poll is due, and perform it."""
    kinds: tuple[WorkKind, ...] = ("inbox", "poll")
    wait = await world.store.due.next_due(kinds)
    assert wait is not None
    world.clock.advance(timedelta(seconds=wait))
    for item in await world.store.due.claim(kinds, limit=9, lease_s=30, worker="test"):
        await world.perform(item)
