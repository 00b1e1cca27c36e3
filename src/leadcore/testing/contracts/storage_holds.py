"""Holds of all sending, the epoch that ends with each, and what a database remembers about who it is."""

from datetime import timedelta

import pytest
from msgspec.structs import replace

from leadcore.flows.work import Store
from leadcore.kernel.errors import ConflictError
from leadcore.ports.storage import Sending, ServerSight
from leadcore.testing.builders import NOON, a_message, an_attempt, new_id
from leadcore.testing.contracts.shop import open_shop

ELSEWHERE = ServerSight(system_id="7", timeline=3, lsn=5)


class HoldContract:
    """What `Deployment` promises about holds, and messages about what was attempted."""

    async def test_an_operator_holds_and_lifts(self, store: Store) -> None:
        shop = await open_shop(store)

        await store.deployment.hold("the price list is wrong", by="operator", name="pat")

        async with store.begin(shop.id) as uow:
            assert (await uow.sending()).held
        state = await store.deployment.state()
        assert (state.held_because, state.held_by) == ("the price list is wrong", "operator")
        assert state.held_at is not None

        await store.deployment.lift(because="it is right", name="sam")

        async with store.begin(shop.id) as uow:
            assert await uow.sending() == Sending()
        newest, older = await store.deployment.history()
        assert (newest.what, newest.by, newest.because) == ("released", "sam", "it is right")
        assert (older.what, older.by, older.because) == ("held", "pat", "the price list is wrong")

    async def test_a_hold_of_a_witness_outranks_an_operators_and_keeps_its_first_reason(self, store: Store) -> None:
        await store.deployment.hold("by hand", by="operator")
        await store.deployment.hold("an older database", by="witness", epoch_at_least=4)
        first = await store.deployment.state()

        await store.deployment.hold("by hand again", by="operator")
        await store.deployment.hold("another reason", by="witness", epoch_at_least=6)

        state = await store.deployment.state()
        assert (state.held_by, state.held_because, state.held_at) == ("witness", "an older database", first.held_at)
        assert (first.epoch, state.epoch) == (4, 6)
        with pytest.raises(ConflictError):
            await store.deployment.lift(because="no", name="pat")

    async def test_a_release_adopts_ends_the_gap_and_raises_the_epoch_once(self, store: Store) -> None:
        shop = await open_shop(store)
        await store.deployment.hold("restored", by="witness")
        held = await store.deployment.state()

        await store.deployment.release(ELSEWHERE, deployment_id="shop-2", because="checked", name="pat", epoch=1)

        state = await store.deployment.state()
        assert (state.held, state.held_by, state.epoch, state.deployment_id) == (False, "", 2, "shop-2")
        assert (state.system_id, state.timeline, state.gap_until) == ("7", 3, held.held_at)
        async with store.begin(shop.id) as uow:
            assert await uow.sending() == Sending(epoch=2, gap_until=held.held_at)
        with pytest.raises(ConflictError):
            await store.deployment.release(ELSEWHERE, deployment_id="shop-2", because="again", name="pat", epoch=1)

    async def test_what_was_seen_before_a_release_holds_nothing_after_it(self, store: Store) -> None:
        await store.deployment.hold("restored", by="witness")
        await store.deployment.release(ELSEWHERE, deployment_id="x", because="checked", name="pat", epoch=1)

        await store.deployment.hold("an old look", by="witness", epoch=1)

        assert not (await store.deployment.state()).held

    async def test_a_hold_of_an_operator_is_not_released_as_a_witnesses(self, store: Store) -> None:
        await store.deployment.hold("by hand", by="operator")

        with pytest.raises(ConflictError):
            await store.deployment.release(ELSEWHERE, deployment_id="x", because="no", name="pat", epoch=1)

        assert (await store.deployment.state()).held

    async def test_a_database_is_adopted_once(self, store: Store) -> None:
        sight = await store.deployment.sight()

        assert await store.deployment.adopt(sight, deployment_id="ours")
        assert not await store.deployment.adopt(ELSEWHERE, deployment_id="theirs")

        state = await store.deployment.state()
        assert (state.deployment_id, state.system_id, state.timeline) == ("ours", sight.system_id, sight.timeline)
        assert state.adopted_at is not None

    async def test_ticks_count_and_move_the_log(self, store: Store) -> None:
        before = await store.deployment.sight()

        numbers = [await store.deployment.tick(), await store.deployment.tick()]

        assert numbers == [1, 2]

        after = await store.deployment.sight()
        assert (after.system_id, after.timeline) == (before.system_id, before.timeline)
        assert after.lsn > before.lsn
        assert (await store.deployment.state()).ticks == numbers[-1]

    async def test_attempts_are_listed_since_an_instant_and_the_newest_that_ended_is_known(self, store: Store) -> None:
        shop = await open_shop(store)
        messages = [a_message(shop.point) for _ in range(3)]
        begun = [NOON - timedelta(hours=hours) for hours in (5, 2, 1)]
        settled = [begun[0], begun[1], None]
        attempts = [
            replace(
                an_attempt(message), id=new_id(), started_at=at, settled_at=end, sender="+15125550100",
                state="started" if end is None else "accepted", provider_id="" if end is None else f"SM{number}",
            )
            for number, (message, at, end) in enumerate(zip(messages, begun, settled, strict=True))
        ]  # fmt: skip
        async with store.begin(shop.id) as uow:
            for message, attempt in zip(messages, attempts, strict=True):
                await uow.messages.add(message)
                await uow.messages.add_attempt(attempt)
            await uow.commit()

        async with store.begin(shop.id) as uow:
            found = await uow.messages.attempts_since(begun[1], tenant_id=shop.id)
            last = await uow.messages.last_settled("+15125550100", tenant_id=shop.id)
            nobody = await uow.messages.last_settled("+15125550101", tenant_id=shop.id)

        assert [each.id for each in found] == [attempts[1].id, attempts[2].id]
        assert (last, nobody) == (begun[1], None)
