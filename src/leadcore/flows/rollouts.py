"""Rolling out a new version of a cadence: start, promote, halt, roll back, and how it stands.

Every verb is one transaction at one location and leaves the moving of leads to `rollout_moves`, which the scheduler
does in any case and a command line may do at once. Saying a verb twice says it once.
"""

from datetime import timedelta
from uuid import UUID

import msgspec
from msgspec.structs import replace

from leadcore.cadences.events import RolloutChanged
from leadcore.cadences.model import CadenceVersion, MigrationMap, Rollout, Thresholds, VersionFigures
from leadcore.cadences.policies.halting import check_thresholds, split
from leadcore.cadences.values import OPEN_ROLLOUT, RUNNING_ROLLOUT, RolloutState
from leadcore.flows.cadence_files import close_rollouts, make_present, present_version
from leadcore.flows.rollout_plan import NewVersion, RolloutPlan, planned, version_to_come
from leadcore.flows.seams import Seams
from leadcore.flows.work import Work
from leadcore.kernel.errors import InvalidInputError, RefusedError
from leadcore.kernel.ids import RolloutId, TenantId

_COMPARED = timedelta(days=30)
"""How far back the old versions' figures go."""


class NoRolloutError(RefusedError):
    """There is no roll-out of this cadence that could be promoted, halted or rolled back."""

    code = "no_rollout"


class SeveralLocationsError(RefusedError):
    """What is decided for all locations cannot be decided by one."""

    code = "several_locations"


class StartRollout(msgspec.Struct, frozen=True, kw_only=True):
    """Begin at one location. `percent` of its leads try the new version; a location that is not `tried` yet waits.

    Locations that do it together have the same `shared_id`.
    """

    new: NewVersion
    moves: MigrationMap = MigrationMap()
    percent: int = 10
    thresholds: Thresholds = Thresholds()
    by: str
    shared_id: UUID | None = None
    locations: tuple[TenantId, ...] = ()
    tried: bool = True


class RolloutStanding(msgspec.Struct, frozen=True, kw_only=True):
    """How a roll-out stands: whom it moved, how many of these moves were undone, and what came of the versions.

    `new` and `others` are what they were at the halt, or what they are by now.
    """

    location: str
    rollout: Rollout
    moved: int
    undone: int
    new: VersionFigures
    others: VersionFigures


async def start_rollout(seams: Seams, tenant_id: TenantId, command: StartRollout) -> tuple[Rollout, RolloutPlan]:
    """Begin; who is to move is moved by `carry_out` or by the scheduler. What is begun with this version stays so.

    Raises `InvalidInputError` (a map without an entry that is needed, thresholds that are none),
    `UncheckedCadenceError`, `RolloutRunsError`.
    """
    check_thresholds(command.thresholds)
    async with seams.store.begin(tenant_id) as uow:
        version = await version_to_come(uow, command.new, tenant_id=tenant_id)
        plan = await planned(uow, version, moves=command.moves, percent=command.percent if command.tried else 0)
        begun = await uow.rollouts.open_of(version.name, tenant_id=tenant_id)
        if begun is not None and begun.new_version == version.version:
            return begun, plan
        refuse_needs(plan)
        await close_rollouts(uow, version.name, tenant_id=tenant_id)
        rollout = await _begin(uow, seams, version, plan, command)
        await uow.commit()
    return rollout, plan


def refuse_needs(plan: RolloutPlan) -> None:
    """Raise `InvalidInputError` when leads wait on a step that vanishes and of which the map says nothing."""
    if not plan.needs:
        return
    first = plan.needs[0]
    named = ", ".join(sorted({each.step for each in plan.needs}))
    raise InvalidInputError(
        f"leads of {plan.location} wait on {named}, which {plan.cadence}@{plan.new_version} has not",
        field=f"map.{first.step}",
        fix=f'in the map: keep = ["{first.step}"], or under [move]: {first.step} = "a step of the new version"',
    )


async def promote_rollout(
    seams: Seams, tenant_id: TenantId, cadence: str, *, by: str, with_others: bool = False
) -> Rollout:
    """Let the new version be what every lead enters, and let the rest move.

    One of several locations is promoted only *with_others*. Raises `NoRolloutError`, `SeveralLocationsError`.
    """
    async with seams.store.begin(tenant_id) as uow:
        rollout = await _newest(uow, tenant_id, cadence)
        if rollout.state == "promoted":
            return rollout
        if rollout.state not in RUNNING_ROLLOUT:
            fix = "start another one"
            raise NoRolloutError(f"the roll-out of {cadence} is {rollout.state}", field="cadence", fix=fix)
        if len(rollout.locations) > 1 and not with_others:
            fix = f"on the command line: `leadcore cadence rollout promote {cadence}`"
            raise SeveralLocationsError("other locations take part: they are promoted together", fix=fix)
        await make_present(uow, await uow.cadences.version(cadence, rollout.new_version, tenant_id=tenant_id))
        promoted = replace(rollout, percent=100, is_moving=True)
        promoted = await change(uow, promoted, state="promoted", by=by)
        await _wake(uow, promoted)
        await uow.commit()
    return promoted


async def halt_rollout(seams: Seams, tenant_id: TenantId, cadence: str, *, by: str, reason: str = "") -> Rollout:
    """Let nobody else get the new version: leads enter the old one, nobody is moved. Raises `NoRolloutError`.

    Who has the new version keeps it until the roll-out is rolled back.
    """
    async with seams.store.begin(tenant_id) as uow:
        rollout = await _newest(uow, tenant_id, cadence)
        if rollout.state == "halted":
            return rollout
        if rollout.state not in OPEN_ROLLOUT:
            fix = "`leadcore cadence rollout status` shows what runs"
            raise NoRolloutError(f"the roll-out of {cadence} is {rollout.state}", field="cadence", fix=fix)
        figures = split(await figures_of(uow, rollout), new_version=rollout.new_version)
        halted = await halt(uow, rollout, by=by, reason=reason or f"halted by {by}", figures=figures)
        await _wake(uow, halted)
        await uow.commit()
    return halted


