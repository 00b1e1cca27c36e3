"""Storing the inbox."""

from typing import Literal, Protocol

from leadcore.intake.model import EntityVersion, InboxItem, InboxState, RecordKind
from leadcore.kernel.ids import InboxId, TenantId
from leadcore.ports.storage import UnitOfWork

RefKind = Literal["order", "customer", "vehicle"]


class InboxRepository(Protocol):
    """What came in, once each."""

    async def add(self, items: list[InboxItem]) -> list[InboxItem]:
        """Store what is new by (tenant, connection, source, dedupe key) and return only that; the rest are replays."""
        ...

    async def get(self, item_id: InboxId, *, tenant_id: TenantId) -> InboxItem:
        """Return one, locked for this unit of work. Raises `NotFoundError`."""
        ...

    async def settle(self, item: InboxItem) -> None:
        """Store its state, tries and error."""
        ...

    async def listing(self, tenant_id: TenantId, *, state: InboxState | None, limit: int) -> list[InboxItem]:
        """Return the newest first."""
        ...

    async def advance(self, seen: EntityVersion) -> bool:
        """Join *seen* into what is known of the record, which stays locked; return whether that told anything new.

        False means that an equal or a newer version (and every mark) was known before: there is nothing to apply.
        """
        ...

    async def entity(
        self, source: str, kind: RecordKind, external_id: str, *, tenant_id: TenantId
    ) -> EntityVersion | None:
        """Return what is known of a record, locked for this unit of work; None when it was never seen."""
        ...

    async def entities_of(
        self, source: str, kind: RecordKind, *, ref: RefKind, value: str, tenant_id: TenantId
    ) -> list[EntityVersion]:
        """Return the records of a kind whose newest version refers to this order, customer or vehicle, by id."""
        ...


class IntakeWork(UnitOfWork, Protocol):
    """A unit of work that can reach the inbox."""

    @property
    def inbox(self) -> InboxRepository:
        """The inbox."""
        ...
