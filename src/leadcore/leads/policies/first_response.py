"""Who answered first, and when: ours and a person's apart, whatever order the news comes in."""

from datetime import datetime
from typing import Any

from msgspec.structs import replace

from leadcore.leads.events import LeadAnswered
from leadcore.leads.model import Lead
from leadcore.leads.values import RespondedBy


def answered(lead: Lead, by: RespondedBy, *, at: datetime, channel: str) -> tuple[Lead, LeadAnswered | None]:
    """Return the lead with an answer noted that was accepted *at*, its version unchanged.

    An earlier instant replaces a later one: proof of an acceptance may come long after it. The event tells of the
    first answer of its kind that we hear of.
    """
    field = "first_automated_at" if by == "automation" else "first_human_at"
    known: datetime | None = getattr(lead, field)
    changes: dict[str, Any] = {}
    for name in (field, "first_response_at"):
        earlier: datetime | None = getattr(lead, name)
        if earlier is None or at < earlier:
            changes[name] = at
    if not changes:
        return lead, None
    event = LeadAnswered(
        tenant_id=lead.tenant_id,
        at=at,
        lead_id=lead.id,
        responded_by=by,
        channel=channel,
        waited_s=max(0.0, (at - lead.requested_at).total_seconds()),
    )
    return replace(lead, **changes), event if known is None else None
