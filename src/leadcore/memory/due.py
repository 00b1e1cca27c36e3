"""The due queue on the virtual clock."""

from collections import defaultdict
from collections.abc import Callable, Iterator, Sequence
from datetime import datetime, timedelta
from heapq import heappop, heappush
from itertools import count
from uuid import UUID

import msgspec
from msgspec.structs import replace

from leadcore.kernel.errors import NotFoundError, StaleClaimError
from leadcore.kernel.ids import TenantId
from leadcore.memory.tables import Key, Table, View
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


_Ranked = tuple[datetime, UUID, WorkKind]


class DueTable(Table[DueRow]):
    """The queue's rows. Those without a lane are kept in order too, so that a long queue is never looked through.

    An entry of the order may be outdated: it counts only while it says what the row says.
    """

    def __init__(self) -> None:
        super().__init__({"laned": _laned_kind, "lane": lambda row: (row.tenant_id, row.lane)})
        self._waiting: dict[WorkKind, list[tuple[datetime, UUID]]] = defaultdict(list)
        self._ready: dict[WorkKind, dict[TenantId, list[_Ranked]]] = defaultdict(dict)

    def swap(self, key: Key, row: DueRow | None, old: DueRow | None) -> None:
        """Store *row* in the place of *old*; None removes it."""
        super().swap(key, row, old)
        if row is not None and row.lane is None:
            heappush(self._waiting[row.kind], (row.visible_at, row.item_id))

    def tenants_ready(self, kind: WorkKind, now: datetime) -> list[TenantId]:
        """Return who has something of *kind* that may be claimed, after moving what became visible there."""
        waiting, ready = self._waiting[kind], self._ready[kind]
        while waiting and waiting[0][0] <= now:
            visible_at, item_id = heappop(waiting)
            row = self.rows.get((kind, item_id))
            if row is not None and row.lane is None and row.visible_at == visible_at:
                heappush(ready.setdefault(row.tenant_id, []), (row.due_at, item_id, kind))
        return [tenant_id for tenant_id in list(ready) if self.head(kind, tenant_id, now) is not None]

    def head(self, kind: WorkKind, tenant_id: TenantId, now: datetime) -> DueRow | None:
        """Return the oldest claimable row of a tenant's, None when there is none."""
        ready = self._ready[kind].get(tenant_id, [])
        while ready:
            due_at, item_id, _ = ready[0]
            row = self.rows.get((kind, item_id))
            if row is not None and row.lane is None and row.due_at == due_at:
                if row.visible_at <= now:
                    return row
                heappush(self._waiting[kind], (row.visible_at, item_id))  # the clock was put back
            heappop(ready)
        self._ready[kind].pop(tenant_id, None)
        return None

    def next_visible(self, kind: WorkKind, now: datetime) -> datetime | None:
        """Return when the next row of *kind* without a lane may be claimed; *now* if one may be."""
        if self.tenants_ready(kind, now):
            return now
        waiting = self._waiting[kind]
        while waiting:
            visible_at, item_id = waiting[0]
            row = self.rows.get((kind, item_id))
            if row is not None and row.lane is None and row.visible_at == visible_at:
                return visible_at
            heappop(waiting)
        return None


def _laned_kind(row: DueRow) -> Key:
    return (row.kind,) if row.lane is not None else ()


def due_table() -> DueTable:
    """Return an empty queue whose rows are found in the order they are due and by their lane."""
    return DueTable()


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
        laned: dict[TenantId, list[DueRow]] = defaultdict(list)
        for row in sorted(self._unblocked(kinds), key=_rank, reverse=True):
            if row.visible_at <= now:
                laned[row.tenant_id].append(row)
        ready = {kind: self._table.tenants_ready(kind, now) for kind in kinds}
        tenants = {each: None for found in ready.values() for each in found} | dict.fromkeys(laned)
        kinds = tuple(kind for kind, found in ready.items() if found)
        claimed: list[DueItem] = []
        while tenants and len(claimed) < limit:  # one turn of every tenant
            heads: list[DueRow] = []
            for tenant_id in list(tenants):
                head = self._oldest(tenant_id, kinds, laned[tenant_id], now)
                if head is None:
                    del tenants[tenant_id]
                else:
                    heads.append(head)
            for row in sorted(heads, key=_rank)[: limit - len(claimed)]:
                if row.lane is not None:
                    laned[row.tenant_id].pop()
                claimed.append(self._lease(row, until=now + timedelta(seconds=lease_s)))
        return claimed

    async def next_due(self, kinds: tuple[WorkKind, ...]) -> float | None:
        """Return the seconds until the next item is due (0 when one is due now), None when nothing waits."""
        now = self._now()
        waiting = [row.visible_at for row in self._unblocked(kinds)]
        waiting += [at for kind in kinds if (at := self._table.next_visible(kind, now)) is not None]
        return max(0.0, (min(waiting) - now).total_seconds()) if waiting else None

    def _oldest(
        self, tenant_id: TenantId, kinds: tuple[WorkKind, ...], laned: list[DueRow], now: datetime
    ) -> DueRow | None:
        heads = [self._table.head(kind, tenant_id, now) for kind in kinds]
        return min((row for row in (*heads, *laned[-1:]) if row is not None), key=_rank, default=None)

    async def give_back(self, items: list[DueItem]) -> None:
        """Make claimed items due again at once, as if they had not been tried. Stale claims are left alone."""
        for item in items:
            row = self._table.rows.get((item.kind, item.item_id))
            if row is not None and row.generation == item.generation:
                freed = replace(row, visible_at=row.due_at, generation=0, tries=row.tries - 1)
                self._table.put((row.kind, row.item_id), freed)

    def _unblocked(self, kinds: tuple[WorkKind, ...]) -> list[DueRow]:
        """Return, of each lane, the row of *kinds* that is or will be in work."""
        rows = [self._table.rows[key] for kind in kinds for key in self._table.members("laned", (kind,))]
        now = self._now()
        return [row for row in rows if self._is_first(row, now=now)]

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


def _rank(row: DueRow) -> tuple[datetime, UUID]:
    return row.due_at, row.item_id


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
