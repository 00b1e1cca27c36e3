"""Taking in what came, in memory."""

from collections.abc import Callable
from contextlib import AbstractAsyncContextManager
from datetime import timedelta
from itertools import groupby
from operator import attrgetter

from leadcore.intake.model import InboxArrival
from leadcore.intake.repository import IntakeWork, Settled
from leadcore.kernel.ids import TenantId
from leadcore.memory.driver import run


class MemoryInboxWriter:
    """`InboxWriter`: one unit of work per tenant and call."""

    def __init__(self, begin: Callable[[TenantId], AbstractAsyncContextManager[IntakeWork]]) -> None:
        self._begin = begin

    async def take_in(self, arrivals: list[InboxArrival]) -> list[InboxArrival]:
        """Store what is new, each with its work armed, and return only that."""
        new: set[object] = set()
        for tenant_id, group in groupby(sorted(arrivals, key=attrgetter("tenant_id")), key=attrgetter("tenant_id")):
            by_id = {each.id: each for each in group}
            async with self._begin(tenant_id) as uow:
                now = await uow.now()
                items = [each.stored(at=now) for each in by_id.values()]
                for item in await uow.inbox.add(items):
                    at, lane = now + timedelta(seconds=by_id[item.id].wait_s), by_id[item.id].lane
                    await uow.due.arm("inbox", item.id, tenant_id=tenant_id, at=at, lane=lane)
                    new.add(item.id)
                await uow.commit()
        return [each for each in arrivals if each.id in new]

    def hand_in(self, arrivals: list[InboxArrival], settled: Settled) -> None:
        """Do it at once, and tell *settled*."""
        outcome: list[InboxArrival] | Exception
        try:
            outcome = run(self.take_in(arrivals))
        except Exception as trouble:  # noqa: BLE001 - it is handed to the one whom it concerns
            outcome = trouble
        settled(outcome)
