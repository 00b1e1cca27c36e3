"""The inbox in memory, the counters of refused webhooks and the runs of the backfill."""

from collections import Counter
from datetime import datetime
from hashlib import sha256
from operator import attrgetter

from msgspec.structs import replace

from leadcore.intake.model import (
    CLOCKS_DIFFER,
    OURS,
    POLLED,
    BackfillRun,
    InboxItem,
    InboxState,
    PollFinding,
    RefusedHook,
)
from leadcore.kernel.errors import NotFoundError
from leadcore.kernel.ids import InboxId, RunId, TenantId
from leadcore.memory.database import Changes, seen, shared
from leadcore.memory.entities import MemoryEntities


class MemoryInbox(MemoryEntities):
    """`InboxRepository` of one unit of work."""

    _connections = shared(lambda tables: tables.connections)
    _items = seen(lambda tables: tables.inbox)
    _keys = seen(lambda tables: tables.inbox_keys)

    def __init__(self, changes: Changes) -> None:
        super().__init__(changes)
        self._bound_to = changes.tenant_id

    async def add(self, items: list[InboxItem]) -> list[InboxItem]:
        """Store what is new by (tenant, connection, source, dedupe key) and return only that."""
        for item in items:
            connection = self._connections.get(item.connection_id)
            if connection is None or not connection.tenant_id == item.tenant_id == self._bound_to:
                raise NotFoundError(f"no connection {item.connection_id}")
        new = [
            item
            for item in items
            if self._keys.insert(item.id, item.tenant_id, item.connection_id, item.source, item.dedupe_key)
        ]
        for item in new:
            self._items.put(item, item.tenant_id, item.id)
        return new

    async def get(self, item_id: InboxId, *, tenant_id: TenantId) -> InboxItem:
        """Return one. Raises `NotFoundError`."""
        found = self._items.get(tenant_id, item_id)
        if found is None:
            raise NotFoundError(f"no inbox item {item_id}")
        return found

    async def settle(self, item: InboxItem) -> None:
        """Store its state, tries and error."""
        stored = await self.get(item.id, tenant_id=item.tenant_id)
        settled = replace(stored, state=item.state, tries=item.tries, error=item.error)
        self._items.put(settled, item.tenant_id, item.id)

    async def listing(
        self,
        tenant_id: TenantId,
        *,
        state: InboxState | None,
        limit: int,
        source: str | None = None,
        since: datetime | None = None,
    ) -> list[InboxItem]:
        """Return the newest first."""
        items = [
            item
            for item in self._items.where("tenant", tenant_id)
            if state in (None, item.state)
            and source in (None, item.source)
            and (since is None or item.received_at >= since)
        ]
        return sorted(items, key=attrgetter("received_at", "id"), reverse=True)[:limit]

    async def run_states(self, run_id: RunId, *, tenant_id: TenantId) -> dict[InboxState, int]:
        """Return how many rows of one bulk run are in which state."""
        return dict(Counter(item.state for item in self._of_run(run_id, tenant_id)))

    async def run_errors(self, run_id: RunId, *, state: InboxState, tenant_id: TenantId) -> dict[str, int]:
        """Return why rows of one bulk run are in *state*, and how many for which reason."""
        return dict(Counter(item.error for item in self._of_run(run_id, tenant_id) if item.state == state))

    async def blank(
        self, tenant_id: TenantId, *, settled_before: datetime, dead_before: datetime, at: datetime, limit: int
    ) -> int:
        """Drop the bodies of settled rows and return how many."""
        ends = {"done": settled_before, "ignored": settled_before, "dead": dead_before}
        over = [
            item
            for item in self._items.where("tenant", tenant_id)
            if item.blanked_at is None and item.state in ends and item.received_at < ends[item.state]
        ]
        for item in sorted(over, key=attrgetter("received_at", "id"))[:limit]:
            blanked = replace(item, body=b"", blanked_at=at, digest=sha256(item.body).digest())
            self._items.put(blanked, item.tenant_id, item.id)
        return min(limit, len(over))

    async def poll_findings(self, tenant_id: TenantId, *, since: datetime) -> list[PollFinding]:
        """Return what the poll found and no webhook had told in time, oldest first."""
        items = self._items.where("tenant", tenant_id)
        found = [item for item in items if item.source == POLLED and item.received_at >= since and item.entity_key]
        findings = [(_finding(item, items)) for item in sorted(found, key=attrgetter("received_at", "id"))]
        return [each for each in findings if each.told_at is None or each.told_at > each.found_at]

    def _of_run(self, run_id: RunId, tenant_id: TenantId) -> list[InboxItem]:
        return [item for item in self._items.where("tenant", tenant_id) if item.run_id == run_id]


