"""`leadcore hold`: the switch that stops all sending."""

from cyclopts import App

from leadcore_cli.options import HERE, Json, Place
from leadcore_cli.session import Session, within
from leadcore_cli.terminal import print_fields, print_json

app = App(name="hold", help="Stop and resume all sending of this deployment. A restored database starts held.")


@app.command
def show(*, json: Json = False, place: Place = HERE) -> int:
    """Say whether sending is held, and why.

    Example: `leadcore hold show --json`
    """

    async def work(session: Session) -> None:
        await _show(session, json=json)

    return within(place, work)


@app.command(name="set")
def hold(because: str, /, *, json: Json = False, place: Place = HERE) -> int:
    """Stop all sending at once; what is due waits.

    Example: `leadcore hold set "the price list is wrong"`

    Parameters
    ----------
    because
        The reason, for whoever wonders.
    """

    async def work(session: Session) -> None:
        await session.seams.store.deployment.set_held(held=True, because=because)
        await _show(session, json=json)

    return within(place, work)


@app.command
def release(*, json: Json = False, place: Place = HERE) -> int:
    """Resume sending. What has become stale meanwhile expires instead of going late.

    Example: `leadcore hold release`
    """

    async def work(session: Session) -> None:
        await session.seams.store.deployment.set_held(held=False, because="")
        await _show(session, json=json)

    return within(place, work)


async def _show(session: Session, *, json: bool) -> None:
    state = await session.seams.store.deployment.state()
    if json:
        print_json(state)
    else:
        offset = f"{state.clock_offset_s:+.0f} s"
        print_fields(
            [
                ("environment", state.environment),
                ("held", state.held),
                ("because", state.held_because or "-"),
                ("clock", offset if state.clock_offset_s else "real time"),
            ]
        )
