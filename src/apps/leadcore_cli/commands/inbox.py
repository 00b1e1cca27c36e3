"""`leadcore inbox`: the raw things that arrived, what became of them, and another try."""

from collections import Counter
from typing import Annotated
from uuid import UUID

from cyclopts import App, Parameter
from cyclopts.validators import Number

from leadcore.flows.misses import misses as miss_report
from leadcore.flows.refusals import refusals
from leadcore.flows.replay import replay as replay_item
from leadcore.flows.replay import replay_all, replayable
from leadcore.intake.model import InboxItem, InboxState
from leadcore.kernel.ids import InboxId
from leadcore_cli.options import HERE, Json, Limit, Place, Shop
from leadcore_cli.session import Session, within
from leadcore_cli.spans import instant_since
from leadcore_cli.terminal import print_fields, print_json, print_table, say

app = App(name="inbox", help="See what came in, and try it again.")
_LONG_S = 600


@app.command(name="list")
def list_items(
    *,
    state: InboxState | None = None,
    source: str = "",
    since: str = "",
    limit: Limit = 50,
    tenant: Shop = "",
    json: Json = False,
    place: Place = HERE,
) -> int:
    """List what came in, newest first.

    Example: `leadcore inbox list --state dead --source shopmonkey --since 2026-11-20`

    Parameters
    ----------
    state
        Only rows in this state.
    source
        Only rows from here: a vendor such as shopmonkey, or poll, backfill, import.
    since
        Only rows received since then: a day, an instant, or a span such as 36h or 7d.
    limit
        At most this many (default: 50).
    """

    async def work(session: Session) -> None:
        shop = await session.tenant(tenant)
        async with session.seams.store.begin(shop.id) as uow:
            begins = instant_since(since, now=await uow.now())
            found = await uow.inbox.listing(shop.id, state=state, limit=limit, source=source or None, since=begins)
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
def replay(
    item_id: UUID | None = None,
    /,
    *,
    state: InboxState = "dead",
    source: str = "",
    since: str = "",
    all: Annotated[bool, Parameter(name="--all")] = False,
    limit: Limit = 10_000,
    by: str = "operator",
    tenant: Shop = "",
    json: Json = False,
    place: Place = HERE,
) -> int:
    """Apply a row again, or many, as if they had just come: after a fix, or when the rule for leads has changed.

    Without an id it says which rows it would take; with --all it takes them. Every replay is kept with who did it.

    Example: `leadcore inbox replay --state dead --source shopmonkey --all --by Dana`

    Parameters
    ----------
    item_id
        One row.
    state
        Rows in this state (default: dead).
    source
        Only rows from here: a vendor, or poll, backfill, import.
    since
        Only rows received since then: a day, an instant, or a span such as 36h or 7d.
    limit
        At most this many of the newest (default: 10000).
    by
        Who does it.
    """

    async def work(session: Session) -> None:
        shop = await session.tenant(tenant)
        store = session.seams.store
        if item_id is not None:
            item = await replay_item(store, InboxId(item_id), tenant_id=shop.id, by=by)
            if json:
                print_json(_document(item, body=False))
            else:
                say("it is due now; the scheduler applies it")
            return
        async with store.begin(shop.id) as uow:
            begins = instant_since(since, now=await uow.now())
        found = await replayable(store, shop.id, state=state, source=source or None, since=begins, limit=limit)
        gone = await replay_all(store, found, tenant_id=shop.id, by=by) if all else 0
        if json:
            print_json({"found": len(found), "replayed": gone, "why": Counter(each.error for each in found)})
            return
        print_table(("rows", "why"), [(count, why or "-") for why, count in Counter(r.error for r in found).items()])
        say(f"{gone} rows are due now" if all else f"{len(found)} rows would go again; add --all")

    return within(place, work)


@app.command
def misses(
    *,
    days: Annotated[int, Parameter(validator=Number(gte=1, lte=366))] = 7,
    tenant: Shop = "",
    json: Json = False,
    place: Place = HERE,
) -> int:
    """Tell what the poll found that no webhook had told in time, by day: missed (none came) or late (one came after).

    Example: `leadcore inbox misses --days 7`

    Parameters
    ----------
    days
        How far back (default: 7).
    """

    async def work(session: Session) -> None:
        shop = await session.tenant(tenant)
        report = await miss_report(session.seams.store, shop.id, days=days)
        if json:
            print_json(report)
            return
        rows = [
            (day.day, each.outcome, each.order_id, each.found_at[:19], _span(each.found_after_s), _span(each.late_by_s))
            for day in report.by_day
            for each in day.findings
        ]
        print_table(
            ("day", "outcome", "order", "found", "after", "webhook came after"), rows, empty="webhooks told everything"
        )
        say(f"{report.missed} missed, {report.late} late in {days} days")

    return within(place, work)


@app.command
def refused(*, days: float = 1, tenant: Shop = "", json: Json = False, place: Place = HERE) -> int:
    """Tell which webhooks were refused, how often, why, and what to do. Of the requests themselves nothing is kept.

    Example: `leadcore inbox refused --days 7`

    Parameters
    ----------
    days
        How far back (default: 1; counters are kept for 30).
    """

    async def work(session: Session) -> None:
        shop = await session.tenant(tenant)
        found = await refusals(session.seams.store, shop.id, days=days)
        if json:
            print_json(found)
            return
        rows = [
            (each.vendor, each.reason, each.count, each.last_at, each.last_accepted_at, each.detail) for each in found
        ]
        print_table(("from", "reason", "times", "last", "last taken in", "what"), rows, empty="nothing was refused")
        for each in found:
            say(f"{each.vendor}, {each.reason}: {each.fix}")

    return within(place, work)


def _span(seconds: float | None) -> str:
    if seconds is None:
        return "-"
    return f"{seconds:.0f} s" if seconds < _LONG_S else f"{seconds / 60:.0f} min"


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
        "run_id": item.run_id,
        "blanked_at": item.blanked_at,
        "digest": item.digest.hex(),
    }
    return {**shown, "body": item.body.decode(errors="replace")} if body else shown
