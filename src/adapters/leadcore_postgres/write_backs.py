"""Writes to the CRM."""

from sqlalchemy import text

from leadcore.kernel.errors import ConflictError
from leadcore.kernel.ids import LeadId, TenantId
from leadcore.write_back.model import WriteBack, WriteBlock
from leadcore.write_back.values import WriteKind, WriteState
from leadcore_postgres.rows import Rows
from leadcore_postgres.transaction import Transaction

_KEY = ("tenant_id", "lead_id", "what", "version")
_ROW = Rows(WriteBack, "write_back", key=_KEY)
_CHANGES = ", ".join(f"{name} = EXCLUDED.{name}" for name in _ROW.fields if name not in _KEY)

_NEWEST = text(f"""
    SELECT DISTINCT ON (what) {_ROW.columns} FROM write_back WHERE tenant_id = :tenant_id AND lead_id = :lead_id
    ORDER BY what, version DESC""")
_TARGETS = text("SELECT target FROM write_back WHERE tenant_id = :tenant_id AND lead_id = :lead_id AND what = :what")
# A first try finds no row; later ones must follow the stored one, so that of two only one begins.
_BEGIN = text(f"""
    {_ROW.insert} ON CONFLICT (tenant_id, lead_id, what, version) DO UPDATE SET {_CHANGES}
    WHERE write_back.tries = EXCLUDED.tries - 1""")
_SETTLE = text(f"{_ROW.replace} AND tries = :tries")
_BLOCK_KEY = ("tenant_id", "source", "what")
_BLOCK = Rows(WriteBlock, "write_block", key=_BLOCK_KEY)
_BLOCK_CHANGES = ", ".join(f"{name} = EXCLUDED.{name}" for name in _BLOCK.fields if name not in _BLOCK_KEY)
_BLOCKS = text(f"{_BLOCK.select} WHERE tenant_id = :tenant_id AND source = :source")
_PUT_BLOCK = text(f"{_BLOCK.insert} ON CONFLICT (tenant_id, source, what) DO UPDATE SET {_BLOCK_CHANGES}")
_UNBLOCK = text("DELETE FROM write_block WHERE tenant_id = :tenant_id AND source = :source AND what = :what")
_LISTING = text(f"""
    {_ROW.select} WHERE tenant_id = :tenant_id AND (CAST(:state AS text) IS NULL OR state = :state)
    ORDER BY started_at DESC LIMIT :limit""")


class PostgresWriteBacks:
    """`WriteBackRepository` of one transaction."""

    def __init__(self, transaction: Transaction) -> None:
        self._db = transaction

    async def newest(self, lead_id: LeadId, *, tenant_id: TenantId) -> dict[WriteKind, WriteBack]:
        """Return the lead's write with the highest version of each kind."""
        rows = _ROW.items(await self._db.rows(_NEWEST, tenant_id=tenant_id, lead_id=lead_id))
        return {row.what: row for row in rows}

    async def targets(self, lead_id: LeadId, what: WriteKind, *, tenant_id: TenantId) -> frozenset[str]:
        """Return what the lead's writes of one kind are about."""
        rows = await self._db.rows(_TARGETS, tenant_id=tenant_id, lead_id=lead_id, what=what)
        return frozenset(row[0] for row in rows)

    async def blocks(self, source: str, *, tenant_id: TenantId) -> dict[WriteKind, WriteBlock]:
        """Return what the CRM may not be told, by kind."""
        rows = _BLOCK.items(await self._db.rows(_BLOCKS, tenant_id=tenant_id, source=source))
        return {row.what: row for row in rows}

    async def put_block(self, block: WriteBlock) -> None:
        """Create or replace it."""
        await self._db.run(_PUT_BLOCK, **_BLOCK.params(block))

    async def unblock(self, source: str, what: WriteKind, *, tenant_id: TenantId) -> bool:
        """Forget one; False when there is none."""
        return await self._db.count(_UNBLOCK, tenant_id=tenant_id, source=source, what=what) == 1

    async def begin(self, row: WriteBack) -> None:
        """Write a try ahead. Raises `ConflictError` unless `tries` follows the stored one."""
        if not await self._db.count(_BEGIN, **_ROW.params(row)):
            raise ConflictError("another try has begun")

    async def settle(self, row: WriteBack) -> None:
        """Replace it. Raises `ConflictError` when another try has begun since."""
        if not await self._db.count(_SETTLE, **_ROW.params(row)):
            raise ConflictError("another try has begun")

    async def listing(self, tenant_id: TenantId, *, state: WriteState | None, limit: int) -> list[WriteBack]:
        """Return writes, the most recently tried first."""
        return _ROW.items(await self._db.rows(_LISTING, tenant_id=tenant_id, state=state, limit=limit))
