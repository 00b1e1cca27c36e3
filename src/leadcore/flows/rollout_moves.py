"""Moving enrollments to the new version of a roll-out, and back: one transaction each, any number of times.

Whatever interrupts it, the roll-out still says that it is moving, and whoever goes on finds those that are left. An
enrollment is locked while it moves, as it is while its touch is decided, so it is moved before or after, never between.
"""

from collections.abc import Awaitable, Callable
from functools import partial

from msgspec.structs import replace

from leadcore.cadences.events import EnrollmentMoved
from leadcore.cadences.machine import relocate
from leadcore.cadences.model import Enrollment, Rollout, RolloutMove, Touch
from leadcore.cadences.policies.migration import destination, in_share, moving_steps, way_back
from leadcore.flows.conflicts import until_undisturbed
from leadcore.flows.lead_facts import calendar_of
from leadcore.flows.seams import Seams
from leadcore.flows.work import Work
from leadcore.kernel.ids import EnrollmentId, RolloutId, TenantId

_PAGE = 200
_FORWARD = {"canary", "promoted"}
Mover = Callable[[Seams, Rollout, EnrollmentId], Awaitable[bool]]
Moved = Callable[[int], None]


def _tell_nobody(_moved: int) -> None:
    """Nobody watches."""


async def carry_out(
    seams: Seams,
    rollout_id: RolloutId,
    *,
    tenant_id: TenantId,
    told: Moved = _tell_nobody,
    at_most: int | None = None,
) -> bool:
    """Move who is to move, or to move back; return whether all of them are. *told* hears how many were, as it goes.

    Idempotent and resumable. With *at_most* it stops after so many.
    """
    async with seams.store.begin(tenant_id) as uow:
        rollout = await uow.rollouts.get(rollout_id, tenant_id=tenant_id)
    if not rollout.is_moving:
        return True
    if not await _all(seams, rollout, told=told, at_most=at_most):
        return False
    async with seams.store.begin(tenant_id) as uow:
        now_is = await uow.rollouts.get(rollout_id, tenant_id=tenant_id)
        if now_is.state == rollout.state:  # else somebody promoted it or rolled it back meanwhile
            await uow.rollouts.save(replace(now_is, is_moving=False))
            await uow.commit()
    return True


async def _all(seams: Seams, rollout: Rollout, *, told: Moved, at_most: int | None) -> bool:
    is_forward = rollout.state in _FORWARD
    steps: tuple[str, ...] = ()
    move: Mover = move_forward if is_forward else move_back
    if is_forward:
        async with seams.store.begin(rollout.tenant_id) as uow:
            new = await uow.cadences.version(rollout.cadence, rollout.new_version, tenant_id=rollout.tenant_id)
        steps = moving_steps(rollout.moves, new=[each.id for each in new.steps])
        if not steps:
            return True
    on, off = ("", rollout.new_version) if is_forward else (rollout.new_version, "")
    after: EnrollmentId | None = None
    count = 0
    while True:
        async with seams.store.begin(rollout.tenant_id) as uow:
            page = await uow.rollouts.in_flight(
                rollout.cadence, tenant_id=rollout.tenant_id, limit=_PAGE, after=after, on=on, off=off, steps=steps
            )
        if not page:
            return True
        for enrollment, _ in page:
            count += await until_undisturbed(partial(move, seams, rollout, enrollment.id))
            told(count)
            if at_most is not None and count >= at_most:
                return False
        after = page[-1][0].id


async def move_forward(seams: Seams, rollout: Rollout, enrollment_id: EnrollmentId) -> bool:
    """Put one enrollment on the new version if the map says so; return whether it moved."""
    async with seams.store.begin(rollout.tenant_id) as uow:
        # locked: whoever halts it or rolls it back waits for this move, and sees it
        rollout = await uow.rollouts.get(rollout.id, tenant_id=rollout.tenant_id)
        if rollout.state not in _FORWARD:
            return False
        enrollment = await uow.cadences.enrollment(enrollment_id, tenant_id=rollout.tenant_id)
        waits = await _waiting(uow, enrollment)
        is_tried = in_share(enrollment.lead_id, version=rollout.new_version, percent=rollout.percent)
        if waits is None or enrollment.version == rollout.new_version or not is_tried:
            return False
        touch, done = waits
        new = await uow.cadences.version(rollout.cadence, rollout.new_version, tenant_id=rollout.tenant_id)
        to = destination(touch.step, rollout.moves, new=[each.id for each in new.steps])
        if to is None:
            return False
        moved = await _relocated(uow, enrollment, touch, step=to, version=rollout.new_version, done=done)
        if moved is None:  # nothing of the new version is left for this lead: the old one goes on
            return False
        await uow.rollouts.add_move(
            RolloutMove(
                tenant_id=rollout.tenant_id,
                rollout_id=rollout.id,
                enrollment_id=enrollment.id,
                from_version=enrollment.version,
                from_step=touch.step,
                from_due_at=touch.due_at,
                from_not_after=touch.not_after,
                to_step=moved[1].step,
                to_due_at=moved[1].due_at,
                moved_at=await uow.now(),
            )
        )
        await _settle(uow, (enrollment, touch), moved)
        await uow.commit()
    return True


