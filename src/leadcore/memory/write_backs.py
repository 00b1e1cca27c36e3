"""Writes to the CRM in memory."""

from operator import attrgetter

from leadcore.kernel.errors import ConflictError
from leadcore.kernel.ids import LeadId, TenantId
from leadcore.memory.database import Changes, seen
from leadcore.write_back.model import WriteBack, WriteBlock
from leadcore.write_back.values import WriteKind, WriteState


class MemoryWriteBacks:
    """`WriteBackRepository` of one unit of work."""

    _blocks = seen(lambda tables: tables.write_blocks)
    _rows = seen(lambda tables: tables.write_backs)

    def __init__(self, changes: Changes) -> None:
        self._changes = changes

    async def newest(self, lead_id: LeadId, *, tenant_id: TenantId) -> dict[WriteKind, WriteBack]:
        """Return the lead's write with the highest version of each kind."""
        rows = sorted(self._rows.where("lead", tenant_id, lead_id), key=attrgetter("version"))
        return {row.what: row for row in rows}

    async def targets(self, lead_id: LeadId, what: WriteKind, *, tenant_id: TenantId) -> frozenset[str]:
        """Return what the lead's writes of one kind are about."""
        return frozenset(row.target for row in self._rows.where("lead", tenant_id, lead_id) if row.what == what)

    async def blocks(self, source: str, *, tenant_id: TenantId) -> dict[WriteKind, WriteBlock]:
        """Return what the CRM may not be told, by kind."""
        return {each.what: each for each in self._blocks.where("tenant", tenant_id) if each.source == source}

    async def put_block(self, block: WriteBlock) -> None:
        """Create or replace it."""
        self._blocks.put(block, block.tenant_id, block.source, block.what)

    async def unblock(self, source: str, what: WriteKind, *, tenant_id: TenantId) -> bool:
        """Forget one; False when there is none."""
        if self._blocks.get(tenant_id, source, what) is None:
            return False
        self._blocks.drop(tenant_id, source, what)
        return True

    async def begin(self, row: WriteBack) -> None:
        """Write a try ahead. Raises `ConflictError` unless `tries` follows the stored one."""
        self._changes.must_exist(self._changes.database.leads, row.lead_id)
        stored = self._rows.get(*_key(row))
        if row.tries != (stored.tries if stored else 0) + 1:
            raise ConflictError("another try has begun")
        self._rows.put(row, *_key(row))

    async def settle(self, row: WriteBack) -> None:
        """Replace it. Raises `ConflictError` when another try has begun since."""
        stored = self._rows.get(*_key(row))
        if stored is None or stored.tries != row.tries:
            raise ConflictError("another try has begun")
        self._rows.put(row, *_key(row))

    async def listing(self, tenant_id: TenantId, *, state: WriteState | None, limit: int) -> list[WriteBack]:
        """Return writes, the most recently tried first."""
        rows = [row for row in self._rows.where("tenant", tenant_id) if state in (None, row.state)]
        return sorted(rows, key=attrgetter("started_at"), reverse=True)[:limit]


def _key(row: WriteBack) -> tuple[TenantId, LeadId, WriteKind, int]:
    return row.tenant_id, row.lead_id, row.what, row.version
