"""The reconciling poll: whatever webhooks missed comes in by the same inbox, once.

One pass reads three things, each of which misses what the others see. The list of what changed lately finds new
leads, but vendors' lists are shuffled subsets, cut off, or behind. Every open lead's order is read by its id, so a
close is noticed although no list shows it. The orders of open leads' customers find a second request. Passes overlap,
orders are told apart by id and version, and a webhook that came first has made the lead already, so a note changes
nothing. What a CRM held when it was first read is its past: kept as leads and sent nothing, as the backfill does.

No lead waits for ever: a pass reads `budget` open leads (50 while the CRM keeps up) and goes on behind the last one,
so each of n is read every ceil(n / budget) passes: all of them every 30 s up to 50, each within 10 min if there are
1000. A customer is asked for other orders at every fifth of their lead's turns.
"""

from datetime import datetime, timedelta

import msgspec
from msgspec.structs import replace

from leadcore.flows.polled import news_of, polled_gone, polled_item
from leadcore.flows.seams import Crm, Seams
from leadcore.flows.work import Work
from leadcore.intake.model import POLL_EVERY_S, POLLED, InboxItem, PollState
from leadcore.intake.policies import lane_of, next_pass
from leadcore.kernel.errors import NotFoundError
from leadcore.kernel.ids import ConnectionId, InboxId, LeadId
from leadcore.leads.model import Lead
from leadcore.ports.crm import CrmError, CrmOrder, CrmUnavailableError
from leadcore.ports.inbound import AdmittedItem
from leadcore.ports.storage import DueItem
from leadcore.tenants.model import Tenant

OVERLAP = timedelta(hours=2)
LOOK_BACK = timedelta(days=7)
_LOOK_BACK_EACH = 60
"""Every so many passes, and at the first one, the poll looks back a week: an outage may have been long."""
GRACE = timedelta(seconds=10)
"""How long a new order may wait for its webhook before the poll counts as its finder (first try, not the retries)."""
_AFTER_REFUSAL_S = 120.0
_AT_A_TIME = 10
_LEADS_PER_CUSTOMER = 5
"""Of so many leads that a pass reads, the customer of one is asked for other orders."""


class _Pass(msgspec.Struct, frozen=True, kw_only=True):
    """One pass over one tenant's CRM. `offset` is how far our clock is ahead of the CRM's (demo and tests)."""

    seams: Seams
    item: DueItem
    crm: Crm
    connection_id: ConnectionId
    tenant: Tenant
    state: PollState
    now: datetime
    offset: timedelta

    @property
    def source(self) -> str:
        """The name of the CRM, by which leads of its orders are known."""
        return self.tenant.providers.crm

    @property
    def today(self) -> datetime:
        """The present on the CRM's clock."""
        return self.now - self.offset


async def poll_crm(seams: Seams, item: DueItem) -> None:
    """Read one tenant's news into the inbox and arm the next pass. A tenant in trouble slows nobody else."""
    try:
        errand = await _begun(seams, item)
        await _read_list(errand)
        known = await _read_open_leads(errand)
        await _read_customers(errand, known)
    except CrmUnavailableError as busy:
        await end_pass(seams, item, trouble=busy.message, at_least_s=busy.retry_after_s or 0.0)
    except (CrmError, NotFoundError) as refusal:
        async with seams.store.begin(item.tenant_id) as uow:
            await _close(uow, item, (await uow.polls.get(item.tenant_id)).broken_off(refusal.message), _AFTER_REFUSAL_S)
            await uow.commit()
    else:
        await end_pass(seams, item)


async def end_pass(seams: Seams, item: DueItem, *, trouble: str = "", at_least_s: float = 0.0) -> None:
    """Remember how the pass went and arm the next one; with *trouble* more slowly, and not before *at_least_s*."""
    async with seams.store.begin(item.tenant_id) as uow:
        state = await uow.polls.get(item.tenant_id)
        state = state.slowed(trouble) if trouble else state.sped_up()
        # the beat may be up to its whole length early, which a vendor's Retry-After must not be
        pause_s = max(state.pause_s, at_least_s + POLL_EVERY_S if at_least_s else 0.0)
        await _close(uow, item, state, pause_s)
        await uow.commit()


async def _close(uow: Work, item: DueItem, state: PollState, pause_s: float) -> None:
    await uow.polls.put(state)
    await uow.due.postpone(item, at=next_pass(item.tenant_id, now=await uow.now(), pause_s=pause_s))


async def crm_connection(uow: Work, tenant: Tenant) -> ConnectionId:
    """Return the id of the connection the tenant's CRM choice names. Raises `NotFoundError`."""
    for each in await uow.tenants.connections(tenant.id):
        if each.port == "crm" and each.plugin == tenant.providers.crm:
            return each.id
    raise NotFoundError("no CRM is connected", field="providers.crm", fix="run `leadcore connect`")


async def _begun(seams: Seams, item: DueItem) -> _Pass:
    offset = timedelta(seconds=(await seams.store.deployment.state()).clock_offset_s)
    crm = await seams.adapters.crm(item.tenant_id)
    async with seams.store.begin(item.tenant_id) as uow:
        tenant = await uow.tenants.get(item.tenant_id)
        now = await uow.now()
        known = await uow.polls.get(item.tenant_id)
        state = known.reading(tenant.providers.crm, now=now)
        if state != known:
            await uow.polls.put(state)
        errand = _Pass(
            seams=seams,
            item=item,
            crm=crm,
            connection_id=await crm_connection(uow, tenant),
            tenant=tenant,
            state=state,
            now=now,
            offset=offset,
        )
        await uow.commit()
    return errand


