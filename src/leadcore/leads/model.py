"""The person, the lead and its status machine."""

from datetime import UTC, datetime
from typing import Literal
from uuid import UUID

import msgspec
from msgspec.structs import replace

from leadcore.kernel.errors import RefusedError
from leadcore.kernel.ids import ContactPointId, LeadId, LeadReferenceId, MergeId, PersonId, TenantId
from leadcore.leads.events import LeadMoved
from leadcore.leads.values import AssignedHow, LeadStatus, LostReason, ScoreReason, Vehicle

_S = LeadStatus
_NEXT: dict[LeadStatus, frozenset[LeadStatus]] = {
    _S.NEW: frozenset({_S.CONTACTED, _S.ENGAGED, _S.QUOTED, _S.BOOKED, _S.WON, _S.LOST}),
    _S.CONTACTED: frozenset({_S.ENGAGED, _S.QUOTED, _S.BOOKED, _S.WON, _S.LOST}),
    _S.ENGAGED: frozenset({_S.QUOTED, _S.BOOKED, _S.WON, _S.LOST}),
    _S.QUOTED: frozenset({_S.BOOKED, _S.WON, _S.LOST}),
    _S.BOOKED: frozenset({_S.QUOTED, _S.WON, _S.LOST}),
    _S.WON: frozenset(),
    _S.LOST: frozenset({_S.ENGAGED}),
}
OPEN = frozenset(_S) - {_S.WON, _S.LOST}


class UnreachableStatusError(RefusedError):
    """A lead cannot get from where it is to where somebody wants it."""

    code = "unreachable_status"

    def __init__(self, *, current: LeadStatus, wanted: LeadStatus) -> None:
        reachable = ", ".join(sorted(_NEXT[current])) or "nothing: it is final"
        super().__init__(f"a {current} lead cannot become {wanted}", field="status", fix=f"reachable: {reachable}")
        self.current = current
        self.wanted = wanted


class MissingLostReasonError(RefusedError):
    """A lead is marked lost only with a reason, and nothing else takes one."""

    code = "lost_reason"


class DuplicateLeadError(RefusedError):
    """A lead that was closed as a duplicate stays closed: another one stands for it."""

    code = "lead_is_duplicate"


class NotLostError(RefusedError):
    """Only a lost lead is re-opened."""

    code = "not_lost"


class FollowUpForbiddenError(RefusedError):
    """The customer may not be written to, so follow-up cannot start again."""

    code = "follow_up_forbidden"


class Person(msgspec.Struct, frozen=True, kw_only=True):
    """Somebody who wrote to the tenant. Contact points belong to one person.

    `merged_into` is who this person turned out to be: they keep the contact points that the other has no place for, and
    nothing else is theirs any more. It never names somebody who is merged themselves.
    """

    id: PersonId
    tenant_id: TenantId
    first_name: str = ""
    last_name: str = ""
    phone_id: ContactPointId | None = None
    email_id: ContactPointId | None = None
    merged_into: PersonId | None = None


class Lead(msgspec.Struct, frozen=True, kw_only=True):
    """One wish of one person. `external_ref` is the CRM's id of the order behind it, unique per tenant and source.

    `requested_at` is when the customer asked (their clock is the CRM's); `first_response_at` when we first answered,
    `first_automated_at` and `first_human_at` who did; all three are when the carrier accepted the message. `moved_at`
    is the last change of status, `losses` how often it was lost: it numbers what may be done once per loss.
    `vehicle_key` (`policies.vehicle_key`) is unique among a person's open leads; leads older than it have none.
    """

    id: LeadId
    tenant_id: TenantId
    person_id: PersonId
    source: str
    external_ref: str
    requested_at: datetime
    created_at: datetime
    vehicle: Vehicle = Vehicle()
    interest: str = ""
    note: str = ""
    status: LeadStatus = LeadStatus.NEW
    lost_reason: LostReason | None = None
    first_response_at: datetime | None = None
    first_automated_at: datetime | None = None
    first_human_at: datetime | None = None
    moved_at: datetime | None = None
    losses: int = 0
    vehicle_key: str = ""
    version: int = 1

    @property
    def is_open(self) -> bool:
        """True until it is won or lost."""
        return self.status in OPEN

    def move_to(
        self, wanted: LeadStatus, *, at: datetime, reason: LostReason | None = None, by: str = ""
    ) -> tuple["Lead", LeadMoved]:
        """Return the moved lead and what happened. Raises `UnreachableStatusError` or `MissingLostReasonError`."""
        if wanted not in _NEXT[self.status]:
            raise UnreachableStatusError(current=self.status, wanted=wanted)
        if (wanted is LeadStatus.LOST) != (reason is not None):
            raise MissingLostReasonError("a lost lead needs a reason, another status takes none", field="reason")
        moved = LeadMoved(
            tenant_id=self.tenant_id,
            lead_id=self.id,
            came_from=self.status,
            went_to=wanted,
            at=at,
            reason=reason,
            by=by,
        )
        losses = self.losses + (wanted is LeadStatus.LOST)
        after = replace(self, status=wanted, lost_reason=reason, moved_at=at, losses=losses, version=self.version + 1)
        return after, moved

    def progressed_to(self, wanted: LeadStatus, *, at: datetime) -> tuple["Lead", LeadMoved | None]:
        """Move forward to *wanted* if that is ahead; stay as it is when it is there or further already."""
        if wanted is self.status or wanted not in _NEXT[self.status] or wanted is LeadStatus.LOST:
            return self, None
        if self.status is LeadStatus.BOOKED and wanted is LeadStatus.QUOTED:
            return self, None
        return self.move_to(wanted, at=at)

    def mirrored(
        self, wanted: LeadStatus, *, at: datetime, reason: LostReason | None = None
    ) -> tuple["Lead", LeadMoved | None]:
        """Take over where the shop's own books put the lead, from wherever it is: what they say has happened.

        Nothing happens when it is there already. Raises `MissingLostReasonError`.
        """
        if (wanted is LeadStatus.LOST) != (reason is not None):
            raise MissingLostReasonError("a lost lead needs a reason, another status takes none", field="reason")
        if (wanted, reason) == (self.status, self.lost_reason):
            return self, None
        moved = LeadMoved(
            tenant_id=self.tenant_id, lead_id=self.id, came_from=self.status, went_to=wanted, at=at, reason=reason
        )
        losses = self.losses + (wanted is LeadStatus.LOST and self.status is not LeadStatus.LOST)
        after = replace(self, status=wanted, lost_reason=reason, moved_at=at, losses=losses, version=self.version + 1)
        return after, moved


