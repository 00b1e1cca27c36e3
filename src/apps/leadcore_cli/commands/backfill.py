"""`leadcore leads backfill`: the CRM's past, through the same rule and the same inbox, silently unless asked."""

from collections import Counter
from typing import Annotated

import msgspec
from cyclopts import Parameter
from cyclopts.validators import Number

from leadcore.flows import backfill as flow
from leadcore.flows.bulk import Tally
from leadcore.intake.model import BackfillRun
from leadcore.tenants.model import Tenant
from leadcore_cli.bars import bar
from leadcore_cli.options import HERE, Json, Place, Quiet, Shop
from leadcore_cli.session import Session, within
from leadcore_cli.terminal import print_fields, print_json, print_table, say

Days = Annotated[int, Parameter(validator=Number(gte=1, lte=366))]


class Outcome(msgspec.Struct, frozen=True, kw_only=True):
    """What a backfill came to. `not_leads` counts orders by the clause of the lead rule that failed first."""

    tenant: str
    since: str
    dry_run: bool
    follow_up: bool
    found: int
    new: int
    known: int
    not_leads: dict[str, int]
    left_out: dict[str, int]
    refused: dict[str, int]


def backfill(
    *,
    days: Days = 30,
    dry_run: bool = False,
    follow_up: bool = False,
    tenant: Shop = "",
    quiet: Quiet = False,
    json: Json = False,
    place: Place = HERE,
) -> int:
    """Read the CRM's orders of the last days and keep those that are leads by the shop's own rule.

    Sends nothing: the leads are new and without a follow-up, and no later webhook or poll of the same order changes
    that. With --follow-up they are enrolled, also those that an earlier run left without. Safe to stop at any moment:
    started again it goes on, and nothing happens twice.

    Example: `leadcore leads backfill --days 30 --dry-run`

    Parameters
    ----------
    days
        How far back (default: 30). The shop's rule may itself be stricter: see lead_rule.max_age_days.
    dry_run
        Only say what would happen.
    follow_up
        Enroll the leads: texts and e-mails follow, in the permitted hours.
    """

    async def work(session: Session) -> int:
        shop = await session.tenant(tenant)
        silent = quiet or json
        if dry_run:
            outcome = await _tried(session, shop, days=days, follow_up=follow_up, quiet=silent)
        else:
            outcome = await _done(session, shop, days=days, follow_up=follow_up, quiet=silent)
        _show(outcome, json=json)
        return 1 if outcome.refused else 0

    return within(place, work)


async def _tried(session: Session, shop: Tenant, *, days: int, follow_up: bool, quiet: bool) -> Outcome:
    since = await flow.past_of(session.seams.store, shop.id, days=days)
    found = new = known = 0
    failing = Counter[str]()
    with bar("reading the CRM", quiet=quiet) as shown:
        async for orders in flow.lists_of_past(session.seams, shop.id, since=since):
            by_kind = await flow.sort_orders(session.seams, shop.id, orders, follow_up=follow_up)
            found, new, known = found + len(orders), new + len(by_kind.leads), known + by_kind.known
            failing.update(by_kind.not_leads)
            shown.at(found)
        shown.at(found, total=found)
    return Outcome(
        tenant=shop.slug,
        since=since.isoformat(),
        dry_run=True,
        follow_up=follow_up,
        found=found,
        new=new,
        known=known,
        not_leads=dict(failing),
        left_out={},
        refused={},
    )


async def _done(session: Session, shop: Tenant, *, days: int, follow_up: bool, quiet: bool) -> Outcome:
    from leadcore_runtime.bulk import BulkWork

    run, goes_on = await flow.begin_backfill(session.seams, shop.id, days=days, follow_up=follow_up)
    if goes_on and not quiet:
        say(f"going on with the backfill that began at {run.started_at:%Y-%m-%d %H:%M}Z, since {run.since:%Y-%m-%d}")
    if run.state == "listing":
        run = await _listed(session, run, goes_on=goes_on, quiet=quiet)
    with bar("applying orders", quiet=quiet) as shown:
        done = await BulkWork(session.seams).until_settled(
            run.id, tenant_id=shop.id, on_progress=lambda tally: shown.at(tally.settled, total=tally.total)
        )
    run = await flow.end_backfill(session.seams, run)
    return _outcome(shop, run, done)


async def _listed(session: Session, run: BackfillRun, *, goes_on: bool, quiet: bool) -> BackfillRun:
    if goes_on:
        run = await flow.restart_listing(session.seams, run)
    with bar("reading the CRM", quiet=quiet) as shown:
        async for orders in flow.lists_of_past(session.seams, run.tenant_id, since=run.since):
            run = await flow.note_orders(session.seams, run, orders)
            shown.at(run.found)
        shown.at(run.found, total=run.found)
    return await flow.end_listing(session.seams, run)


def _outcome(shop: Tenant, run: BackfillRun, done: Tally) -> Outcome:
    known = sum(count for why, count in done.left_out.items() if why.startswith("known:"))
    return Outcome(
        tenant=shop.slug,
        since=run.since.isoformat(),
        dry_run=False,
        follow_up=run.follow_up,
        found=run.found,
        new=done.done,
        known=run.known + known,
        not_leads=run.not_leads,
        left_out={why: count for why, count in done.left_out.items() if not why.startswith("known:")},
        refused=done.refused,
    )


def _show(outcome: Outcome, *, json: bool) -> None:
    if json:
        print_json(outcome)
        return
    new = "new or newly followed up" if outcome.follow_up else "new"
    new = f"would be {new}" if outcome.dry_run else new
    print_fields(
        [
            ("shop", outcome.tenant),
            ("since", outcome.since),
            ("orders found", outcome.found),
            (new, outcome.new),
            ("known already", outcome.known),
            ("no leads", sum(outcome.not_leads.values())),
            ("left out", sum(outcome.left_out.values())),
            ("refused", sum(outcome.refused.values())),
        ]
    )
    rows = [
        *(("no lead", clause, count) for clause, count in sorted(outcome.not_leads.items())),
        *(("left out", why, count) for why, count in sorted(outcome.left_out.items())),
        *(("refused", why, count) for why, count in sorted(outcome.refused.items())),
    ]
    if rows:
        print()
        print_table(("what", "why", "orders"), rows)
    if outcome.dry_run:
        say("nothing was changed; without --dry-run it is done")
    elif outcome.new and not outcome.follow_up:
        say("nothing is sent to them; `leadcore leads backfill --follow-up` enrolls them")
    if outcome.refused:
        say("after mending the cause: `leadcore inbox replay --state dead --source backfill --all`")
