"""The backup poll and the daily sync: what webhooks missed is found, once, and trouble slows nobody."""

from datetime import timedelta

from msgspec.structs import replace

from leadcore.kernel.money import Money
from leadcore.ports.crm import CrmRefusedError, CrmUnavailableError
from leadcore.ports.storage import DueItem, WorkKind
from tests.unit.flows.world import MONDAY_NOON, TENANT, World, nothing_wrong


async def test_a_lead_no_webhook_told_us_of_is_found_and_answered_within_a_minute() -> None:
    world = await World().open()
    await world.lead_arrives(webhook=False)

    await poll(world)
    await world.drain()

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


async def test_an_unavailable_crm_is_asked_again_when_it_said_and_a_refusing_one_later() -> None:
    world = await World().open()

    world.crm_records.failure = CrmUnavailableError("busy", retry_after_s=300)
    busy = await poll(world)
    world.crm_records.failure = CrmRefusedError("bad key")
    refused = await poll(world)

    assert 260 < busy < 340
    assert 100 < refused < 140


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
