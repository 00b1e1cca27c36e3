"""Storing tenants and their connections."""

from typing import Protocol

from leadcore.kernel.ids import ConnectionId, TenantId
from leadcore.ports.storage import ApiKey, UnitOfWork
from leadcore.tenants.model import Connection, Tenant


class TenantRepository(Protocol):
    """Tenants, connections and API keys."""

    async def get(self, tenant_id: TenantId) -> Tenant:
        """Return the tenant. Raises `NotFoundError`."""
        ...

    async def add(self, tenant: Tenant) -> None:
        """Create it. Raises `ConflictError` when the slug is taken."""
        ...

    async def save(self, tenant: Tenant) -> None:
        """Replace it; *tenant.version* must be one above the stored one, else `ConflictError`."""
        ...

    async def connections(self, tenant_id: TenantId) -> list[Connection]:
        """Return all connections of the tenant."""
        ...

    async def connection(self, connection_id: ConnectionId, *, tenant_id: TenantId) -> Connection:
        """Return one. Raises `NotFoundError`."""
        ...

    async def put_connection(self, connection: Connection) -> None:
        """Create or replace the tenant's connection with this id."""
        ...

    async def api_keys(self, tenant_id: TenantId) -> list[ApiKey]:
        """Return the tenant's keys, newest first, revoked ones too."""
        ...

    async def put_api_key(self, key: ApiKey) -> None:
        """Create or replace a key."""
        ...


class TenantWork(UnitOfWork, Protocol):
    """A unit of work that can reach tenants."""

    @property
    def tenants(self) -> TenantRepository:
        """Tenants."""
        ...
