"""Telling the shop's CRM one thing that was written ahead: a look when it is unsure, then one call."""

import msgspec

from leadcore.flows.seams import Crm
from leadcore.ports.crm import CrmNote, CrmSaid, CrmWriteRefusedError, MessageLog, WorkOrderWrites
from leadcore.tenants.model import Tenant
from leadcore.write_back.machine import Outcome, Written
from leadcore.write_back.model import WriteBack
from leadcore.write_back.policies import may_move


class Writing(msgspec.Struct, frozen=True, kw_only=True):
    """One write, written ahead: tell the CRM now, once, then settle it."""

    row: WriteBack
    order_id: str
    tenant: Tenant
    note: CrmNote | None = None
    said: CrmSaid | None = None


async def tell(crm: Crm, writing: Writing) -> Outcome:
    """Make the call, outside any unit of work. Raises what the CRM's writes raise; a CRM that is only read refuses."""
    if writing.note is not None:
        return await _note(crm, writing, writing.note)
    if writing.said is not None:
        return await _log(crm, writing, writing.said)
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


async def _move(crm: Crm, writing: Writing) -> Outcome:
    if not isinstance(crm, WorkOrderWrites):
        raise _cannot("moves no orders", field="write_back.columns", fix="empty write_back.columns")
    order = await crm.order(writing.order_id)
    if order is not None and not may_move(order, writing.tenant.lead_rule, writing.tenant.write_back):
        return Written(how="left_alone")
    await crm.move_to_column(writing.order_id, writing.row.target)
    return Written(how="written")


def _cannot(what: str, *, field: str, fix: str) -> CrmWriteRefusedError:
    return CrmWriteRefusedError(f"this CRM {what}", field=field, fix=fix)
