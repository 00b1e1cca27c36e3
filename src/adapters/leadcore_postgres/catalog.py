"""The catalog."""

from sqlalchemy import text

from leadcore.catalog.model import Service
from leadcore.kernel.ids import TenantId
from leadcore_postgres.rows import Rows, as_json
from leadcore_postgres.transaction import Transaction

_SERVICE = Rows(Service, "service")

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
