"""What every unit of work shares: the present, the outbox, and work that becomes due.

Repositories speak a concept's aggregates and live in the concept (`leads/repository.py`); `flows/work.py` puts the
slices together. One adapter class satisfies all of them.
"""

from collections.abc import Sequence
from datetime import datetime
from typing import Literal, Protocol
from uuid import UUID

import msgspec

from leadcore.kernel.events import Event
from leadcore.kernel.ids import ConnectionId, TenantId

WorkKind = Literal[
    "inbox",
    "touch",
    "message",
    "attempt",
    "turn",
    "poll",
    "catalog",
    "write_back",
    "score",
    "win_back",
    "bulk",
    "retention",
    "picture",
    "rollout",
    "replan",
]
"""`bulk` are inbox rows that an operator brought in by the thousand: they take turns with all other work."""


class DueItem(msgspec.Struct, frozen=True, kw_only=True):
    """A claim on a piece of due work. `generation` fences it: a later claim makes this one stale."""

    tenant_id: TenantId
    kind: WorkKind
    item_id: UUID
    due_at: datetime
    generation: int
    tries: int


class DueQueue(Protocol):
    """Finds due work over all tenants. It knows only ids and instants, so it stands outside tenant isolation."""

    async def claim(self, kinds: tuple[WorkKind, ...], *, limit: int, lease_s: float, worker: str) -> list[DueItem]:
        """Lease up to *limit* due items, oldest first, fairly over tenants; no other claim gets them for *lease_s*.

        A lease that runs out makes the item due again with a higher generation. Safe for any number of workers. Of a
        lane only the item that was armed first is leased, until it is finished.
        """
        ...

    async def next_due(self, kinds: tuple[WorkKind, ...]) -> float | None:
        """Return the seconds until the next item is due (0 when one is due now), None when nothing waits."""
        ...

    async def give_back(self, items: list[DueItem]) -> None:
        """Make claimed items due again at once (shutdown). Stale claims are left alone."""
        ...


class DueSlice(Protocol):
    """Due work inside one unit of work."""

    async def arm(
        self, kind: WorkKind, item_id: UUID, *, tenant_id: TenantId, at: datetime, lane: UUID | None = None
    ) -> None:
        """Make the item due at *at*; an item that waits already moves to *at* and loses any lease on it.

        Items of one *lane* (of any kind) are worked on one at a time, in the order in which they were armed; one that
        is postponed holds up those behind it, one that was never tried and is not due yet does not. Without a lane
        nothing waits for anything.
        """
        ...

    async def arm_all(
        self, kind: WorkKind, items: Sequence[tuple[UUID, UUID | None]], *, tenant_id: TenantId, at: datetime
    ) -> None:
        """Arm many (id, lane) at once, in this order."""
        ...

    async def finish(self, item: DueItem) -> None:
        """Take the claimed item off the queue for good. Raises `StaleClaimError` when the claim was lost."""
        ...

    async def postpone(self, item: DueItem, *, at: datetime) -> None:
        """Make the claimed item due again at *at*, keeping its count of tries. Raises `StaleClaimError`."""
        ...

    async def cancel(self, kind: WorkKind, item_ids: list[UUID], *, tenant_id: TenantId) -> None:
        """Take items off the queue whoever holds them; a holder's `finish` then raises `StaleClaimError`."""
        ...


class UnitOfWork(Protocol):
    """One transaction for one tenant. Leaving it without `commit` changes nothing."""

    @property
    def due(self) -> DueSlice:
        """Work that becomes due."""
        ...

    async def now(self) -> datetime:
        """Read the clock that decides: the database's in production, virtual in memory.

        It is asked at the first call and again after a contact point was locked, so that what is legal is decided on
        the instant after the wait.
        """
        ...

    async def sending(self) -> "Sending":
        """Return what binds all sending of this deployment now."""
        ...

    def publish(self, *events: Event) -> None:
        """Put events into the outbox, to be stored by the same commit."""
        ...

    async def commit(self) -> None:
        """Make everything durable at once. If this raises, assume nothing: the outcome is unknown."""
        ...


class LinkOwner(msgspec.Struct, frozen=True, kw_only=True):
    """Whom a public token belongs to; the token itself is never stored, only its digest."""

    tenant_id: TenantId
    target_id: UUID
    expires_at: datetime | None = None


class ApiKey(msgspec.Struct, frozen=True, kw_only=True):
    """An API key as kept: `digest` of its secret part, never the secret."""

    key_id: str
    tenant_id: TenantId
    digest: bytes
    label: str
    scopes: tuple[str, ...]
    created_at: datetime
    last_used_at: datetime | None = None
    revoked_at: datetime | None = None


