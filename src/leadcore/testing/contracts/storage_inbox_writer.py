"""Promises about taking in what came, outside any unit of work."""

import asyncio

import pytest

from leadcore.flows.work import Store
from leadcore.intake.model import InboxArrival, InboxItem
from leadcore.kernel.errors import NotFoundError
from leadcore.testing.builders import an_arrival, new_id
from leadcore.testing.contracts.contract import Contract
from leadcore.testing.contracts.shop import Shop, open_shop

_WAIT_S = 60.0


class InboxWriterContract(Contract):
    """What was taken in is durable, once, with its work armed."""

    async def test_what_is_taken_in_lies_in_the_inbox_and_is_due(self, store: Store) -> None:
        shop = await open_shop(store)
        arrival = an_arrival(shop.connection)

        assert await store.inbox_writer.take_in([arrival]) == [arrival]

        async with store.begin(shop.id) as uow:
            row = await uow.inbox.get(arrival.id, tenant_id=shop.id)
            assert row == arrival.stored(at=row.received_at)
        [item] = await store.due.claim(("inbox",), limit=9, lease_s=30, worker="w")
        assert (item.item_id, item.tenant_id, item.due_at) == (arrival.id, shop.id, row.received_at)

    async def test_what_may_wait_waits(self, store: Store) -> None:
        shop = await open_shop(store)

        await store.inbox_writer.take_in([an_arrival(shop.connection, wait_s=_WAIT_S)])

        assert await store.due.claim(("inbox",), limit=9, lease_s=30, worker="w") == []
        wait = await store.due.next_due(("inbox",))
        assert wait is not None
        assert 0 < wait <= _WAIT_S

    async def test_a_replay_is_taken_in_once(self, store: Store) -> None:
        shop = await open_shop(store)
        first, other = an_arrival(shop.connection), an_arrival(shop.connection)
        replay = an_arrival(shop.connection, dedupe_key=first.dedupe_key)
        twin = an_arrival(shop.connection, dedupe_key=other.dedupe_key)

        await store.inbox_writer.take_in([first])
        fresh = await store.inbox_writer.take_in([replay, other, twin])

        assert len(fresh) == 1
        assert fresh[0].dedupe_key == other.dedupe_key
        assert {each.dedupe_key for each in await _listed(store, shop)} == {first.dedupe_key, other.dedupe_key}
        assert await store.inbox_writer.take_in([]) == []

    async def test_two_shops_are_served_in_one_call(self, store: Store) -> None:
        ours, theirs = await open_shop(store), await open_shop(store)
        arrivals = [an_arrival(each.connection, dedupe_key="same") for each in (ours, theirs, ours)]

        fresh = await store.inbox_writer.take_in(arrivals)

        assert {each.tenant_id for each in fresh} == {ours.id, theirs.id}
        assert [len(await _listed(store, each)) for each in (ours, theirs)] == [1, 1]

    async def test_what_is_about_one_record_is_worked_on_as_it_came_whatever_its_key(self, store: Store) -> None:
        shop, other = await open_shop(store), await open_shop(store)
        lane = new_id()
        arrivals = [an_arrival(shop.connection, dedupe_key=key, lane=lane) for key in ("c", "a", "b")]
        neighbour = an_arrival(other.connection, dedupe_key="a", lane=lane)

        await store.inbox_writer.take_in([*arrivals[:1], neighbour, *arrivals[1:]])

        worked = []
        for _ in arrivals:
            held = await store.due.claim(("inbox",), limit=9, lease_s=30, worker="w")
            worked.append([item.item_id for item in held if item.tenant_id == shop.id])
            for item in held:
                async with store.begin(item.tenant_id) as uow:
                    await uow.due.finish(item)
                    await uow.commit()
        assert worked == [[arrival.id] for arrival in arrivals]

    async def test_what_may_wait_does_not_hold_up_what_came_later_in_its_lane(self, store: Store) -> None:
        shop = await open_shop(store)
        lane = new_id()
        patient = an_arrival(shop.connection, lane=lane, wait_s=_WAIT_S)
        pressing = an_arrival(shop.connection, lane=lane)

        await store.inbox_writer.take_in([patient, pressing])

        [item] = await store.due.claim(("inbox",), limit=9, lease_s=30, worker="w")
        assert item.item_id == pressing.id

    async def test_who_does_not_wait_is_told_the_same(self, store: Store) -> None:
        ours, theirs = await open_shop(store), await open_shop(store)
        first, foreign = an_arrival(ours.connection), an_arrival(theirs.connection, tenant_id=ours.id)
        replay = an_arrival(ours.connection, dedupe_key=first.dedupe_key)

        told = [await _handed_in(store, each) for each in ([first], [replay], [foreign], [])]

        assert told[0] == [first]
        assert told[1] == told[3] == []
        assert isinstance(told[2], NotFoundError)
        assert [each.id for each in await _listed(store, ours)] == [first.id]

    async def test_an_arrival_needs_a_connection_of_its_tenant(self, store: Store) -> None:
        ours, theirs = await open_shop(store), await open_shop(store)

        with pytest.raises(NotFoundError):
            await store.inbox_writer.take_in([an_arrival(theirs.connection, tenant_id=ours.id)])

        assert await _listed(store, ours) == []


async def _handed_in(store: Store, arrivals: list[InboxArrival]) -> list[InboxArrival] | Exception:
    told: asyncio.Future[list[InboxArrival] | Exception] = asyncio.get_running_loop().create_future()
    store.inbox_writer.hand_in(arrivals, told.set_result)
    return await told


async def _listed(store: Store, shop: Shop) -> list[InboxItem]:
    async with store.begin(shop.id) as uow:
        return await uow.inbox.listing(shop.id, state=None, limit=99)
