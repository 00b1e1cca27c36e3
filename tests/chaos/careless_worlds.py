"""Shops that break one promise each: whoever judges runs must find them out."""

from collections.abc import AsyncIterator, Callable
from contextlib import asynccontextmanager
from datetime import datetime, timedelta
from functools import cached_property

from msgspec.structs import replace

from leadcore.flows.dispatch import Departure
from leadcore.kernel.ids import InboxId, TenantId
from leadcore.memory.compliance import MemoryCompliance
from leadcore.memory.storage import MemoryStore, MemoryWork
from leadcore.messaging.machine import Accepted, Failure
from leadcore.ports.inbound import AdmittedItem, RawRequest
from leadcore.ports.messaging import OutcomeUnknownError
from leadcore.ports.storage import DueItem
from leadcore.simulation.carrier import Taken
from leadcore.simulation.plan import Plan
from leadcore.simulation.world import OpenDoor, World


class Impatient(World):
    """Sends again at once when an answer is lost."""

    async def call(self, departure: Departure) -> Accepted | Failure:
        outcome = await super().call(departure)
        while isinstance(outcome, Failure) and isinstance(outcome.error, OutcomeUnknownError):
            outcome = await super().call(departure)
        return outcome


class _DeafDoor(OpenDoor):
    def admit(self, request: RawRequest, *, now: datetime) -> tuple[AdmittedItem, ...]:
        return tuple(replace(each, urgent=False) for each in super().admit(request, now=now))


class Deaf(World):
    """Acknowledges a STOP before it takes effect, and never gets round to it."""

    async def open(self) -> None:
        await super().open()
        self.door_of_all = _DeafDoor()

    async def _perform(self, item: DueItem) -> None:
        if item.kind == "inbox":
            async with self.store.begin(item.tenant_id) as uow:
                row = await uow.inbox.get(InboxId(item.item_id), tenant_id=item.tenant_id)
                if b'"customer_message"' in row.body:
                    await uow.due.finish(item)
                    await uow.commit()
                    return
        await super()._perform(item)


class JetLagged(World):
    """Has a clock that is ten hours wrong."""

    async def open(self) -> None:
        await super().open()
        await self.store.deployment.set_clock_offset(timedelta(hours=10).total_seconds())


class Forgetful(World):
    """Drops every tenth touch."""

    async def _perform(self, item: DueItem) -> None:
        if item.kind == "touch" and item.item_id.int % 10 == 0:
            async with self.store.begin(item.tenant_id) as uow:
                await uow.due.finish(item)
                await uow.commit()
            return
        await super()._perform(item)


class Slow(World):
    """Holds permits for two days before it uses them."""

    async def call(self, departure: Departure) -> Accepted | Failure:
        now = self.clock.now()
        self.clock.set(now + timedelta(days=2))
        outcome = await super().call(departure)
        self.clock.set(now)
        return outcome


class _NothingSent(MemoryCompliance):
    async def sent_at(self, *_: object, **__: object) -> list[datetime]:
        return []


class _ForgettingWork(MemoryWork):
    @cached_property
    def compliance(self) -> MemoryCompliance:
        return _NothingSent(self._open)


class _ForgettingStore(MemoryStore):
    @asynccontextmanager
    async def _unit_of_work(self, tenant_id: TenantId) -> AsyncIterator[MemoryWork]:
        work = _ForgettingWork(self, tenant_id=tenant_id)
        try:
            yield work
        finally:
            work.close()


class Amnesiac(World):
    """Does not remember what it sent to whom a minute ago."""

    def __init__(self, plan: Plan, *, on_taken: Callable[[Taken], None]) -> None:
        super().__init__(plan, on_taken=on_taken)
        self.store = _ForgettingStore(self.clock)
        self.seams = replace(self.seams, store=self.store)
