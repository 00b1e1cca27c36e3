"""Who waits for what, why a touch went as it did, and what a step would say to a lead."""

from datetime import datetime
from typing import Literal

import msgspec

from leadcore.cadences.machine import why_skipped
from leadcore.cadences.model import CadenceVersion, Enrollment, Step, Touch
from leadcore.cadences.policies.arms import arm_of
from leadcore.cadences.policies.conditions import Facts
from leadcore.cadences.policies.rendering import MissingVariableError, html_of, render
from leadcore.cadences.values import TouchState
from leadcore.compliance.policies.gate import RULES_VERSION, Allow, Defer, decide
from leadcore.compliance.repository import RecordedDecision
from leadcore.flows.cadence_files import present_version
from leadcore.flows.facts import gather
from leadcore.flows.lead_facts import facts_of
from leadcore.flows.reach import Route, reach_note, routes_of
from leadcore.flows.seams import Seams
from leadcore.flows.template_values import values_of
from leadcore.flows.work import Work
from leadcore.kernel.errors import NotFoundError
from leadcore.kernel.ids import EnrollmentId, LeadId, MessageId, TenantId, TouchId
from leadcore.leads.model import Lead
from leadcore.messaging.model import Message
from leadcore.messaging.policies.segments import segments
from leadcore.ports.messaging import SendChannel
from leadcore.tenants.model import Tenant

_TOKEN = "0" * 22


class Waiting(msgspec.Struct, frozen=True, kw_only=True):
    """A lead that waits for a step: from when it is due until when it would still go. `note`: where nothing arrives."""

    lead_id: LeadId
    touch_id: TouchId
    name: str
    cadence: str
    version: str
    step: str
    due_at: datetime
    not_after: datetime
    paused: bool
    note: str = ""


class WhyTouch(msgspec.Struct, frozen=True, kw_only=True):
    """Everything that was decided about a touch: its step, each decision of the gate with its inputs, its messages."""

    touch: Touch
    cadence: str
    version: str
    arm: str
    step: Step
    reason: str
    decisions: list[RecordedDecision]
    messages: list[Message]


class PreviewedMessage(msgspec.Struct, frozen=True, kw_only=True):
    """What one channel would carry now, or why it would not. `segments` is 0 for mails.

    `instead`: an e-mail in place of a text that cannot arrive.
    """

    channel: SendChannel
    verdict: Literal["allow", "defer", "deny"]
    reason: str
    recipient: str = ""
    subject: str = ""
    body: str = ""
    html: str = ""
    segments: int = 0
    until: datetime | None = None
    instead: bool = False


class TouchPreview(msgspec.Struct, frozen=True, kw_only=True):
    """A step as it would go to a lead at this instant. The chat link's secret is made when it is sent: zeros here."""

    lead_id: LeadId
    cadence: str
    version: str
    step: str
    skipped: str
    facts: Facts
    rules_version: str
    messages: list[PreviewedMessage]


async def waiting(seams: Seams, tenant_id: TenantId, *, limit: int) -> list[Waiting]:
    """Return who waits on which step until when, the next first."""
    found: list[Waiting] = []
    async with seams.store.begin(tenant_id) as uow:
        for touch in await uow.cadences.waiting(tenant_id, limit=limit):
            enrollment = await uow.cadences.peek_enrollment(touch.enrollment_id, tenant_id=tenant_id)
            lead = await uow.leads.get(touch.lead_id, tenant_id=tenant_id)
            person = await uow.leads.person(lead.person_id, tenant_id=tenant_id)
            found.append(
                Waiting(
                    lead_id=lead.id,
                    touch_id=touch.id,
                    name=f"{person.first_name} {person.last_name}".strip(),
                    cadence=enrollment.cadence,
                    version=enrollment.version,
                    step=touch.step,
                    due_at=touch.due_at,
                    not_after=touch.not_after,
                    paused=enrollment.paused_at is not None,
                    note=await reach_note(uow, person),
                )
            )
    return found


async def why_touch(seams: Seams, touch_id: TouchId, *, tenant_id: TenantId) -> WhyTouch:
    """Return all that was decided about a touch. Raises `NotFoundError`."""
    async with seams.store.begin(tenant_id) as uow:
        touch = await uow.cadences.touch(touch_id, tenant_id=tenant_id)
        enrollment = await uow.cadences.peek_enrollment(touch.enrollment_id, tenant_id=tenant_id)
        wrote = touch.version or enrollment.version
        version = await uow.cadences.version(enrollment.cadence, wrote, tenant_id=tenant_id)
        messages = [
            each for each in await uow.messages.of_lead(touch.lead_id, tenant_id=tenant_id) if each.touch_id == touch.id
        ]
        ids = {each.id for each in messages}
        decisions = [
            each
            for each in await uow.compliance.decisions_of(touch.lead_id, tenant_id=tenant_id)
            if each.touch_id == touch.id or each.message_id in ids
        ]
    return WhyTouch(
        touch=touch,
        cadence=version.name,
        version=version.version,
        arm=arm_of(enrollment.id, version.arms).name,
        step=_step(version, touch.step),
        reason=touch.reason or _plain(touch.state),
        decisions=decisions,
        messages=messages,
    )


