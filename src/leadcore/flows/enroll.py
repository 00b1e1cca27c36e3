"""Entering a cadence, and planning its touches."""

import msgspec

from leadcore.cadences.events import Enrolled, EnrollmentEnded, TouchPlanned
from leadcore.cadences.machine import Begin, CloseLead, PlannerEffect, PlanTouch, StepClosed, advance
from leadcore.cadences.model import CadenceVersion, Enrollment, Touch
from leadcore.cadences.policies.conditions import Facts
from leadcore.flows.cadence_files import version_for
from leadcore.flows.lead_facts import calendar_of, facts_of
from leadcore.flows.losing import lose_lead
from leadcore.flows.seams import Seams
from leadcore.flows.work import Work
from leadcore.kernel.ids import EnrollmentId, TouchId
from leadcore.leads.model import Lead, Person
from leadcore.tenants.model import Tenant


async def enroll(
    uow: Work,
    seams: Seams,
    tenant: Tenant,
    lead: Lead,
    *,
    cadence: str = "",
    rotation: int = 0,
    again: bool = False,
) -> bool:
    """Put the lead into a cadence (default: the tenant's), pinned to a version, and plan the first touch.

    That is the present version, or the new one while a roll-out tries it on leads like this one.

    *again* begins a rotation that the lead never was in. Returns False when an active enrollment exists already, or the
    lead was in this *rotation* of the cadence before.
    """
    version = await version_for(uow, cadence or tenant.cadence, lead.id, tenant_id=tenant.id)
    await uow.cadences.put_version(version)
    now = await uow.now()
    enrollment = Enrollment(
        id=EnrollmentId(seams.ids.new()),
        tenant_id=tenant.id,
        lead_id=lead.id,
        cadence=version.name,
        version=version.version,
        zone=tenant.zone,
        enrolled_at=now,
        rotation=await _next_rotation(uow, lead) if again else rotation,
    )
    if not await uow.cadences.enroll(enrollment):
        return False
    uow.publish(
        Enrolled(
            tenant_id=tenant.id,
            at=now,
            enrollment_id=enrollment.id,
            lead_id=lead.id,
            cadence=version.name,
            version=version.version,
        )
    )
    enrollment, effects = advance(enrollment, Begin(), definition=version, now=now, calendar=calendar_of(tenant))
    await perform(uow, seams, enrollment, effects)
    return True


async def _next_rotation(uow: Work, lead: Lead) -> int:
    before = await uow.cadences.enrollments_of_lead(lead.id, tenant_id=lead.tenant_id)
    return max((each.rotation + 1 for each in before), default=0)


class Case(msgspec.Struct, frozen=True, kw_only=True):
    """An enrollment with everything that a step of it is decided and the next one planned on."""

    enrollment: Enrollment
    version: CadenceVersion
    tenant: Tenant
    lead: Lead
    person: Person
    facts: Facts


async def case_of(uow: Work, enrollment: Enrollment) -> Case:
    """Read it as it stands now. *enrollment* must be locked."""
    tenant_id = enrollment.tenant_id
    lead = await uow.leads.get(enrollment.lead_id, tenant_id=tenant_id)
    person = await uow.leads.person(lead.person_id, tenant_id=tenant_id)
    return Case(
        enrollment=enrollment,
        version=await uow.cadences.version(enrollment.cadence, enrollment.version, tenant_id=tenant_id),
        tenant=await uow.tenants.get(tenant_id),
        lead=lead,
        person=person,
        facts=await facts_of(uow, lead, person, enrollment),
    )


async def close_step(uow: Work, seams: Seams, case: Case, *, step: str) -> None:
    """Plan what follows *step*, in the transaction that ends its touch."""
    enrollment = case.enrollment
    after, effects = advance(
        enrollment,
        StepClosed(step=step),
        definition=case.version,
        now=await uow.now(),
        calendar=calendar_of(case.tenant),
        facts=case.facts,
    )
    if after != enrollment:
        await uow.cadences.save(after)
    await perform(uow, seams, after, effects)


async def perform(uow: Work, seams: Seams, enrollment: Enrollment, effects: tuple[PlannerEffect, ...]) -> None:
    """Do what the planner asked for."""
    now = await uow.now()
    for effect in effects:
        match effect:
            case PlanTouch(step=step, due_at=due_at, not_after=not_after):
                touch = Touch(
                    id=TouchId(seams.ids.new()),
                    tenant_id=enrollment.tenant_id,
                    enrollment_id=enrollment.id,
                    lead_id=enrollment.lead_id,
                    step=step.id,
                    due_at=due_at,
                    not_after=not_after,
                    planned_at=now,
                    version=enrollment.version,
                )
                if await uow.cadences.add_touch(touch):
                    await uow.due.arm("touch", touch.id, tenant_id=touch.tenant_id, at=due_at)
                    uow.publish(
                        TouchPlanned(
                            tenant_id=touch.tenant_id,
                            at=now,
                            enrollment_id=enrollment.id,
                            lead_id=touch.lead_id,
                            touch_id=touch.id,
                            step=touch.step,
                            due_at=due_at,
                        )
                    )
                else:
                    await _pass_over(uow, seams, enrollment, step=step.id)
            case CloseLead(nurture=nurture):
                await _close_lead(uow, seams, enrollment, nurture=nurture)
            case _:
                continue  # CancelTouches belongs to stopping, which performs it itself


async def _pass_over(uow: Work, seams: Seams, enrollment: Enrollment, *, step: str) -> None:
    """Go on after a step that the enrollment had on another version: it is not said twice, and nobody stops there."""
    touches = await uow.cadences.touches_of_lead(enrollment.lead_id, tenant_id=enrollment.tenant_id)
    had = next(each for each in touches if each.enrollment_id == enrollment.id and each.step == step)
    if had.state != "due":
        await close_step(uow, seams, await case_of(uow, enrollment), step=step)


async def _close_lead(uow: Work, seams: Seams, enrollment: Enrollment, *, nurture: str) -> None:
    now = await uow.now()
    uow.publish(
        EnrollmentEnded(
            tenant_id=enrollment.tenant_id,
            at=now,
            enrollment_id=enrollment.id,
            lead_id=enrollment.lead_id,
            reason="end_of_cadence",
        )
    )
    lead = await uow.leads.get(enrollment.lead_id, tenant_id=enrollment.tenant_id)
    if not lead.is_open:
        return
    if nurture and nurture != enrollment.cadence:
        tenant = await uow.tenants.get(enrollment.tenant_id)
        before = await uow.cadences.enrollments_of_lead(lead.id, tenant_id=tenant.id)
        # once in each cadence: two that nurture one another must end, too
        if all(each.cadence != nurture for each in before) and await enroll(
            uow, seams, tenant, lead, cadence=nurture, again=True
        ):
            return
    await lose_lead(uow, lead, reason="no_answer", at=now)
