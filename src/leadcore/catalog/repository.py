"""Storing services."""

from typing import Protocol

from leadcore.catalog.model import CatalogEntry, Service
from leadcore.kernel.ids import TenantId
from leadcore.ports.storage import UnitOfWork


class CatalogRepository(Protocol):
    """What the shop sells."""

    async def services(
        self, tenant_id: TenantId, *, include_inactive: bool = False, for_change: bool = False
    ) -> list[Service]:
        """Return services ordered by name; with *for_change* nobody else may change them until this work is over."""
        ...

    async def replace_all(self, services: list[Service], *, tenant_id: TenantId) -> None:
        """Store these by slug (keeping the id of a slug that exists) and mark every other service inactive."""
        ...

    async def entries(self, tenant_id: TenantId) -> list[CatalogEntry]:
        """Return every entry of the CRM's price list that was ever seen, ordered by external id."""
        ...

    async def keep_entries(self, entries: list[CatalogEntry], *, tenant_id: TenantId) -> None:
        """Create or replace these by external id; others stay as they are."""
        ...


class CatalogWork(UnitOfWork, Protocol):
    """A unit of work that can reach the catalog."""

    @property
    def catalog(self) -> CatalogRepository:
        """The catalog."""
        ...
