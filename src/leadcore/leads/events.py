"""What happened to a lead."""

from typing import Literal

from leadcore.kernel.events import Event
from leadcore.kernel.ids import LeadId
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
