"""Units of work side by side in one transaction: each sees what it would see alone, and all end together."""

import asyncio
import random
from collections.abc import Awaitable, Callable, Hashable
from datetime import timedelta
from typing import Any

import pytest
from msgspec.structs import replace

from leadcore.flows.work import Work
from leadcore.kernel.errors import ConflictError, NotFoundError, SharedFateError
from leadcore.kernel.ids import MessageId
from leadcore.messaging.model import Message
from leadcore.testing.builders import NOON, a_message, a_point, new_id
from leadcore.testing.contracts.shop import Shop, open_shop
from leadcore_postgres.shared import Share
from leadcore_postgres.store import PostgresStore

pytestmark = pytest.mark.postgres

Unit = Callable[[Work], Awaitable[None]]
_SENDER = "+15125550100"


@pytest.fixture
async def shop(store: PostgresStore) -> Shop:
    return await open_shop(store)


async def _beside(store: PostgresStore, shop: Shop, *units: Unit) -> list[BaseException | None]:
    """Run the units at once in shared transactions, committing each; return what each raised."""

    async def run(unit: Unit) -> None:
        async with store.shared("test").begin(shop.id) as uow:
            await unit(uow)
            await uow.commit()

    return await asyncio.gather(*(run(unit) for unit in units), return_exceptions=True)


def _adds(message: Message) -> Unit:
    async def unit(uow: Work) -> None:
        assert await uow.messages.add(message)

    return unit


async def _takes_a_place(uow: Work) -> None:
    """Read a row under its lock, and write what follows from it."""
    bucket = await uow.messages.bucket(_SENDER, tenant_id=uow.due._db.tenant_id)  # type: ignore[attr-defined]
    await uow.now()
    await uow.messages.save_bucket(replace(bucket, tat=(bucket.tat or NOON) + timedelta(seconds=1)))


async def _places(store: PostgresStore, shop: Shop) -> float:
    async with store.begin(shop.id) as uow:
        bucket = await uow.messages.bucket(_SENDER, tenant_id=shop.id)
    return ((bucket.tat or NOON) - NOON).total_seconds()


async def _stored(store: PostgresStore, shop: Shop) -> set[Any]:
    async with store.begin(shop.id) as uow:
        return {message.id for message, _ in await uow.messages.to_point(shop.point.id, tenant_id=shop.id)}


async def test_units_of_one_moment_end_in_one_commit(store: PostgresStore, shop: Shop, admin: Any) -> None:
    messages = [a_message(shop.point) for _ in range(40)]

    raised = await _beside(store, shop, *(_adds(each) for each in messages))

    assert raised == [None] * 40
    assert await _stored(store, shop) == {each.id for each in messages}
    assert await admin.fetchval("SELECT count(DISTINCT xmin::text) FROM message") == 1


async def test_each_gets_the_answer_to_its_own_question(store: PostgresStore, shop: Shop) -> None:
    messages = [a_message(shop.point) for _ in range(20)]
    await _beside(store, shop, *(_adds(each) for each in messages))

    def reads(wanted: Message) -> Unit:
        async def unit(uow: Work) -> None:
            assert (await uow.messages.get(wanted.id, tenant_id=shop.id)).id == wanted.id
            assert (await uow.messages.peek(wanted.id, tenant_id=shop.id)).id == wanted.id
            assert (await uow.tenants.get(shop.id)).id == shop.id
            with pytest.raises(NotFoundError):
                await uow.messages.get(MessageId(new_id()), tenant_id=shop.id)
            assert await uow.messages.reports(wanted.id, tenant_id=shop.id) == []

        return unit

    assert await _beside(store, shop, *(reads(each) for each in messages)) == [None] * 20


async def test_whoever_reads_under_a_lock_sees_what_the_one_before_wrote(store: PostgresStore, shop: Shop) -> None:
    assert await _beside(store, shop, *[_takes_a_place] * 30) == [None] * 30

    assert await _places(store, shop) == 30


async def test_negative_control_without_holds_writes_are_lost(
    store: PostgresStore, shop: Shop, monkeypatch: pytest.MonkeyPatch
) -> None:
    async def careless(self: Share, _kind: str, _key: Hashable) -> None:
        self._may_lock = True

    monkeypatch.setattr(Share, "hold", careless)
    await _beside(store, shop, *[_takes_a_place] * 30)

    assert await _places(store, shop) < 30


async def test_a_unit_that_gives_up_takes_along_what_was_written_beside_it(store: PostgresStore, shop: Shop) -> None:
    good, bad = a_message(shop.point), a_message(shop.point)

    async def fails(uow: Work) -> None:
        await uow.messages.add(bad)
        raise LookupError("on second thoughts")

    raised = await _beside(store, shop, _adds(good), fails)

    assert isinstance(raised[0], SharedFateError)
    assert isinstance(raised[1], LookupError)
    assert await _stored(store, shop) == set()


async def test_a_unit_that_only_looked_may_leave(store: PostgresStore, shop: Shop) -> None:
    good = a_message(shop.point)

    async def looks(uow: Work) -> None:
        await uow.tenants.get(shop.id)
        raise LookupError("nothing to do")

    raised = await _beside(store, shop, _adds(good), looks)

    assert raised[0] is None
    assert await _stored(store, shop) == {good.id}


