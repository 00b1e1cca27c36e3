"""A lead is lost, whoever found out: one place that moves it and remembers to ask once more."""

from datetime import datetime, timedelta

from leadcore.flows.lead_changes import save_lead
from leadcore.flows.work import Work
from leadcore.leads.model import Lead
from leadcore.leads.values import LeadStatus, LostReason


async def lose_lead(uow: Work, lead: Lead, *, reason: LostReason, at: datetime, by: str = "") -> Lead:
    """Move the lead to lost, in the caller's transaction; where the tenant wants it, arm the win-back.

    Raises `UnreachableStatusError`.
    """
    lost, event = lead.move_to(LeadStatus.LOST, at=at, reason=reason, by=by)
    await save_lead(uow, lost, event)
    rule = (await uow.tenants.get(lead.tenant_id)).win_back
    if rule.after_days > 0 and reason in rule.reasons:
        await uow.due.arm("win_back", lost.id, tenant_id=lost.tenant_id, at=at + timedelta(days=rule.after_days))
    return lost
