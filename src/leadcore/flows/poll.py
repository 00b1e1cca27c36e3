"""The backup poll: whatever webhooks missed comes in by the same inbox, once.

Lists of CRMs are not trusted (Shopmonkey's are shuffled subsets): every pass looks back over an overlap and orders are
told apart by id and version. A webhook that came first has made the lead already, so the poll's note changes nothing.
"""

from datetime import timedelta

from leadcore.flows.notes import polled_item
from leadcore.flows.seams import Seams
from leadcore.flows.work import Work
from leadcore.intake.model import POLLED, InboxItem
from leadcore.intake.policies import is_closed, judge, lane_of
from leadcore.kernel.errors import NotFoundError
from leadcore.kernel.ids import ConnectionId, InboxId, TenantId
from leadcore.leads.values import LeadStatus
from leadcore.ports.crm import CrmError, CrmOrder, CrmUnavailableError
from leadcore.ports.storage import DueItem
from leadcore.tenants.model import Tenant

POLL_EVERY = timedelta(seconds=30)
_OVERLAP = timedelta(hours=2)
_SWEEP = timedelta(days=7)
_SWEEP_EACH = 60
"""Every so many passes, and at the first one, the poll looks back a week: an outage may have been long."""
_AFTER_TROUBLE = timedelta(minutes=2)


async def poll_crm(seams: Seams, item: DueItem) -> None:
    """Read one tenant's changed orders into the inbox and arm the next pass. A tenant in trouble slows nobody else."""
    wait = POLL_EVERY
    orders: tuple[CrmOrder, ...] = ()
    connection_id: ConnectionId | None = None
    # the CRM's clock is the real one, ours may be moved (demo, tests)
    offset = timedelta(seconds=(await seams.store.deployment.state()).clock_offset_s)
    try:
        connection_id = await crm_connection(seams, item.tenant_id)
        async with seams.store.begin(item.tenant_id) as uow:
            since = await uow.now() - offset - (_SWEEP if item.tries % _SWEEP_EACH == 1 else _OVERLAP)
        orders = await (await seams.adapters.crm(item.tenant_id)).orders_changed_since(since)
    except CrmUnavailableError as trouble:
        wait = max(POLL_EVERY, timedelta(seconds=trouble.retry_after_s or 0))
    except (CrmError, NotFoundError):
        wait = _AFTER_TROUBLE
    if connection_id is not None and orders:
        await _note(seams, item, connection_id, orders, offset=offset)
    jitter = 0.9 + 0.2 * seams.chance.fraction()  # 200 tenants must not ask in the same second
    async with seams.store.begin(item.tenant_id) as uow:
        await uow.due.postpone(item, at=await uow.now() + wait * jitter)
        await uow.commit()


async def crm_connection(seams: Seams, tenant_id: TenantId) -> ConnectionId:
    """Return the id of the connection the tenant's CRM choice names. Raises `NotFoundError`."""
    async with seams.store.begin(tenant_id) as uow:
        tenant = await uow.tenants.get(tenant_id)
        for each in await uow.tenants.connections(tenant_id):
            if each.port == "crm" and each.plugin == tenant.providers.crm:
                return each.id
    raise NotFoundError("no CRM is connected", field="providers.crm", fix="run `leadcore connect`")


async def _note(
    seams: Seams, item: DueItem, connection_id: ConnectionId, orders: tuple[CrmOrder, ...], *, offset: timedelta
) -> None:
    async with seams.store.begin(item.tenant_id) as uow:
        now = await uow.now()
        tenant = await uow.tenants.get(item.tenant_id)
        admitted = [polled_item(order) for order in orders if await _is_news(uow, tenant, order, offset=offset)]
        rows = [
            InboxItem(
                id=InboxId(seams.ids.new()),
                tenant_id=item.tenant_id,
                connection_id=connection_id,
                source=POLLED,
                dedupe_key=each.dedupe_key,
                entity_key=each.entity_key,
                occurred_at=each.occurred_at + offset if each.occurred_at else None,
                received_at=now,
                body=each.body,
            )
            for each in admitted
        ]
        new = [(row.id, lane_of(row.entity_key, tenant_id=row.tenant_id)) for row in await uow.inbox.add(rows)]
        await uow.due.arm_all("inbox", new, tenant_id=item.tenant_id, at=now)
        await uow.commit()


async def _is_news(uow: Work, tenant: Tenant, order: CrmOrder, *, offset: timedelta) -> bool:
    """Whether applying the order now would change anything: a lead we lack, or one that was booked or closed."""
    known = await uow.leads.by_external_ref(tenant.providers.crm, order.external_id, tenant_id=tenant.id)
    if known is not None:
        is_newly_booked = bool(order.appointment_dates) and known.status is not LeadStatus.BOOKED
        return known.is_open and (is_closed(order) or is_newly_booked)
    return judge(order, tenant.lead_rule, now=await uow.now() - offset).is_lead
