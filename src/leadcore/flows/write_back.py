"""Telling the shop's CRM about a lead: decided and written ahead here, called by the runtime, settled here.

What the CRM lacks is computed from the lead each time, so arming twice or out of order tells nothing twice. A try is
written ahead under the claim: a crash after it leaves a row that is looked up by its reference before it is repeated.
"""

import msgspec
from msgspec.structs import replace

from leadcore.conversations.model import Conversation, Entry
from leadcore.flows.lead_changes import arm_write_back
from leadcore.flows.seams import Crm, Seams
from leadcore.flows.work import Work
from leadcore.kernel.ids import LeadId, TenantId
from leadcore.leads.model import Lead
from leadcore.ports.crm import CrmNote, CrmSaid, CrmWriteRefusedError, MessageLog, WorkOrderWrites
from leadcore.ports.storage import DueItem
from leadcore.tenants.model import Tenant
from leadcore.write_back.machine import Outcome, Written, reopened, settle
from leadcore.write_back.model import WriteBack
from leadcore.write_back.policies import (
    CALL_WINDOW,
    Rest,
    Write,
    first_response_words,
    may_move,
    next_step,
    shown_text,
)
from leadcore.write_back.values import WriteKind, WriteState

_PAGE = 50
_BY = {"sms": "text", "email": "e-mail", "web": "web chat"}


class Writing(msgspec.Struct, frozen=True, kw_only=True):
    """One write, written ahead: tell the CRM now, once, then settle it."""

    row: WriteBack
    order_id: str
    tenant: Tenant
    note: CrmNote | None = None
    said: CrmSaid | None = None


async def open_write(seams: Seams, item: DueItem) -> Writing | None:
    """Decide what the CRM is told next about a lead and write the try ahead. None when there is nothing to do now.

    Raises `StaleClaimError` when another worker holds the lead.
    """
    async with seams.store.begin(item.tenant_id) as uow:
        lead = await uow.leads.get(LeadId(item.item_id), tenant_id=item.tenant_id)
        tenant = await uow.tenants.get(item.tenant_id)
        last = await uow.write_backs.newest(lead.id, tenant_id=lead.tenant_id)
        writing = None
        named = await _as_the_crm_names_it(uow, lead, tenant)
        if named is None:  # a form's lead, or one of the CRM the shop has left
            await uow.due.finish(item)
        else:
            writing = await _next(uow, seams, item, _Known(lead=named, tenant=tenant, last=last))
        await uow.commit()
    return writing


async def _as_the_crm_names_it(uow: Work, lead: Lead, tenant: Tenant) -> Lead | None:
    """Return the lead under the order it came by, else the first order of the shop's CRM that joined it."""
    named = [
        each.external_ref
        for each in await uow.leads.references(lead.id, tenant_id=tenant.id)
        if each.source == tenant.providers.crm
    ]
    if not named:
        return None
    return lead if lead.source == tenant.providers.crm else replace(lead, external_ref=named[0])


async def tell(crm: Crm, writing: Writing) -> Outcome:
    """Make the call, outside any unit of work. Raises what the CRM's writes raise; a CRM that is only read refuses."""
    if writing.note is not None:
        return await _note(crm, writing, writing.note)
    if writing.said is not None:
        return await _log(crm, writing, writing.said)
    return await _move(crm, writing)


async def settle_write(seams: Seams, writing: Writing, outcome: Outcome) -> WriteState:
    """Write down what became of the try and look for what is next. Raises `ConflictError` when it was overtaken."""
    row = writing.row
    async with seams.store.begin(row.tenant_id) as uow:
        now = await uow.now()
        settled, told = settle(row, outcome, now=now, fraction=seams.chance.fraction())
        await uow.write_backs.settle(settled)
        if told is not None:
            uow.publish(told)
        await arm_write_back(uow, row.lead_id, tenant_id=row.tenant_id)
        await uow.commit()
    return settled.state


async def writes_of(seams: Seams, tenant_id: TenantId, *, state: WriteState | None, limit: int) -> list[WriteBack]:
    """Return what the CRM was and is to be told, the most recently tried first."""
    async with seams.store.begin(tenant_id) as uow:
        return await uow.write_backs.listing(tenant_id, state=state, limit=limit)


