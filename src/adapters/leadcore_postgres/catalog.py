"""The catalog."""

from sqlalchemy import text

from leadcore.catalog.model import CatalogEntry, Service
from leadcore.kernel.ids import TenantId
from leadcore_postgres.rows import Rows, as_json
from leadcore_postgres.transaction import Transaction

_SERVICE = Rows(Service, "service")
_ENTRY = Rows(CatalogEntry, "catalog_entry", key=("tenant_id", "external_id"))
_KEPT = ", ".join(f"{name} = EXCLUDED.{name}" for name in _SERVICE.fields if name not in {"id", "tenant_id", "slug"})

_SERVICES = text(f"""
    {_SERVICE.select} WHERE tenant_id = :tenant_id AND (active OR :all)
    ORDER BY name COLLATE "C", slug COLLATE "C" """)
_SERVICES_FOR_CHANGE = text(f"""
    {_SERVICE.select} WHERE tenant_id = :tenant_id AND (active OR :all)
    ORDER BY name COLLATE "C", slug COLLATE "C" FOR NO KEY UPDATE""")
# external_ids is an array itself, which unnest would flatten: it travels as JSON.
_REPLACE_ALL = text(f"""
    WITH given AS (
        SELECT * FROM jsonb_to_recordset(CAST(:services AS jsonb)) AS s (id uuid, tenant_id uuid, slug text, name text,
            category text, prices jsonb, external_ids text[], hours double precision, bookable boolean, note text,
            active boolean, synced_at timestamptz, lowest jsonb, hours_by_class jsonb, listed jsonb, held jsonb,
            by_hand jsonb)),
    gone AS (
        UPDATE service SET active = false WHERE tenant_id = :tenant_id AND active
        AND slug NOT IN (SELECT slug FROM given))
    INSERT INTO service ({_SERVICE.columns})
    SELECT {_SERVICE.columns} FROM given
    ON CONFLICT (tenant_id, slug) DO UPDATE SET {_KEPT}""")
_ENTRIES = text(f"""{_ENTRY.select} WHERE tenant_id = :tenant_id ORDER BY external_id COLLATE "C" """)
_KEEP_ENTRIES = text(f"""
    INSERT INTO catalog_entry ({_ENTRY.columns})
    SELECT * FROM unnest(CAST(:tenant_id AS uuid[]), CAST(:external_id AS text[]), CAST(:listed AS jsonb[]),
        CAST(:seen_at AS timestamptz[]), CAST(:state AS text[]))
    ON CONFLICT (tenant_id, external_id) DO UPDATE SET listed = EXCLUDED.listed, seen_at = EXCLUDED.seen_at,
        state = EXCLUDED.state""")


class PostgresCatalog:
    """`CatalogRepository` of one transaction."""

    def __init__(self, transaction: Transaction) -> None:
        self._db = transaction

    async def services(
        self, tenant_id: TenantId, *, include_inactive: bool = False, for_change: bool = False
    ) -> list[Service]:
        """Return services ordered by name; with *for_change* nobody else may change them until this work is over."""
        statement = _SERVICES_FOR_CHANGE if for_change else _SERVICES
        return _SERVICE.items(await self._db.rows(statement, tenant_id=tenant_id, all=include_inactive))

    async def replace_all(self, services: list[Service], *, tenant_id: TenantId) -> None:
        """Store these by slug (keeping the id of a slug that exists) and mark every other service inactive."""
        await self._db.run(_REPLACE_ALL, services=as_json(services), tenant_id=tenant_id)

    async def entries(self, tenant_id: TenantId) -> list[CatalogEntry]:
        """Return every entry of the CRM's price list that was ever seen, ordered by external id."""
        return _ENTRY.items(await self._db.rows(_ENTRIES, tenant_id=tenant_id))

    async def keep_entries(self, entries: list[CatalogEntry], *, tenant_id: TenantId) -> None:
        """Create or replace these by external id; others stay as they are."""
        if entries:
            await self._db.run(_KEEP_ENTRIES, **_ENTRY.params_by_column(entries))