async def preview_touch(seams: Seams, lead_id: LeadId, step_id: str, *, tenant_id: TenantId) -> TouchPreview:
    """Return what *step_id* of the lead's cadence would say and whether it might go now. Changes nothing.

    A lead that is in no cadence is shown the tenant's present one. Raises `NotFoundError`.
    """
    async with seams.store.begin(tenant_id) as uow:
        tenant = await uow.tenants.get(tenant_id)
        lead = await uow.leads.get(lead_id, tenant_id=tenant_id)
        person = await uow.leads.person(lead.person_id, tenant_id=tenant_id)
        enrollment, version = await _enrolled(uow, tenant, lead)
        step = _step(version, step_id)
        facts = await facts_of(uow, lead, person, enrollment)
        talk = await uow.conversations.of_lead(lead.id, tenant_id=tenant_id)
        values = values_of(tenant, lead, person, link=seams.urls.chat_link(_TOKEN) if talk else "")
        messages = [
            await _previewed(uow, tenant, lead, step, route=route, values=values)
            for route in await routes_of(uow, tenant, person, step)
        ]
    return TouchPreview(
        lead_id=lead.id,
        cadence=version.name,
        version=version.version,
        step=step.id,
        skipped=why_skipped(enrollment, step, definition=version, facts=facts),
        facts=msgspec.structs.replace(facts, arm=arm_of(enrollment.id, version.arms).name),
        rules_version=RULES_VERSION,
        messages=messages,
    )


async def _enrolled(uow: Work, tenant: Tenant, lead: Lead) -> tuple[Enrollment, CadenceVersion]:
    every = await uow.cadences.enrollments_of_lead(lead.id, tenant_id=tenant.id)
    if every:
        last = every[-1]
        return last, await uow.cadences.version(last.cadence, last.version, tenant_id=tenant.id)
    version = await present_version(uow, tenant.cadence, tenant_id=tenant.id)
    imagined = Enrollment(
        id=EnrollmentId(lead.id),
        tenant_id=tenant.id,
        lead_id=lead.id,
        cadence=version.name,
        version=version.version,
        zone=tenant.zone,
        enrolled_at=await uow.now(),
    )
    return imagined, version


async def _previewed(
    uow: Work,
    tenant: Tenant,
    lead: Lead,
    step: Step,
    *,
    route: Route,
    values: dict[str, str],
) -> PreviewedMessage:
    channel, point = route.channel, route.point
    if point is None:
        return PreviewedMessage(channel=channel, verdict="deny", reason=route.why_not)
    try:
        text = render(route.template, values)
    except MissingVariableError as cause:
        return PreviewedMessage(channel=channel, verdict="deny", reason=cause.message, recipient=point.value)
    now = await uow.now()
    message = Message(
        id=MessageId(lead.id),
        tenant_id=tenant.id,
        channel=channel,
        purpose=step.purpose,
        contact_point_id=point.id,
        recipient=point.value,
        subject=text.subject,
        body=text.body,
        html=(text.html or html_of(text.body)) if channel == "email" else "",
        decided_at=now,
        not_after=now + step.useful_for,
        lead_id=lead.id,
        requested_at=lead.requested_at if step.purpose == "first_response" else None,
    )
    decision = decide((await gather(uow, message, tenant, point, epoch=(await uow.sending()).epoch, lists=True)).facts)
    verdict: Literal["allow", "defer", "deny"] = (
        "allow" if isinstance(decision, Allow) else "defer" if isinstance(decision, Defer) else "deny"
    )
    return PreviewedMessage(
        channel=channel,
        verdict="deny" if route.why_not else verdict,
        reason=route.why_not or decision.reason,
        instead=route.instead,
        recipient=point.value,
        subject=message.subject,
        body=message.body,
        html=message.html,
        segments=segments(message.body).count if channel == "sms" else 0,
        until=decision.until if isinstance(decision, Defer) else None,
    )


def _step(version: CadenceVersion, wanted: str) -> Step:
    found = next((each for each in version.steps if each.id == wanted), None)
    if found is None:
        known = ", ".join(each.id for each in version.steps)
        raise NotFoundError(f"{version.name} has no step {wanted!r}", field="step", fix=f"steps: {known}")
    return found


def _plain(state: TouchState) -> str:
    return {"due": "it waits for its instant", "decided": "it was due and its condition held"}.get(state, state)
