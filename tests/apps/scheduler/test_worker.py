"""The worker loop: what fails backs off and is seen, what is stale is left alone, what runs is finished."""

import asyncio
from collections.abc import AsyncIterator, Awaitable, Callable
from contextlib import AbstractAsyncContextManager, asynccontextmanager
from datetime import timedelta
from typing import Any
from uuid import UUID

import pytest

from leadcore.kernel.errors import ConflictError, NotFoundError, StaleClaimError
from leadcore.kernel.ids import TenantId
from leadcore.memory.clock import VirtualClock
from leadcore.memory.storage import MemoryStore
from leadcore.ports.storage import DueItem
from leadcore.testing.builders import a_tenant, new_id
from leadcore_scheduler.worker import Worker
from tests.apps.scheduler.heard import PATIENCE_S, HeardMetrics

Perform = Callable[[DueItem], Awaitable[None]]


class Loop:
    """A worker over a store in memory, running until it is told to stop."""

    def __init__(self, perform: Perform, *, slots: int = 4) -> None:
        self.clock = VirtualClock()
        self.store = MemoryStore(self.clock)
        self.tenant = a_tenant()
        self.metrics = HeardMetrics()
        self.stopping = asyncio.Event()
        self._perform = perform
        self._slots = slots

    def worker(self, store: Any = None) -> Worker:
        return Worker(
            store=store or self.store,
            kinds={"touch": self._perform},
            slots=self._slots,
            lease_s=30,
            safety_tick_s=0.02,
            metrics=self.metrics,
        )

    async def arm(self, *, after: timedelta = timedelta(0)) -> UUID:
        item_id = new_id()
        async with self.store.begin(self.tenant.id) as uow:
            await uow.due.arm("touch", item_id, tenant_id=self.tenant.id, at=await uow.now() + after)
            await uow.commit()
        return item_id

    async def finish(self, item: DueItem) -> None:
        async with self.store.begin(item.tenant_id) as uow:
            await uow.due.finish(item)
            await uow.commit()

    def counted(self, outcome: str) -> int:
        return self.metrics.counted("touch", outcome)


@asynccontextmanager
async def running(worker: Worker, stopping: asyncio.Event) -> AsyncIterator[None]:
    task = asyncio.create_task(worker.run(stopping))
    try:
        yield
    finally:
        stopping.set()
        await task


async def test_what_is_due_is_performed_and_what_comes_later_rings_the_bell() -> None:
    done: list[UUID] = []

    async def perform(item: DueItem) -> None:
        done.append(item.item_id)
        await loop.finish(item)

    loop = Loop(perform)
    first = await loop.arm()

    async with running(loop.worker(), loop.stopping):
        await loop.metrics.until(lambda: len(done) == 1)
        second = await loop.arm()
        await loop.metrics.until(lambda: len(done) == 2)

    assert done == [first, second]
    assert await loop.store.due.next_due(("touch",)) is None


@pytest.mark.parametrize("error", [ValueError("a bug"), ConflictError("somebody was first")])
async def test_what_fails_comes_back_later_and_not_at_once(error: Exception) -> None:
    tries: list[int] = []

    async def perform(item: DueItem) -> None:
        tries.append(item.tries)
        raise error

    loop = Loop(perform)
    await loop.arm()

    async with running(loop.worker(), loop.stopping):
        for expected in range(1, 5):
            await loop.metrics.until(lambda count=expected: len(tries) == count)  # type: ignore[misc]
            wait = await _postponed(loop)
            assert 0 < wait <= 2.0**expected
            loop.clock.advance(timedelta(seconds=wait))

    assert tries[:4] == [1, 2, 3, 4]


async def test_what_always_fails_is_counted_as_stuck_and_tried_once_an_hour_at_most() -> None:
    tries: list[int] = []

    async def perform(item: DueItem) -> None:
        tries.append(item.tries)
        raise ValueError("a bug")

    loop = Loop(perform)
    await loop.arm()

    async with running(loop.worker(), loop.stopping):
        for expected in range(1, 15):
            await loop.metrics.until(lambda count=expected: len(tries) == count)  # type: ignore[misc]
            loop.clock.advance(timedelta(seconds=await _postponed(loop)))

    assert loop.counted("failed") == 7
    assert loop.counted("stuck") >= 7


