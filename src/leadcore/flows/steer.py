"""What the shop's people do to a running follow-up: pause, resume, snooze, skip, and begin once more."""

from datetime import datetime, timedelta

from msgspec.structs import replace

from leadcore.cadences.events import FollowUpSteered, TouchDecided
from leadcore.cadences.model import Enrollment, Touch
from leadcore.flows.enroll import case_of, close_step, enroll
from leadcore.flows.lead_moves import locked_thread, must_be_lawful
from leadcore.flows.seams import Seams
from leadcore.flows.work import Work
from leadcore.kernel.errors import InvalidInputError, RefusedError
from leadcore.kernel.ids import LeadId, TenantId
from leadcore.leads.values import LeadStatus

_LONGEST = timedelta(days=365)
_FOLLOWED = {LeadStatus.NEW, LeadStatus.CONTACTED, LeadStatus.ENGAGED, LeadStatus.QUOTED}


class NotEnrolledError(RefusedError):
    """No cadence is running for the lead, or it does not wait for what was asked."""

    code = "not_enrolled"


async def pause(seams: Seams, lead_id: LeadId, *, tenant_id: TenantId, by: str) -> Enrollment:
    """Hold the lead's follow-up until it is resumed; what has not left is cancelled. Pausing twice pauses once.

    Raises `NotEnrolledError`, `NotFoundError`.
    """
    async with seams.store.begin(tenant_id) as uow:
        enrollment = await _running(uow, lead_id, tenant_id)
        if enrollment.paused_at is None:
            enrollment = replace(enrollment, paused_at=await uow.now())
            await uow.cadences.save(enrollment)
            touches = await _due(uow, enrollment)
            await uow.due.cancel("touch", [each.id for each in touches], tenant_id=tenant_id)
            await _call_back(uow, enrollment, reason="paused")
            await _tell(uow, enrollment, how="paused", by=by, touches=touches)
            await uow.commit()
    return enrollment


async def resume(seams: Seams, lead_id: LeadId, *, tenant_id: TenantId, by: str) -> Enrollment:
    """Let the follow-up go on; a touch that became stale meanwhile expires, and the next is planned.

    Raises `NotEnrolledError`, `NotFoundError`.
    """
    async with seams.store.begin(tenant_id) as uow:
        enrollment = await _running(uow, lead_id, tenant_id)
        if enrollment.paused_at is not None:
            enrollment = replace(enrollment, paused_at=None)
            await uow.cadences.save(enrollment)
            now = await uow.now()
            touches = await _due(uow, enrollment)
            for touch in touches:
                await uow.due.arm("touch", touch.id, tenant_id=tenant_id, at=max(now, touch.due_at))
            await _tell(uow, enrollment, how="resumed", by=by, touches=touches)
            await uow.commit()
    return enrollment


async def snooze(seams: Seams, lead_id: LeadId, *, until: datetime, tenant_id: TenantId, by: str) -> Touch:
    """Put the next touch off until an instant; it stays useful for as long as it would have been.

    Raises `InvalidInputError` for an instant that is past or more than a year away, `NotEnrolledError`.
    """
    async with seams.store.begin(tenant_id) as uow:
        now = await uow.now()
        if until.tzinfo is None or not now < until <= now + _LONGEST:
            raise InvalidInputError(
                f"{until:%Y-%m-%d %H:%M} is no good", field="until", fix="an instant to come, with its zone, in a year"
            )
        enrollment = await _running(uow, lead_id, tenant_id)
        touch = await _next(uow, enrollment)
        touch = replace(touch, due_at=until, not_after=until + (touch.not_after - touch.due_at), by_hand=True)
        await uow.cadences.save_touch(touch)
        if enrollment.paused_at is None:
            await uow.due.arm("touch", touch.id, tenant_id=tenant_id, at=until)
        await _call_back(uow, enrollment, reason="snoozed")
        await _tell(uow, enrollment, how="snoozed", by=by, touches=[touch], until=until)
        await uow.commit()
    return touch


