"""What operators see of the inbox and do to it: poison, order, misses, replays, what is forgotten, what was refused."""

from datetime import timedelta

import msgspec
import pytest

from leadcore.flows.apply import MAX_TRIES
from leadcore.flows.misses import misses
from leadcore.flows.refusals import note_refusals, refusals
from leadcore.flows.replay import BlankedError, replay, replay_all, replayable
from leadcore.flows.retention import BATCH
from leadcore.intake.model import InboxItem
from leadcore.ports.crm import CrmAnswerError, CrmOrder
from leadcore.ports.inbound import EntityChanged
from leadcore.ports.storage import WorkKind
from leadcore.testing.builders import a_refused_hook, an_inbox_item
from tests.unit.flows.test_poll import due, poll
from tests.unit.flows.world import CONNECTION, MONDAY_NOON, TENANT, World

NEWS = EntityChanged(kind="order", external_id="o1")
KINDS: tuple[WorkKind, ...] = ("inbox",)


class FussyCrm:
    """A world's CRM that answers nonsense about one order."""

    def __init__(self, world: World, *, poison: str) -> None:
        self.world, self.poison, self.asked = world, poison, list[str]()
        self._order = world.crm_records.order
        world.crm_records.order = self.order  # type: ignore[method-assign]

    async def order(self, external_id: str) -> CrmOrder | None:
        self.asked.append(external_id)
        if external_id == self.poison:
            raise CrmAnswerError("not JSON")
        return await self._order(external_id)


async def rows(world: World) -> list[InboxItem]:
    async with world.store.begin(TENANT) as uow:
        return await uow.inbox.listing(TENANT, state=None, limit=5000)


async def test_one_bad_row_never_blocks_its_neighbours_and_is_dead_with_its_bytes_after_eight_tries() -> None:
    world = await World().open()
    await world.lead_arrives(order_id="bad", webhook=False)
    FussyCrm(world, poison="bad")
    await world.webhook(EntityChanged(kind="order", external_id="bad"))
    await world.lead_arrives(order_id="good", phone="+15125550143")

    await world.drain()
    texted_at_once = len(world.texts)
    await world.pass_time(timedelta(days=2))

    [dead] = [row for row in await rows(world) if row.state == "dead"]
    assert texted_at_once == 1
    assert (dead.tries, dead.error) == (MAX_TRIES, "crm_answer: not JSON")
    assert msgspec.json.decode(dead.body)["external_id"] == "bad"


async def test_rows_of_one_entity_are_applied_one_after_the_other_and_the_older_first() -> None:
    world = await World().open()
    async with world.store.begin(TENANT) as uow:
        items = [an_inbox_item(CONNECTION, source="poll", entity_key="order:o1", body=msgspec.json.encode(NEWS))
                 for _ in range(3)]  # fmt: skip
        await uow.inbox.add(items)
        await uow.commit()
    await replay_all(world.store, await _dead(world, items), tenant_id=TENANT)

    applied = []
    while claimed := await world.store.due.claim(KINDS, limit=10, lease_s=30, worker="w"):
        assert len(claimed) == 1
        applied += [claimed[0].item_id]
        await world.perform(claimed[0])

    assert applied == [item.id for item in items]


async def _dead(world: World, items: list[InboxItem]) -> list[InboxItem]:
    """Let rows be dead, so that they can be replayed in their order."""
    async with world.store.begin(TENANT) as uow:
        for item in items:
            await uow.inbox.settle(msgspec.structs.replace(item, state="dead"))
        found = [await uow.inbox.get(item.id, tenant_id=TENANT) for item in items]
        await uow.commit()
    return found


async def test_a_webhook_the_vendor_lost_is_missed_and_one_that_comes_after_the_poll_is_late() -> None:
    world = await World().open()
    await poll(world)  # what is older than the first look, no webhook could tell
    await world.drain()
    await world.lead_arrives(order_id="o1", webhook=False)
    await world.lead_arrives(order_id="o2", phone="+15125550143", webhook=False)
    world.clock.advance(timedelta(seconds=40))
    await poll(world)
    await world.drain()

    before = await misses(world.store, TENANT, days=7)
    world.clock.advance(timedelta(minutes=3))
    async with world.store.begin(TENANT) as uow:
        told = an_inbox_item(CONNECTION, entity_key="order:o2", received_at=await uow.now())
        await uow.inbox.add([told])
        await uow.commit()
    after = await misses(world.store, TENANT, days=7)

    assert (before.missed, before.late) == (2, 0)
    assert (after.missed, after.late) == (1, 1)
    [day] = after.by_day
    assert day.day == "2026-11-23"
    assert {each.order_id: (each.outcome, each.found_after_s, each.late_by_s) for each in day.findings} == {
        "o1": ("missed", 40.0, None),
        "o2": ("late", 40.0, 180.0),
    }


