"""From a durable inbox row to its effect. Commutative: any order, any number of times, the same state."""

from datetime import timedelta

from msgspec.structs import replace

from leadcore.flows.apply_delivery import receive_report
from leadcore.flows.apply_message import receive_message
from leadcore.flows.apply_order import OrderFacts, receive_order
from leadcore.flows.polled import POLLED, read_polled
from leadcore.flows.seams import Seams
from leadcore.flows.work import Work
from leadcore.intake.model import InboxItem, InboxState
from leadcore.kernel.errors import LeadcoreError
from leadcore.kernel.ids import InboxId
from leadcore.leads.events import FoundBy
from leadcore.ports.crm import CrmCustomer, CrmError, CrmOrder
from leadcore.ports.inbound import (
    AdmittedItem,
    CustomerMessage,
    DeliveryReport,
    EntityChanged,
    InboundDoor,
    InboundEvent,
    UnreadableBodyError,
)
from leadcore.ports.storage import DueItem

MAX_TRIES = 8
_BACKOFF_CAP_S = 3600.0


async def apply_inbox(seams: Seams, item: DueItem) -> None:
    """Read one inbox row, fetch what it hints at, and apply it. Errors are kept on the row; eight make it dead."""
    async with seams.store.begin(item.tenant_id) as uow:
        row = await uow.inbox.get(InboxId(item.item_id), tenant_id=item.tenant_id)
        connection = await uow.tenants.connection(row.connection_id, tenant_id=item.tenant_id)
        await uow.commit()
    if row.state != "new":
        await _settle(seams, item, row, "done", "")
        return
    door = await seams.adapters.door(connection)
    try:
        events = _read(row, door)
    except UnreadableBodyError as cause:
        await _settle(seams, item, row, "dead", cause.message)
        return
    try:
        await _apply(seams, item, row, events, source=connection.plugin)
    except (CrmError, LeadcoreError) as cause:
        await _try_later(seams, item, row, f"{cause.code}: {cause.message}")


def _read(row: InboxItem, door: InboundDoor) -> tuple[InboundEvent, ...]:
    if row.source == POLLED:  # our own note, not a vendor's words
        return (read_polled(row.body),)
    return door.read(
        AdmittedItem(dedupe_key=row.dedupe_key, body=row.body, entity_key=row.entity_key, occurred_at=row.occurred_at)
    )


async def _apply(seams: Seams, item: DueItem, row: InboxItem, events: tuple[InboundEvent, ...], *, source: str) -> None:
    found_by: FoundBy = "poll" if row.source == POLLED else "webhook"
    hints = [event for event in events if isinstance(event, EntityChanged) and event.kind == "order"]
    fetched = [await _fetch_order(seams, item, hint) for hint in hints]
    async with seams.store.begin(item.tenant_id) as uow:
        notes = [await receive_order(uow, seams, facts, source=source, found_by=found_by) for facts in fetched]
        for event in events:
            if isinstance(event, CustomerMessage):
                notes.append(await receive_message(uow, seams, event, tenant_id=item.tenant_id))
            elif isinstance(event, DeliveryReport):
                notes.append(await receive_report(uow, seams, event, tenant_id=item.tenant_id))
        why = "; ".join(note for note in notes if note)
        state: InboxState = "ignored" if (why or not notes) else "done"
        await _finish(uow, item, row, state, why or ("" if notes else "nothing in it concerns leads"))
        await uow.commit()


async def _fetch_order(seams: Seams, item: DueItem, hint: EntityChanged) -> OrderFacts:
    crm = await seams.adapters.crm(item.tenant_id)
    order = None if hint.deleted else await crm.order(hint.external_id)
    customer = await crm.customer(order.customer_id) if order and order.customer_id else None
    vehicle = await crm.vehicle(order.vehicle_id) if order and order.vehicle_id else None
    offset = timedelta(seconds=(await seams.store.deployment.state()).clock_offset_s)
    if offset:  # the CRM's clock is the real one, ours was moved (demo, tests): say its instants in our time
        order, customer = _moved(order, customer, offset)
    return OrderFacts(
        tenant_id=item.tenant_id, external_id=hint.external_id, order=order, customer=customer, vehicle=vehicle
    )


def _moved(
    order: CrmOrder | None, customer: CrmCustomer | None, offset: timedelta
) -> tuple[CrmOrder | None, CrmCustomer | None]:
    if order is not None:
        order = replace(
            order,
            created_at=order.created_at + offset,
            updated_at=order.updated_at + offset,
            appointment_dates=tuple(each + offset for each in order.appointment_dates),
        )
    if customer is not None:
        phones = tuple(
            replace(phone, opt_in_at=phone.opt_in_at + offset if phone.opt_in_at else None) for phone in customer.phones
        )
        customer = replace(customer, phones=phones)
    return order, customer


async def _try_later(seams: Seams, item: DueItem, row: InboxItem, error: str) -> None:
    tries = row.tries + 1
    if tries >= MAX_TRIES:
        await _settle(seams, item, replace(row, tries=tries), "dead", error)
        return
    delay = seams.chance.fraction() * min(_BACKOFF_CAP_S, 5.0 * 2**tries)
    async with seams.store.begin(item.tenant_id) as uow:
        await uow.inbox.settle(replace(row, tries=tries, error=error))
        await uow.due.postpone(item, at=await uow.now() + timedelta(seconds=delay))
        await uow.commit()


async def _settle(seams: Seams, item: DueItem, row: InboxItem, state: InboxState, error: str) -> None:
    async with seams.store.begin(item.tenant_id) as uow:
        await _finish(uow, item, row, state, error)
        await uow.commit()


async def _finish(uow: Work, item: DueItem, row: InboxItem, state: InboxState, error: str) -> None:
    await uow.inbox.settle(replace(row, state=state, error=error))
    await uow.due.finish(item)
