"""The inbox, what is known of the records it hints at, and the catalog."""

from typing import Any, get_args

from sqlalchemy import TextClause, text

from leadcore.catalog.model import Service
from leadcore.intake.model import EntityVersion, InboxItem, InboxState, RecordKind
from leadcore.intake.repository import RefKind
from leadcore.kernel.errors import ConflictError, NotFoundError
from leadcore.kernel.ids import InboxId, TenantId
from leadcore_postgres.rows import Rows, as_json
from leadcore_postgres.transaction import Transaction

_ITEM = Rows(InboxItem, "inbox")
_ENTITY = Rows(EntityVersion, "entity_version", key=("tenant_id", "source", "kind", "external_id"))
_SERVICE = Rows(Service, "service")

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

_FIRST_SEEN = text(f"{_ENTITY.insert} ON CONFLICT (tenant_id, source, kind, external_id) DO NOTHING")
_ENTITY_SEEN = text(f"""
    {_ENTITY.select} WHERE tenant_id = :tenant_id AND source = :source AND kind = :kind AND external_id = :external_id
    FOR NO KEY UPDATE""")
_ADVANCE = text(_ENTITY.replace)
_REFERRING: dict[RefKind, TextClause] = {
    ref: text(f"""
        {_ENTITY.select} WHERE tenant_id = :tenant_id AND source = :source AND kind = :kind
        AND {ref}_ref = :value AND {ref}_ref <> '' ORDER BY external_id COLLATE "C" """)
    for ref in get_args(RefKind)
}

_SERVICES = text(f"""
    {_SERVICE.select} WHERE tenant_id = :tenant_id AND (active OR :all)
    ORDER BY name COLLATE "C", slug COLLATE "C" """)
# external_ids is an array itself, which unnest would flatten: it travels as JSON.
_REPLACE_ALL = text(f"""
    WITH given AS (
        SELECT * FROM jsonb_to_recordset(CAST(:services AS jsonb)) AS s (id uuid, slug text, name text, category text,
            prices jsonb, external_ids text[], hours double precision, bookable boolean, note text, active boolean,
            synced_at timestamptz)),
    gone AS (
        UPDATE service SET active = false WHERE tenant_id = :tenant_id AND active
        AND slug NOT IN (SELECT slug FROM given))
    INSERT INTO service ({_SERVICE.columns})
    SELECT id, CAST(:tenant_id AS uuid), slug, name, category, prices, external_ids, hours, bookable, note, active,
        synced_at
    FROM given
    ON CONFLICT (tenant_id, slug) DO UPDATE SET name = EXCLUDED.name, category = EXCLUDED.category,
        prices = EXCLUDED.prices, external_ids = EXCLUDED.external_ids, hours = EXCLUDED.hours,
        bookable = EXCLUDED.bookable, note = EXCLUDED.note, active = EXCLUDED.active,
        synced_at = EXCLUDED.synced_at""")


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

    async def advance(self, seen: EntityVersion) -> bool:
        """Join *seen* into what is known of the record, which stays locked; return whether that told anything new."""
        if await self._db.count(_FIRST_SEEN, **_ENTITY.params(seen)):
            return True
        # The insert has waited for whoever was about to store the record, so this sees it.
        known = await self.entity(seen.source, seen.kind, seen.external_id, tenant_id=seen.tenant_id)
        if known is None:
            raise ConflictError(f"the {seen.kind} {seen.external_id} is being removed")
        joined = known.joined_with(seen)
        if joined == known:
            return False
        await self._db.run(_ADVANCE, **_ENTITY.params(joined))
        return True

    async def entity(
        self, source: str, kind: RecordKind, external_id: str, *, tenant_id: TenantId
    ) -> EntityVersion | None:
        """Return what is known of a record, locked; None when it was never seen."""
        row = await self._db.row(_ENTITY_SEEN, tenant_id=tenant_id, source=source, kind=kind, external_id=external_id)
        return None if row is None else _ENTITY.item(row)

    async def entities_of(
        self, source: str, kind: RecordKind, *, ref: RefKind, value: str, tenant_id: TenantId
    ) -> list[EntityVersion]:
        """Return the records of a kind whose newest version refers to this order, customer or vehicle, by id."""
        return _ENTITY.items(
            await self._db.rows(_REFERRING[ref], tenant_id=tenant_id, source=source, kind=kind, value=value)
        )


class PostgresCatalog:
    """`CatalogRepository` of one transaction."""

    def __init__(self, transaction: Transaction) -> None:
        self._db = transaction

    async def services(self, tenant_id: TenantId, *, include_inactive: bool = False) -> list[Service]:
        """Return services ordered by name."""
        return _SERVICE.items(await self._db.rows(_SERVICES, tenant_id=tenant_id, all=include_inactive))

    async def replace_all(self, services: list[Service], *, tenant_id: TenantId) -> None:
        """Store these by slug (keeping the id of a slug that exists) and mark every other service inactive."""
        await self._db.run(_REPLACE_ALL, services=as_json(services), tenant_id=tenant_id)
