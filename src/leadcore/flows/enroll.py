"""Entering a cadence, and planning its touches."""

from functools import lru_cache
from uuid import UUID

import msgspec

from leadcore.cadences.events import Enrolled, EnrollmentEnded, TouchPlanned
from leadcore.cadences.machine import Begin, CloseLead, PlannerEffect, PlanTouch, StepClosed, advance
from leadcore.cadences.model import CadenceVersion, Enrollment, Touch
from leadcore.cadences.policies.definition import read_cadence
from leadcore.cadences.policies.shipped import SHIPPED
from leadcore.flows.losing import lose_lead
from leadcore.flows.seams import Seams
from leadcore.flows.work import Work
from leadcore.kernel.errors import InvalidInputError
from leadcore.kernel.ids import EnrollmentId, TenantId, TouchId
from leadcore.leads.model import Lead
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
    """Put the lead into a cadence (default: the tenant's), pinned to its present version, and plan the first touch.

    *again* begins a rotation that the lead never was in. Returns False when an active enrollment exists already, or the
    lead was in this *rotation* of the cadence before.
    """
    version = shipped_version(cadence or tenant.cadence, tenant_id=tenant.id)
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
    enrollment, effects = advance(enrollment, Begin(), definition=version, now=now)
    await perform(uow, seams, enrollment, effects)
    return True


async def _next_rotation(uow: Work, lead: Lead) -> int:
    before = await uow.cadences.enrollments_of_lead(lead.id, tenant_id=lead.tenant_id)
    return max((each.rotation + 1 for each in before), default=0)


async def close_step(uow: Work, seams: Seams, enrollment: Enrollment, *, step: str) -> None:
    """Plan what follows *step*, in the transaction that ends its touch."""
    version = await uow.cadences.version(enrollment.cadence, enrollment.version, tenant_id=enrollment.tenant_id)
    after, effects = advance(enrollment, StepClosed(step=step), definition=version, now=await uow.now())
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
            case CloseLead():
                await _close_lead(uow, enrollment)
            case _:
                continue  # CancelTouches belongs to stopping, which performs it itself


async def _close_lead(uow: Work, enrollment: Enrollment) -> None:
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
    if lead.is_open:
        await lose_lead(uow, lead, reason="no_answer", at=now)


def shipped_version(name: str, *, tenant_id: TenantId) -> CadenceVersion:
    """Return the cadence that comes with leadcore under *name*. Raises `InvalidInputError`."""
    if name not in SHIPPED:
        raise InvalidInputError(
            f"there is no cadence {name!r}", field="cadence", fix=f"choose one of {', '.join(sorted(SHIPPED))}"
        )
    return msgspec.structs.replace(_shipped(name), tenant_id=tenant_id)


@lru_cache(maxsize=len(SHIPPED))
def _shipped(name: str) -> CadenceVersion:
    return read_cadence(SHIPPED[name], tenant_id=TenantId(UUID(int=0)))
