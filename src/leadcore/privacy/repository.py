"""Finding, showing and erasing everything about a person, over all tables."""

from collections.abc import Sequence
from datetime import datetime
from typing import Any, Protocol

from leadcore.compliance.model import Suppression
from leadcore.intake.model import EntityVersion, InboxItem
from leadcore.kernel.ids import ContactPointId, InboxId, PersonId, TenantId
from leadcore.ports.storage import UnitOfWork
from leadcore.privacy.model import Belongings, BlankedRow, ErasedContact, SealedConsent


class PrivacyRepository(Protocol):
    """What is kept of people."""

    async def belongings(
        self, person_id: PersonId | None, point_id: ContactPointId | None, *, tenant_id: TenantId
    ) -> Belongings:
        """Return all that belongs to the person (whoever was merged with them, too), or to a point that is nobody's.

        Raises `NotFoundError` for an unknown person.
        """
        ...

    async def rows_of(self, belongings: Belongings, *, tenant_id: TenantId) -> dict[str, list[dict[str, Any]]]:
        """Return every row of `policies.holdings` about them by table, and the events that name them (`outbox`)."""
        ...

    async def erase(self, belongings: Belongings, *, tenant_id: TenantId, reason: str, at: datetime) -> dict[str, int]:
        """Erase or blank all of it but the ledger, and return how many rows of which table.

        Messages that had not left end cancelled with *reason*, attempts without an answer are abandoned.
        """
        ...

    async def keep_erased(self, contacts: Sequence[ErasedContact], *, tenant_id: TenantId) -> None:
        """Take the value and the whereabouts off these contact points, and keep their hashes."""
        ...

    async def seal_consents(self, sealed: Sequence[SealedConsent], *, tenant_id: TenantId) -> None:
        """Take the evidence off lines of the ledger of erased contact points; digests and order stay."""
        ...

    async def has_erased(self, tenant_id: TenantId) -> bool:
        """Return whether anybody was ever erased: only then a new contact has to be compared with their hashes."""
        ...

    async def suppressions_of_erased(self, digests: Sequence[bytes], *, tenant_id: TenantId) -> list[Suppression]:
        """Return the open suppressions of erased contact points with one of these hashes."""
        ...

    async def bodies(self, tenant_id: TenantId, *, after: InboxId | None, limit: int) -> list[InboxItem]:
        """Return inbox rows that still have their bytes, by id, from behind *after*."""
        ...

    async def blank_bodies(self, rows: Sequence[BlankedRow], *, tenant_id: TenantId, at: datetime) -> None:
        """Take bytes, digest and error off these rows; what was not applied never will be."""
        ...

    async def records(
        self, tenant_id: TenantId, *, after: tuple[str, str, str] | None, limit: int
    ) -> list[EntityVersion]:
        """Return what is known of records elsewhere, by (source, kind, id), from behind *after*."""
        ...

    async def forget_records(self, keys: Sequence[tuple[str, str, str]], *, tenant_id: TenantId) -> int:
        """Forget what is known of these records (source, kind, id), and return how many there were."""
        ...


class PrivacyWork(UnitOfWork, Protocol):
    """A unit of work that can reach everything about a person."""

    @property
    def privacy(self) -> PrivacyRepository:
        """What is kept of people."""
        ...
