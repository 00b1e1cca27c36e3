"""Tenants, connections and API keys."""

from typing import Any

import msgspec
from sqlalchemy import text

from leadcore.kernel.errors import ConflictError, NotFoundError
from leadcore.kernel.ids import ConnectionId, TenantId
from leadcore.ports.storage import ApiKey
from leadcore.tenants.model import Connection, Tenant
from leadcore_postgres.rows import Rows, as_json
from leadcore_postgres.transaction import Transaction

_CONNECTION = Rows(Connection, "connection")
_TENANT = msgspec.json.Decoder(Tenant)

_GET = text("SELECT doc FROM tenant WHERE tenant_id = :tenant_id")
_ADD = text("""
    WITH route AS (
        INSERT INTO tenant_route (tenant_id, slug) VALUES (:tenant_id, :slug)
        ON CONFLICT DO NOTHING RETURNING tenant_id)
    INSERT INTO tenant (tenant_id, doc, version)
    SELECT tenant_id, CAST(:doc AS jsonb), CAST(:version AS int) FROM route""")
_SAVE = text("""
    WITH saved AS (
        UPDATE tenant SET doc = :doc, version = :version WHERE tenant_id = :tenant_id AND version = :version - 1
        RETURNING tenant_id)
    UPDATE tenant_route SET slug = :slug FROM saved WHERE tenant_route.tenant_id = saved.tenant_id""")
_SLUG_TAKEN = text("SELECT 1 FROM tenant_route WHERE slug = :slug AND tenant_id <> :tenant_id")
_CONNECTIONS = text(f"{_CONNECTION.select} WHERE tenant_id = :tenant_id ORDER BY id")
_CONNECTION_BY_ID = text(f"{_CONNECTION.select} WHERE tenant_id = :tenant_id AND id = :id")
_PUT_CONNECTION = text(f"""
    WITH kept AS (
        {_CONNECTION.insert}
        ON CONFLICT (tenant_id, id) DO UPDATE SET port = EXCLUDED.port, plugin = EXCLUDED.plugin,
            settings = EXCLUDED.settings, sealed = EXCLUDED.sealed, version = EXCLUDED.version
        RETURNING tenant_id, id)
    INSERT INTO connection_route (tenant_id, connection_id) SELECT tenant_id, id FROM kept
    ON CONFLICT (connection_id) DO UPDATE SET tenant_id = EXCLUDED.tenant_id
    WHERE connection_route.tenant_id = EXCLUDED.tenant_id""")
_KEY_COLUMNS = "r.key_id, r.tenant_id, r.digest, k.label, r.scopes, r.created_at, r.last_used_at, r.revoked_at"
_API_KEYS = text(f"""
    SELECT {_KEY_COLUMNS} FROM api_key k JOIN api_key_route r USING (tenant_id, key_id)
    WHERE k.tenant_id = :tenant_id ORDER BY r.created_at DESC, r.key_id DESC""")
_PUT_API_KEY = text("""
    WITH kept AS (
        INSERT INTO api_key (tenant_id, key_id, label) VALUES (:tenant_id, :key_id, :label)
        ON CONFLICT (tenant_id, key_id) DO UPDATE SET label = EXCLUDED.label)
    INSERT INTO api_key_route (key_id, tenant_id, digest, scopes, created_at, last_used_at, revoked_at)
    VALUES (:key_id, :tenant_id, :digest, :scopes, :created_at, :last_used_at, :revoked_at)
    ON CONFLICT (key_id) DO UPDATE SET digest = EXCLUDED.digest, scopes = EXCLUDED.scopes,
        last_used_at = EXCLUDED.last_used_at, revoked_at = EXCLUDED.revoked_at""")


def api_key_of(row: Any) -> ApiKey:
    """Return the key of a row: id, tenant, digest, label, scopes, then its three instants."""
    key_id, tenant_id, digest, label, scopes, created_at, last_used_at, revoked_at = row
    return ApiKey(
        key_id=key_id,
        tenant_id=tenant_id,
        digest=digest,
        label=label,
        scopes=tuple(scopes),
        created_at=created_at,
        last_used_at=last_used_at,
        revoked_at=revoked_at,
    )


class PostgresTenants:
    """`TenantRepository` of one transaction."""

    def __init__(self, transaction: Transaction) -> None:
        self._db = transaction

    async def get(self, tenant_id: TenantId) -> Tenant:
        """Return the tenant. Raises `NotFoundError`."""
        row = await self._db.row(_GET, tenant_id=tenant_id)
        if row is None:
            raise NotFoundError(f"no tenant {tenant_id}")
        return _TENANT.decode(row[0])

    async def add(self, tenant: Tenant) -> None:
        """Create it. Raises `ConflictError` when the slug (or id) is taken."""
        if not await self._db.count(_ADD, **_params(tenant)):
            raise ConflictError(f"the name {tenant.slug!r} is taken", field="slug", fix="choose another")

    async def save(self, tenant: Tenant) -> None:
        """Replace it. Raises `ConflictError` unless its version follows the stored one."""
        stored = await self.get(tenant.id)
        if stored.slug != tenant.slug and await self._db.row(_SLUG_TAKEN, slug=tenant.slug, tenant_id=tenant.id):
            raise ConflictError(f"the name {tenant.slug!r} is taken", field="slug", fix="choose another")
        if not await self._db.count(_SAVE, **_params(tenant)):
            raise ConflictError(f"the tenant is at version {stored.version} now")

    async def connections(self, tenant_id: TenantId) -> list[Connection]:
        """Return all connections of the tenant, oldest first."""
        return _CONNECTION.items(await self._db.rows(_CONNECTIONS, tenant_id=tenant_id))

    async def connection(self, connection_id: ConnectionId, *, tenant_id: TenantId) -> Connection:
        """Return one. Raises `NotFoundError`."""
        row = await self._db.row(_CONNECTION_BY_ID, tenant_id=tenant_id, id=connection_id)
        if row is None:
            raise NotFoundError(f"no connection {connection_id}")
        return _CONNECTION.item(row)

    async def put_connection(self, connection: Connection) -> None:
        """Create or replace the tenant's connection with this id. Raises `NotFoundError` if it is another's."""
        if not await self._db.count(_PUT_CONNECTION, **_CONNECTION.params(connection)):
            raise NotFoundError(f"no connection {connection.id}")

    async def api_keys(self, tenant_id: TenantId) -> list[ApiKey]:
        """Return the tenant's keys, newest first, revoked ones too."""
        return [api_key_of(row) for row in await self._db.rows(_API_KEYS, tenant_id=tenant_id)]

    async def put_api_key(self, key: ApiKey) -> None:
        """Create or replace a key."""
        await self._db.run(_PUT_API_KEY, **{**msgspec.structs.asdict(key), "scopes": list(key.scopes)})


def _params(tenant: Tenant) -> dict[str, Any]:
    return {"tenant_id": tenant.id, "slug": tenant.slug, "doc": as_json(tenant), "version": tenant.version}
