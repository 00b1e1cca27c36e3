"""Works off inbox rows that were brought in in bulk, beside whatever schedulers run."""

import asyncio
import os
import random
import socket
from collections.abc import Awaitable, Callable, Sequence
from datetime import timedelta

from leadcore.flows.apply import apply_imported, apply_inbox
from leadcore.flows.bulk import Tally, tally
from leadcore.flows.seams import Seams
from leadcore.kernel.errors import ConflictError, StaleClaimError
from leadcore.kernel.ids import RunId, TenantId
from leadcore.ports.storage import DueItem

_LEASE_S = 120.0
_CLAIMED = 10
"""Also the rows of one commit: whoever waits for a lock of theirs waits for so many."""
_LOOK_S = 0.5
_PAUSE_S = 2.0


class BulkWork:
    """Applies bulk rows of any tenant, *slots* at a time. Safe beside schedulers and other commands: claims are."""

    def __init__(self, seams: Seams, *, slots: int = 6) -> None:
        self._seams = seams
        self._slots = slots
        self._name = f"{socket.gethostname()}:{os.getpid()}:bulk"

    async def until_settled(self, run_id: RunId, *, tenant_id: TenantId, on_progress: Callable[[Tally], None]) -> Tally:
        """Work until no row of the run waits, whoever applied them. Raises what the database raises."""
        looking = asyncio.create_task(self._look(run_id, tenant_id, on_progress))
        workers = [asyncio.create_task(self._work(looking)) for _ in range(self._slots)]
        try:
            await asyncio.gather(looking, *workers)
        finally:
            for task in (looking, *workers):
                task.cancel()
            await asyncio.gather(looking, *workers, return_exceptions=True)
        return await tally(self._seams.store, run_id, tenant_id=tenant_id, why=True)

    async def _look(self, run_id: RunId, tenant_id: TenantId, on_progress: Callable[[Tally], None]) -> None:
        while True:
            found = await tally(self._seams.store, run_id, tenant_id=tenant_id)
            on_progress(found)
            if not found.waiting:
                return
            await asyncio.sleep(_LOOK_S)

    async def _work(self, looking: "asyncio.Task[None]") -> None:
        while not looking.done():
            items = await self._seams.store.due.claim(("bulk",), limit=_CLAIMED, lease_s=_LEASE_S, worker=self._name)
            if not await self._apply_together(items):
                for item in items:
                    await self._apply(item)
            if not items:
                wait = await self._seams.store.due.next_due(("bulk",))
                pause = _PAUSE_S if wait is None else min(max(wait, 0.05), _PAUSE_S)
                await _either(looking, asyncio.sleep(pause))

    async def _apply_together(self, items: Sequence[DueItem]) -> bool:
        """Apply rows of one shop's file by one commit; False when they have to be applied one by one."""
        if len({item.tenant_id for item in items}) != 1:
            return False
        try:
            return await apply_imported(self._seams, items)
        except Exception:  # noqa: BLE001 - whatever is wrong with one of them is found, and noted, one by one
            return False

    async def _apply(self, item: DueItem) -> None:
        try:
            await apply_inbox(self._seams, item)
        except StaleClaimError:
            return
        except ConflictError:
            await self._later(item)

    async def _later(self, item: DueItem) -> None:
        """Postpone a row that met somebody else: soon, for the next one is not to blame."""
        try:
            async with self._seams.store.begin(item.tenant_id) as uow:
                delay = random.uniform(0.05, 0.5) * item.tries  # noqa: S311 - only spreads retries
                await uow.due.postpone(item, at=await uow.now() + timedelta(seconds=delay))
                await uow.commit()
        except StaleClaimError:
            return


async def _either(task: "asyncio.Task[None]", other: Awaitable[None]) -> None:
    waiting = asyncio.ensure_future(other)
    await asyncio.wait({task, waiting}, return_when=asyncio.FIRST_COMPLETED)
    waiting.cancel()
    await asyncio.gather(waiting, return_exceptions=True)