def _finding(noted: InboxItem, items: list[InboxItem]) -> PollFinding:
    changed_at = noted.occurred_at or noted.received_at
    told = [
        item.received_at
        for item in items
        if item.entity_key == noted.entity_key
        and item.connection_id == noted.connection_id
        and item.source not in OURS
        and item.received_at >= changed_at - CLOCKS_DIFFER
    ]
    return PollFinding(
        entity_key=str(noted.entity_key),
        changed_at=changed_at,
        found_at=noted.received_at,
        told_at=min(told, default=None),
    )


class MemoryRefusals:
    """`RefusalRepository` of one unit of work."""

    _connections = shared(lambda tables: tables.connections)
    _counters = seen(lambda tables: tables.refusals)
    _items = seen(lambda tables: tables.inbox)

    def __init__(self, changes: Changes) -> None:
        self._changes = changes
        self._bound_to = changes.tenant_id

    async def count(self, refused: list[RefusedHook]) -> None:
        """Add these counts to what is stored."""
        for each in refused:
            connection = self._connections.get(each.connection_id)
            if connection is None or not connection.tenant_id == each.tenant_id == self._bound_to:
                raise NotFoundError(f"no connection {each.connection_id}")
            key = (each.tenant_id, each.connection_id, each.day, each.reason)
            stored = self._counters.get(*key)
            total = each.count + (stored.count if stored else 0)
            self._counters.put(replace(each, count=total), *key)

    async def since(self, at: datetime, *, tenant_id: TenantId) -> list[RefusedHook]:
        """Return the counters whose last refusal is not older than *at*, the newest first."""
        found = [each for each in self._counters.where("tenant", tenant_id) if each.last_at >= at]
        return sorted(found, key=attrgetter("last_at", "connection_id", "reason"), reverse=True)

    async def forget(self, *, tenant_id: TenantId, before: datetime) -> int:
        """Delete counters whose last refusal is older, and return how many."""
        old = [each for each in self._counters.where("tenant", tenant_id) if each.last_at < before]
        for each in old:
            self._counters.drop(tenant_id, each.connection_id, each.day, each.reason)
        return len(old)

    async def last_accepted(self, *, tenant_id: TenantId) -> dict[str, datetime]:
        """Return, by connection id, when the last webhook was taken in that a vendor sent."""
        newest: dict[str, datetime] = {}
        for item in self._items.where("tenant", tenant_id):
            key = str(item.connection_id)
            if item.source not in OURS and (key not in newest or item.received_at > newest[key]):
                newest[key] = item.received_at
        return newest


class MemoryBackfills:
    """`BackfillRepository` of one unit of work."""

    _runs = seen(lambda tables: tables.backfills)

    def __init__(self, changes: Changes) -> None:
        self._changes = changes

    async def begin(self, run: BackfillRun) -> bool:
        """Store a new run; False when an unfinished one exists."""
        if await self.unfinished(run.tenant_id) is not None:
            return False
        return self._runs.insert(run, run.tenant_id, run.id)

    async def save(self, run: BackfillRun) -> None:
        """Replace it. Raises `NotFoundError`."""
        if self._runs.get(run.tenant_id, run.id) is None:
            raise NotFoundError(f"no backfill {run.id}")
        self._runs.put(run, run.tenant_id, run.id)

    async def unfinished(self, tenant_id: TenantId) -> BackfillRun | None:
        """Return the run that still has work to do."""
        return next((run for run in self._runs.where("tenant", tenant_id) if run.state != "done"), None)
