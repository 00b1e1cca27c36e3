"""`leadcore inbox`: the raw things that arrived, what became of them, and another try."""

from uuid import UUID

from cyclopts import App

from leadcore.flows.replay import replay as replay_item
from leadcore.intake.model import InboxItem, InboxState
from leadcore.kernel.ids import InboxId
from leadcore_cli.options import HERE, Json, Place, Shop
from leadcore_cli.session import Session, within
from leadcore_cli.terminal import print_fields, print_json, print_table, say

app = App(name="inbox", help="See what came in, and try it again.")


@app.command(name="list")
def list_items(
    *, state: InboxState | None = None, limit: int = 50, tenant: Shop = "", json: Json = False, place: Place = HERE
) -> int:
    """List what came in, newest first.

    Example: `leadcore inbox list --state dead`

    Parameters
    ----------
    state
        Only rows in this state.
    limit
        At most this many (default: 50).
    """

    async def work(session: Session) -> None:
        shop = await session.tenant(tenant)
        async with session.seams.store.begin(shop.id) as uow:
            found = await uow.inbox.listing(shop.id, state=state, limit=limit)
        if json:
            print_json([_document(each, body=False) for each in found])
            return
        rows = [(each.id, each.received_at, each.source, each.state, each.tries, each.error or "-") for each in found]
        print_table(("item", "received", "from", "state", "tries", "why"), rows, empty="nothing came in")

    return within(place, work)


@app.command
def show(item_id: UUID, /, *, tenant: Shop = "", json: Json = False, place: Place = HERE) -> int:
    """Show one row with the exact body that arrived.

    Example: `leadcore inbox show 01999f3e-7c5b-7d2a-9a50-2f6c1f0e4b11`
    """

    async def work(session: Session) -> None:
        shop = await session.tenant(tenant)
        async with session.seams.store.begin(shop.id) as uow:
            item = await uow.inbox.get(InboxId(item_id), tenant_id=shop.id)
        document = _document(item, body=True)
        if json:
            print_json(document)
        else:
            print_fields(document.items())

    return within(place, work)


@app.command
def replay(item_id: UUID, /, *, tenant: Shop = "", json: Json = False, place: Place = HERE) -> int:
    """Apply a row again, as if it had just come: after a fix, or when the rule for leads has changed.

    Example: `leadcore inbox replay 01999f3e-7c5b-7d2a-9a50-2f6c1f0e4b11`
    """

    async def work(session: Session) -> None:
        shop = await session.tenant(tenant)
        item = await replay_item(session.seams.store, InboxId(item_id), tenant_id=shop.id)
        if json:
            print_json(_document(item, body=False))
        else:
            say("it is due now; the scheduler applies it")

    return within(place, work)


def _document(item: InboxItem, *, body: bool) -> dict[str, object]:
    shown: dict[str, object] = {
        "id": item.id,
        "source": item.source,
        "state": item.state,
        "tries": item.tries,
        "error": item.error,
        "received_at": item.received_at,
        "occurred_at": item.occurred_at,
        "entity_key": item.entity_key,
        "dedupe_key": item.dedupe_key,
        "connection_id": item.connection_id,
    }
    return {**shown, "body": item.body.decode(errors="replace")} if body else shown
