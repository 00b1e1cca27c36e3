"""The inbox: exact bytes, kept before they are understood; and what is known of the records they hint at."""

from datetime import UTC, datetime
from typing import Literal

import msgspec
from msgspec.structs import replace

from leadcore.kernel.ids import ConnectionId, InboxId, TenantId

InboxState = Literal["new", "done", "ignored", "dead"]
RecordKind = Literal["order", "customer", "vehicle", "appointment", "thread"]
NEVER = datetime(1970, 1, 1, tzinfo=UTC)


class InboxItem(msgspec.Struct, frozen=True, kw_only=True):
    """One authentic thing that arrived. `body` are the exact bytes; `error` says why it is dead or ignored."""

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
