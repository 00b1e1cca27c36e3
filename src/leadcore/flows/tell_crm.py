"""Telling the shop's CRM one thing that was written ahead: a look when it is unsure, then one call."""

from datetime import datetime

import msgspec
from msgspec.structs import replace

from leadcore.flows.seams import Crm
from leadcore.ports.crm import (
    Appointments,
    CrmBooking,
    CrmNote,
    CrmRefusedError,
    CrmSaid,
    CrmWriteRefusedError,
    MessageLog,
    WorkOrderWrites,
)
from leadcore.tenants.model import Tenant
from leadcore.write_back.machine import Outcome, Written
from leadcore.write_back.model import WriteBack
from leadcore.write_back.policies import may_move


class CannotBeToldError(CrmRefusedError):
    """This CRM takes nothing of the kind. Another connection to it perhaps does."""

    code = "crm_cannot_be_told"


class Writing(msgspec.Struct, frozen=True, kw_only=True):
    """One write, written ahead: tell the CRM now, once, then settle it."""

    row: WriteBack
    order_id: str
    tenant: Tenant
    note: CrmNote | None = None
    said: CrmSaid | None = None
    booking: CrmBooking | None = None
    near: tuple[datetime, ...] = ()
    """Where the calendar may have the appointment already: every start that it was ever to be told."""


async def tell(crm: Crm, writing: Writing) -> Outcome:
    """Make the call, outside any unit of work. Raises what the CRM's writes raise; a CRM that is only read refuses."""
    if writing.note is not None:
        return await _note(crm, writing, writing.note)
    if writing.said is not None:
        return await _log(crm, writing, writing.said)
    if writing.booking is not None:
        return await _book(crm, writing, writing.booking)
    return await _move(crm, writing)


async def _note(crm: Crm, writing: Writing, note: CrmNote) -> Outcome:
    if not isinstance(crm, WorkOrderWrites):
        raise _cannot("takes no notes", field="write_back.note", fix="switch write_back.note off")
    if writing.row.unsure and await crm.has_note(writing.order_id, writing.row.reference):
        return Written(how="found")
    await crm.add_note(writing.order_id, note)
    return Written(how="written")


async def _log(crm: Crm, writing: Writing, said: CrmSaid) -> Outcome:
    if not isinstance(crm, MessageLog):
        raise _cannot("keeps no messages", field="write_back.messages", fix="switch write_back.messages off")
    if writing.row.unsure and await crm.has_message(writing.order_id, writing.row.reference):
        return Written(how="found")
    await crm.log_message(writing.order_id, said)
    return Written(how="written")


async def _book(crm: Crm, writing: Writing, booking: CrmBooking) -> Outcome:
    """Make the appointment, or move the one that is there under our reference: the newest word of the shop counts.

    It is looked for at every try, also at a sure one: then it may be there from before it was moved here.
    """
    if not isinstance(crm, Appointments):
        raise _cannot("keeps no calendar", field="write_back.appointments", fix="switch write_back.appointments off")
    for near in writing.near:
        known = await crm.find_appointment(booking.reference, near=near)
        if known is None:
            continue
        if (known.starts_at, known.ends_at) == (booking.starts_at, booking.ends_at):
            return Written(how="found")
        await crm.move_appointment(known.external_id, starts_at=booking.starts_at, ends_at=booking.ends_at)
        return Written(how="written")
    order = await crm.order(writing.order_id)
    if order is None:
        raise CrmWriteRefusedError(f"the order {writing.order_id} is gone", field="order", fix="book it in the CRM")
    await crm.book_appointment(replace(booking, customer_id=order.customer_id, vehicle_id=order.vehicle_id))
    return Written(how="written")


async def _move(crm: Crm, writing: Writing) -> Outcome:
    if not isinstance(crm, WorkOrderWrites):
        raise _cannot("moves no orders", field="write_back.columns", fix="empty write_back.columns")
    order = await crm.order(writing.order_id)
    if order is not None and not may_move(order, writing.tenant.lead_rule, writing.tenant.write_back):
        return Written(how="left_alone")
    await crm.move_to_column(writing.order_id, writing.row.target)
    return Written(how="written")


def _cannot(what: str, *, field: str, fix: str) -> CannotBeToldError:
    return CannotBeToldError(f"this CRM {what}", field=field, fix=fix)
