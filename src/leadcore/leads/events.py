"""What happened to a lead."""

from leadcore.kernel.events import Event
from leadcore.kernel.ids import LeadId
from leadcore.leads.values import LeadStatus, LostReason


class LeadArrived(Event, frozen=True, kw_only=True, tag="lead.arrived"):
    """A lead came in for the first time."""

    lead_id: LeadId
    source: str


class LeadMoved(Event, frozen=True, kw_only=True, tag="lead.moved"):
    """A lead's status changed."""

    lead_id: LeadId
    came_from: LeadStatus
    went_to: LeadStatus
    reason: LostReason | None = None
