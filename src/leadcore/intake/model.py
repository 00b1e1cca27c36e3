"""The inbox: exact bytes, kept before they are understood. And what is counted around it."""

from datetime import date, datetime, timedelta
from typing import Literal

import msgspec

from leadcore.kernel.ids import ConnectionId, InboxId, RunId, TenantId

InboxState = Literal["new", "done", "ignored", "dead"]
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
