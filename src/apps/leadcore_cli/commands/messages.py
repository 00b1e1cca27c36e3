"""`leadcore messages`: what did not go, why, and letting it try again once."""

import getpass
from typing import Annotated
from uuid import UUID

from cyclopts import App, Parameter

from leadcore.flows.release import release_message, stuck_messages
from leadcore.kernel.ids import MessageId
from leadcore.messaging.values import StuckState
from leadcore_cli.options import HERE, Json, Limit, Place, Shop
from leadcore_cli.session import Session, within
from leadcore_cli.terminal import print_fields, print_json, print_table

app = App(name="messages", help="See messages that failed or are held; let one try again, once.")
By = Annotated[str, Parameter(name="--by", help="Who decides this (default: the user of this machine).")]


@app.command
def stuck(
    *, state: StuckState | None = None, limit: Limit = 50, tenant: Shop = "", json: Json = False, place: Place = HERE
) -> int:
    """List messages that failed or are held, the newest first, and why each cannot be released.

    Example: `leadcore messages stuck --state failed`

    Parameters
    ----------
    state
        Only these: failed or held (default: both).
    limit
        At most this many (default: 50).
    """

    async def work(session: Session) -> None:
        shop = await session.tenant(tenant)
        found = await stuck_messages(session.seams, shop.id, state=state, limit=limit)
        if json:
            print_json(found)
            return
        rows = [
            (each.message_id, each.state, each.channel, each.purpose, each.not_after, each.attempts, each.reason,
             each.why_not or "yes")
            for each in found
        ]  # fmt: skip
        headers = ("message", "state", "channel", "purpose", "useful until", "tries", "why", "can be released")
        print_table(headers, rows, empty="nothing is stuck")

    return within(place, work)


@app.command
def release(message_id: UUID, /, *, by: By = "", tenant: Shop = "", json: Json = False, place: Place = HERE) -> int:
    """Let a message be decided and tried again now, once. The rules still have their say.

    Example: `leadcore messages release 01999f3e-7c5b-7d2a-9a50-2f6c1f0e4b11 --by Dana`
    """

    async def work(session: Session) -> None:
        shop = await session.tenant(tenant)
        who = by or getpass.getuser()
        found = await release_message(session.seams, MessageId(message_id), tenant_id=shop.id, by=who)
        if json:
            print_json(found)
        else:
            print_fields([("message", found.message_id), ("state", found.state), ("reason", found.reason)])

    return within(place, work)
