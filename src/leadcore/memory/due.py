"""The due queue on the virtual clock."""

from collections.abc import Callable, Iterator, Sequence
from datetime import datetime, timedelta
from itertools import count
from uuid import UUID

import msgspec
from msgspec.structs import replace

from leadcore.kernel.errors import NotFoundError, StaleClaimError
from leadcore.kernel.ids import TenantId
from leadcore.memory.tables import Table, View
from leadcore.ports.storage import DueItem, WorkKind


class DueRow(msgspec.Struct, frozen=True, kw_only=True):
    """A piece of work that waits. `generation` 0 means that nobody holds it; `visible_at` ends a lease.

    `place` is the order of arming: the first of a lane goes first.
    """

    tenant_id: TenantId
    kind: WorkKind
    item_id: UUID
    due_at: datetime
    visible_at: datetime
    generation: int = 0
    tries: int = 0
    lane: UUID | None = None
    place: int = 0


DueTable = Table[DueRow]


def due_table() -> DueTable:
    """Return an empty queue whose rows are found by their kind and by their lane."""
    return Table({"kind": lambda row: (row.kind,), "lane": lambda row: (row.tenant_id, row.lane)})


class MemoryDueQueue:
    """`DueQueue` over the committed rows. A claim takes effect at once, outside any unit of work."""

    def __init__(self, table: DueTable, *, now: Callable[[], datetime]) -> None:
        self._table = table
        self._now = now
        # Numbers are never used again, so a claim that survived its item cannot fit the item's successor.
        self._generations = count(1)

    async def claim(self, kinds: tuple[WorkKind, ...], *, limit: int, lease_s: float, worker: str) -> list[DueItem]:
        """Lease up to *limit* due items, oldest first, taking turns between tenants."""
        now = self._now()
        due = [row for row in self._unblocked(kinds) if row.visible_at <= now]
        turn: dict[TenantId, int] = {}
        ranked: list[tuple[int, datetime, DueRow]] = []
        for row in sorted(due, key=lambda row: (row.due_at, row.item_id)):
            turn[row.tenant_id] = turn.get(row.tenant_id, 0) + 1
            ranked.append((turn[row.tenant_id], row.due_at, row))
        chosen = [row for _, _, row in sorted(ranked, key=lambda entry: entry[:2])[:limit]]
        return [self._lease(row, until=now + timedelta(seconds=lease_s)) for row in chosen]

    async def next_due(self, kinds: tuple[WorkKind, ...]) -> float | None:
        """Return the seconds until the next item is due (0 when one is due now), None when nothing waits."""
        waiting = [row.visible_at for row in self._unblocked(kinds)]
        return max(0.0, (min(waiting) - self._now()).total_seconds()) if waiting else None

    async def give_back(self, items: list[DueItem]) -> None:
        """Make claimed items due again at once, as if they had not been tried. Stale claims are left alone."""
        for item in items:
            row = self._table.rows.get((item.kind, item.item_id))
            if row is not None and row.generation == item.generation:
                freed = replace(row, visible_at=row.due_at, generation=0, tries=row.tries - 1)
                self._table.put((row.kind, row.item_id), freed)

    def _unblocked(self, kinds: tuple[WorkKind, ...]) -> list[DueRow]:
        """Return the rows of *kinds* without a lane and, of each lane, the one that is or will be in work."""
        rows = [self._table.rows[key] for kind in kinds for key in self._table.members("kind", (kind,))]
        now = self._now()
        return [row for row in rows if row.lane is None or self._is_first(row, now=now)]

    def _is_first(self, row: DueRow, *, now: datetime) -> bool:
        """Whether nothing goes before it: what was never tried and is not due yet holds nobody up."""
        rows = (self._table.rows[key] for key in self._table.members("lane", (row.tenant_id, row.lane)))
        queued = (each for each in rows if each is row or each.tries or each.due_at <= now)
        return min(queued, key=_standing) is row

    def _lease(self, row: DueRow, *, until: datetime) -> DueItem:
        held = replace(row, visible_at=until, generation=next(self._generations), tries=row.tries + 1)
        self._table.put((row.kind, row.item_id), held)
        return DueItem(
            tenant_id=held.tenant_id,
            kind=held.kind,
            item_id=held.item_id,
            due_at=held.due_at,
            generation=held.generation,
            tries=held.tries,
        )


def _standing(row: DueRow) -> tuple[bool, int]:
    return row.generation == 0, row.place  # what was begun goes on, else whoever came first


class MemoryDueSlice:
    """`DueSlice` of one unit of work. `soonest` is the earliest instant it armed something for."""

    def __init__(self, view: View[DueRow], *, tenant_id: TenantId, places: Iterator[int]) -> None:
        self._view = view
        self._places = places
        self._tenant_id = tenant_id
        self.soonest: datetime | None = None

    async def arm(
        self, kind: WorkKind, item_id: UUID, *, tenant_id: TenantId, at: datetime, lane: UUID | None = None
    ) -> None:
        """Make the item due at *at*; tries start again."""
        self._own(tenant_id)
        known = self._view.get(kind, item_id)
        place = known.place if known is not None else next(self._places)
        self._view.put(
            DueRow(tenant_id=tenant_id, kind=kind, item_id=item_id, due_at=at, visible_at=at, lane=lane, place=place),
            kind,
            item_id,
        )
        self._rings_at(at)

    async def arm_all(
        self, kind: WorkKind, items: Sequence[tuple[UUID, UUID | None]], *, tenant_id: TenantId, at: datetime
    ) -> None:
        """Arm many at once, in this order."""
        for item_id, lane in items:
            await self.arm(kind, item_id, tenant_id=tenant_id, at=at, lane=lane)

    async def finish(self, item: DueItem) -> None:
        """Take the claimed item off the queue for good. Raises `StaleClaimError`."""
        self._held(item)
        self._view.drop(item.kind, item.item_id)

    async def postpone(self, item: DueItem, *, at: datetime) -> None:
        """Make the claimed item due again at *at*, keeping its count of tries. Raises `StaleClaimError`."""
        row = self._held(item)
        self._view.put(replace(row, due_at=at, visible_at=at, generation=0), item.kind, item.item_id)
        self._rings_at(at)

    async def cancel(self, kind: WorkKind, item_ids: list[UUID], *, tenant_id: TenantId) -> None:
        """Take items off the queue whoever holds them."""
        for item_id in item_ids:
            row = self._view.get(kind, item_id)
            if row is not None and row.tenant_id == tenant_id == self._tenant_id:
                self._view.drop(kind, item_id)

    def _held(self, item: DueItem) -> DueRow:
        row = self._view.get(item.kind, item.item_id)
        if row is None or row.generation != item.generation or row.tenant_id != self._tenant_id:
            raise StaleClaimError(f"the claim on {item.kind} {item.item_id} was lost")
        return row

    def _rings_at(self, at: datetime) -> None:
        self.soonest = at if self.soonest is None else min(self.soonest, at)

    def _own(self, tenant_id: TenantId) -> None:
        if tenant_id != self._tenant_id:
            raise NotFoundError("the unit of work is bound to another tenant")
