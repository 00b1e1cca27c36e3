"""Promises of the due queue."""

from datetime import timedelta
from uuid import UUID

import pytest

from leadcore.flows.work import Store
from leadcore.kernel.errors import StaleClaimError
from leadcore.ports.storage import DueItem
from leadcore.testing.builders import new_id
from leadcore.testing.contracts.contract import Contract
from leadcore.testing.contracts.shop import Shop, open_shop

_LEASE_S = 30.0
_AHEAD_S = 100.0


class DueContract(Contract):
    """Work is held by one worker at a time, and whoever lost it cannot finish it."""

    async def test_due_work_is_claimed_once(self, store: Store) -> None:
        shop = await open_shop(store)
        item_id = await _arm(store, shop)

        first = await _claim(store)
        second = await _claim(store)

        assert [(item.item_id, item.tenant_id, item.kind, item.tries) for item in first] == [
            (item_id, shop.id, "touch", 1)
        ]
        assert second == []

    async def test_work_of_the_future_waits(self, store: Store) -> None:
        shop = await open_shop(store)
        await _arm(store, shop, in_s=3600)

        assert await _claim(store) == []

        await store.deployment.set_clock_offset(3601)

        assert len(await _claim(store)) == 1

    async def test_only_the_kinds_asked_for_are_claimed(self, store: Store) -> None:
        shop = await open_shop(store)
        await _arm(store, shop)

        assert await store.due.claim(("inbox", "turn"), limit=10, lease_s=_LEASE_S, worker="w") == []
        assert len(await store.due.claim(("inbox", "touch"), limit=10, lease_s=_LEASE_S, worker="w")) == 1

    async def test_the_oldest_come_first_and_no_more_than_asked_for(self, store: Store) -> None:
        shop = await open_shop(store)
        late, early, middle = [await _arm(store, shop, in_s=-age) for age in (10, 30, 20)]

        first = await _claim(store, limit=2)
        rest = await _claim(store, limit=2)

        assert [item.item_id for item in first] == [early, middle]
        assert [item.item_id for item in rest] == [late]

    async def test_tenants_take_turns(self, store: Store) -> None:
        busy, quiet = await open_shop(store), await open_shop(store)
        for age in range(100, 108):
            await _arm(store, busy, in_s=-age)
        waiting = await _arm(store, quiet, in_s=-1)

        claimed = await _claim(store, limit=4)

        assert waiting in {item.item_id for item in claimed}

    async def test_a_lease_that_ran_out_is_claimed_with_a_higher_generation(self, store: Store) -> None:
        shop = await open_shop(store)
        await _arm(store, shop)
        [lost] = await _claim(store)

        await store.deployment.set_clock_offset(_LEASE_S + 1)
        [held] = await _claim(store)

        assert held.generation > lost.generation
        assert held.tries == lost.tries + 1
        await _finish_fails(store, lost)
        await _finish(store, held)
        assert await store.due.next_due(("touch",)) is None

    async def test_finished_work_is_gone(self, store: Store) -> None:
        shop = await open_shop(store)
        await _arm(store, shop)
        [item] = await _claim(store)

        await _finish(store, item)

        await _finish_fails(store, item)
        await store.deployment.set_clock_offset(_LEASE_S + 1)
        assert await _claim(store) == []

    async def test_a_claim_does_not_fit_the_next_life_of_its_item(self, store: Store) -> None:
        shop = await open_shop(store)
        item_id = await _arm(store, shop)
        [first] = await _claim(store)
        await store.deployment.set_clock_offset(_LEASE_S + 1)
        [second] = await _claim(store)
        await _finish(store, second)

        await _arm(store, shop, item_id=item_id)
        [third] = await _claim(store)

        await _finish_fails(store, first)
        await _finish_fails(store, second)
        await _finish(store, third)

    async def test_cancelled_work_cannot_be_finished(self, store: Store) -> None:
        shop = await open_shop(store)
        held_id, waiting_id = await _arm(store, shop), await _arm(store, shop, in_s=60)
        [held] = await _claim(store)

        async with store.begin(shop.id) as uow:
            await uow.due.cancel("touch", [held_id, waiting_id, new_id()], tenant_id=shop.id)
            await uow.commit()

        await _finish_fails(store, held)
        assert await store.due.next_due(("touch",)) is None

    async def test_another_tenant_cancels_nothing(self, store: Store) -> None:
        ours, theirs = await open_shop(store), await open_shop(store)
        item_id = await _arm(store, theirs)

        async with store.begin(ours.id) as uow:
            await uow.due.cancel("touch", [item_id], tenant_id=ours.id)
            await uow.due.cancel("touch", [item_id], tenant_id=theirs.id)
            await uow.commit()

        assert len(await _claim(store)) == 1

    async def test_arming_again_moves_the_item_and_takes_it_from_its_holder(self, store: Store) -> None:
        shop = await open_shop(store)
        item_id = await _arm(store, shop)
        [held] = await _claim(store)

        await _arm(store, shop, item_id=item_id, in_s=0)

        await _finish_fails(store, held)
        [again] = await _claim(store)
        assert again.tries == 1

    async def test_postponed_work_comes_back_later_and_remembers_its_tries(self, store: Store) -> None:
        shop = await open_shop(store)
        await _arm(store, shop)
        [item] = await _claim(store)

        async with store.begin(shop.id) as uow:
            await uow.due.postpone(item, at=await uow.now() + timedelta(seconds=50))
            await uow.commit()

        assert await _claim(store) == []
        await _finish_fails(store, item)
        await store.deployment.set_clock_offset(51)
        assert [each.tries for each in await _claim(store)] == [2]

    async def test_what_is_given_back_is_due_at_once_and_was_not_tried(self, store: Store) -> None:
        shop = await open_shop(store)
        await _arm(store, shop)
        items = await _claim(store)

        await store.due.give_back(items)

        await _finish_fails(store, items[0])
        assert [item.tries for item in await _claim(store)] == [1]

    async def test_giving_back_a_stale_claim_changes_nothing(self, store: Store) -> None:
        shop = await open_shop(store)
        await _arm(store, shop)
        stale = await _claim(store)
        await store.deployment.set_clock_offset(_LEASE_S + 1)
        [held] = await _claim(store)

        await store.due.give_back(stale)

        assert await _claim(store) == []
        await _finish(store, held)

    async def test_a_finish_that_is_not_committed_leaves_the_claim(self, store: Store) -> None:
        shop = await open_shop(store)
        await _arm(store, shop)
        [item] = await _claim(store)

        async with store.begin(shop.id) as uow:
            await uow.due.finish(item)

        await _finish(store, item)

    async def test_the_next_due_instant_is_known(self, store: Store) -> None:
        shop = await open_shop(store)
        assert await store.due.next_due(("touch",)) is None

        await _arm(store, shop, in_s=_AHEAD_S)
        ahead = await store.due.next_due(("touch",))
        await _arm(store, shop)

        assert ahead is not None
        assert 0 < ahead <= _AHEAD_S
        assert await store.due.next_due(("touch",)) == 0
        assert await store.due.next_due(("inbox",)) is None

    async def test_a_commit_that_armed_near_work_rings(self, store: Store) -> None:
        shop = await open_shop(store)
        await store.doorbell.wait(0.01)
        while await store.doorbell.wait(0.01):
            pass

        await _arm(store, shop)

        assert await store.doorbell.wait(5)


async def _arm(store: Store, shop: Shop, *, in_s: float = 0, item_id: UUID | None = None) -> UUID:
    chosen = item_id or new_id()
    async with store.begin(shop.id) as uow:
        at = await uow.now() + timedelta(seconds=in_s)
        await uow.due.arm("touch", chosen, tenant_id=shop.id, at=at)
        await uow.commit()
    return chosen


async def _claim(store: Store, *, limit: int = 10) -> list[DueItem]:
    return await store.due.claim(("touch",), limit=limit, lease_s=_LEASE_S, worker="w")


async def _finish(store: Store, item: DueItem) -> None:
    async with store.begin(item.tenant_id) as uow:
        await uow.due.finish(item)
        await uow.commit()


async def _finish_fails(store: Store, item: DueItem) -> None:
    async with store.begin(item.tenant_id) as uow:
        with pytest.raises(StaleClaimError):
            await uow.due.finish(item)
        with pytest.raises(StaleClaimError):
            await uow.due.postpone(item, at=await uow.now())
