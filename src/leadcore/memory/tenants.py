"""Tenants and the catalog in memory."""

from operator import attrgetter

from msgspec.structs import replace

from leadcore.catalog.model import CatalogEntry, Service
from leadcore.kernel.errors import ConflictError, NotFoundError
from leadcore.kernel.ids import ConnectionId, TenantId
from leadcore.memory.database import Changes, seen, shared
from leadcore.ports.storage import ApiKey
from leadcore.tenants.model import Connection, Tenant


class MemoryTenants:
    """`TenantRepository` of one unit of work."""

    _tenants = seen(lambda tables: tables.tenants)
    _slugs = shared(lambda tables: tables.slugs)
    _connections = shared(lambda tables: tables.connections)
    _api_keys = shared(lambda tables: tables.api_keys)

    def __init__(self, changes: Changes) -> None:
        self._changes = changes
        self._bound_to = changes.tenant_id

    async def get(self, tenant_id: TenantId) -> Tenant:
        """Return the tenant. Raises `NotFoundError`."""
        found = self._tenants.get(tenant_id)
        if found is None:
            raise NotFoundError(f"no tenant {tenant_id}")
        return found

    async def add(self, tenant: Tenant) -> None:
        """Create it. Raises `ConflictError` when the slug is taken."""
        if self._tenants.get(tenant.id) is not None:
            raise ConflictError(f"the tenant {tenant.id} exists")
        self._take_slug(tenant)
        self._tenants.put(tenant, tenant.id)

    async def save(self, tenant: Tenant) -> None:
        """Replace it. Raises `ConflictError` unless its version follows the stored one."""
        stored = await self.get(tenant.id)
        if tenant.version != stored.version + 1:
            raise ConflictError(f"the tenant is at version {stored.version} now")
        if tenant.slug != stored.slug:
            self._take_slug(tenant)
            self._slugs.drop(stored.slug)
        self._tenants.put(tenant, tenant.id)

    async def connections(self, tenant_id: TenantId) -> list[Connection]:
        """Return all connections of the tenant, oldest first."""
        if tenant_id != self._bound_to:
            return []
        return sorted(self._connections.where("tenant", tenant_id), key=attrgetter("id"))

    async def connection(self, connection_id: ConnectionId, *, tenant_id: TenantId) -> Connection:
        """Return one. Raises `NotFoundError`."""
        found = self._connections.get(connection_id)
        if found is None or not found.tenant_id == tenant_id == self._bound_to:
            raise NotFoundError(f"no connection {connection_id}")
        return found

    async def put_connection(self, connection: Connection) -> None:
        """Create or replace the tenant's connection with this id."""
        stored = self._connections.get(connection.id) or connection
        if not stored.tenant_id == connection.tenant_id == self._bound_to:
            raise NotFoundError(f"no connection {connection.id}")
        self._connections.put(connection, connection.id)

    async def api_keys(self, tenant_id: TenantId) -> list[ApiKey]:
        """Return the tenant's keys, newest first, revoked ones too."""
        if tenant_id != self._bound_to:
            return []
        keys = self._api_keys.where("tenant", tenant_id)
        return sorted(keys, key=attrgetter("created_at", "key_id"), reverse=True)

    async def put_api_key(self, key: ApiKey) -> None:
        """Create or replace a key."""
        stored = self._api_keys.get(key.key_id) or key
        if not stored.tenant_id == key.tenant_id == self._bound_to:
            raise NotFoundError(f"no API key {key.key_id}")
        self._api_keys.put(key, key.key_id)

    def _take_slug(self, tenant: Tenant) -> None:
        if not self._slugs.insert(tenant.id, tenant.slug):
            raise ConflictError(f"the name {tenant.slug!r} is taken", field="slug", fix="choose another")


class MemoryCatalog:
    """`CatalogRepository` of one unit of work."""

    _services = seen(lambda tables: tables.services)
    _entries = seen(lambda tables: tables.catalog_entries)

    def __init__(self, changes: Changes) -> None:
        self._changes = changes

    async def services(
        self, tenant_id: TenantId, *, include_inactive: bool = False, for_change: bool = False
    ) -> list[Service]:
        """Return services ordered by name; a change that somebody else made meanwhile is found at commit."""
        every = self._services.where("tenant", tenant_id)
        return sorted((each for each in every if each.active or include_inactive), key=attrgetter("name", "slug"))

    async def replace_all(self, services: list[Service], *, tenant_id: TenantId) -> None:
        """Store these by slug (keeping the id of a slug that exists) and mark every other service inactive."""
        stored = {service.slug: service for service in self._services.where("tenant", tenant_id)}
        for service in services:
            kept = stored.pop(service.slug, service)
            self._services.put(replace(service, id=kept.id), tenant_id, service.slug)
        for gone in stored.values():
            self._services.put(replace(gone, active=False), tenant_id, gone.slug)

    async def entries(self, tenant_id: TenantId) -> list[CatalogEntry]:
        """Return every entry of the CRM's price list that was ever seen, ordered by external id."""
        return sorted(self._entries.where("tenant", tenant_id), key=attrgetter("external_id"))

    async def keep_entries(self, entries: list[CatalogEntry], *, tenant_id: TenantId) -> None:
        """Create or replace these by external id; others stay as they are."""
        for entry in entries:
            self._entries.put(entry, tenant_id, entry.external_id)
