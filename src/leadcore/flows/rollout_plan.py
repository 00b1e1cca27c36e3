"""What rolling out a new version would do to every lead that is in the cadence: counted, nothing changed."""

from collections import Counter

import msgspec

from leadcore.cadences.model import CadenceVersion, MigrationMap
from leadcore.cadences.policies.migration import changed_steps, check_map, destination, in_share, needs_entry
from leadcore.flows.cadence_files import any_version, checked_cadence, present_version
from leadcore.flows.work import Store, Work
from leadcore.kernel.errors import InvalidInputError
from leadcore.kernel.ids import EnrollmentId, TenantId

_PAGE = 500


class PlannedGroup(msgspec.Struct, frozen=True, kw_only=True):
    """Leads that wait on one step of one version. `to_step` is empty when they keep it.

    `at_start` of them are in the share that is tried first; the others move with the promotion.
    """

    version: str
    step: str
    to_step: str
    leads: int
    at_start: int


class UnmappedStep(msgspec.Struct, frozen=True, kw_only=True):
    """A step that the new version has not, on which leads wait, and of which the map says nothing."""

    version: str
    step: str
    leads: int


class RolloutPlan(msgspec.Struct, frozen=True, kw_only=True):
    """The difference that a new version would make at one location. `needs` must be empty before it may start."""

    location: str
    cadence: str
    old_version: str
    new_version: str
    percent: int
    in_flight: int
    keep: int
    move: int
    move_at_start: int
    groups: list[PlannedGroup]
    needs: list[UnmappedStep]
    added: list[str]
    removed: list[str]
    changed: list[str]

    @property
    def summary(self) -> str:
        """Say it in a sentence: `412 in flight: 380 keep 1c5d…, 32 move step 4 -> 4b`."""
        ways: Counter[tuple[str, str]] = Counter()
        for each in self.groups:
            if each.to_step:
                ways[each.step, each.to_step] += each.leads
        kept = sorted({each.version for each in self.groups if not each.to_step})
        stay = f"{self.keep} keep {', '.join(kept) if kept else 'their version'}"
        moves = [f"{count} move step {step} -> {to}" for (step, to), count in sorted(ways.items())]
        return f"{self.in_flight} in flight: {', '.join([stay, *moves])}"


class NewVersion(msgspec.Struct, frozen=True, kw_only=True):
    """What shall be rolled out: a file's `source`, or `wanted`, which is NAME@VERSION."""

    source: str = ""
    wanted: str = ""


async def plan_rollout(
    store: Store, tenant_id: TenantId, new: NewVersion, *, moves: MigrationMap, percent: int
) -> RolloutPlan:
    """Return what starting with this map would do. Raises `InvalidInputError`, `UncheckedCadenceError`."""
    async with store.begin(tenant_id) as uow:
        version = await version_to_come(uow, new, tenant_id=tenant_id)
        return await planned(uow, version, moves=moves, percent=percent)


async def version_to_come(uow: Work, new: NewVersion, *, tenant_id: TenantId) -> CadenceVersion:
    """Return the version of a file that passes the check, or the stored one of that name.

    Raises `InvalidInputError`, `UncheckedCadenceError`.
    """
    if bool(new.source) == bool(new.wanted):
        raise InvalidInputError("say which version", field="source", fix="a file's source, or wanted: NAME@VERSION")
    if new.source:
        version = checked_cadence(new.source, tenant_id=tenant_id)
    else:
        name, _, wanted = new.wanted.partition("@")
        found = await any_version(uow, name, wanted, tenant_id=tenant_id)
        if found is None:
            raise InvalidInputError(f"there is no {new.wanted!r}", field="wanted", fix="NAME@VERSION, or a file")
        version = found
    if version.ending.nurture:
        await present_version(uow, version.ending.nurture, tenant_id=tenant_id, field="nurture")
    return version


async def planned(uow: Work, version: CadenceVersion, *, moves: MigrationMap, percent: int) -> RolloutPlan:
    """Return the plan, inside the caller's transaction. Raises `InvalidInputError`."""
    if not 0 <= percent <= 100:  # noqa: PLR2004 - a percentage
        raise InvalidInputError(f"{percent} % of the leads", field="percent", fix="0 to 100")
    tenant = await uow.tenants.get(version.tenant_id)
    old = await present_version(uow, version.name, tenant_id=tenant.id)
    if old.version == version.version:
        what = f"leads of {tenant.slug} enter {version.name}@{version.version} already"
        raise InvalidInputError(what, field="version", fix="edit the file first")
    new = tuple(each.id for each in version.steps)
    waiting, at_start = await _counted(uow, version, percent=percent)
    known = {step.id for step in old.steps} | await _steps_of(uow, version, {each for each, _ in waiting})
    check_map(moves, known=known, new=new)
    groups = [
        PlannedGroup(
            version=on, step=step, to_step=to or "", leads=count, at_start=at_start[on, step] if to else 0
        )
        for (on, step), count in sorted(waiting.items())
        for to in [destination(step, moves, new=new)]
    ]  # fmt: skip
    added, removed, changed = changed_steps(old.steps, version.steps)
    moving = sum(each.leads for each in groups if each.to_step)
    return RolloutPlan(
        location=tenant.slug,
        cadence=version.name,
        old_version=old.version,
        new_version=version.version,
        percent=percent,
        in_flight=sum(waiting.values()),
        keep=sum(waiting.values()) - moving,
        move=moving,
        move_at_start=sum(each.at_start for each in groups),
        groups=groups,
        needs=[
            UnmappedStep(version=on, step=step, leads=count)
            for (on, step), count in sorted(waiting.items())
            if needs_entry(step, moves, new=new)
        ],
        added=added,
        removed=removed,
        changed=changed,
    )


async def _counted(
    uow: Work, version: CadenceVersion, *, percent: int
) -> tuple[Counter[tuple[str, str]], Counter[tuple[str, str]]]:
    """Count who waits, by version and step; those that are on the new version already are where they belong."""
    waiting: Counter[tuple[str, str]] = Counter()
    first: Counter[tuple[str, str]] = Counter()
    after: EnrollmentId | None = None
    while page := await uow.rollouts.in_flight(
        version.name, tenant_id=version.tenant_id, limit=_PAGE, after=after, off=version.version
    ):
        for enrollment, touch in page:
            waiting[enrollment.version, touch.step] += 1
            first[enrollment.version, touch.step] += in_share(
                enrollment.lead_id, version=version.version, percent=percent
            )
        after = page[-1][0].id
    return waiting, first


async def _steps_of(uow: Work, version: CadenceVersion, on: set[str]) -> set[str]:
    found: set[str] = set()
    for each in on:
        older = await uow.cadences.version(version.name, each, tenant_id=version.tenant_id)
        found |= {step.id for step in older.steps}
    return found
