"""`leadcore cadence rollout`: bring a new version of a cadence to leads, step by step, and take it back."""

import getpass
from collections.abc import Sequence
from pathlib import Path
from typing import Annotated

from cyclopts import App, Parameter
from msgspec.structs import replace

from leadcore.cadences.model import MigrationMap, Rollout, Thresholds
from leadcore.cadences.policies.migration import read_map
from leadcore.flows import rollouts as flow
from leadcore.flows.rollout_locations import as_file, locations_of, plan_at, rollouts_together, start_at
from leadcore.flows.rollout_moves import carry_out
from leadcore.flows.rollout_plan import NewVersion
from leadcore.kernel.errors import InvalidInputError
from leadcore.kernel.ids import TenantId
from leadcore_cli.bars import bar
from leadcore_cli.options import HERE, Json, Place, Shop
from leadcore_cli.rolling_out import print_plan, print_standings
from leadcore_cli.session import Session, within
from leadcore_cli.terminal import print_json, say

app = App(name="rollout", help="Try a new version on some leads, promote it, halt it, take it back; nobody is dropped.")
_TENTH = 10
Version = Annotated[str, Parameter(help="A cadence file, or NAME@VERSION of one that was published.")]
Map = Annotated[Path | None, Parameter(name="--map", help="Who moves: see docs/howto/roll-out-a-cadence.md.")]
Canary = Annotated[
    list[str] | None,
    Parameter(name="--canary", help="Shops of the brand that try it; the others wait. Without: this shop alone."),
]
Percent = Annotated[
    int | None, Parameter(name="--percent", help="Share of leads that try it (default: 10, with --canary 100).")
]
By = Annotated[str, Parameter(name="--by", help="Who says so (default: the user of this machine).")]


@app.command
def plan(
    version: Version,
    /,
    *,
    map: Map = None,
    canary: Canary = None,
    percent: Percent = None,
    tenant: Shop = "",
    json: Json = False,
    place: Place = HERE,
) -> int:
    """Say what rolling out a FILE (or NAME@VERSION) would do to every lead in the cadence. Nothing changes.

    Exit code 1 when leads wait on a step that vanishes and the map says nothing of it.

    Example: `leadcore cadence rollout plan follow-up.toml --map map.toml`
    """
    wanted, moves = _read_version(version), _read_map(map)

    async def work(session: Session) -> int:
        shop = await session.tenant(tenant)
        new = await as_file(session.seams.store, shop, wanted) if canary else wanted
        places = await locations_of(session.seams.store, shop, new, canary=canary or ())
        plans = await plan_at(session.seams.store, places, new, moves=moves, percent=_share(percent, canary))
        if json:
            print_json([{"summary": each.summary, "plan": each} for each in plans])
        else:
            for each in plans:
                print_plan(each)
        return 1 if any(each.needs for each in plans) else 0

    return within(place, work)


@app.command
def start(
    version: Version,
    /,
    *,
    map: Map = None,
    canary: Canary = None,
    percent: Percent = None,
    opt_out_margin: float = 0.02,
    failure_margin: float = 0.05,
    min_sample: int = 50,
    by: By = "",
    tenant: Shop = "",
    json: Json = False,
    place: Place = HERE,
) -> int:
    """Begin: the share gets the new version, waiting leads move as the map says; what does harm is halted by itself.

    Killed meanwhile, it is gone on with by the scheduler, or by saying it again.

    Example: `leadcore cadence rollout start follow-up.toml --map map.toml --percent 10`

    Parameters
    ----------
    opt_out_margin
        Halt when opt-outs per lead are, at 95 %, more than this above the old version's (0.02: two in a hundred).
    failure_margin
        The same of failed messages.
    min_sample
        Judge nothing before so many leads, or messages.
    """
    wanted, moves = _read_version(version), _read_map(map)
    limits = Thresholds(opt_out_margin=opt_out_margin, failure_margin=failure_margin, min_sample=min_sample)
    command = flow.StartRollout(
        new=wanted, moves=moves, percent=_share(percent, canary), thresholds=limits, by=_who(by)
    )

    async def work(session: Session) -> None:
        shop = await session.tenant(tenant)
        new = await as_file(session.seams.store, shop, wanted) if canary else wanted
        places = await locations_of(session.seams.store, shop, new, canary=canary or ())
        begun = await start_at(session.seams, places, replace(command, new=new))
        await _move(session, begun, "moving leads")
        await _say_standing(session, begun, json=json)

    return within(place, work)


@app.command
def status(cadence: str = "", /, *, tenant: Shop = "", json: Json = False, place: Place = HERE) -> int:
    """Say how roll-outs stand: whom they moved, what came of the versions, why one was halted.

    Example: `leadcore cadence rollout status follow-up --json`
    """

    async def work(session: Session) -> None:
        shop = await session.tenant(tenant)
        found = await flow.rollouts_of(session.seams, shop.id, cadence=cadence)
        if not found:
            print_json([]) if json else say("no roll-out yet: `leadcore cadence rollout plan FILE`")
            return
        several = await rollouts_together(session.seams.store, shop.id, found[0].rollout.cadence)
        for other in (each.tenant_id for each in several if each.tenant_id != shop.id):
            found += await flow.rollouts_of(session.seams, other, cadence=several[0].cadence)
        print_standings(found, json=json)

    return within(place, work)


