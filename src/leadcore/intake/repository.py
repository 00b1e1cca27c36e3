"""Storing the inbox."""

from typing import Literal, Protocol

from leadcore.intake.model import EntityVersion, InboxArrival, InboxItem, InboxState, PollState, RecordKind
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


class InboxWriter(Protocol):
    """Takes in what needs nothing but to be kept, outside any unit of work.

    Callers of one moment may share a commit; each waits for the one that holds its own rows.
    """

    async def take_in(self, arrivals: list[InboxArrival]) -> list[InboxArrival]:
        """Store what is new, each with its work armed, and return only that. When it returns, it is durable.

        Raises `NotFoundError` when a connection is not of its tenant, else what storage raises: then nothing of
        *arrivals* may be acknowledged.
        """
        ...


class PollRepository(Protocol):
    """What each tenant's poll remembers."""

    async def get(self, tenant_id: TenantId) -> PollState:
        """Return the tenant's, a fresh one before its first pass."""
        ...

    async def put(self, state: PollState) -> None:
        """Store it."""
        ...


class IntakeWork(UnitOfWork, Protocol):
    """A unit of work that can reach the inbox."""

    @property
    def inbox(self) -> InboxRepository:
        """The inbox."""
        ...

    @property
    def polls(self) -> PollRepository:
        """What the poll remembers."""
        ...
