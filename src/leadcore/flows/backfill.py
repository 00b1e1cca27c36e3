"""Reading the CRM's past: the same lead rule and the same inbox as the poll, and nothing is sent unless asked for.

A run's window and wishes are stored before anything else, every order it lists is in the inbox before the next list is
read, and every row is applied by itself. So a run that was killed goes on where it was, and nothing happens twice.
"""

from collections import Counter
from collections.abc import AsyncIterator
from datetime import datetime, timedelta

import msgspec
from msgspec.structs import replace

from leadcore.flows.bulk import bring_in
from leadcore.flows.notes import backfilled_item
from leadcore.flows.poll import crm_connection
from leadcore.flows.seams import Seams
from leadcore.flows.withhold import never_followed_up
from leadcore.flows.work import Store, Work
from leadcore.intake.model import BACKFILLED, BackfillRun
from leadcore.intake.policies import judge
from leadcore.kernel.errors import RefusedError
from leadcore.kernel.ids import RunId, TenantId
from leadcore.ports.crm import CrmOrder
from leadcore.tenants.model import Tenant

_QUIET_LISTS, _MAX_LISTS = 2, 12
"""CRMs list subsets (`WorkOrders`): the past is read until so many lists in a row show nothing new."""


class OtherBackfillError(RefusedError):
    """An unfinished backfill wishes something else."""

    code = "other_backfill"


class Sorted(msgspec.Struct, frozen=True, kw_only=True):
    """Listed orders by what they are. `not_leads` counts by the clause of the rule that failed first."""

    leads: tuple[CrmOrder, ...]
    known: int
    not_leads: dict[str, int]


async def begin_backfill(seams: Seams, tenant_id: TenantId, *, days: int, follow_up: bool) -> tuple[BackfillRun, bool]:
    """Return the run to work on and whether it goes on from an earlier start.

    Raises `NotFoundError` when no CRM is connected, `OtherBackfillError` when an unfinished run wishes otherwise.
    """
    async with seams.store.begin(tenant_id) as uow:
        connection_id = await crm_connection(uow, await uow.tenants.get(tenant_id))
        now = await uow.now()
        fresh = BackfillRun(
            id=RunId(seams.ids.new()),
            tenant_id=tenant_id,
            connection_id=connection_id,
            since=now - timedelta(days=days),
            follow_up=follow_up,
            started_at=now,
        )
        if await uow.backfills.begin(fresh):
            await uow.commit()
            return fresh, False
        known = await uow.backfills.unfinished(tenant_id)
    if known is None or known.follow_up != follow_up:
        wish = " --follow-up" if known is not None and known.follow_up else ""
        raise OtherBackfillError(
            "an unfinished backfill wishes otherwise",
            field="follow_up",
            fix=f"let it end: leadcore leads backfill{wish}",
        )
    return known, True


async def past_of(store: Store, tenant_id: TenantId, *, days: int) -> datetime:
    """Return when the last *days* days began."""
    async with store.begin(tenant_id) as uow:
        return await uow.now() - timedelta(days=days)


async def lists_of_past(seams: Seams, tenant_id: TenantId, *, since: datetime) -> AsyncIterator[list[CrmOrder]]:
    """Yield what each list shows that no earlier one did, until lists show nothing new. Raises `CrmError`."""
    crm = await seams.adapters.crm(tenant_id)
    since -= timedelta(seconds=(await seams.store.deployment.state()).clock_offset_s)  # the CRM's clock is the real one
    seen: set[str] = set()
    quiet = 0
    for _ in range(_MAX_LISTS):
        new = [order for order in await crm.orders_changed_since(since) if order.external_id not in seen]
        seen.update(order.external_id for order in new)
        yield sorted(new, key=lambda order: (order.created_at, order.external_id))
        quiet = 0 if new else quiet + 1
        if quiet == _QUIET_LISTS:
            return


async def sort_orders(seams: Seams, tenant_id: TenantId, orders: list[CrmOrder], *, follow_up: bool) -> Sorted:
    """Judge listed orders by the shop's rule, as the poll does; changes nothing."""
    offset = timedelta(seconds=(await seams.store.deployment.state()).clock_offset_s)
    async with seams.store.begin(tenant_id) as uow:
        return await _sorted(uow, await uow.tenants.get(tenant_id), orders, follow_up=follow_up, offset=offset)


async def note_orders(seams: Seams, run: BackfillRun, orders: list[CrmOrder]) -> BackfillRun:
    """Put those that are leads into the inbox and store the run's new counts, in one commit."""
    offset = timedelta(seconds=(await seams.store.deployment.state()).clock_offset_s)
    async with seams.store.begin(run.tenant_id) as uow:
        tenant = await uow.tenants.get(run.tenant_id)
        found = await _sorted(uow, tenant, orders, follow_up=run.follow_up, offset=offset)
        items = [backfilled_item(order, run=str(run.id), follow_up=run.follow_up) for order in found.leads]
        await bring_in(
            uow,
            seams,
            [replace(item, occurred_at=item.occurred_at + offset if item.occurred_at else None) for item in items],
            connection_id=run.connection_id,
            tenant_id=run.tenant_id,
            source=BACKFILLED,
            run_id=run.id,
        )
        run = replace(
            run,
            found=run.found + len(orders),
            known=run.known + found.known,
            not_leads=dict(Counter(run.not_leads) + Counter(found.not_leads)),
        )
        await uow.backfills.save(run)
        await uow.commit()
    return run


async def restart_listing(seams: Seams, run: BackfillRun) -> BackfillRun:
    """Forget the counts of a listing that was cut off: it is read anew, and the inbox knows what it has already."""
    return await _saved(seams, replace(run, found=0, known=0, not_leads={}))


async def end_listing(seams: Seams, run: BackfillRun) -> BackfillRun:
    """Say that everything is in the inbox: from here on the run only waits for it to be applied."""
    return await _saved(seams, replace(run, state="applying"))


async def end_backfill(seams: Seams, run: BackfillRun) -> BackfillRun:
    """Say that nothing of it waits any more."""
    async with seams.store.begin(run.tenant_id) as uow:
        run = replace(run, state="done", finished_at=await uow.now())
        await uow.backfills.save(run)
        await uow.commit()
    return run


async def _saved(seams: Seams, run: BackfillRun) -> BackfillRun:
    async with seams.store.begin(run.tenant_id) as uow:
        await uow.backfills.save(run)
        await uow.commit()
    return run


async def _sorted(uow: Work, tenant: Tenant, orders: list[CrmOrder], *, follow_up: bool, offset: timedelta) -> Sorted:
    leads: list[CrmOrder] = []
    known, failing = 0, Counter[str]()
    now = await uow.now() - offset  # the CRM's clock is the real one
    for order in orders:
        lead = await uow.leads.by_external_ref(tenant.providers.crm, order.external_id, tenant_id=tenant.id)
        if lead is not None and not (follow_up and await never_followed_up(uow, lead)):
            known += 1
        elif (verdict := judge(order, tenant.lead_rule, now=now)).is_lead:
            leads.append(order)
        else:
            failing[verdict.failing] += 1
    return Sorted(leads=tuple(leads), known=known, not_leads=dict(failing))
