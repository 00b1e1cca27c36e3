"""A negative control: a scheduler that looks at a contact's suppressions without locking the contact first."""

import asyncio
import signal
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from typing import Any

from msgspec.structs import replace

from leadcore.kernel.ids import TenantId
from leadcore_runtime.composition import open_container
from leadcore_runtime.sending import Sender
from leadcore_runtime.settings import Settings, load_settings
from leadcore_scheduler.app import _worker, watch_over


class Unlocked:
    """Whatever it stands for, except that contact points are only read."""

    def __init__(self, compliance: Any) -> None:
        self._compliance = compliance
        self.lock_point = compliance.get_point

    def __getattr__(self, name: str) -> Any:
        return getattr(self._compliance, name)


class UnlockedWork:
    """A unit of work over `Unlocked` permissions."""

    def __init__(self, work: Any) -> None:
        self._work = work
        self.compliance = Unlocked(work.compliance)

    def __getattr__(self, name: str) -> Any:
        return getattr(self._work, name)


class UnlockedStore:
    """A store whose units of work are such."""

    def __init__(self, store: Any) -> None:
        self._store = store

    def __getattr__(self, name: str) -> Any:
        return getattr(self._store, name)

    def shared(self, kind: str) -> "UnlockedStore":
        return UnlockedStore(self._store.shared(kind))

    @asynccontextmanager
    async def begin(self, tenant_id: TenantId) -> AsyncIterator[UnlockedWork]:
        async with self._store.begin(tenant_id) as work:
            yield UnlockedWork(work)


async def work(settings: Settings) -> None:
    stopping = asyncio.Event()
    asyncio.get_running_loop().add_signal_handler(signal.SIGTERM, stopping.set)
    async with open_container(settings) as opened:
        await watch_over(opened, settings).settle(within_s=5)
        store: Any = UnlockedStore(opened.seams.store)
        sender = Sender(seams=replace(opened.seams, store=store), metrics=opened.metrics)
        worker = _worker(opened, settings)
        worker._kinds |= {"message": sender.send}
        await worker.run(stopping)


if __name__ == "__main__":
    asyncio.run(work(load_settings()))
