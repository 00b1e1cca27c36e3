"""`leadcore decisions`: what the gate answered, tried again."""

from datetime import timedelta

from cyclopts import App

from leadcore.flows.replay_decisions import Replay, replay_decisions
from leadcore.kernel.errors import InvalidInputError
from leadcore_cli.options import HERE, Json, Place, Quiet, Shop
from leadcore_cli.session import Session, within
from leadcore_cli.terminal import print_fields, print_json, print_table, progress, say

_LONGEST_DAYS = 3660
app = App(name="decisions", help="Try recorded decisions again: every message that went or did not go has one.")


@app.command
def replay(*, days: int = 30, tenant: Shop = "", json: Json = False, quiet: Quiet = False, place: Place = HERE) -> int:
    """Decide everything of the last days once more, from the stored facts and under the rules of then. Changes nothing.

    Exit code 1 when a decision comes out differently, or was made under rules this program does not have.

    Example: `leadcore decisions replay --days 7 --json`

    Parameters
    ----------
    days
        How far back (default: 30).
    """
    if not 1 <= days <= _LONGEST_DAYS:
        raise InvalidInputError(f"{days} days are no period", field="--days", fix=f"1 to {_LONGEST_DAYS}")

    async def work(session: Session) -> int:
        shop = await session.tenant(tenant)
        tell = progress(quiet=quiet or json)
        async with session.seams.store.begin(shop.id) as uow:
            now = await uow.now()
        found = await replay_decisions(
            session.seams.store,
            shop.id,
            since=now - timedelta(days=days),
            progress=lambda done: tell(f"{done} decisions"),
        )
        if json:
            print_json(found)
        else:
            _show(found)
        return 0 if found.holds else 1

    return within(place, work)


def _show(found: Replay) -> None:
    print_fields(
        [
            ("since", found.since),
            ("recorded", found.recorded),
            ("same", found.same),
            ("different", len(found.different)),
            *((f"under unknown rules {version}", count) for version, count in found.unknown_rules.items()),
        ]
    )
    if found.different:
        rows = [(each.id, each.at, each.recorded.reason, each.replayed.reason) for each in found.different]
        print_table(("decision", "at", "was", "is now"), rows)
    if found.unknown_rules:
        say("rules this program does not have: it never had them, or another version of leadcore decided")