async def _read_list(errand: _Pass) -> None:
    orders = await errand.crm.orders_changed_since(_since(errand) - errand.offset)
    async with errand.seams.store.begin(errand.tenant.id) as uow:
        await _note(uow, errand, list(orders))
        await uow.polls.put(replace(await uow.polls.get(errand.tenant.id), listed_at=errand.now))
        await uow.commit()


def _since(errand: _Pass) -> datetime:
    """Return from when on to read: two hours, longer after an outage, a week at times.

    After a pass that broke off, every other one keeps to the two hours: a look back that is too much for the CRM must
    not keep the poll from what is new.
    """
    state, usual = errand.state, errand.now - OVERLAP
    if state.trouble and state.passes % 2:
        return usual
    if state.listed_at is None or state.passes % _LOOK_BACK_EACH == 0:
        return errand.now - LOOK_BACK
    return max(min(usual, state.listed_at - OVERLAP), errand.now - LOOK_BACK)


async def _read_open_leads(errand: _Pass) -> dict[str, CrmOrder | None]:
    """Read the orders of the open leads whose turn it is; a pass that breaks off keeps its place."""
    known: dict[str, CrmOrder | None] = {}
    leads = await _round(errand, after=errand.state.lead_cursor, limit=errand.state.budget)
    for start in range(0, len(leads), _AT_A_TIME):
        some = leads[start : start + _AT_A_TIME]
        found = await errand.crm.orders_by_id([lead.external_ref for lead in some])
        known |= found
        async with errand.seams.store.begin(errand.tenant.id) as uow:
            await _note(uow, errand, [order for order in found.values() if order is not None])
            await _note_gone(uow, errand, [lead for lead in some if found.get(lead.external_ref, lead) is None])
            await uow.polls.put(replace(await uow.polls.get(errand.tenant.id), lead_cursor=some[-1].id))
            await uow.commit()
    return known


async def _read_customers(errand: _Pass, known: dict[str, CrmOrder | None]) -> None:
    """Ask for other orders of open leads' customers, some at every pass."""
    limit = max(1, errand.state.budget // _LEADS_PER_CUSTOMER)
    leads = await _round(errand, after=errand.state.customer_cursor, limit=limit)
    unread = [lead.external_ref for lead in leads if lead.external_ref not in known]
    known = {**known, **(await errand.crm.orders_by_id(unread) if unread else {})}
    orders = [order for lead in leads if (order := known.get(lead.external_ref)) is not None]
    found: list[CrmOrder] = []
    for customer_id in dict.fromkeys(order.customer_id for order in orders if order.customer_id):
        found += await errand.crm.orders_of_customer(customer_id, since=errand.today - LOOK_BACK)
    async with errand.seams.store.begin(errand.tenant.id) as uow:
        await _note(uow, errand, found)
        if leads:
            await uow.polls.put(replace(await uow.polls.get(errand.tenant.id), customer_cursor=leads[-1].id))
        await uow.commit()


async def _round(errand: _Pass, *, after: LeadId | None, limit: int) -> list[Lead]:
    """Return the next open leads behind *after*, from the first one again at the end."""
    async with errand.seams.store.begin(errand.tenant.id) as uow:
        leads = await uow.leads.open_of_source(errand.source, tenant_id=errand.tenant.id, after=after, limit=limit)
        left = limit - len({lead.id for lead in leads})  # a lead stands there once per order that names it
        if after is not None and left > 0:
            again = await uow.leads.open_of_source(errand.source, tenant_id=errand.tenant.id, after=None, limit=left)
            leads += [lead for lead in again if lead.id <= after]
    return leads


async def _note(uow: Work, errand: _Pass, orders: list[CrmOrder]) -> None:
    """Put what is news of these orders into the inbox."""
    refs = [order.external_id for order in orders]
    known = await uow.leads.by_external_refs(errand.source, refs, tenant_id=errand.tenant.id)
    for order in {order.external_id: order for order in orders}.values():
        lead = known.get(order.external_id)
        news = news_of(order, lead, errand.tenant.lead_rule, now=errand.today)
        if news.is_news:
            wait = timedelta() if lead else max(GRACE - max(errand.today - order.updated_at, timedelta()), timedelta())
            is_past = lead is None and errand.state.is_past(order.created_at + errand.offset)
            await _store(uow, errand, polled_item(order, lead, follow_up=not is_past), at=errand.now + wait)


async def _note_gone(uow: Work, errand: _Pass, leads: list[Lead]) -> None:
    for lead in leads:
        await _store(uow, errand, polled_gone(lead), at=errand.now)


async def _store(uow: Work, errand: _Pass, noted: AdmittedItem, *, at: datetime) -> None:
    row = InboxItem(
        id=InboxId(errand.seams.ids.new()),
        tenant_id=errand.tenant.id,
        connection_id=errand.connection_id,
        source=POLLED,
        dedupe_key=noted.dedupe_key,
        entity_key=noted.entity_key,
        occurred_at=noted.occurred_at,
        received_at=await uow.now(),
        body=noted.body,
    )
    for new in await uow.inbox.add([row]):
        lane = lane_of(new.entity_key, tenant_id=errand.tenant.id)
        await uow.due.arm("inbox", new.id, tenant_id=errand.tenant.id, at=at, lane=lane)
