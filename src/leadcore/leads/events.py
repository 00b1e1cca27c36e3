"""What happened to a lead."""

from datetime import datetime
from typing import Literal

from leadcore.kernel.events import Event
from leadcore.kernel.ids import LeadId, MergeId, PersonId
from leadcore.leads.values import AssignedHow, LeadStatus, LostReason, RespondedBy, ScoreReason

FoundBy = Literal["webhook", "poll", "message", "form", "backfill", "import"]


class LeadArrived(Event, frozen=True, kw_only=True, tag="lead.arrived"):
    """A lead came in for the first time. `found_by` tells a lead that no webhook told us of."""

    lead_id: LeadId
    source: str
    found_by: FoundBy = "webhook"


class LeadMoved(Event, frozen=True, kw_only=True, tag="lead.moved"):
    """A lead's status changed; `by` names the person who said so, empty when nobody did."""

    lead_id: LeadId
    came_from: LeadStatus
    went_to: LeadStatus
    reason: LostReason | None = None
    by: str = ""


class LeadAnswered(Event, frozen=True, kw_only=True, tag="lead.answered"):
    """The customer was answered for the first time by our automation, or for the first time by a person.

    `waited_s` is from when they asked until the carrier accepted the message (the chat page: until it was shown).
    """

    lead_id: LeadId
    responded_by: RespondedBy
    channel: str
    waited_s: float


class LeadScored(Event, frozen=True, kw_only=True, tag="lead.scored"):
    """A lead's score changed, and what it is made of now."""

    lead_id: LeadId
    total: int
    reasons: tuple[ScoreReason, ...]


class LeadAssigned(Event, frozen=True, kw_only=True, tag="lead.assigned"):
    """A lead was given to an advisor. `came_from` is who had it before; `by` the person who moved it."""

    lead_id: LeadId
    staff: str
    full_name: str
    how: AssignedHow
    came_from: str = ""
    by: str = ""


class LeadBooked(Event, frozen=True, kw_only=True, tag="lead.booked"):
    """One of the shop's people said when the customer comes in, or moved that. `by` is who."""

    lead_id: LeadId
    starts_at: datetime
    ends_at: datetime
    service: str = ""
    by: str = ""


class WinBackDecided(Event, frozen=True, kw_only=True, tag="lead.win_back"):
    """Its time to be asked once more came: `enrolled`, or why not."""

    lead_id: LeadId
    enrolled: bool
    reason: str = ""


class FollowUpWithheld(Event, frozen=True, kw_only=True, tag="lead.follow_up_withheld"):
    """A lead was brought in in bulk and nobody asked to follow it up: it is new, and nothing is sent to it by itself.

    `fix` is what an operator does to follow it up after all.
    """

    lead_id: LeadId
    found_by: FoundBy
    reason: str
    fix: str


class LeadJoined(Event, frozen=True, kw_only=True, tag="lead.joined"):
    """The same person asked again for the same vehicle: one more source names the lead. `reopened`: it was lost."""

    lead_id: LeadId
    source: str
    external_ref: str
    found_by: FoundBy = "webhook"
    reopened: bool = False


class PeopleMerged(Event, frozen=True, kw_only=True, tag="person.merged"):
    """Two people turned out to be one; said once per lead of either."""

    lead_id: LeadId | None
    merge_id: MergeId
    keep_id: PersonId
    other_id: PersonId
    by: str


class PeopleUnmerged(Event, frozen=True, kw_only=True, tag="person.unmerged"):
    """A merge was taken back; said once per lead of either."""

    lead_id: LeadId | None
    merge_id: MergeId
    keep_id: PersonId
    other_id: PersonId
    by: str