async def test_a_claim_that_was_lost_is_left_to_its_new_holder() -> None:
    tried: list[DueItem] = []

    async def perform(item: DueItem) -> None:
        tried.append(item)
        raise StaleClaimError("somebody else has it")

    loop = Loop(perform)
    await loop.arm()

    async with running(loop.worker(), loop.stopping):
        await loop.metrics.until(lambda: loop.counted("stale") == 1)

    assert len(tried) == 1
    assert await loop.store.due.next_due(("touch",)) == 30  # the lease stands


async def test_what_was_erased_since_it_was_claimed_is_stale_and_no_failure() -> None:
    async def perform(item: DueItem) -> None:
        await loop.finish(item)  # as an erasure does with all that is due about somebody
        raise NotFoundError("no such touch")

    loop = Loop(perform)
    await loop.arm()

    async with running(loop.worker(), loop.stopping):
        await loop.metrics.until(lambda: loop.counted("stale") == 1)

    assert loop.counted("failed") == 0


async def test_what_is_not_found_although_it_is_still_due_is_a_failure() -> None:
    async def perform(item: DueItem) -> None:
        raise NotFoundError("no such touch")

    loop = Loop(perform)
    await loop.arm()

    async with running(loop.worker(), loop.stopping):
        await loop.metrics.until(lambda: loop.counted("failed") == 1)

    assert loop.counted("stale") == 0


async def test_no_more_is_claimed_than_there_are_slots() -> None:
    busy: set[UUID] = set()
    most: list[int] = []
    both = asyncio.Event()
    go_on = asyncio.Event()

    async def perform(item: DueItem) -> None:
        busy.add(item.item_id)
        most.append(len(busy))
        if len(busy) == 2:
            both.set()
        await go_on.wait()
        await loop.finish(item)
        busy.discard(item.item_id)

    loop = Loop(perform, slots=2)
    for _ in range(5):
        await loop.arm()

    async with running(loop.worker(), loop.stopping):
        await asyncio.wait_for(both.wait(), timeout=PATIENCE_S)
        go_on.set()
        await loop.metrics.until(lambda: loop.counted("done") == 5)

    assert max(most) == 2


async def test_stopping_finishes_what_runs_and_claims_nothing_new() -> None:
    started = asyncio.Event()
    go_on = asyncio.Event()
    done: list[UUID] = []

    async def perform(item: DueItem) -> None:
        started.set()
        await go_on.wait()
        await loop.finish(item)
        done.append(item.item_id)

    loop = Loop(perform, slots=1)
    first, second = await loop.arm(), await loop.arm()

    async with running(loop.worker(), loop.stopping):
        await started.wait()
        loop.stopping.set()
        go_on.set()

    assert len(done) == 1
    assert {first, second} - set(done)
    assert await loop.store.due.next_due(("touch",)) == 0


async def test_the_loop_outlives_a_database_that_is_away() -> None:
    done: list[UUID] = []

    async def perform(item: DueItem) -> None:
        done.append(item.item_id)
        await loop.finish(item)

    loop = Loop(perform)
    await loop.arm()

    async with running(loop.worker(_Away(loop.store, times=1)), loop.stopping):
        await loop.metrics.until(lambda: len(done) == 1)


async def test_an_item_that_cannot_even_be_postponed_waits_for_its_lease() -> None:
    async def perform(_: DueItem) -> None:
        raise ValueError("a bug")

    loop = Loop(perform)
    await loop.arm()

    async with running(loop.worker(_Shut(loop.store)), loop.stopping):
        await loop.metrics.until(lambda: loop.counted("failed") == 1)

    assert await loop.store.due.next_due(("touch",)) == 30


class _Away:
    """A store whose queue does not answer the first times."""

    def __init__(self, store: MemoryStore, *, times: int) -> None:
        self._store = store
        self._left = times

    def __getattr__(self, name: str) -> Any:
        if name == "due" and self._left:
            self._left -= 1
            raise OSError("the database is away")
        return getattr(self._store, name)


class _Shut:
    """A store that opens no unit of work."""

    def __init__(self, store: MemoryStore) -> None:
        self._store = store

    def __getattr__(self, name: str) -> Any:
        return getattr(self._store, name)

    def begin(self, tenant_id: TenantId) -> AbstractAsyncContextManager[Any]:
        raise OSError(f"the database of {tenant_id} is away")


async def _postponed(loop: Loop) -> float:
    """Seconds until the item is due again, once it is off its lease."""
    await loop.metrics.until(lambda: [row.generation for row in loop.store.database.due.rows.values()] == [0])
    wait = await loop.store.due.next_due(("touch",))
    assert wait is not None
    return wait
