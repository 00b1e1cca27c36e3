"""Handing the conversation to people, and telling them."""

from datetime import timedelta

from leadcore.compliance.model import ContactPoint
from leadcore.conversations.model import Conversation
from leadcore.flows.revoke import ensure_contact
from leadcore.flows.seams import Seams
from leadcore.flows.stop import stop_all_follow_up
from leadcore.flows.work import Work
from leadcore.flows.write_message import Draft, write_message
from leadcore.kernel.contact import ContactKind, parse_email, parse_phone
from leadcore.kernel.errors import InvalidInputError
from leadcore.kernel.ids import LeadId
from leadcore.leads.policies.assignment import is_in
from leadcore.tenants.model import Tenant

_NOTICE_USEFUL = timedelta(hours=12)


async def hand_to_staff(uow: Work, seams: Seams, conversation: Conversation, *, by: str, reason: str) -> Conversation:
    """Give the word to the shop's people and notify them by text or e-mail; return the saved conversation.

    No cadence speaks beside them: one that goes on after replies ends here.
    """
    now = await uow.now()
    handed, event = conversation.handed_to("staff", by=by, at=now, reason=reason)
    await uow.conversations.save(handed)
    uow.publish(event)
    await stop_all_follow_up(uow, handed, reason="taken_over")
    await notify_staff(uow, seams, handed, reason=reason)
    return handed


async def notify_staff(uow: Work, seams: Seams, conversation: Conversation, *, reason: str) -> None:
    """Tell the lead's advisor that a person is needed, or the shop when the advisor cannot be reached now.

    Who speaks stays as it is.
    """
    tenant = await uow.tenants.get(conversation.tenant_id)
    person = await uow.leads.person(conversation.person_id, tenant_id=conversation.tenant_id)
    who = person.first_name or "A customer"
    await tell_staff(
        uow,
        seams,
        tenant,
        subject=f"{who} is waiting for a person",
        text=f"{tenant.brand}: {who} needs a person ({reason}). "
        f"Take over: leadcore conversations take {conversation.id}",
        lead_id=conversation.lead_id,
    )


async def tell_staff(
    uow: Work, seams: Seams, tenant: Tenant, *, subject: str, text: str, lead_id: LeadId | None = None
) -> None:
    """Text and mail the advisor of *lead_id*, else the shop's people, as far as the tenant says how to reach them."""
    now = await uow.now()
    for point in await _whom(uow, seams, tenant, lead_id):
        draft = Draft(
            tenant_id=tenant.id,
            channel="sms" if point.kind == "phone" else "email",
            purpose="staff_notice",
            contact_point_id=point.id,
            recipient=point.value,
            subject=subject,
            body=text,
            not_after=now + _NOTICE_USEFUL,
            lead_id=lead_id,
        )
        await write_message(uow, seams, draft, at=now)


async def _whom(uow: Work, seams: Seams, tenant: Tenant, lead_id: LeadId | None) -> list[ContactPoint]:
    """The advisor's addresses while they are in; else the shop's; with none of the shop's, the advisor's after all."""
    assignments = await uow.life.assignments([lead_id], tenant_id=tenant.id) if lead_id else []
    staff = assignments[0].staff if assignments else None
    advisor = next((each for each in tenant.staff if each.key == staff and each.active), None)
    theirs = await _points(uow, seams, tenant, phone=advisor.phone, email=advisor.email) if advisor else []
    if theirs and advisor and is_in(advisor, hours=tenant.hours, zone=tenant.zone, at=await uow.now()):
        return theirs
    return await _points(uow, seams, tenant, phone=tenant.staff_phone, email=tenant.staff_email) or theirs


async def _points(uow: Work, seams: Seams, tenant: Tenant, *, phone: str, email: str) -> list[ContactPoint]:
    """Contact points of readable addresses that may be written to."""
    found: list[ContactPoint] = []
    kinds: tuple[tuple[ContactKind, str], ...] = (("phone", phone), ("email", email))
    for kind, address in kinds:
        if not address:
            continue
        try:
            value = parse_phone(address).e164 if kind == "phone" else parse_email(address).address
        except InvalidInputError:
            continue  # `doctor` names the bad address; a customer's transaction must not fail for it
        point = await ensure_contact(uow, kind, value, tenant_id=tenant.id, seams=seams)
        if not await uow.compliance.suppressions(point.id, tenant_id=tenant.id):
            found.append(point)
    return found