async def retry_writes(seams: Seams, lead_id: LeadId, *, tenant_id: TenantId) -> list[WriteBack]:
    """Give refused writes of a lead another round, and look whether more is wanted. Raises `NotFoundError`."""
    async with seams.store.begin(tenant_id) as uow:
        await uow.leads.get(lead_id, tenant_id=tenant_id)
        now = await uow.now()
        newest = await uow.write_backs.newest(lead_id, tenant_id=tenant_id)
        again = [reopened(row, now=now) for row in newest.values() if row.state == "refused"]
        for row in again:
            await uow.write_backs.settle(row)
        await arm_write_back(uow, lead_id, tenant_id=tenant_id)
        await uow.commit()
    return again


class _Known(msgspec.Struct, frozen=True, kw_only=True):
    """The lead, its shop, and the newest write of each kind."""

    lead: Lead
    tenant: Tenant
    last: dict[WriteKind, WriteBack]


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


async def _next(uow: Work, seams: Seams, item: DueItem, known: _Known) -> Writing | None:
    lead, tenant, last = known.lead, known.tenant, known.last
    now = await uow.now()
    entry = await _next_entry(uow, lead, last.get("message")) if tenant.write_back.messages else None
    step = next_step(lead, tenant.write_back, last, next_message=entry.seq if entry else None, now=now)
    match step:
        case Write(row=row):
            before = last.get(row.what)
            if before is not None and before.is_open and before.version != row.version:
                await uow.write_backs.settle(replace(before, state="dropped"))
            await uow.write_backs.begin(row)
            await uow.due.postpone(item, at=now + CALL_WINDOW)  # proves the claim, and is the alarm after a crash
            return await _writing(uow, seams, lead, tenant, row)
        case Rest(until=until):
            await uow.due.postpone(item, at=until)
        case None:
            for row in last.values():
                if row.is_open:  # switched off meanwhile
                    await uow.write_backs.settle(replace(row, state="dropped"))
            await uow.due.finish(item)
    return None


async def _writing(uow: Work, seams: Seams, lead: Lead, tenant: Tenant, row: WriteBack) -> Writing:
    writing = Writing(row=row, order_id=lead.external_ref, tenant=tenant)
    if row.what == "note":
        first = await _first_answer(uow, lead)
        said = shown_text(first.text, chat=seams.urls.chat) if first else ""
        words = first_response_words(lead, said=said, by=_BY[first.channel] if first else "")
        note = CrmNote(reference=row.reference, text=words, at=lead.first_response_at or row.started_at)
        return replace(writing, note=note)
    if row.what == "message":
        entry = await _entry(uow, lead, row.version)
        said_now = CrmSaid(
            reference=row.reference,
            author="customer" if entry.author == "customer" else "shop",
            channel=entry.channel,
            text=shown_text(entry.text, chat=seams.urls.chat),
            at=entry.at,
        )
        return replace(writing, said=said_now)
    return writing


async def _first_answer(uow: Work, lead: Lead) -> Entry | None:
    found = await _entries(uow, lead, after_seq=0)
    return next((entry for entry in found if entry.author != "customer"), None)


async def _next_entry(uow: Work, lead: Lead, told: WriteBack | None) -> Entry | None:
    if told is not None and told.is_open:
        return None
    found = await _entries(uow, lead, after_seq=told.version if told else 0)
    return found[0] if found else None


async def _entry(uow: Work, lead: Lead, seq: int) -> Entry:
    found = await _entries(uow, lead, after_seq=seq - 1)
    return found[0]


async def _entries(uow: Work, lead: Lead, *, after_seq: int) -> list[Entry]:
    """Return the first entries about this lead: the thread is the person's, and may be older or newer than the lead."""
    conversation = await uow.conversations.of_lead(lead.id, tenant_id=lead.tenant_id)
    if conversation is None:
        return []
    ends = await _end_of(uow, lead, conversation)
    while page := await uow.conversations.entries(
        conversation.id, tenant_id=lead.tenant_id, after_seq=after_seq, limit=_PAGE
    ):
        found = [each for each in page if each.at >= lead.created_at and (ends is None or each.at < ends.created_at)]
        if found:
            return found
        after_seq = page[-1].seq
    return []


async def _end_of(uow: Work, lead: Lead, conversation: Conversation) -> Lead | None:
    """Return the newer lead that the thread is about now, None while it is about this one."""
    if conversation.lead_id == lead.id:
        return None
    return await uow.leads.get(conversation.lead_id, tenant_id=lead.tenant_id)
