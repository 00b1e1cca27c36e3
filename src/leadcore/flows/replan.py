"""Touches that wait follow the shop's calendar: other hours, holidays, closures or another zone give other instants."""

from datetime import datetime, timedelta

from msgspec.structs import replace

from leadcore.cadences.events import TouchMoved
from leadcore.cadences.machine import plan_again
from leadcore.cadences.model import Enrollment, Touch
from leadcore.flows.lead_facts import calendar_of
from leadcore.flows.seams import Seams
from leadcore.flows.work import Work
from leadcore.kernel.ids import TenantId, TouchId
from leadcore.ports.storage import DueItem
from leadcore.tenants.model import Tenant

_PAGE = 200
_AFTER = timedelta(seconds=3)
"""A touch that is being planned from the old calendar is there by then, and several changes in a row are one."""


async def replan_if_moved(uow: Work, before: Tenant, after: Tenant) -> None:
    """Arm the new reckoning, in the transaction that changes the shop, if its days or its zone are others now."""
    if (before.zone, calendar_of(before)) != (after.zone, calendar_of(after)):
        await uow.due.arm("replan", after.id, tenant_id=after.id, at=await uow.now() + _AFTER)


async def replan_due(seams: Seams, item: DueItem) -> None:
    """Reckon one waiting touch anew, or spread the work over all that wait (the item is the tenant).

    Doing it again changes nothing. Raises `StaleClaimError`.
    """
    if item.item_id == item.tenant_id:
        await _spread(seams, item)
        return
    async with seams.store.begin(item.tenant_id) as uow:
        peeked = await uow.cadences.touch(TouchId(item.item_id), tenant_id=item.tenant_id)
        enrollment = await uow.cadences.enrollment(peeked.enrollment_id, tenant_id=item.tenant_id)
        touch = await uow.cadences.touch(peeked.id, tenant_id=item.tenant_id)  # again, now that nobody can change it
        await uow.due.finish(item)
        if touch.state == "due" and enrollment.state == "active":
            await _replan(uow, touch, enrollment)
        await uow.commit()


async def _spread(seams: Seams, item: DueItem) -> None:
    after: TouchId | None = None
    while True:
        async with seams.store.begin(item.tenant_id) as uow:
            page = await uow.cadences.due_touches(item.tenant_id, after=after, limit=_PAGE)
            await uow.due.arm_all(
                "replan", [(each, None) for each in page], tenant_id=item.tenant_id, at=await uow.now()
            )
            if len(page) < _PAGE:
                await uow.due.finish(item)
            await uow.commit()
        if len(page) < _PAGE:
            return
        after = page[-1]


async def _replan(uow: Work, touch: Touch, enrollment: Enrollment) -> None:
    tenant = await uow.tenants.get(touch.tenant_id)
    if enrollment.zone != tenant.zone:
        enrollment = replace(enrollment, zone=tenant.zone)
        await uow.cadences.save(enrollment)
    now = await uow.now()
    if touch.by_hand or touch.due_at <= now:  # a person chose the instant; what is due is being decided
        return
    version = await uow.cadences.version(enrollment.cadence, enrollment.version, tenant_id=touch.tenant_id)
    step = next(each for each in version.steps if each.id == touch.step)
    since = await _counts_from(uow, touch, enrollment, tenant_id=tenant.id)
    plan = plan_again(enrollment, step, since=since, now=now, calendar=calendar_of(tenant))
    if plan.due_at == touch.due_at:
        return
    moved = replace(touch, due_at=plan.due_at, not_after=plan.not_after)
    await uow.cadences.save_touch(moved)
    if enrollment.paused_at is None:
        await uow.due.arm("touch", touch.id, tenant_id=tenant.id, at=moved.due_at)
    uow.publish(
        TouchMoved(
            tenant_id=tenant.id, at=now, enrollment_id=enrollment.id, lead_id=touch.lead_id, touch_id=touch.id,
            step=touch.step, was_due_at=touch.due_at, due_at=moved.due_at,
        )
    )  # fmt: skip


async def _counts_from(uow: Work, touch: Touch, enrollment: Enrollment, *, tenant_id: TenantId) -> datetime:
    """Return when the step before ended, which a delay counts from; the enrollment itself before the first."""
    touches = await uow.cadences.touches_of_lead(touch.lead_id, tenant_id=tenant_id)
    ended = [
        each.decided_at
        for each in touches
        if each.enrollment_id == enrollment.id and each.id != touch.id and each.decided_at is not None
    ]
    return max(ended, default=enrollment.enrolled_at)
