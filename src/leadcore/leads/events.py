"""What happened to a lead."""

from typing import Literal

from leadcore.kernel.events import Event
from leadcore.kernel.ids import LeadId, MergeId, PersonId
from leadcore.leads.values import LeadStatus, LostReason

FoundBy = Literal["webhook", "poll", "message", "form"]


class LeadArrived(Event, frozen=True, kw_only=True, tag="lead.arrived"):
    """A lead came in for the first time. `found_by` tells a lead that no webhook told us of."""

    lead_id: LeadId
    source: str
    found_by: FoundBy = "webhook"


class LeadMoved(Event, frozen=True, kw_only=True, tag="lead.moved"):
    """A lead's status changed."""

    lead_id: LeadId
    came_from: LeadStatus
    went_to: LeadStatus
    reason: LostReason | None = None


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
