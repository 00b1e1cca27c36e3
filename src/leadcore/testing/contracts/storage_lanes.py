"""Promises about lanes of due work: one at a time, the first first."""

from datetime import timedelta
from uuid import UUID

from leadcore.flows.work import Store
from leadcore.ports.storage import DueItem, WorkKind
from leadcore.testing.builders import new_id
from leadcore.testing.contracts.contract import Contract
from leadcore.testing.contracts.shop import Shop, open_shop

_LEASE_S = 30.0


class LaneContract(Contract):
    """Of a lane one item is in work, the one that was armed first; other lanes do not wait for it."""

    async def test_of_a_lane_only_the_first_is_claimed_until_it_is_finished(self, store: Store) -> None:
        shop = await open_shop(store)
        lane = new_id()
        items = [await _arm(store, shop, lane) for _ in range(3)]

        worked = []
        for _ in items:
            [item] = await _claim(store)
            assert await _claim(store) == []
            worked.append(item.item_id)
            await _finish(store, item)

        assert worked == items

    async def test_the_order_is_that_of_arming_whatever_is_due_first(self, store: Store) -> None:
        shop = await open_shop(store)
        lane = new_id()
        first = await _arm(store, shop, lane, in_s=-1)
        second = await _arm(store, shop, lane, in_s=-60)

        [one] = await _claim(store)
        await _finish(store, one)
        [two] = await _claim(store)

        assert [one.item_id, two.item_id] == [first, second]

    async def test_one_that_is_postponed_holds_up_those_behind_it_and_nobody_else(self, store: Store) -> None:
        shop = await open_shop(store)
        lane = new_id()
        first, second = await _arm(store, shop, lane), await _arm(store, shop, lane)
        neighbour, loner = await _arm(store, shop, new_id()), await _arm(store, shop, None)
        held = {item.item_id: item for item in await _claim(store)}

        async with store.begin(shop.id) as uow:
            await uow.due.postpone(held[first], at=await uow.now() + timedelta(seconds=600))
            await uow.commit()
        early = await _claim(store)
        await store.deployment.set_clock_offset(601)
        late = await _claim(store)

        assert set(held) == {first, neighbour, loner}
        assert early == []
        assert first in {item.item_id for item in late}
        assert second not in {item.item_id for item in late}

    async def test_one_that_was_never_tried_and_is_not_due_yet_holds_nobody_up(self, store: Store) -> None:
        shop = await open_shop(store)
        lane = new_id()
        distant = await _arm(store, shop, lane, in_s=10)
        first, second = await _arm(store, shop, lane), await _arm(store, shop, lane)

        [one] = await _claim(store)
        meanwhile = await _claim(store)
        await _finish(store, one)
        [two] = await _claim(store)
        await store.deployment.set_clock_offset(11)
        while_two_is_in_work = await _claim(store)
        await _finish(store, two)
        [three] = await _claim(store)

        assert [one.item_id, two.item_id, three.item_id] == [first, second, distant]
        assert meanwhile == while_two_is_in_work == []

    async def test_once_it_is_due_it_goes_before_those_that_were_armed_later(self, store: Store) -> None:
        shop = await open_shop(store)
        lane = new_id()
        distant, near = await _arm(store, shop, lane, in_s=10), await _arm(store, shop, lane, in_s=5)

        await store.deployment.set_clock_offset(11)
        [one] = await _claim(store)
        await _finish(store, one)
        [two] = await _claim(store)

        assert [one.item_id, two.item_id] == [distant, near]

    async def test_a_lane_reaches_over_kinds_and_not_over_tenants(self, store: Store) -> None:
        ours, theirs = await open_shop(store), await open_shop(store)
        lane = new_id()
        first = await _arm(store, ours, lane, kind="bulk")
        behind = await _arm(store, ours, lane, kind="inbox")
        other = await _arm(store, theirs, lane, kind="inbox")

        claimed = await _claim(store)

        assert {item.item_id for item in claimed} == {first, other}
        assert behind not in {item.item_id for item in claimed}

    async def test_what_was_begun_and_lost_goes_on_before_the_rest(self, store: Store) -> None:
        shop = await open_shop(store)
        lane = new_id()
        first = await _arm(store, shop, lane)
        await _arm(store, shop, lane)
        [lost] = await _claim(store)

        await store.deployment.set_clock_offset(_LEASE_S + 1)
        [held] = await _claim(store)

        assert lost.item_id == held.item_id == first

    async def test_who_waits_for_another_is_not_said_to_be_due_now_for_ever(self, store: Store) -> None:
        shop = await open_shop(store)
        lane = new_id()
        await _arm(store, shop, lane)
        await _arm(store, shop, lane)
        await _claim(store)
        await _claim(store)

        wait = await store.due.next_due(("inbox", "bulk"))

        assert wait is not None
        assert wait > 0

    async def test_many_are_armed_at_once_in_their_order(self, store: Store) -> None:
        shop = await open_shop(store)
        lane = new_id()
        ids = [new_id() for _ in range(4)]

        async with store.begin(shop.id) as uow:
            await uow.due.arm_all("bulk", [], tenant_id=shop.id, at=await uow.now())
            lanes = [lane, lane, None, None]
            await uow.due.arm_all("bulk", list(zip(ids, lanes, strict=True)), tenant_id=shop.id, at=await uow.now())
            await uow.commit()

        assert {item.item_id for item in await _claim(store)} == {ids[0], ids[2], ids[3]}


async def _arm(store: Store, shop: Shop, lane: UUID | None, *, in_s: float = 0, kind: WorkKind = "inbox") -> UUID:
    item_id = new_id()
    async with store.begin(shop.id) as uow:
        at = await uow.now() + timedelta(seconds=in_s)
        await uow.due.arm(kind, item_id, tenant_id=shop.id, at=at, lane=lane)
        await uow.commit()
    return item_id


async def _claim(store: Store) -> list[DueItem]:
    return await store.due.claim(("inbox", "bulk"), limit=10, lease_s=_LEASE_S, worker="w")


async def _finish(store: Store, item: DueItem) -> None:
    async with store.begin(item.tenant_id) as uow:
        await uow.due.finish(item)
        await uow.commit()