async def test_what_the_database_refuses_spoils_all_and_is_told_to_whom_it_concerns(
    store: PostgresStore, shop: Shop
) -> None:
    good = a_message(shop.point)
    foreign = a_message(a_point(shop.tenant))  # the contact point is not stored

    raised = await _beside(store, shop, _adds(good), _adds(foreign))
    alone = await _beside(store, shop, _adds(foreign))

    assert all(isinstance(each, SharedFateError) for each in raised)
    assert isinstance(alone[0], NotFoundError)
    assert await _stored(store, shop) == set()


async def test_units_that_wait_for_one_another_are_told_so(store: PostgresStore, shop: Shop) -> None:
    first, second = a_message(shop.point), a_message(shop.point)
    await _beside(store, shop, _adds(first), _adds(second))
    met = asyncio.Barrier(2)

    def locks(one: Message, other: Message) -> Unit:
        async def unit(uow: Work) -> None:
            await uow.messages.get(one.id, tenant_id=shop.id)
            await met.wait()
            await uow.messages.get(other.id, tenant_id=shop.id)

        return unit

    raised = await asyncio.wait_for(_beside(store, shop, locks(first, second), locks(second, first)), 10)

    assert all(isinstance(each, SharedFateError) for each in raised)


async def test_nobody_joins_once_somebody_is_ready(store: PostgresStore, shop: Shop, admin: Any) -> None:
    slow_may_end, ready = asyncio.Event(), asyncio.Event()
    messages = [a_message(shop.point) for _ in range(3)]

    async def slow(uow: Work) -> None:
        await uow.messages.add(messages[0])
        ready.set()
        await slow_may_end.wait()

    first = asyncio.create_task(_beside(store, shop, slow, _adds(messages[1])))
    await ready.wait()
    while any(each.takes_more for each in store._sharing._open.values()):
        await asyncio.sleep(0)
    assert await _beside(store, shop, _adds(messages[2])) == [None]

    slow_may_end.set()
    assert await first == [None, None]
    assert await admin.fetchval("SELECT count(DISTINCT xmin::text) FROM message") == 2


async def test_a_unit_that_is_cancelled_leaves_nothing_and_nobody_waiting(store: PostgresStore, shop: Shop) -> None:
    async def stays(uow: Work) -> None:
        await uow.messages.add(a_message(shop.point))
        await asyncio.Event().wait()

    idle = asyncio.create_task(_beside(store, shop, stays))
    other = asyncio.create_task(_beside(store, shop, _adds(a_message(shop.point))))
    while not any(each._ready for each in store._sharing._open.values()) and not other.done():
        await asyncio.sleep(0)
    idle.cancel()
    await asyncio.wait([idle])

    (raised,) = await asyncio.wait_for(other, 10)
    assert raised is None or isinstance(raised, SharedFateError)
    assert len(await _stored(store, shop)) == (1 if raised is None else 0)
    assert await _beside(store, shop, _adds(a_message(shop.point))) == [None]


async def test_when_the_connection_dies_nobody_waits_forever(store: PostgresStore, shop: Shop, admin: Any) -> None:
    async def dies(uow: Work) -> None:
        await uow.messages.add(a_message(shop.point))
        await admin.execute(
            "SELECT pg_terminate_backend(pid) FROM pg_stat_activity WHERE application_name = 'tests'"
            " AND datname = current_database() AND state = 'idle in transaction'"
        )

    raised = await asyncio.wait_for(_beside(store, shop, dies, _adds(a_message(shop.point))), 15)

    assert all(isinstance(each, Exception) for each in raised)
    assert await _stored(store, shop) == set()
    assert await _beside(store, shop, _adds(a_message(shop.point))) == [None]


async def test_units_of_different_shops_share_nothing(store: PostgresStore, shop: Shop) -> None:
    other = await open_shop(store)

    async def fails(uow: Work) -> None:
        await uow.messages.add(a_message(other.point))
        raise LookupError

    good = a_message(shop.point)
    raised = await asyncio.gather(_beside(store, shop, _adds(good)), _beside(store, other, fails))

    assert raised[0] == [None]
    assert await _stored(store, shop) == {good.id}


@pytest.mark.parametrize("seed", range(6))
async def test_whatever_order_the_end_is_that_of_units_one_after_another(
    store: PostgresStore, shop: Shop, seed: int
) -> None:
    """Counters under locks, in random order and number: what is kept is what the units that committed counted."""
    luck = random.Random(seed)
    senders = [f"+1512555010{n}" for n in range(4)]
    counted: dict[str, int] = dict.fromkeys(senders, 0)

    async def once(chosen: list[str], *, fails: bool) -> None:
        async with store.shared("test").begin(shop.id) as uow:
            for sender in chosen:
                bucket = await uow.messages.bucket(sender, tenant_id=shop.id)
                await uow.messages.save_bucket(replace(bucket, tat=(bucket.tat or NOON) + timedelta(seconds=1)))
            if fails:
                raise LookupError
            await uow.commit()
        for sender in chosen:
            counted[sender] += 1

    async def stubborn(chosen: list[str], *, fails: bool) -> None:
        for _ in range(50):
            try:
                return await once(chosen, fails=fails)
            except LookupError:
                return None
            except ConflictError:
                continue
        return None

    await asyncio.wait_for(
        asyncio.gather(
            *(
                stubborn(luck.sample(senders, luck.randint(1, 4)), fails=luck.random() < 0.1)
                for _ in range(luck.randint(5, 40))
            )
        ),
        60,
    )

    async with store.begin(shop.id) as uow:
        kept = {each: (await uow.messages.bucket(each, tenant_id=shop.id)).tat for each in senders}
    assert {sender: (tat or NOON) - NOON for sender, tat in kept.items()} == {
        sender: timedelta(seconds=count) for sender, count in counted.items()
    }