async def roll_back(seams: Seams, tenant_id: TenantId, cadence: str, *, by: str, reason: str = "") -> Rollout:
    """Let leads enter the old version, and let everybody who was moved go back. Raises `NoRolloutError`."""
    async with seams.store.begin(tenant_id) as uow:
        rollout = await _newest(uow, tenant_id, cadence)
        if rollout.state == "rolled_back":
            return rollout
        if rollout.state == "done":
            fix = "start a roll-out of the older version"
            raise NoRolloutError(f"the roll-out of {cadence} is over", field="cadence", fix=fix)
        await old_is_present(uow, rollout)
        figures = rollout.figures or split(await figures_of(uow, rollout), new_version=rollout.new_version)
        back = replace(rollout, is_moving=True, reason=reason or rollout.reason, figures=figures)
        back = await change(uow, back, state="rolled_back", by=by)
        await _wake(uow, back)
        await uow.commit()
    return back


async def rollouts_of(seams: Seams, tenant_id: TenantId, *, cadence: str = "") -> list[RolloutStanding]:
    """Return how the location's roll-outs stand, the newest first."""
    async with seams.store.begin(tenant_id) as uow:
        tenant = await uow.tenants.get(tenant_id)
        found = []
        for rollout in await uow.rollouts.listing(tenant_id, cadence=cadence):
            moved, undone = await uow.rollouts.moved(rollout.id, tenant_id=tenant_id)
            figures = rollout.figures or tuple(await figures_of(uow, rollout))
            new, others = split(figures, new_version=rollout.new_version)
            found.append(
                RolloutStanding(
                    location=tenant.slug, rollout=rollout, moved=moved, undone=undone, new=new, others=others
                )
            )
    return found


async def figures_of(uow: Work, rollout: Rollout) -> list[VersionFigures]:
    """Return what came of every version since a month before the roll-out."""
    since = rollout.started_at - _COMPARED
    return await uow.rollouts.figures(rollout.cadence, tenant_id=rollout.tenant_id, since=since)


async def halt(
    uow: Work, rollout: Rollout, *, by: str, reason: str, figures: tuple[VersionFigures, ...]
) -> Rollout:  # fmt: skip
    """Halt an open roll-out inside the caller's transaction."""
    await old_is_present(uow, rollout)
    return await change(uow, replace(rollout, is_moving=False, figures=figures, reason=reason), state="halted", by=by)


async def old_is_present(uow: Work, rollout: Rollout) -> None:
    """Let leads enter the old version again if the new one was made present."""
    present = await present_version(uow, rollout.cadence, tenant_id=rollout.tenant_id)
    if present.version == rollout.new_version:
        await make_present(
            uow, await uow.cadences.version(rollout.cadence, rollout.old_version, tenant_id=rollout.tenant_id)
        )


async def change(uow: Work, rollout: Rollout, *, state: RolloutState, by: str) -> Rollout:
    """Store the roll-out in its new state and say so."""
    changed = replace(rollout, state=state, decided_at=await uow.now(), decided_by=by)
    await uow.rollouts.save(changed)
    tell(uow, changed, by=by)
    return changed


def tell(uow: Work, rollout: Rollout, *, by: str) -> None:
    """Put it into the outbox."""
    uow.publish(
        RolloutChanged(
            tenant_id=rollout.tenant_id,
            at=rollout.decided_at or rollout.started_at,
            rollout_id=rollout.id,
            cadence=rollout.cadence,
            new_version=rollout.new_version,
            state=rollout.state,
            by=by,
            reason=rollout.reason,
        )
    )


async def _begin(uow: Work, seams: Seams, version: CadenceVersion, plan: RolloutPlan, command: StartRollout) -> Rollout:
    now = await uow.now()
    await uow.cadences.put_version(version)
    await uow.cadences.put_version(await present_version(uow, version.name, tenant_id=version.tenant_id))
    new_id = RolloutId(seams.ids.new())
    rollout = Rollout(
        id=new_id,
        tenant_id=version.tenant_id,
        shared_id=command.shared_id or new_id,
        locations=command.locations or (version.tenant_id,),
        cadence=version.name,
        old_version=plan.old_version,
        new_version=version.version,
        state="canary" if command.tried else "waiting",
        percent=plan.percent,
        moves=command.moves,
        thresholds=command.thresholds,
        started_at=now,
        started_by=command.by,
        is_moving=command.tried,
    )
    await uow.rollouts.add(rollout)
    await _wake(uow, rollout)
    tell(uow, rollout, by=command.by)
    return rollout


async def _wake(uow: Work, rollout: Rollout) -> None:
    """Let the scheduler look at once: it moves, it judges, it tells other locations."""
    await uow.due.arm("rollout", rollout.id, tenant_id=rollout.tenant_id, at=await uow.now())


async def _newest(uow: Work, tenant_id: TenantId, cadence: str) -> Rollout:
    found = await uow.rollouts.listing(tenant_id, cadence=cadence, limit=1)
    if not found:
        raise NoRolloutError(
            f"there is no roll-out of {cadence}", field="cadence", fix="`leadcore cadence rollout start FILE`"
        )
    return await uow.rollouts.get(found[0].id, tenant_id=tenant_id)