class LeadScore(msgspec.Struct, frozen=True, kw_only=True):
    """How promising a lead is, 0 to 100: the sum of its reasons."""

    tenant_id: TenantId
    lead_id: LeadId
    total: int
    reasons: tuple[ScoreReason, ...]
    scored_at: datetime


class Assignment(msgspec.Struct, frozen=True, kw_only=True):
    """Whose lead it is: `staff` is the key of one of the tenant's people, `by` the person who moved it by hand."""

    tenant_id: TenantId
    lead_id: LeadId
    staff: str
    how: AssignedHow
    at: datetime
    by: str = ""


class Appointment(msgspec.Struct, frozen=True, kw_only=True):
    """When the customer comes in, as one of the shop's people said it here: one per lead, the newest counts.

    `service` is in the words of who booked it, `booked_by` is that person. What the CRM's calendar says is not here.
    """

    tenant_id: TenantId
    lead_id: LeadId
    starts_at: datetime
    ends_at: datetime
    service: str = ""
    booked_at: datetime
    booked_by: str = ""

    @property
    def span(self) -> str:
        """From when to when, as instants: two appointments of one lead are the same when this is."""
        return f"{self.starts_at.astimezone(UTC).isoformat()}/{self.ends_at.astimezone(UTC).isoformat()}"


class Rotation(msgspec.Struct, frozen=True, kw_only=True):
    """Whose turn it is: the number of the last turn each of the staff had. One row per tenant, locked while decided."""

    tenant_id: TenantId
    turns: int = 0
    last_turn: dict[str, int] = {}


class Answering(msgspec.Struct, frozen=True, kw_only=True):
    """How a lead stands with the clock: when it was asked, and when it was first answered by whom."""

    lead_id: LeadId
    requested_at: datetime
    first_automated_at: datetime | None = None
    first_human_at: datetime | None = None


class LeadReference(msgspec.Struct, frozen=True, kw_only=True):
    """One source's name for a lead: the request that made it, and every later one that joined it."""

    id: LeadReferenceId
    tenant_id: TenantId
    lead_id: LeadId
    source: str
    external_ref: str
    added_at: datetime


MergedRows = Literal[
    "person", "lead", "lead_reference", "conversation", "entry", "turn", "enrollment", "touch", "message"
]
Cell = str | int | None


class RowChange(msgspec.Struct, frozen=True, kw_only=True):
    """What a merge did to one row: the columns it changed, before and after, as JSON writes them.

    A change that `yields` is taken back only if nothing changed those columns since; any other must still stand.
    """

    table: MergedRows
    id: UUID
    before: dict[str, Cell]
    after: dict[str, Cell]
    yields: bool = False

    @property
    def reversed(self) -> "RowChange":
        """What takes it back."""
        return replace(self, before=self.after, after=self.before)


class PersonMerge(msgspec.Struct, frozen=True, kw_only=True):
    """One merge of two people, with the exact journal that takes it back."""

    id: MergeId
    tenant_id: TenantId
    keep_id: PersonId
    other_id: PersonId
    merged_at: datetime
    merged_by: str
    changes: tuple[RowChange, ...]
    undone_at: datetime | None = None
    undone_by: str = ""