async def test_what_webhooks_told_in_time_is_no_miss() -> None:
    world = await World().open()
    await world.lead_arrives()
    await world.drain()
    await poll(world)

    assert (await misses(world.store, TENANT, days=7)).by_day == ()


async def test_old_bodies_are_forgotten_in_batches_and_a_week_old_replay_is_still_known() -> None:
    world = await World().open()
    await world.webhook(NEWS, webhook_id="w1")
    await world.drain()
    async with world.store.begin(TENANT) as uow:
        await uow.inbox.add([an_inbox_item(CONNECTION, state="done") for _ in range(BATCH)])
        await uow.commit()
    world.clock.advance(timedelta(days=31))

    first_wait = await due(world, "retention")
    left = [row for row in await rows(world) if row.body]
    second_wait = await due(world, "retention")

    assert (first_wait, len(left)) == (1.0, 1)
    assert 5 * 3600 < second_wait < 7 * 3600
    assert [row for row in await rows(world) if row.body] == []
    assert all(len(row.digest) == 32 for row in await rows(world))
    assert (await world.webhook(NEWS, webhook_id="w1")).replayed == 1


async def test_young_bodies_and_those_of_dead_rows_stay() -> None:
    world = await World().open()
    async with world.store.begin(TENANT) as uow:
        kept = [
            an_inbox_item(CONNECTION, state="dead", received_at=MONDAY_NOON - timedelta(days=60)),
            an_inbox_item(CONNECTION, state="done", received_at=MONDAY_NOON - timedelta(days=29)),
            an_inbox_item(CONNECTION, state="new", received_at=MONDAY_NOON - timedelta(days=200)),
        ]
        await uow.inbox.add(kept)
        await uow.commit()

    await due(world, "retention")

    assert sorted(await rows(world), key=lambda row: row.id) == sorted(kept, key=lambda row: row.id)


async def test_a_row_whose_bytes_are_forgotten_cannot_go_again() -> None:
    world = await World().open()
    async with world.store.begin(TENANT) as uow:
        old = an_inbox_item(CONNECTION, state="ignored", received_at=MONDAY_NOON - timedelta(days=60))
        await uow.inbox.add([old])
        await uow.commit()
    await due(world, "retention")

    with pytest.raises(BlankedError) as refusal:
        await replay(world.store, old.id, tenant_id=TENANT)

    assert "backfill" in str(refusal.value.fix)
    assert await replayable(world.store, TENANT, state="ignored", source=None, since=None, limit=9) == []


async def test_all_dead_rows_go_again_the_oldest_first_and_it_is_told_who_did_it() -> None:
    world = await World().open()
    await world.lead_arrives()
    await world.drain()
    [applied] = await rows(world)
    async with world.store.begin(TENANT) as uow:
        dead = [
            an_inbox_item(CONNECTION, state="dead", error="broken", entity_key="order:o1"),
            an_inbox_item(CONNECTION, state="dead", error="broken", source="poll"),
        ]
        await uow.inbox.add(dead)
        await uow.commit()

    found = await replayable(world.store, TENANT, state="dead", source="shopmonkey", since=None, limit=9)
    gone = await replay_all(world.store, found, tenant_id=TENANT, by="Dana")
    again = await replay_all(world.store, found, tenant_id=TENANT, by="Dana")  # they are dead no more

    assert (gone, again) == (1, 0)
    [told] = world.happened("inbox.replayed")
    [lead_id] = [event.lead_id for event in world.happened("lead.arrived")]
    assert (told.item_id, told.by, told.was, told.error, told.lead_id) == (
        dead[0].id, "Dana", "dead", "broken", lead_id
    )  # fmt: skip
    assert applied.state == "done"


async def test_refusals_say_whether_anything_was_taken_in_since() -> None:
    world = await World().open()
    await world.webhook(NEWS)
    world.clock.advance(timedelta(minutes=1))
    await note_refusals(world.store, [a_refused_hook(CONNECTION, count=4)], tenant_id=TENANT)

    [shut_out] = await refusals(world.store, TENANT)
    world.clock.advance(timedelta(days=0, minutes=1))
    await world.webhook(NEWS)
    [tried] = await refusals(world.store, TENANT)
    world.clock.advance(timedelta(days=2))

    assert (shut_out.vendor, shut_out.reason, shut_out.count) == ("shopmonkey", "forged_request", 4)
    assert (shut_out.accepted_since, tried.accepted_since) == (False, True)
    assert await refusals(world.store, TENANT) == []
    assert len(await refusals(world.store, TENANT, days=7)) == 1
