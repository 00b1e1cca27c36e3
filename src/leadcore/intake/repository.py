"""Storing the inbox, and what is counted around it."""

from collections.abc import Callable
from datetime import datetime
from typing import Literal, Protocol

from leadcore.intake.model import (
    BackfillRun,
    EntityVersion,
    InboxArrival,
    InboxItem,
    InboxState,
    PollFinding,
    PollState,
    RecordKind,
    RefusedHook,
)
from leadcore.kernel.ids import InboxId, RunId, TenantId
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


Settled = Callable[[list[InboxArrival] | Exception], None]
"""Is told what is new and durable by now, or why nothing of it may be acknowledged."""


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

    def hand_in(self, arrivals: list[InboxArrival], settled: Settled) -> None:
        """Do the same for a caller that does not wait: *settled* is told once what became of it. Never raises.

        *settled* may be told before this returns, and must not raise.
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

    @property
    def refusals(self) -> RefusalRepository:
        """Counters of refused webhooks."""
        ...

    @property
    def backfills(self) -> BackfillRepository:
        """Runs of the backfill."""
        ...