class Directory(Protocol):
    """Finds the tenant before there is one: only ids, digests and instants, no content."""

    async def tenant_ids(self) -> list[TenantId]:
        """Return every tenant."""
        ...

    async def tenant_by_slug(self, slug: str) -> TenantId | None:
        """Return the tenant that goes by *slug*."""
        ...

    async def tenant_of_connection(self, connection_id: ConnectionId) -> TenantId | None:
        """Return whose connection this is."""
        ...

    async def api_key(self, key_id: str) -> ApiKey | None:
        """Return the key, revoked ones too."""
        ...

    async def chat_token(self, digest: bytes) -> LinkOwner | None:
        """Return whose chat link or chat session has this digest (target: the conversation), None if revoked."""
        ...


HeldBy = Literal["", "operator", "witness"]
"""Who stopped all sending: nobody, a person's switch, or a witness: this may be an older or another database."""


class Sending(msgspec.Struct, frozen=True, kw_only=True):
    """What binds all sending. A process may send only while its own epoch is `epoch`.

    `gap_until`: what was due until then may have been sent although this database, once restored, does not know it.
    """

    held: bool = False
    epoch: int = 1
    gap_until: datetime | None = None


class DeploymentState(msgspec.Struct, frozen=True, kw_only=True):
    """What is true of the whole database. `clock_offset_s` moves `UnitOfWork.now()`; production refuses any but 0.

    `deployment_id`, `system_id` and `timeline` say whose database this is and which server's it was when a person (or
    the first boot) took it for the right one, at `adopted_at`. `ticks` counts how often a process vouched for it,
    `epoch` how often a hold of a witness was released. Instants are on the deployment's own clock.
    """

    environment: str
    clock_offset_s: float = 0.0
    held: bool = False
    held_because: str = ""
    held_by: HeldBy = ""
    held_at: datetime | None = None
    deployment_id: str = ""
    system_id: str = ""
    timeline: int = 0
    adopted_at: datetime | None = None
    ticks: int = 0
    epoch: int = 1
    gap_until: datetime | None = None


class ServerSight(msgspec.Struct, frozen=True, kw_only=True):
    """What a database server says of itself: its cluster, the timeline it writes, and how far its log has come."""

    system_id: str
    timeline: int
    lsn: int


class HoldEntry(msgspec.Struct, frozen=True, kw_only=True):
    """One line of the hold's history. `what`: adopted, held or released."""

    at: datetime
    what: str
    by: str
    because: str
    epoch: int


class Deployment(Protocol):
    """The deployment's own row."""

    async def state(self) -> DeploymentState:
        """Return it."""
        ...

    async def set_clock_offset(self, seconds: float) -> None:
        """Move the virtual clock. Raises `RefusedError` when the environment is `production`."""
        ...

    async def hold(
        self, because: str, *, by: HeldBy, name: str = "", epoch: int | None = None, epoch_at_least: int = 1
    ) -> None:
        """Stop all sending, durably. A witness's hold outranks an operator's and keeps its first instant and reason.

        With *epoch* only while it is still that one: what was seen before a release is no reason after it. The epoch is
        raised to *epoch_at_least*, so that a release ends above every epoch that a witness remembers.
        """
        ...

    async def lift(self, *, because: str, name: str) -> None:
        """Take back an operator's hold. Raises `ConflictError` when it is not one (any more)."""
        ...

    async def release(self, sight: ServerSight, *, deployment_id: str, because: str, name: str, epoch: int) -> None:
        """End a witness's hold: adopt *sight* and the id, close the gap at the instant of the hold, raise the epoch.

        Raises `ConflictError` unless it is held by a witness in *epoch*: somebody was faster.
        """
        ...

    async def adopt(self, sight: ServerSight, *, deployment_id: str) -> bool:
        """Take this database for the deployment's own, for the first time; False when somebody did already."""
        ...

    async def sight(self) -> ServerSight:
        """Ask the server who it is."""
        ...

    async def tick(self) -> int:
        """Vouch for the database by a durable commit; return its number."""
        ...

    async def history(self, *, limit: int = 20) -> list[HoldEntry]:
        """Return the newest lines of the hold's history, newest first."""
        ...


class Doorbell(Protocol):
    """Wakes a scheduler early. Never needed for correctness: a lost ring costs one safety tick."""

    async def wait(self, timeout_s: float) -> bool:
        """Return True when new due work was committed since the last call, False after *timeout_s*."""
        ...
