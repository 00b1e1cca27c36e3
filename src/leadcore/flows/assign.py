"""Giving leads to the shop's people: once per lead, in turn; and moving one by hand."""

from leadcore.conversations.model import Conversation
from leadcore.flows.notify import notify_staff
from leadcore.flows.seams import Seams
from leadcore.flows.work import Work
from leadcore.kernel.errors import InvalidInputError
from leadcore.kernel.ids import LeadId, TenantId
from leadcore.leads.events import LeadAssigned
from leadcore.leads.model import Assignment, Lead
from leadcore.leads.policies.assignment import Choice, give, keep
from leadcore.tenants.model import Tenant
from leadcore.tenants.values import StaffMember


async def assign(uow: Work, tenant: Tenant, lead: Lead) -> Assignment | None:
    """Give a new lead to one of the staff, once. None when the tenant assigns nothing or nobody is active.

    The rotation stays locked until the commit: of two leads at once, the second sees the first one's turn.
    """
    if tenant.assignment.policy == "off" or not any(member.active for member in tenant.staff):
        return None
    known = await uow.life.assignments([lead.id], tenant_id=tenant.id)
    if known:
        return known[0]
    earlier = await uow.life.newest_assignment(lead.person_id, tenant_id=tenant.id)
    choice = keep(tenant.staff, tenant.assignment, earlier=earlier.staff if earlier else None)
    choice = choice or await _in_turn(uow, tenant)
    if choice is None:
        return None
    now = await uow.now()
    assignment = Assignment(tenant_id=tenant.id, lead_id=lead.id, staff=choice.member.key, how=choice.how, at=now)
    if not await uow.life.assign(assignment):
        return (await uow.life.assignments([lead.id], tenant_id=tenant.id))[0]
    uow.publish(_assigned(assignment, choice.member))
    return assignment


async def _in_turn(uow: Work, tenant: Tenant) -> Choice | None:
    rotation = await uow.life.rotation(tenant.id)
    given = give(tenant.staff, tenant.assignment, rotation, hours=tenant.hours, zone=tenant.zone, at=await uow.now())
    if given is None:
        return None
    choice, after = given
    await uow.life.save_rotation(after)
    return choice


async def reassign(seams: Seams, lead_id: LeadId, staff: str, *, tenant_id: TenantId, by: str) -> Assignment:
    """Give the lead to the member called *staff*, whoever had it; who is waiting for a person is told to them.

    Raises `InvalidInputError` when there is no such active member, `NotFoundError`.
    """
    async with seams.store.begin(tenant_id) as uow:
        tenant = await uow.tenants.get(tenant_id)
        member = member_called(tenant, staff)
        conversation = await _locked_thread(uow, lead_id, tenant_id=tenant_id)
        lead = await uow.leads.get(lead_id, tenant_id=tenant_id)
        known = await uow.life.assignments([lead.id], tenant_id=tenant_id)
        if known and known[0].staff == member.key:
            return known[0]
        assignment = Assignment(
            tenant_id=tenant_id, lead_id=lead.id, staff=member.key, how="by_hand", at=await uow.now(), by=by
        )
        await uow.life.reassign(assignment)
        uow.publish(_assigned(assignment, member, came_from=known[0].staff if known else ""))
        if conversation is not None and conversation.speaker == "staff" and conversation.lead_id == lead.id:
            await notify_staff(uow, seams, conversation, reason="this lead is yours now")
        await uow.commit()
    return assignment


def member_called(tenant: Tenant, staff: str) -> StaffMember:
    """Return the active member with this key (or, failing that, exactly this name). Raises `InvalidInputError`."""
    active = [member for member in tenant.staff if member.active]
    by_key = [member for member in active if member.key == staff]
    by_name = [member for member in active if member.name.casefold() == staff.strip().casefold()]
    found = by_key or by_name
    if len(found) != 1:
        known = ", ".join(member.key for member in active) or "nobody yet, add them with `leadcore staff add`"
        raise InvalidInputError(f"no active member of staff is called {staff!r}", field="staff", fix=f"known: {known}")
    return found[0]


async def _locked_thread(uow: Work, lead_id: LeadId, *, tenant_id: TenantId) -> Conversation | None:
    conversation = await uow.conversations.of_lead(lead_id, tenant_id=tenant_id)
    return await uow.conversations.lock(conversation.id, tenant_id=tenant_id) if conversation else None


def _assigned(assignment: Assignment, member: StaffMember, *, came_from: str = "") -> LeadAssigned:
    return LeadAssigned(
        tenant_id=assignment.tenant_id,
        at=assignment.at,
        lead_id=assignment.lead_id,
        staff=member.key,
        full_name=member.name,
        how=assignment.how,
        came_from=came_from,
        by=assignment.by,
    )
