"""The inbox: exact bytes, kept before they are understood; what is known of the records they hint at, and counted."""

from datetime import UTC, date, datetime, timedelta
from typing import Literal
from uuid import UUID

import msgspec
from msgspec.structs import replace

from leadcore.kernel.ids import ConnectionId, InboxId, LeadId, RunId, TenantId

POLL_EVERY_S = 30.0
POLL_MOST = 50
"""Open leads that one pass of the poll reads by their ids while the CRM keeps up."""
_SLOWEST_S, _QUICKER_BY_S = 600.0, 10.0
_FEWEST, _MORE_BY = 5, 10
InboxState = Literal["new", "done", "ignored", "dead"]
RecordKind = Literal["order", "customer", "vehicle", "appointment", "thread"]
NEVER = datetime(1970, 1, 1, tzinfo=UTC)
POLLED, BACKFILLED, IMPORTED = "poll", "backfill", "import"
OURS = frozenset({POLLED, BACKFILLED, IMPORTED})
"""Sources of rows that we wrote ourselves; every other row holds a vendor's exact bytes."""

CLOCKS_DIFFER = timedelta(seconds=5)
"""How far a CRM's clock may be ahead of ours when one asks whether a webhook came after a change."""


class InboxItem(msgspec.Struct, frozen=True, kw_only=True):
    """One authentic thing that arrived. `body` are the exact bytes; `error` says why it is dead or ignored.

    Once `blanked_at` is set the bytes are gone: `digest` is their SHA-256, and the row still knows a replay by its key.
    `run_id` names the backfill or the imported file that brought it.
    """

    id: InboxId
    tenant_id: TenantId
    connection_id: ConnectionId
    source: str
    dedupe_key: str
    entity_key: str | None
    occurred_at: datetime | None
    received_at: datetime
    body: bytes
    state: InboxState = "new"
    tries: int = 0
    error: str = ""
    blanked_at: datetime | None = None
    digest: bytes = b""
    run_id: RunId | None = None


class InboxArrival(msgspec.Struct, frozen=True, kw_only=True):
    """One authentic thing on its way into the inbox. It is applied `wait_s` seconds after it was stored, or later.

    `lane` keeps the rows of one entity in order (`lane_of`).
    """

    id: InboxId
    tenant_id: TenantId
    connection_id: ConnectionId
    source: str
    dedupe_key: str
    entity_key: str | None
    occurred_at: datetime | None
    body: bytes
    wait_s: float = 0.0
    lane: UUID | None = None

    def stored(self, *, at: datetime) -> InboxItem:
        """Return the row it becomes when it is stored at *at*."""
        return InboxItem(
            id=self.id,
            tenant_id=self.tenant_id,
            connection_id=self.connection_id,
            source=self.source,
            dedupe_key=self.dedupe_key,
            entity_key=self.entity_key,
            occurred_at=self.occurred_at,
            received_at=at,
            body=self.body,
        )


FIRST_RESPONSE_AGE = timedelta(minutes=15)
"""Who asked longer ago than this when a CRM is first read waits for no first response any more: they are its past."""


