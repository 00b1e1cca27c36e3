"""Asking a lost lead once more, some time after it was lost, if nothing has happened since that forbids it."""

from datetime import datetime, timedelta

from leadcore.flows.enroll import enroll
from leadcore.flows.seams import Seams
from leadcore.flows.work import Work
from leadcore.kernel.ids import LeadId
from leadcore.leads.events import WinBackDecided
from leadcore.leads.model import Lead
from leadcore.leads.values import LeadStatus
from leadcore.ports.storage import DueItem
from leadcore.tenants.model import Tenant

_GOT_IT = {LeadStatus.BOOKED, LeadStatus.WON}


async def win_back_due(seams: Seams, item: DueItem) -> None:
    """Put the lead into the tenant's win-back cadence, at most once per loss, or say why not.

    Only this decides whether to begin; the gate decides on every message. Raises `StaleClaimError`.
    """
    lead_id = LeadId(item.item_id)
    async with seams.store.begin(item.tenant_id) as uow:
        # locked first: who writes or asks again at this moment has been heard, or will stop what begins here
        thread = await uow.conversations.of_lead(lead_id, tenant_id=item.tenant_id)
        if thread is not None:
            await uow.conversations.lock(thread.id, tenant_id=item.tenant_id)
        lead = await uow.leads.get(lead_id, tenant_id=item.tenant_id)
        tenant = await uow.tenants.get(item.tenant_id)
        now = await uow.now()
        later = _not_before(tenant, lead)
        if later is not None and later > now:  # the setting was made longer meanwhile
            await uow.due.postpone(item, at=later)
        else:
            await uow.due.finish(item)
            await _decide(uow, seams, tenant, lead, at=now)
        await uow.commit()


async def _decide(uow: Work, seams: Seams, tenant: Tenant, lead: Lead, *, at: datetime) -> None:
    why_not = await _why_not(uow, tenant, lead)
    if not why_not and not await enroll(
        uow, seams, tenant, lead, cadence=tenant.win_back.cadence, rotation=lead.losses
    ):
        why_not = "it was asked once more after this loss already"
    uow.publish(WinBackDecided(tenant_id=lead.tenant_id, at=at, lead_id=lead.id, enrolled=not why_not, reason=why_not))


async def _why_not(uow: Work, tenant: Tenant, lead: Lead) -> str:
    rule = tenant.win_back
    if rule.after_days <= 0:
        return "the shop asks nobody once more"
    if lead.status is not LeadStatus.LOST:
        return f"it is {lead.status} now"
    if lead.lost_reason not in rule.reasons:
        return f"it was lost for {lead.lost_reason}"
    others = [each for each in await uow.life.of_person(lead.person_id, tenant_id=tenant.id) if each.id != lead.id]
    if any(each.is_open for each in others):
        return "another request of the person is open"
    if any(each.id > lead.id for each in others):
        return "the person asked again since"
    if any(each.status in _GOT_IT and _moved_since(each, lead) for each in others):
        return "the person booked since"
    return ""


def _moved_since(other: Lead, lead: Lead) -> bool:
    return other.moved_at is not None and (lead.moved_at is None or other.moved_at >= lead.moved_at)


def _not_before(tenant: Tenant, lead: Lead) -> datetime | None:
    if lead.moved_at is None or lead.status is not LeadStatus.LOST:
        return None
    return lead.moved_at + timedelta(days=tenant.win_back.after_days)