async def move_back(seams: Seams, rollout: Rollout, enrollment_id: EnrollmentId) -> bool:
    """Put one enrollment back where it was, or where it would be by now; return whether it moved.

    One that entered on the new version goes to the old one if that has a place for it, else it stays.
    """
    async with seams.store.begin(rollout.tenant_id) as uow:
        enrollment = await uow.cadences.enrollment(enrollment_id, tenant_id=rollout.tenant_id)
        waits = await _waiting(uow, enrollment)
        if waits is None or enrollment.version != rollout.new_version:
            return False
        touch, done = waits
        move = await uow.rollouts.move_of(rollout.id, enrollment.id, tenant_id=rollout.tenant_id)
        if move is not None and move.undone_at is None:
            moved = await _taken_back(uow, enrollment, touch, move, done=done)
            await uow.rollouts.save_move(replace(move, undone_at=await uow.now()))
        else:
            old = await uow.cadences.version(rollout.cadence, rollout.old_version, tenant_id=rollout.tenant_id)
            to = way_back(touch.step, rollout.moves, old=[each.id for each in old.steps])
            if to is None:
                return False
            moved = await _relocated(uow, enrollment, touch, step=to, version=rollout.old_version, done=done)
        if moved is None:
            return False
        await _settle(uow, (enrollment, touch), moved)
        await uow.commit()
    return True


async def _taken_back(
    uow: Work, enrollment: Enrollment, touch: Touch, move: RolloutMove, *, done: frozenset[str]
) -> tuple[Enrollment, Touch] | None:
    """Return where the move came from if nothing happened since; else what follows that in the old version."""
    if touch.step == move.to_step:
        put_off = touch.due_at != move.to_due_at
        due_at = max(touch.due_at, move.from_due_at) if put_off else move.from_due_at
        restored = replace(
            touch,
            step=move.from_step,
            version=move.from_version,
            due_at=due_at,
            not_after=move.from_not_after + (due_at - move.from_due_at),
        )
        return replace(enrollment, version=move.from_version), restored
    old = await uow.cadences.version(enrollment.cadence, move.from_version, tenant_id=enrollment.tenant_id)
    order = [each.id for each in old.steps]
    follows = order[min(order.index(move.from_step) + 1, len(order) - 1)]
    return await _relocated(uow, enrollment, touch, step=follows, version=move.from_version, done=done)


async def _relocated(
    uow: Work, enrollment: Enrollment, touch: Touch, *, step: str, version: str, done: frozenset[str]
) -> tuple[Enrollment, Touch] | None:
    tenant = await uow.tenants.get(enrollment.tenant_id)
    return relocate(
        enrollment,
        touch,
        step=step,
        came_from=await uow.cadences.version(enrollment.cadence, enrollment.version, tenant_id=tenant.id),
        definition=await uow.cadences.version(enrollment.cadence, version, tenant_id=tenant.id),
        done=done,
        now=await uow.now(),
        calendar=calendar_of(tenant),
    )


async def _waiting(uow: Work, enrollment: Enrollment) -> tuple[Touch, frozenset[str]] | None:
    """Return the touch it waits for and the steps it had; None when it does not wait."""
    if enrollment.state != "active":
        return None
    touches = await uow.cadences.touches_of_lead(enrollment.lead_id, tenant_id=enrollment.tenant_id)
    own = [each for each in touches if each.enrollment_id == enrollment.id]
    due = next((each for each in own if each.state == "due"), None)
    return None if due is None else (due, frozenset(each.step for each in own if each.id != due.id))


async def _settle(uow: Work, before: tuple[Enrollment, Touch], after: tuple[Enrollment, Touch]) -> None:
    """Store a move. Whoever claimed the touch meanwhile has lost it; a paused one is not armed."""
    enrollment, touch = after
    await uow.cadences.save(enrollment)
    await uow.cadences.save_touch(touch)
    now = await uow.now()
    if enrollment.paused_at is None:
        await uow.due.arm("touch", touch.id, tenant_id=touch.tenant_id, at=max(now, touch.due_at))
    uow.publish(
        EnrollmentMoved(
            tenant_id=touch.tenant_id,
            at=now,
            enrollment_id=enrollment.id,
            lead_id=enrollment.lead_id,
            from_version=before[0].version,
            to_version=enrollment.version,
            from_step=before[1].step,
            to_step=touch.step,
            due_at=touch.due_at,
        )
    )
