"""Shops that break one promise each: whoever judges runs must find them out."""

from collections.abc import AsyncIterator, Callable
from contextlib import asynccontextmanager
from datetime import datetime, timedelta
from functools import cached_property

from msgspec.structs import replace

from leadcore.compliance.model import ContactPoint
from leadcore.compliance.values import Purpose
from leadcore.flows.calling import Calling, Lesson, Rest
from leadcore.flows.dispatch import Departure
from leadcore.kernel.ids import ConnectionId, ContactPointId, InboxId, TenantId, TouchId
from leadcore.memory.chance import SeededChance
from leadcore.memory.compliance import MemoryCompliance
from leadcore.memory.storage import MemoryStore, MemoryWork
from leadcore.messaging.machine import Accepted, Failure, Outcome
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


class Hoarder(World):
    """Keeps everything for a month, however little it means by then."""

    async def _perform(self, item: DueItem) -> None:
        if item.kind == "touch":
            async with self.store.begin(item.tenant_id) as uow:
                touch = await uow.cadences.touch(TouchId(item.item_id), tenant_id=item.tenant_id)
                await uow.cadences.save_touch(replace(touch, not_after=touch.not_after + timedelta(days=30)))
                await uow.commit()
        await super()._perform(item)


class Homebound(World):
    """Takes whoever it writes to for a neighbour: its clock is everybody's."""

    def __init__(self, plan: Plan, *, on_taken: Callable[[Taken], None]) -> None:
        super().__init__(plan, on_taken=on_taken)
        self.neighbours = _HomeboundStore(self.clock)
        self.store = self.neighbours
        self.seams = replace(self.seams, store=self.store)

    async def send(self, item: DueItem) -> None:
        self.neighbours.is_home = True
        await super().send(item)
        self.neighbours.is_home = False


class _HomeboundStore(MemoryStore):
    is_home = False

    @asynccontextmanager
    async def _unit_of_work(self, tenant_id: TenantId) -> AsyncIterator[MemoryWork]:
        work = _HomeboundWork(self, tenant_id=tenant_id) if self.is_home else MemoryWork(self, tenant_id=tenant_id)
        try:
            yield work
        finally:
            work.close()


class _HomeboundWork(MemoryWork):
    @cached_property
    def compliance(self) -> MemoryCompliance:
        return _NextDoor(self._open)


class _NextDoor(MemoryCompliance):
    async def lock_point(self, point_id: ContactPointId, *, tenant_id: TenantId) -> ContactPoint:
        point = await super().lock_point(point_id, tenant_id=tenant_id)
        return replace(point, value="+15125550100")


class _Always:
    def fraction(self) -> float:
        return 0.0

    def token(self, size: int) -> bytes:
        return bytes(size)


class Punctual(World):
    """Sends nobody who waits to another instant than the next one."""

    def __init__(self, plan: Plan, *, on_taken: Callable[[Taken], None]) -> None:
        super().__init__(plan, on_taken=on_taken)
        self.calling = Calling(monotonic=self.seconds, chance=_Always())


class _Trusting(Calling):
    def learn(self, connection_id: ConnectionId, outcome: Outcome, *, per_s: float = 0.0) -> Lesson | None:
        lesson = super().learn(connection_id, outcome, per_s=per_s)
        if lesson == "back":
            self.forget(connection_id)
        return lesson


class Trusting(Punctual):
    """And takes a carrier that is back for one that was never away."""

    def __init__(self, plan: Plan, *, on_taken: Callable[[Taken], None]) -> None:
        super().__init__(plan, on_taken=on_taken)
        self.calling = _Trusting(monotonic=self.seconds, chance=_Always())


class _Restless(Calling):
    def rest(self, connection_id: ConnectionId, purpose: Purpose) -> Rest | None:
        del connection_id, purpose
        return None


class Restless(World):
    """Calls whoever is away again and again."""

    def __init__(self, plan: Plan, *, on_taken: Callable[[Taken], None]) -> None:
        super().__init__(plan, on_taken=on_taken)
        self.calling = _Restless(monotonic=self.seconds, chance=SeededChance(f"{plan.seed}|calling"))
