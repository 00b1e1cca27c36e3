"""Ending follow-up: one place for a reply, a revocation, a take-over, a booking and a close in the CRM."""

from msgspec.structs import replace

from leadcore.cadences.events import EnrollmentEnded
from leadcore.cadences.machine import CancelTouches, Stop, advance
from leadcore.cadences.values import StopReason
from leadcore.conversations.model import Conversation
from leadcore.flows.work import Work
from leadcore.leads.model import Lead


async def stop_all_follow_up(uow: Work, conversation: Conversation, *, reason: StopReason) -> list[Lead]:
    """Stop the cadences of every open request of the person behind the locked *conversation*; return those requests.

    Words are a person's: whoever answers one request must not be followed up on another. The request the conversation
    is about is among them even when it is closed.
    """
    tenant_id = conversation.tenant_id
    leads = {lead.id: lead for lead in await uow.leads.open_of_person(conversation.person_id, tenant_id=tenant_id)}
    leads[conversation.lead_id] = await uow.leads.get(conversation.lead_id, tenant_id=tenant_id)
    for lead in leads.values():
        await stop_follow_up(uow, lead, reason=reason)
    return list(leads.values())


async def stop_follow_up(uow: Work, lead: Lead, *, reason: StopReason) -> bool:
    """Stop the lead's cadences and cancel what has not left, inside the caller's transaction.

    A cadence whose file says that it goes on after *reason* is left running. Returns whether one was stopped.
    """
    now = await uow.now()
    stopped = False
    for enrollment in await uow.cadences.active_of_lead(lead.id, tenant_id=lead.tenant_id):
        version = await uow.cadences.version(enrollment.cadence, enrollment.version, tenant_id=lead.tenant_id)
        ended, effects = advance(enrollment, Stop(reason=reason), definition=version, now=now)
        if ended == enrollment:
            continue
        stopped = True
        await uow.cadences.save(ended)
        for effect in effects:
            if isinstance(effect, CancelTouches):
                touches = await uow.cadences.cancel_touches(enrollment.id, tenant_id=lead.tenant_id, reason=reason)
                await uow.due.cancel("touch", list(touches), tenant_id=lead.tenant_id)
                messages = await uow.messages.cancel_of_enrollment(
                    enrollment.id, tenant_id=lead.tenant_id, reason=reason
                )
                await uow.due.cancel("message", list(messages), tenant_id=lead.tenant_id)
        uow.publish(
            EnrollmentEnded(
                tenant_id=lead.tenant_id, at=now, enrollment_id=enrollment.id, lead_id=lead.id, reason=reason
            )
        )
    return stopped


async def go_on_knowing(uow: Work, lead: Lead) -> None:
    """Let what waits of a cadence that goes on after replies be written in knowledge of the customer's words.

    Without it the gate would take the next touch for one that was decided before them.
    """
    active = {each.id for each in await uow.cadences.active_of_lead(lead.id, tenant_id=lead.tenant_id)}
    if not active:
        return
    now = await uow.now()
    for touch in await uow.cadences.touches_of_lead(lead.id, tenant_id=lead.tenant_id):
        if touch.enrollment_id in active and touch.state == "due":
            await uow.cadences.save_touch(replace(touch, planned_at=max(now, touch.planned_at)))
