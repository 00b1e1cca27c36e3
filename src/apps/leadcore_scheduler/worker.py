"""The scheduler's loop: claim what is due, perform it, sleep until the next due instant or the doorbell."""

import asyncio
import os
import random
import socket
import time
from collections.abc import Awaitable, Callable
from datetime import timedelta

import structlog

from leadcore.flows.work import Store
from leadcore.kernel.errors import ConflictError, NotFoundError, StaleClaimError
from leadcore.ports.storage import DueItem, WorkKind
from leadcore_runtime.metrics import Metrics

_DRAIN_S = 12.0
_AFTER_TROUBLE_S = 1.0
_BACKOFF_S = 1.0
_BACKOFF_CAP_S = 3600.0
_STUCK_AFTER = 8
"""Failures in a row from which on an item is called stuck: it is tried once an hour until a person looks."""
Perform = Callable[[DueItem], Awaitable[None]]


class Worker:
    """Performs due work with a bounded number of slots. `kinds` maps what is due to what does it."""

    def __init__(
        self,
        *,
        store: Store,
        kinds: dict[WorkKind, Perform],
        slots: int,
        lease_s: float,
        safety_tick_s: float,
        metrics: Metrics,
        bell: asyncio.Event | None = None,
        drain_s: float = _DRAIN_S,
    ) -> None:
        """*bell* wakes it early; without one it hears the store's doorbell, which only one worker of a process may.

        What is in flight when it stops may go on for *drain_s*.
        """
        self._store = store
        self._kinds = kinds
        self._slots = slots
        self._lease_s = lease_s
        self._tick_s = safety_tick_s
        self._metrics = metrics
        self._bell = bell
        self._drain_s = drain_s
        self._name = f"{socket.gethostname()}:{os.getpid()}"
        self._running: set[asyncio.Task[None]] = set()
        self._freed = asyncio.Event()
        self._log = structlog.get_logger()
        self._passes = 0
        self._is_behind = False
        self.last_pass = time.monotonic()

    async def run(self, stopping: asyncio.Event) -> None:
        """Work until *stopping* is set, then finish what is in flight."""
        while not stopping.is_set():
            try:
                claimed = await self._claim()
                self.last_pass = time.monotonic()
                if not claimed:
                    await self._rest(stopping)
            except Exception as trouble:  # noqa: BLE001 - the database may be away; the loop outlives it
                self._log.error("worker.pass_failed", worker=self._name, exc_info=trouble)
                await _first(stopping.wait(), timeout_s=_AFTER_TROUBLE_S)
        await self._drain()

    async def _claim(self) -> bool:
        free = self._slots - len(self._running)
        if free <= 0:
            self._freed.clear()
            await _first(self._freed.wait(), timeout_s=self._tick_s)
            return True
        items = await self._claimed(limit=free)
        for item in items:
            task = asyncio.create_task(self._perform(item))
            self._running.add(task)
            task.add_done_callback(self._done)
        return bool(items)

    async def _claimed(self, *, limit: int) -> list[DueItem]:
        """Claim the oldest; while there is more than we can take, prefer another kind each time.

        Oldest first over all kinds would let a campaign's backlog hold up the look for a lost answer, and whoever has
        just written to us.
        """
        kinds = tuple(self._kinds)
        items: list[DueItem] = []
        if self._is_behind:
            self._passes += 1
            items = await self._claim_of((kinds[self._passes % len(kinds)],), limit=limit)
        if len(items) < limit:
            items += await self._claim_of(kinds, limit=limit - len(items))
        self._is_behind = len(items) == limit
        return items

    async def _claim_of(self, kinds: tuple[WorkKind, ...], *, limit: int) -> list[DueItem]:
        return await self._store.due.claim(kinds, limit=limit, lease_s=self._lease_s, worker=self._name)

    def _done(self, task: asyncio.Task[None]) -> None:
        self._running.discard(task)
        self._freed.set()

    async def _perform(self, item: DueItem) -> None:
        started = time.perf_counter()
        outcome = "done"
        try:
            await self._kinds[item.kind](item)
        except StaleClaimError:
            outcome = "stale"
        except ConflictError as conflict:
            outcome = "conflict"
            self._log.info("work.conflict", kind=item.kind, reason=conflict.message)
            await self._back_off(item)
        except Exception as trouble:  # noqa: BLE001 - whatever it is, the item is tried again, ever more rarely
            is_gone = not await self._back_off(item)
            if is_gone and isinstance(trouble, NotFoundError):  # what it was about was erased meanwhile, and it too
                outcome = "stale"
            else:
                outcome = "stuck" if item.tries >= _STUCK_AFTER else "failed"
                self._log.error(f"work.{outcome}", kind=item.kind, attempts=item.tries, exc_info=trouble)
        self._metrics.work.labels(item.kind, outcome).inc()
        self._metrics.work_seconds.labels(item.kind).observe(time.perf_counter() - started)

    async def _back_off(self, item: DueItem) -> bool:
        """Postpone what failed, with full jitter; False when it was finished, erased or taken by somebody else."""
        delay_s = random.uniform(0.1, min(_BACKOFF_CAP_S, _BACKOFF_S * 2.0 ** min(item.tries, 12)))  # noqa: S311
        try:
            async with self._store.begin(item.tenant_id) as uow:
                await uow.due.postpone(item, at=await uow.now() + timedelta(seconds=delay_s))
                await uow.commit()
        except StaleClaimError:
            return False
        except Exception as trouble:  # noqa: BLE001 - the database is away: the lease runs out
            self._log.warning("work.not_postponed", kind=item.kind, error=type(trouble).__name__)
        return True

    async def _rest(self, stopping: asyncio.Event) -> None:
        next_due = await self._store.due.next_due(tuple(self._kinds))
        pause = self._tick_s if next_due is None else min(max(next_due, 0.005), self._tick_s)
        bell = self._bell.wait() if self._bell else self._store.doorbell.wait(pause)
        await _first(bell, stopping.wait(), timeout_s=pause)
        if self._bell:
            self._bell.clear()  # before the next look: what rings from now on is not in it

    async def _drain(self) -> None:
        if self._running:
            _, late = await asyncio.wait(self._running, timeout=self._drain_s)
            for task in late:
                task.cancel()
            await asyncio.gather(*late, return_exceptions=True)  # the container closes after us


async def _first(*waits: Awaitable[object], timeout_s: float) -> None:
    tasks = [asyncio.ensure_future(wait) for wait in waits]
    try:
        await asyncio.wait(tasks, timeout=timeout_s, return_when=asyncio.FIRST_COMPLETED)
    finally:
        for task in tasks:
            task.cancel()
        await asyncio.gather(*tasks, return_exceptions=True)