async def skip(seams: Seams, lead_id: LeadId, *, tenant_id: TenantId, by: str) -> Touch:
    """Leave out the next touch and plan the one after it. Raises `NotEnrolledError`, `NotFoundError`."""
    async with seams.store.begin(tenant_id) as uow:
        enrollment = await _running(uow, lead_id, tenant_id)
        if enrollment.paused_at is not None:
            raise NotEnrolledError("the follow-up is paused", field="lead_id", fix="resume it first")
        now = await uow.now()
        reason = f"left out by {by}"
        touch = replace(await _next(uow, enrollment), state="skipped", reason=reason, decided_at=now)
        await uow.cadences.save_touch(touch)
        await uow.due.cancel("touch", [touch.id], tenant_id=tenant_id)
        uow.publish(
            TouchDecided(
                tenant_id=tenant_id, at=now, lead_id=lead_id, touch_id=touch.id, step=touch.step,
                verdicts={"all": f"skipped: {reason}"},
            )
        )  # fmt: skip
        await _tell(uow, enrollment, how="skipped", by=by, touches=[touch])
        await close_step(uow, seams, await case_of(uow, enrollment), step=touch.step)
        await uow.commit()
    return touch


async def enroll_again(seams: Seams, lead_id: LeadId, *, cadence: str = "", tenant_id: TenantId) -> Enrollment:
    """Begin another rotation of the lead: the named cadence's, else the tenant's.

    Raises `NotEnrolledError` when one is running or the lead is past it, `FollowUpForbiddenError` when nobody may be
    written to, `InvalidInputError` for an unknown name.
    """
    async with seams.store.begin(tenant_id) as uow:
        lead = await uow.leads.get(lead_id, tenant_id=tenant_id)
        await locked_thread(uow, lead)
        lead = await uow.leads.get(lead_id, tenant_id=tenant_id)
        if lead.status not in _FOLLOWED:
            raise NotEnrolledError(f"the lead is {lead.status}", field="lead_id", fix="re-open it if it is lost")
        await must_be_lawful(uow, lead)
        tenant = await uow.tenants.get(tenant_id)
        if not await enroll(uow, seams, tenant, lead, cadence=cadence, again=True):
            raise NotEnrolledError("a cadence is running already", field="lead_id", fix="pause or skip it")
        (enrollment,) = await uow.cadences.active_of_lead(lead_id, tenant_id=tenant_id)
        await uow.commit()
    return enrollment


async def _running(uow: Work, lead_id: LeadId, tenant_id: TenantId) -> Enrollment:
    await uow.leads.get(lead_id, tenant_id=tenant_id)
    active = await uow.cadences.active_of_lead(lead_id, tenant_id=tenant_id)
    if not active:
        raise NotEnrolledError("no cadence is running for the lead", field="lead_id", fix="enroll it first")
    return active[0]


async def _due(uow: Work, enrollment: Enrollment) -> list[Touch]:
    touches = await uow.cadences.touches_of_lead(enrollment.lead_id, tenant_id=enrollment.tenant_id)
    return [each for each in touches if each.enrollment_id == enrollment.id and each.state == "due"]


async def _next(uow: Work, enrollment: Enrollment) -> Touch:
    touches = await _due(uow, enrollment)
    if not touches:
        raise NotEnrolledError("nothing waits for the lead", field="lead_id", fix="look at its timeline")
    return touches[0]


async def _call_back(uow: Work, enrollment: Enrollment, *, reason: str) -> None:
    cancelled = await uow.messages.cancel_of_enrollment(enrollment.id, tenant_id=enrollment.tenant_id, reason=reason)
    await uow.due.cancel("message", list(cancelled), tenant_id=enrollment.tenant_id)


async def _tell(
    uow: Work, enrollment: Enrollment, *, how: str, by: str, touches: list[Touch], until: datetime | None = None
) -> None:
    uow.publish(
        FollowUpSteered(
            tenant_id=enrollment.tenant_id,
            at=await uow.now(),
            enrollment_id=enrollment.id,
            lead_id=enrollment.lead_id,
            how=how,
            by=by,
            step=touches[0].step if touches else "",
            until=until,
        )
    )
