"""What the scheduler does for a roll-out: move who is left, judge the new version, halt it where it does harm."""

from datetime import datetime, timedelta

from leadcore.cadences.model import Rollout
from leadcore.cadences.policies.halting import split, why_halt
from leadcore.cadences.values import OPEN_ROLLOUT
from leadcore.flows.conflicts import until_undisturbed
from leadcore.flows.notify import tell_staff
from leadcore.flows.rollout_moves import carry_out
from leadcore.flows.rollouts import change, figures_of, halt
from leadcore.flows.seams import Seams
from leadcore.flows.work import Work
from leadcore.kernel.ids import RolloutId, TenantId
from leadcore.ports.storage import DueItem

AT_ONCE = 200
"""How many enrollments are moved under one claim."""
LOOKS_EVERY = timedelta(minutes=5)
LOOKS_LATER = timedelta(minutes=15)
"""While it is tried, and once it is promoted."""
WATCHED_FOR = timedelta(days=14)
"""How long after its promotion a version can still be halted by its figures."""
_BY = "leadcore"
_JUDGED = {"canary", "promoted"}


async def watch_rollout(seams: Seams, item: DueItem) -> None:
    """Do what a roll-out waits for and look again later, until it is over. Idempotent. Raises `StaleClaimError`.

    A halt is told to the other locations of the roll-out before the claim is given up: a kill between is made good.
    """
    rollout_id = RolloutId(item.item_id)
    is_moved = await carry_out(seams, rollout_id, tenant_id=item.tenant_id, at_most=AT_ONCE)
    rollout = await until_undisturbed(lambda: _judge(seams, rollout_id, tenant_id=item.tenant_id))
    if rollout.state == "halted":
        for location in rollout.locations:
            if location != rollout.tenant_id:
                await _halt_there(seams, rollout, location)
    async with seams.store.begin(item.tenant_id) as uow:
        if is_moved and rollout.state not in OPEN_ROLLOUT:
            await uow.due.finish(item)
        else:
            pause = LOOKS_LATER if rollout.state == "promoted" else LOOKS_EVERY
            await uow.due.postpone(item, at=await uow.now() + (pause if is_moved else timedelta()))
        await uow.commit()


async def _judge(seams: Seams, rollout_id: RolloutId, *, tenant_id: TenantId) -> Rollout:
    async with seams.store.begin(tenant_id) as uow:
        rollout = await uow.rollouts.get(rollout_id, tenant_id=tenant_id)
        if rollout.state not in _JUDGED:
            return rollout
        now = await uow.now()
        new, others = split(await figures_of(uow, rollout), new_version=rollout.new_version)
        reason = why_halt(new, others, rollout.thresholds)
        if reason:
            rollout = await halt(uow, rollout, by=_BY, reason=reason, figures=(new, others))
            await _tell_people(uow, seams, rollout)
        elif _is_over(rollout, now):
            rollout = await change(uow, rollout, state="done", by=_BY)
        else:
            return rollout
        await uow.commit()
    return rollout


def _is_over(rollout: Rollout, now: datetime) -> bool:
    promoted_at = rollout.decided_at if rollout.state == "promoted" else None
    return promoted_at is not None and not rollout.is_moving and now - promoted_at >= WATCHED_FOR


async def _halt_there(seams: Seams, rollout: Rollout, location: TenantId) -> None:
    """Halt the same roll-out at another location, which may have halted or ended it by itself."""
    async with seams.store.begin(location) as uow:
        found = await uow.rollouts.open_of(rollout.cadence, tenant_id=location)
        if found is None or found.shared_id != rollout.shared_id:
            return
        found = await uow.rollouts.get(found.id, tenant_id=location)
        if found.state in OPEN_ROLLOUT:
            figures = split(await figures_of(uow, found), new_version=found.new_version)
            reason = f"halted with another location: {rollout.reason}"
            await halt(uow, found, by=rollout.decided_by, reason=reason, figures=figures)
            await uow.commit()


async def _tell_people(uow: Work, seams: Seams, rollout: Rollout) -> None:
    tenant = await uow.tenants.get(rollout.tenant_id)
    await tell_staff(
        uow,
        seams,
        tenant,
        subject=f"The roll-out of {rollout.cadence} was halted",
        text=f"{tenant.brand}: the roll-out of {rollout.cadence} was halted ({rollout.reason}). New leads get the old "
        f"version. To undo it: leadcore cadence rollout rollback {rollout.cadence}",
    )
