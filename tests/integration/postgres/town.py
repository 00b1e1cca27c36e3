"""A world whose store is PostgreSQL: several workers perform what is due, beside whatever else goes on."""

import asyncio
from datetime import UTC, datetime, timedelta
from typing import Any, cast

import pytest
from msgspec.structs import replace

from leadcore.kernel.errors import ConflictError, NotFoundError, StaleClaimError
from leadcore.leads.model import Lead
from leadcore.ports.storage import DueItem, WorkKind
from leadcore_postgres.store import PostgresStore
from leadcore_runtime.identity import TimeOrderedIds
from leadcore_runtime.metrics import Metrics
from leadcore_runtime.turn_keeper import TurnKeeper
from leadcore_runtime.writing_back import Writer
from tests.unit.flows.world import MONDAY_NOON, TENANT, World

WORK: tuple[WorkKind, ...] = (
    "inbox", "bulk", "touch", "message", "attempt", "turn", "score", "win_back", "picture", "replan",
)  # fmt: skip


class Town(World):
    """Its time is the database's, put to Monday noon in Austin; `later` puts it forward."""

    def __init__(self, store: PostgresStore, **tenant: Any) -> None:
        super().__init__(**tenant)
        self.store = cast("Any", store)
        self.seams = replace(self.seams, store=store, ids=TimeOrderedIds())
        self.keeper = TurnKeeper(seams=self.seams, metrics=Metrics())
        self.writer = Writer(seams=self.seams, metrics=Metrics(), monotonic=lambda: self.clock.now().timestamp())
        self._ahead = timedelta(0)

    async def begin(self) -> "Town":
        """Put the clock, then open the shop."""
        await self.later(timedelta(0))
        await self.open()
        return self

    async def later(self, span: timedelta) -> None:
        """Let *span* pass."""
        self._ahead += span
        now = MONDAY_NOON + self._ahead
        await cast("PostgresStore", self.store).deployment.set_clock_offset((now - datetime.now(UTC)).total_seconds())
        self.clock.advance(now - self.clock.now())

    async def work(self, kinds: tuple[WorkKind, ...] = WORK, *, workers: int = 3) -> None:
        """Perform what is due until nothing is. Whatever a flow raises that no worker expects is raised."""
        async with asyncio.TaskGroup() as group:
            for number in range(workers):
                group.create_task(self._work(kinds, f"worker {number}"))

    async def _work(self, kinds: tuple[WorkKind, ...], name: str) -> None:
        while items := await self.store.due.claim(kinds, limit=3, lease_s=60, worker=name):
            for item in items:
                try:
                    await self.perform(item)
                except (ConflictError, StaleClaimError):
                    await self.store.due.give_back([item])
                except NotFoundError:  # erased since it was claimed, its place in the queue too: or it is a fault
                    with pytest.raises(StaleClaimError):
                        await self._postpone(item)

    async def _postpone(self, item: DueItem) -> None:
        async with self.store.begin(item.tenant_id) as uow:
            await uow.due.postpone(item, at=await uow.now())

    def texts_to(self, phone: str) -> list[str]:
        """Bodies of the texts that the carrier took for *phone*."""
        return [each.message.body for each in self.sms.accepted if each.message.recipient == phone]

    async def leads(self) -> list[Lead]:
        """Every lead of the shop."""
        async with self.store.begin(TENANT) as uow:
            found: list[Lead] = await uow.leads.listing(TENANT, status=None, before=None, limit=99)
        return found
