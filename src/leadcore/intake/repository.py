"""Storing the inbox, and what is counted around it."""

from datetime import datetime
from typing import Protocol

from leadcore.intake.model import BackfillRun, InboxItem, InboxState, PollFinding, RefusedHook
from leadcore.kernel.ids import InboxId, RunId, TenantId
from leadcore.ports.storage import UnitOfWork


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

    async def listing(
        self,
        tenant_id: TenantId,
        *,
        state: InboxState | None,
        limit: int,
        source: str | None = None,
        since: datetime | None = None,
    ) -> list[InboxItem]:
        """Return the newest first; *since* bounds when they were received."""
        ...

    async def run_states(self, run_id: RunId, *, tenant_id: TenantId) -> dict[InboxState, int]:
        """Return how many rows of one bulk run are in which state."""
        ...

    async def run_errors(self, run_id: RunId, *, state: InboxState, tenant_id: TenantId) -> dict[str, int]:
        """Return why rows of one bulk run are in *state* (ignored, dead), and how many for which reason."""
        ...

    async def blank(
        self, tenant_id: TenantId, *, settled_before: datetime, dead_before: datetime, at: datetime, limit: int
    ) -> int:
        """Drop the bodies of at most *limit* rows received before then, and return how many.

        `done` and `ignored` rows by *settled_before*, `dead` ones by *dead_before*, `new` ones never. The row, its key
        and the digest of the bytes stay.
        """
        ...

    async def poll_findings(self, tenant_id: TenantId, *, since: datetime) -> list[PollFinding]:
        """Return what the poll found since then and no webhook had told in time, oldest first."""
        ...


class RefusalRepository(Protocol):
    """Counters of refused webhooks."""

    async def count(self, refused: list[RefusedHook]) -> None:
        """Add these counts to what is stored by (tenant, connection, day, reason); the newest words win.

        Raises `NotFoundError` for a connection the tenant does not have.
        """
        ...

    async def since(self, at: datetime, *, tenant_id: TenantId) -> list[RefusedHook]:
        """Return the counters whose last refusal is not older than *at*, the newest first."""
        ...

    async def forget(self, *, tenant_id: TenantId, before: datetime) -> int:
        """Delete counters whose last refusal is older, and return how many."""
        ...

    async def last_accepted(self, *, tenant_id: TenantId) -> dict[str, datetime]:
        """Return, by connection id, when the last webhook was taken in that a vendor sent."""
        ...


class BackfillRepository(Protocol):
    """Runs of the backfill: at most one per tenant is unfinished."""

    async def begin(self, run: BackfillRun) -> bool:
        """Store a new run; False when an unfinished one exists."""
        ...

    async def save(self, run: BackfillRun) -> None:
        """Replace it. Raises `NotFoundError`."""
        ...

    async def unfinished(self, tenant_id: TenantId) -> BackfillRun | None:
        """Return the run that still has work to do."""
        ...


class IntakeWork(UnitOfWork, Protocol):
    """A unit of work that can reach the inbox."""

    @property
    def inbox(self) -> InboxRepository:
        """The inbox."""
        ...

    @property
    def refusals(self) -> RefusalRepository:
        """Counters of refused webhooks."""
        ...

    @property
    def backfills(self) -> BackfillRepository:
        """Runs of the backfill."""
        ...
