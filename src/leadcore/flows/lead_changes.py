"""Saving a changed lead: the one place where its change is stored, told, and armed to be written to the CRM."""

from leadcore.flows.work import Work
from leadcore.kernel.ids import LeadId, TenantId
from leadcore.leads.events import LeadMoved
from leadcore.leads.model import Lead


async def save_lead(uow: Work, lead: Lead, moved: LeadMoved | None = None, *, answered: bool = False) -> None:
    """Save *lead*, publish how it *moved*, and arm what the shop's CRM shall be told, all by the same commit.

    *answered* says that this change is its first answer. Raises `ConflictError` when somebody else changed it.
    """
    await uow.leads.save(lead)
    if moved is not None:
        uow.publish(moved)
    if moved is None and not answered:
        return
    tenant = await uow.tenants.get(lead.tenant_id)
    is_told = (moved is not None and tenant.write_back.columns.of(lead.status)) or (answered and tenant.write_back.note)
    if is_told and lead.source == tenant.providers.crm:
        await arm_write_back(uow, lead.id, tenant_id=lead.tenant_id)


async def note_entry(uow: Work, lead_id: LeadId, *, tenant_id: TenantId) -> None:
    """Arm the log of what was said about the lead, if the shop wants one."""
    if (await uow.tenants.get(tenant_id)).write_back.messages:
        await arm_write_back(uow, lead_id, tenant_id=tenant_id)


async def arm_write_back(uow: Work, lead_id: LeadId, *, tenant_id: TenantId) -> None:
    """Look now for what the CRM lacks about the lead."""
    await uow.due.arm("write_back", lead_id, tenant_id=tenant_id, at=await uow.now())
