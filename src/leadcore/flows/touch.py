"""A due touch becomes messages: one per channel the customer can be reached on, each judged by the gate."""

from datetime import datetime, timedelta
from functools import partial

from msgspec.structs import replace

from leadcore.cadences.events import TouchDecided
from leadcore.cadences.machine import why_skipped
from leadcore.cadences.model import Enrollment, Step, Template, Touch
from leadcore.cadences.policies.rendering import MissingVariableError, html_of, render
from leadcore.compliance.model import ContactPoint
from leadcore.conversations.model import Conversation
from leadcore.flows.conflicts import beside_others
from leadcore.flows.enroll import Case, case_of, close_step
from leadcore.flows.notify import notify_staff
from leadcore.flows.reach import NOTHING_ARRIVES, routes_of, why_by_email
from leadcore.flows.seams import Seams, new_token
from leadcore.flows.stop import stop_follow_up
from leadcore.flows.template_values import values_of
from leadcore.flows.work import Work
from leadcore.flows.write_message import Draft, write_message
from leadcore.kernel.ids import TouchId
from leadcore.leads.model import Lead
from leadcore.ports.messaging import SendChannel
from leadcore.ports.storage import DueItem, LinkOwner

_LINK_LIVES = timedelta(days=30)


async def decide_touch(seams: Seams, item: DueItem) -> None:
    """Turn one due touch into messages and plan the next, in one transaction. Raises `StaleClaimError`."""
    await beside_others(seams, "touch", partial(_decide_in, item))


async def _decide_in(item: DueItem, seams: Seams) -> None:
    async with seams.store.begin(item.tenant_id) as uow:
        planned = await uow.cadences.touch(TouchId(item.item_id), tenant_id=item.tenant_id)
        enrollment = await uow.cadences.enrollment(planned.enrollment_id, tenant_id=item.tenant_id)
        touch = await uow.cadences.touch(planned.id, tenant_id=item.tenant_id)  # again, now that nobody can change it
        await uow.due.finish(item)
        if touch.state == "due" and enrollment.state == "active" and enrollment.paused_at is None:
            await _decide(uow, seams, touch, enrollment)
        await uow.commit()


async def _decide(uow: Work, seams: Seams, touch: Touch, enrollment: Enrollment) -> None:
    now = await uow.now()
    case = await case_of(uow, enrollment)
    step = next(each for each in case.version.steps if each.id == touch.step)
    if case.facts.status in case.version.ending.goals:
        await stop_follow_up(uow, case.lead, reason="goal")
        return
    if step.templates and now >= touch.not_after:
        decided = replace(touch, state="expired", decided_at=now, reason="too late to be useful")
        verdicts = {"all": "expired: too late to be useful"}
    elif skipped := why_skipped(enrollment, step, definition=case.version, facts=case.facts):
        decided = replace(touch, state="skipped", decided_at=now, reason=skipped)
        verdicts = {"all": f"skipped: {skipped}"}
    else:
        verdicts, reason = await _write_all(uow, seams, touch, step, case, at=now)
        decided = replace(touch, state="decided", decided_at=now, reason=reason)
    await uow.cadences.save_touch(decided)
    uow.publish(
        TouchDecided(
            tenant_id=touch.tenant_id,
            at=now,
            lead_id=touch.lead_id,
            touch_id=touch.id,
            step=touch.step,
            verdicts=verdicts,
        )
    )
    await close_step(uow, seams, case, step=touch.step)


async def _write_all(
    uow: Work, seams: Seams, touch: Touch, step: Step, case: Case, *, at: datetime
) -> tuple[dict[str, str], str]:
    """Write on every channel that reaches the customer; return the verdicts, and why a text became an e-mail."""
    if not step.templates:
        return {}, ""
    tenant, lead, person = case.tenant, case.lead, case.person
    conversation = await uow.conversations.of_lead(lead.id, tenant_id=tenant.id)
    values = values_of(tenant, lead, person, link=await chat_link(uow, seams, conversation, at=at))
    routes = await routes_of(uow, tenant, person, step)
    verdicts: dict[str, str] = {}
    for route in routes:
        if route.why_not or route.point is None:
            verdicts[route.channel] = f"denied: {route.why_not}"
            continue
        try:
            text = render(route.template, values)
        except MissingVariableError as cause:
            verdicts[route.channel] = f"denied: {cause.message}"
            continue
        draft = _draft(touch, step, lead, conversation, channel=route.channel, point=route.point, text=text)
        await write_message(uow, seams, draft, at=at, decided_at=touch.planned_at)
        verdicts[route.channel] = "written instead of a text" if route.instead else "written"
    reason = why_by_email(routes)
    if reason and not any(verdict.startswith("written") for verdict in verdicts.values()):
        await _ask_for_a_call(uow, seams, lead, conversation, reason)
    return verdicts, reason


async def _ask_for_a_call(uow: Work, seams: Seams, lead: Lead, conversation: Conversation | None, reason: str) -> None:
    """Tell the shop's people, once per lead, that nothing we send arrives."""
    before = await uow.cadences.touches_of_lead(lead.id, tenant_id=lead.tenant_id)
    if conversation is not None and not any(each.reason.startswith(NOTHING_ARRIVES) for each in before):
        await notify_staff(uow, seams, conversation, reason=f"{reason}: please call them")


def _draft(
    touch: Touch,
    step: Step,
    lead: Lead,
    conversation: Conversation | None,
    *,
    channel: SendChannel,
    point: ContactPoint,
    text: Template,
) -> Draft:
    return Draft(
        tenant_id=touch.tenant_id,
        channel=channel,
        purpose=step.purpose,
        contact_point_id=point.id,
        recipient=point.value,
        subject=text.subject,
        body=text.body,
        html=(text.html or html_of(text.body)) if channel == "email" else "",
        not_after=touch.not_after,
        lead_id=lead.id,
        touch_id=touch.id,
        conversation_id=conversation.id if conversation else None,
        requested_at=lead.requested_at if step.purpose == "first_response" else None,
    )


async def chat_link(uow: Work, seams: Seams, conversation: Conversation | None, *, at: datetime) -> str:
    """Return a fresh signed link into the lead's thread, good for 30 days; empty when there is no thread."""
    if conversation is None:
        return ""
    token, digest = new_token(seams.chance)
    await uow.conversations.put_token(
        digest, LinkOwner(tenant_id=conversation.tenant_id, target_id=conversation.id, expires_at=at + _LINK_LIVES)
    )
    return seams.urls.chat_link(token)
