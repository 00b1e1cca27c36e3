"""From a durable inbox row to its effect. Commutative: any order, any number of times, the same state."""

from collections.abc import Sequence
from datetime import timedelta

from msgspec.structs import replace

from leadcore.flows.apply_delivery import receive_report
from leadcore.flows.apply_message import receive_message
from leadcore.flows.apply_order import OrderFacts, receive_order
from leadcore.flows.apply_submission import moved_by, receive_submission
from leadcore.flows.polled import POLLED, read_polled
from leadcore.flows.seams import Seams
from leadcore.flows.work import Work
from leadcore.intake.model import InboxItem, InboxState
from leadcore.kernel.errors import ConflictError, LeadcoreError, StaleClaimError
from leadcore.kernel.ids import InboxId
from leadcore.leads.events import FoundBy
from leadcore.ports.crm import CrmCustomer, CrmOrder
from leadcore.ports.inbound import (
    AdmittedItem,
    CustomerMessage,
    DeliveryReport,
    EntityChanged,
    InboundDoor,
    InboundEvent,
    LeadSubmitted,
    SubmissionAnnounced,
    SubmissionSetAside,
    SubmissionSource,
    SubmissionUnavailableError,
    UnreadableBodyError,
    UnsubscribeRequested,
)
from leadcore.ports.storage import DueItem

MAX_TRIES = 8
_BACKOFF_CAP_S = 3600.0


async def apply_inbox(seams: Seams, item: DueItem) -> None:
    """Read one inbox row, fetch what it hints at, and apply it. Errors are kept on the row; eight make it dead."""
    row: InboxItem | None = None
    try:
        async with seams.store.begin(item.tenant_id) as uow:
            row = await uow.inbox.get(InboxId(item.item_id), tenant_id=item.tenant_id)
            connection = await uow.tenants.connection(row.connection_id, tenant_id=item.tenant_id)
            door = await seams.adapters.door(connection)
            events = _read(row, door) if row.state == "new" else ()
            whole = not any(isinstance(event, _TO_BE_FETCHED) for event in events)
            if row.state != "new":
                await uow.due.finish(item)
            elif whole:
                await _record(uow, seams, item, row, events, source=connection.plugin)
            if whole:
                await uow.commit()
        if not whole:
            await _fetch_and_record(seams, item, row, events, door=door, source=connection.plugin)
    except (StaleClaimError, ConflictError):
        raise
    except Exception as cause:
        if row is None:
            raise
        await _note_trouble(seams, item, row, cause)


_TO_BE_FETCHED = (EntityChanged, SubmissionAnnounced, LeadSubmitted)
"""What needs a vendor's answer (or another look at the clock) before it can be applied: never inside a transaction."""


async def _note_trouble(seams: Seams, item: DueItem, row: InboxItem, cause: Exception) -> None:
    match cause:
        case UnreadableBodyError():
            await _settle(seams, item, row, "dead", cause.message)
        case LeadcoreError():
            await _try_later(seams, item, row, f"{cause.code}: {cause.message}")
        case _:  # ours or an adapter's bug: the row must not be tried for ever, unseen
            await _try_later(seams, item, row, f"a bug, {type(cause).__name__}: {cause}"[:500])


def _read(row: InboxItem, door: InboundDoor) -> tuple[InboundEvent, ...]:
    if row.source == POLLED:  # our own note, not a vendor's words
        return (read_polled(row.body),)
    return door.read(
        AdmittedItem(dedupe_key=row.dedupe_key, body=row.body, entity_key=row.entity_key, occurred_at=row.occurred_at)
    )


async def _told(seams: Seams, event: InboundEvent, door: InboundDoor) -> InboundEvent:
    """Return the event itself, or the lead that it only announces, in our time."""
    if isinstance(event, SubmissionAnnounced):
        if not isinstance(door, SubmissionSource):
            raise SubmissionUnavailableError("this connection announces leads and does not hand them out")
        event = await door.fetch(event.external_id)
    if isinstance(event, LeadSubmitted):
        return moved_by(event, timedelta(seconds=(await seams.store.deployment.state()).clock_offset_s))
    return event


async def _fetch_and_record(
    seams: Seams, item: DueItem, row: InboxItem, events: tuple[InboundEvent, ...], *, door: InboundDoor, source: str
) -> None:
    told = tuple([await _told(seams, event, door) for event in events])
    hints = [event for event in told if isinstance(event, EntityChanged) and event.kind == "order"]
    fetched = [await _fetch_order(seams, item, hint) for hint in hints]
    async with seams.store.begin(item.tenant_id) as uow:
        await _record(uow, seams, item, row, told, fetched=fetched, source=source)
        await uow.commit()


async def _record(
    uow: Work,
    seams: Seams,
    item: DueItem,
    row: InboxItem,
    events: tuple[InboundEvent, ...],
    *,
    source: str,
    fetched: Sequence[OrderFacts] = (),
) -> None:
    found_by: FoundBy = "poll" if row.source == POLLED else "webhook"
    notes = [await receive_order(uow, seams, facts, source=source, found_by=found_by) for facts in fetched]
    for event in events:
        match event:
            case CustomerMessage():
                notes.append(await receive_message(uow, seams, event, row=row))
            case DeliveryReport():
                notes.append(await receive_report(uow, seams, event, tenant_id=item.tenant_id))
            case LeadSubmitted():
                notes.append(await receive_submission(uow, seams, event, row=row, source=source))
            case SubmissionSetAside():
                notes.append(event.reason)
            case UnsubscribeRequested():
                notes.append("")  # it took effect before its acknowledgement
            case _:
                continue
    why = "; ".join(note for note in notes if note)
    state: InboxState = "ignored" if (why or not notes) else "done"
    await _finish(uow, item, row, state, why or ("" if notes else "nothing in it concerns leads"))


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
