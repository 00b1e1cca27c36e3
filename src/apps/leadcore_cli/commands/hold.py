"""`leadcore hold`: the switch that stops all sending, and the way back after a restore."""

import asyncio
import getpass
import sys
from typing import Annotated

from cyclopts import App, Parameter
from msgspec.structs import asdict

from leadcore.flows.release_hold import Released, Surveyed, release_hold, survey_hold
from leadcore.kernel.errors import RefusedError
from leadcore_cli.bars import bar
from leadcore_cli.options import HERE, Json, Place
from leadcore_cli.session import Session, within
from leadcore_cli.terminal import print_fields, print_json, print_table, say

app = App(name="hold", help="Stop and resume all sending of this deployment. A restored database starts held.")
By = Annotated[str, Parameter(help="Who does it (default: the user of this machine).")]


@app.command
def show(*, json: Json = False, place: Place = HERE) -> int:
    """Say whether sending is held, by whom and why, with the history of holds.

    Example: `leadcore hold show --json`
    """

    async def work(session: Session) -> None:
        await _show(session, json=json)

    return within(place, work)


@app.command(name="set")
def hold(because: str, /, *, by: By = "", json: Json = False, place: Place = HERE) -> int:
    """Stop all sending at once; what is due waits.

    Example: `leadcore hold set "the price list is wrong"`

    Parameters
    ----------
    because
        The reason, for whoever wonders.
    """

    async def work(session: Session) -> None:
        await session.seams.store.deployment.hold(because, by="operator", name=by or getpass.getuser())
        await _show(session, json=json)

    return within(place, work)


@app.command
def release(
    because: str,
    /,
    *,
    yes: Annotated[bool, Parameter(name=["--yes", "-y"], help="Do not ask.")] = False,
    dry_run: Annotated[bool, Parameter(help="Only ask the carriers what a release would write down.")] = False,
    by: By = "",
    json: Json = False,
    place: Place = HERE,
) -> int:
    """Resume sending. After a restore the carriers' own lists are read first, so that nothing goes out twice.

    Example: `leadcore hold release "restored from last night's backup" --yes`

    What was due before the hold and may have been sent expires; what became due since then goes, unless it is stale.

    Parameters
    ----------
    because
        Why sending may go on; it is kept with your name.
    """

    async def work(session: Session) -> None:
        await _release(session, because, yes=yes, dry_run=dry_run, name=by or getpass.getuser(), json=json)

    return within(place, work)


async def _release(session: Session, because: str, *, yes: bool, dry_run: bool, name: str, json: bool) -> None:
    from leadcore_runtime.watching import note_release
    from leadcore_runtime.witness_file import WitnessFile

    state = await session.seams.store.deployment.state()
    if state.held_by == "witness" and (dry_run or not yes):
        found = await survey_hold(session.seams)
        _print_survey(found, json=json and dry_run)
        if not dry_run:
            await _confirm(found)
    if dry_run:
        return
    with bar("writing down what the carriers sent", quiet=json) as shown:
        done = await release_hold(
            session.seams,
            deployment_id=session.settings.identity,
            because=because,
            name=name,
            progress=lambda where, count: shown.at(count, now=where),
        )
    if state.held_by == "witness":
        await note_release(session.seams, WitnessFile(session.settings.witness_path))
    _print_released(done, json=json)


async def _confirm(found: tuple[Surveyed, ...]) -> None:
    many = sum(each.unknown for each in found)
    say(f"{many} messages will be written down as sent.")
    if not sys.stdin.isatty() or not await asyncio.to_thread(_agrees):
        raise RefusedError("nothing was changed, sending is still held", fix="answer y, or give --yes")


def _agrees() -> bool:
    return input("Resume sending? [y/N] ").strip().casefold() in {"y", "yes"}


def _print_survey(found: tuple[Surveyed, ...], *, json: bool) -> None:
    if json:
        print_json(found)
        return
    print_table(
        ("shop", "channel", "sender", "since", "unknown here"),
        (
            (each.shop, each.channel, each.sender, each.since, each.unknown if each.lists else "no list: expires")
            for each in found
        ),
        empty="no shop has a sender",
    )


def _print_released(done: Released, *, json: bool) -> None:
    if json:
        print_json(done)
        return
    unlisted = [f"{each.shop} {each.channel}" for each in done.senders if not each.lists]
    print_fields(
        [
            ("sending", "resumed"),
            ("epoch", done.epoch),
            ("waited here, gone already", done.settled),
            ("not known here at all", done.found),
            ("without a list, expire", ", ".join(unlisted) or "-"),
        ]
    )


async def _show(session: Session, *, json: bool) -> None:
    state = await session.seams.store.deployment.state()
    history = await session.seams.store.deployment.history()
    if json:
        print_json({**asdict(state), "history": history})
        return
    print_fields(
        [
            ("environment", state.environment),
            ("deployment", state.deployment_id or "not adopted yet"),
            ("held", state.held),
            ("by", state.held_by or "-"),
            ("since", state.held_at or "-"),
            ("because", state.held_because or "-"),
            ("epoch", state.epoch),
            ("clock", f"{state.clock_offset_s:+.0f} s" if state.clock_offset_s else "real time"),
        ]
    )
    if history:
        print_table(("at", "what", "by", "because"), ((each.at, each.what, each.by, each.because) for each in history))
