"""What happened to a lead."""

from typing import Literal

from leadcore.kernel.events import Event
from leadcore.kernel.ids import LeadId
from leadcore.leads.values import LeadStatus, LostReason

FoundBy = Literal["webhook", "poll", "message", "form", "backfill", "import"]


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


class FollowUpWithheld(Event, frozen=True, kw_only=True, tag="lead.follow_up_withheld"):
    """A lead was brought in in bulk and nobody asked to follow it up: it is new, and nothing is sent to it by itself.

    `fix` is what an operator does to follow it up after all.
    """

    lead_id: LeadId
    found_by: FoundBy
    reason: str
    fix: str
