"""Storing services."""

from typing import Protocol

from leadcore.catalog.model import Service
from leadcore.kernel.ids import TenantId
from leadcore.ports.storage import UnitOfWork


class CatalogRepository(Protocol):
    """What the shop sells."""

    async def services(self, tenant_id: TenantId, *, include_inactive: bool = False) -> list[Service]:
        """Return services ordered by name."""
        ...

    async def replace_all(self, services: list[Service], *, tenant_id: TenantId) -> None:
        """Store these by slug (keeping the id of a slug that exists) and mark every other service inactive."""
        ...


class CatalogWork(UnitOfWork, Protocol):
    """A unit of work that can reach the catalog."""

    @property
    def catalog(self) -> CatalogRepository:
        """The catalog."""
        ...
