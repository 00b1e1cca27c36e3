"""Saving a changed lead: the one place where its change is stored, told, scored, and armed to be written to the CRM."""

from leadcore.flows.scoring import rescore
from leadcore.flows.work import Work
from leadcore.kernel.ids import LeadId, TenantId
from leadcore.leads.events import LeadAnswered, LeadMoved
from leadcore.leads.model import Lead


async def save_lead(uow: Work, lead: Lead, *happened: LeadMoved | LeadAnswered | None) -> None:
    """Save *lead*, publish what *happened*, make its score due and arm what the shop's CRM shall be told.

    All by the same commit. Raises `ConflictError` when somebody else changed it.
    """
    await uow.leads.save(lead)
    told = [each for each in happened if each is not None]
    uow.publish(*told)
    await rescore(uow, lead)
    if not told:
        return
    tenant = await uow.tenants.get(lead.tenant_id)
    moved = any(isinstance(each, LeadMoved) for each in told)
    answered = any(isinstance(each, LeadAnswered) for each in told)
    is_told = (moved and tenant.write_back.columns.of(lead.status)) or (answered and tenant.write_back.note)
    if is_told:
        await arm_write_back(uow, lead.id, tenant_id=lead.tenant_id)


async def open_twin(uow: Work, lead: Lead) -> Lead | None:
    """Return the person's open lead for the same vehicle, if it is another one: beside it *lead* cannot be opened."""
    leads = await uow.leads.open_of_person(lead.person_id, tenant_id=lead.tenant_id)
    return next((each for each in leads if each.id != lead.id and each.vehicle_key == lead.vehicle_key != ""), None)


async def note_entry(uow: Work, lead_id: LeadId, *, tenant_id: TenantId) -> None:
    """Arm the log of what was said about the lead, if the shop wants one."""
    if (await uow.tenants.get(tenant_id)).write_back.messages:
        await arm_write_back(uow, lead_id, tenant_id=tenant_id)


async def note_picture(uow: Work, lead_id: LeadId, *, tenant_id: TenantId) -> None:
    """Arm the note on a picture that is kept now, if the shop wants one."""
    if (await uow.tenants.get(tenant_id)).write_back.pictures:
        await arm_write_back(uow, lead_id, tenant_id=tenant_id)


async def arm_write_back(uow: Work, lead_id: LeadId, *, tenant_id: TenantId) -> None:
    """Look now for what the CRM lacks about the lead."""
    await uow.due.arm("write_back", lead_id, tenant_id=tenant_id, at=await uow.now())