@app.command
def promote(cadence: str, /, *, by: By = "", tenant: Shop = "", json: Json = False, place: Place = HERE) -> int:
    """Let every lead enter the new version, at every location of the roll-out, and move the rest as the map says.

    Example: `leadcore cadence rollout promote follow-up`
    """

    async def work(session: Session) -> None:
        found = await _together(session, tenant, cadence)
        stopped = next((each for each in found if each.state in {"halted", "rolled_back"}), None)
        if stopped is not None:
            raise flow.NoRolloutError(
                f"it is {stopped.state}: {stopped.reason}", field="cadence", fix="start another one"
            )
        seams, who = session.seams, _who(by)
        after = [
            await flow.promote_rollout(seams, each.tenant_id, cadence, by=who, with_others=True)
            for each in found
            if each.state != "done"
        ]
        await _move(session, after, "moving leads")
        await _say_standing(session, after, json=json)

    return within(place, work)


@app.command
def halt(
    cadence: str, /, *, reason: str = "", by: By = "", tenant: Shop = "", json: Json = False, place: Place = HERE
) -> int:
    """Let nobody else get the new version, at any location. Who has it keeps it until a rollback.

    Example: `leadcore cadence rollout halt follow-up --reason "a wrong price in step 3"`

    Parameters
    ----------
    reason
        What is kept as the reason.
    """

    async def work(session: Session) -> None:
        after = [
            await flow.halt_rollout(session.seams, each.tenant_id, cadence, by=_who(by), reason=reason)
            for each in await _together(session, tenant, cadence)
            if each.state not in {"done", "rolled_back"}
        ]
        await _say_standing(session, after, json=json)

    return within(place, work)


@app.command
def rollback(
    cadence: str, /, *, reason: str = "", by: By = "", tenant: Shop = "", json: Json = False, place: Place = HERE
) -> int:
    """Let leads enter the old version again, and bring back everybody who was moved, at every location.

    Example: `leadcore cadence rollout rollback follow-up`

    Parameters
    ----------
    reason
        What is kept as the reason.
    """

    async def work(session: Session) -> None:
        after = [
            await flow.roll_back(session.seams, each.tenant_id, cadence, by=_who(by), reason=reason)
            for each in await _together(session, tenant, cadence)
            if each.state != "done"
        ]
        await _move(session, after, "bringing leads back")
        await _say_standing(session, after, json=json)

    return within(place, work)


async def _together(session: Session, tenant: str, cadence: str) -> list[Rollout]:
    shop = await session.tenant(tenant)
    found = await rollouts_together(session.seams.store, shop.id, cadence)
    if all(each.state == "done" for each in found):
        fix = "`leadcore cadence rollout status` shows what was"
        raise flow.NoRolloutError(f"the roll-out of {cadence} is over", field="cadence", fix=fix)
    return found


async def _move(session: Session, found: Sequence[Rollout], what: str) -> None:
    with bar(what) as shown:
        before = 0
        for each in found:
            moved = [0]

            def told(count: int, moved: list[int] = moved, before: int = before) -> None:
                moved[0] = count
                shown.at(before + count)

            await carry_out(session.seams, each.id, tenant_id=each.tenant_id, told=told)
            before += moved[0]


async def _say_standing(session: Session, found: Sequence[Rollout], *, json: bool) -> None:
    standings: list[flow.RolloutStanding] = []
    wanted = {each.id for each in found}
    for tenant_id in _each_once(found):
        there = await flow.rollouts_of(session.seams, tenant_id)
        standings += [each for each in there if each.rollout.id in wanted]
    print_standings(standings, json=json)


def _each_once(found: Sequence[Rollout]) -> list[TenantId]:
    return list(dict.fromkeys(each.tenant_id for each in found))


def _share(percent: int | None, canary: list[str] | None) -> int:
    return percent if percent is not None else 100 if canary else _TENTH


def _read_version(version: str) -> NewVersion:
    if "@" in version and not Path(version).exists():
        return NewVersion(wanted=version)
    return NewVersion(source=_text(Path(version), field="version"))


def _read_map(file: Path | None) -> MigrationMap:
    return read_map(_text(file, field="map")) if file is not None else MigrationMap()


def _text(file: Path, *, field: str) -> str:
    try:
        return file.read_text("utf-8")
    except (OSError, UnicodeDecodeError) as cause:
        text = cause.strerror if isinstance(cause, OSError) else "it is not UTF-8"
        raise InvalidInputError(f"{file}: {text}", field=field, fix="name a file") from cause


def _who(by: str) -> str:
    return by or getpass.getuser()