class PollState(msgspec.Struct, frozen=True, kw_only=True):
    """What the poll of one tenant's CRM remembers between passes.

    `pause_s` and `budget` (open leads read per pass) follow what the CRM can bear: halved speed at every trouble, a
    step back up after every good pass (additive increase, multiplicative decrease; RFC 5681 in spirit). The cursors
    are where the rounds over open leads and over their customers go on. `listed_at` is when a list was last read to
    its end, in our clock; `trouble` is why the last pass broke off, empty when it did not. `source` is the CRM that is
    read and `began_at` when that began, in our clock: None before the first pass, and for polls older than this field.
    """

    tenant_id: TenantId
    passes: int = 0
    pause_s: float = POLL_EVERY_S
    budget: int = POLL_MOST
    lead_cursor: LeadId | None = None
    customer_cursor: LeadId | None = None
    listed_at: datetime | None = None
    trouble: str = ""
    source: str = ""
    began_at: datetime | None = None

    def reading(self, source: str, *, now: datetime) -> "PollState":
        """Return it with *source* being read, from now on unless it was before; another CRM's past is all unread."""
        if self.source == source:
            return self
        if not self.source and self.passes:  # it was read before this was remembered
            return replace(self, source=source)
        return replace(self, source=source, began_at=now, listed_at=None)

    def is_past(self, created_at: datetime) -> bool:
        """Whether an order made then (in our clock) was too old for a first response when its CRM was first read."""
        return self.began_at is not None and created_at < self.began_at - FIRST_RESPONSE_AGE

    def slowed(self, trouble: str) -> "PollState":
        """Return it after a pass that the CRM could not bear."""
        return replace(
            self,
            passes=self.passes + 1,
            pause_s=min(self.pause_s * 2, _SLOWEST_S),
            budget=max(self.budget // 2, _FEWEST),
            trouble=trouble,
        )

    def broken_off(self, trouble: str) -> "PollState":
        """Return it after a pass that ended for a reason no slower pace would cure (a refused key)."""
        return replace(self, passes=self.passes + 1, trouble=trouble)

    def sped_up(self) -> "PollState":
        """Return it after a good pass."""
        return replace(
            self,
            passes=self.passes + 1,
            pause_s=max(self.pause_s - _QUICKER_BY_S, POLL_EVERY_S),
            budget=min(self.budget + _MORE_BY, POLL_MOST),
            trouble="",
        )


class Span(msgspec.Struct, frozen=True, kw_only=True):
    """The earliest and the latest instant at which something was seen to hold."""

    first: datetime
    last: datetime

    def joined_with(self, other: "Span") -> "Span":
        """Return the span that covers both."""
        return Span(first=min(self.first, other.first), last=max(self.last, other.last))


class EntityVersion(msgspec.Struct, frozen=True, kw_only=True):
    """What is known of one record of a source, joined from every version of it that was seen, in whatever order.

    The newest version wins: the later `at` (the source's own instant of the change), among equals the greater `weight`
    (the stricter content), then the greater `body`. `gone_at` is a tombstone: versions up to then do not bring the
    record back. `marks` only ever grow: what held in *any* version, however late we saw it, and when. The refs are the
    newest version's. Joining is commutative, associative and idempotent, so order and repetition cannot matter
    (Shapiro et al. 2011, "Conflict-free replicated data types").
    """

    tenant_id: TenantId
    source: str
    kind: RecordKind
    external_id: str
    at: datetime = NEVER
    weight: int = 0
    body: bytes = b""
    order_ref: str = ""
    customer_ref: str = ""
    vehicle_ref: str = ""
    gone_at: datetime | None = None
    marks: dict[str, Span] = {}

    @property
    def version(self) -> tuple[datetime, int, bytes]:
        """What decides which of two versions is newer."""
        return self.at, self.weight, self.body

    @property
    def is_gone(self) -> bool:
        """True when the record was missed after its newest version."""
        return self.gone_at is not None and self.gone_at >= self.at

    def joined_with(self, other: "EntityVersion") -> "EntityVersion":
        """Return what both know together."""
        newest = max(self, other, key=lambda each: each.version)
        gone = [each.gone_at for each in (self, other) if each.gone_at is not None]
        marks = dict(self.marks)
        for name, span in other.marks.items():
            marks[name] = span.joined_with(marks[name]) if name in marks else span
        return replace(newest, gone_at=max(gone, default=None), marks=marks)


class PollFinding(msgspec.Struct, frozen=True, kw_only=True):
    """News of an order that the poll brought before any webhook told of it.

    `changed_at` is the CRM's instant of the change, `found_at` when the poll saw it, `told_at` when a webhook came
    after all: None means that none has.
    """

    entity_key: str
    changed_at: datetime
    found_at: datetime
    told_at: datetime | None

    @property
    def order_id(self) -> str:
        """The CRM's id of the order."""
        return self.entity_key.partition(":")[2]

    @property
    def outcome(self) -> Literal["missed", "late"]:
        """Whether no webhook told of it, or one did that came too late."""
        return "missed" if self.told_at is None else "late"

    @property
    def found_after_s(self) -> float:
        """Seconds from the change to the poll's finding of it."""
        return max(0.0, (self.found_at - self.changed_at).total_seconds())


class RefusedHook(msgspec.Struct, frozen=True, kw_only=True):
    """How often one connection's webhooks were refused for one reason on one day (UTC). No byte of them is kept.

    `reason` is the refusal's code; `detail` and `fix` are our own words about the last one.
    """

    tenant_id: TenantId
    connection_id: ConnectionId
    day: date
    reason: str
    count: int
    last_at: datetime
    detail: str = ""
    fix: str = ""


class BackfillRun(msgspec.Struct, frozen=True, kw_only=True):
    """One reading of the CRM's past. Window and wishes are fixed when it begins, so that it can go on after a crash.

    `found` counts the orders listed, `known` those that were leads already, `not_leads` the rest by the clause of the
    lead rule that failed first.
    """

    id: RunId
    tenant_id: TenantId
    connection_id: ConnectionId
    since: datetime
    follow_up: bool
    started_at: datetime
    state: Literal["listing", "applying", "done"] = "listing"
    finished_at: datetime | None = None
    found: int = 0
    known: int = 0
    not_leads: dict[str, int] = msgspec.field(default_factory=dict)
