"""The inbox."""

from typing import Any

from sqlalchemy import text

from leadcore.intake.model import InboxItem, InboxState
from leadcore.kernel.errors import NotFoundError
from leadcore.kernel.ids import InboxId, TenantId
from leadcore_postgres.rows import Rows
from leadcore_postgres.transaction import Transaction

_ITEM = Rows(InboxItem, "inbox")

_ADD = text(f"""
    INSERT INTO inbox ({_ITEM.columns})
    SELECT * FROM unnest(CAST(:id AS uuid[]), CAST(:tenant_id AS uuid[]), CAST(:connection_id AS uuid[]),
        CAST(:source AS text[]), CAST(:dedupe_key AS text[]), CAST(:entity_key AS text[]),
        CAST(:occurred_at AS timestamptz[]), CAST(:received_at AS timestamptz[]), CAST(:body AS bytea[]),
        CAST(:state AS text[]), CAST(:tries AS int[]), CAST(:error AS text[]))
    ON CONFLICT (tenant_id, connection_id, source, dedupe_key) DO NOTHING RETURNING id""")
_GET = text(f"{_ITEM.select} WHERE tenant_id = :tenant_id AND id = :id FOR NO KEY UPDATE")
_SETTLE = text("""
    UPDATE inbox SET state = :state, tries = :tries, error = :error WHERE tenant_id = :tenant_id AND id = :id""")
_LISTING = text(f"""
    {_ITEM.select} WHERE tenant_id = :tenant_id AND (CAST(:state AS text) IS NULL OR state = :state)
    ORDER BY received_at DESC, id DESC LIMIT :limit""")


class PostgresInbox:
    """`InboxRepository` of one transaction."""

    def __init__(self, transaction: Transaction) -> None:
        self._db = transaction

    async def add(self, items: list[InboxItem]) -> list[InboxItem]:
        """Store what is new by (tenant, connection, source, dedupe key) and return only that."""
        if not items:
            return []
        params: dict[str, Any] = _ITEM.params_by_column(items)
        new = {row[0] for row in await self._db.rows(_ADD, **params)}
        return [item for item in items if item.id in new]

    async def get(self, item_id: InboxId, *, tenant_id: TenantId) -> InboxItem:
        """Return one, locked. Raises `NotFoundError`."""
        row = await self._db.row(_GET, tenant_id=tenant_id, id=item_id)
        if row is None:
            raise NotFoundError(f"no inbox item {item_id}")
        return _ITEM.item(row)

    async def settle(self, item: InboxItem) -> None:
        """Store its state, tries and error. Raises `NotFoundError`."""
        settled = await self._db.count(
            _SETTLE, tenant_id=item.tenant_id, id=item.id, state=item.state, tries=item.tries, error=item.error
        )
        if not settled:
            raise NotFoundError(f"no inbox item {item.id}")

    async def listing(self, tenant_id: TenantId, *, state: InboxState | None, limit: int) -> list[InboxItem]:
        """Return the newest first."""
        return _ITEM.items(await self._db.rows(_LISTING, tenant_id=tenant_id, state=state, limit=limit))
