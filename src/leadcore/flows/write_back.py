"""Telling the shop's CRM about a lead: decided and written ahead here, called by the runtime, settled here.

What the CRM lacks is computed from the lead each time, so arming twice or out of order tells nothing twice. A try is
written ahead under the claim: a crash after it leaves a row that is looked up by its reference before it is repeated.
"""

from datetime import timedelta

import msgspec
from msgspec.structs import replace

from leadcore.flows.lead_changes import arm_write_back
from leadcore.flows.seams import Seams
from leadcore.flows.tell_crm import Writing
from leadcore.flows.work import Work
from leadcore.flows.write_back_words import next_entry, next_picture, writing_of
from leadcore.kernel.ids import LeadId, TenantId
from leadcore.leads.model import Lead
from leadcore.ports.crm import CrmRefusedError
from leadcore.ports.storage import DueItem
from leadcore.tenants.model import Tenant
from leadcore.write_back.machine import Failed, Outcome, blocked, probing, reopened, settle
from leadcore.write_back.model import WriteBack, WriteBlock
from leadcore.write_back.policies import CALL_WINDOW, Rest, Write, next_step
from leadcore.write_back.values import WriteKind, WriteState

_AT_ONCE = 1000
_SPREAD_S = 900.0


async def open_write(seams: Seams, item: DueItem) -> Writing | None:
    """Decide what the CRM is told next about a lead and write the try ahead. None when there is nothing to do now.

    Raises `StaleClaimError` when another worker holds the lead.
    """
    async with seams.store.begin(item.tenant_id) as uow:
        lead = await uow.leads.get(LeadId(item.item_id), tenant_id=item.tenant_id)
        tenant = await uow.tenants.get(item.tenant_id)
        last = await uow.write_backs.newest(lead.id, tenant_id=lead.tenant_id)
        blocks = await uow.write_backs.blocks(tenant.providers.crm, tenant_id=tenant.id)
        writing = None
        named = await _as_the_crm_names_it(uow, lead, tenant)
        if named is None:  # a form's lead, or one of the CRM the shop has left
            await uow.due.finish(item)
        else:
            writing = await _next(uow, seams, item, _Known(lead=named, tenant=tenant, last=last, blocks=blocks))
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


async def settle_write(seams: Seams, writing: Writing, outcome: Outcome) -> WriteState:
    """Write down what became of the try and look for what is next. Raises `ConflictError` when it was overtaken."""
    row = writing.row
    async with seams.store.begin(row.tenant_id) as uow:
        now = await uow.now()
        settled, told = settle(row, outcome, now=now, fraction=seams.chance.fraction())
        await _note_permission(uow, seams, writing, outcome)
        await uow.write_backs.settle(settled)
        if told is not None:
            uow.publish(told)
        await arm_write_back(uow, row.lead_id, tenant_id=row.tenant_id)
        await uow.commit()
    return settled.state


async def _note_permission(uow: Work, seams: Seams, writing: Writing, outcome: Outcome) -> None:
    """Remember that the CRM forbids this kind, or that it allows it again: then open leads are looked at at once."""
    row, source = writing.row, writing.tenant.providers.crm
    if isinstance(outcome, Failed):
        if isinstance(outcome.error, CrmRefusedError):
            known = (await uow.write_backs.blocks(source, tenant_id=row.tenant_id)).get(row.what)
            now, fraction = await uow.now(), seams.chance.fraction()
            block = blocked(row, outcome.error, known, source=source, now=now, fraction=fraction)
            await uow.write_backs.put_block(block)
    elif outcome.how == "written" and await uow.write_backs.unblock(source, row.what, tenant_id=row.tenant_id):
        await _look_at_all(uow, source, tenant_id=row.tenant_id)


async def allow_again(uow: Work, source: str, *, tenant_id: TenantId) -> None:
    """Try again what the CRM forbade: somebody changed its connection, or says that it is allowed now."""
    known = await uow.write_backs.blocks(source, tenant_id=tenant_id)
    for what in known:
        await uow.write_backs.unblock(source, what, tenant_id=tenant_id)
    if known:
        await _look_at_all(uow, source, tenant_id=tenant_id)


async def _look_at_all(uow: Work, source: str, *, tenant_id: TenantId) -> None:
    """Arm a thousand open leads; whoever is left over comes by itself within a day."""
    leads = await uow.leads.open_of_source(source, tenant_id=tenant_id, after=None, limit=_AT_ONCE)
    ids = list(dict.fromkeys(lead.id for lead in leads))
    await uow.due.arm_all("write_back", [(each, None) for each in ids], tenant_id=tenant_id, at=await uow.now())


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
        tenant = await uow.tenants.get(tenant_id)
        await allow_again(uow, tenant.providers.crm, tenant_id=tenant_id)
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
    blocks: dict[WriteKind, WriteBlock]


async def _next(uow: Work, seams: Seams, item: DueItem, known: _Known) -> Writing | None:
    lead, tenant, last = known.lead, known.tenant, known.last
    now = await uow.now()
    entry = await next_entry(uow, lead, last.get("message")) if tenant.write_back.messages else None
    picture = await next_picture(uow, lead, last.get("picture")) if tenant.write_back.pictures else None
    appointment = await uow.life.appointment(lead.id, tenant_id=tenant.id)
    step = next_step(
        lead,
        tenant.write_back,
        last,
        next_message=entry.seq if entry else None,
        next_picture=picture.id.hex if picture else "",
        appointment=appointment.span if appointment else "",
        blocks=known.blocks,
        now=now,
    )
    match step:
        case Write(row=row):
            before = last.get(row.what)
            if before is not None and before.is_open and before.version != row.version:
                await uow.write_backs.settle(replace(before, state="dropped"))
            await uow.write_backs.begin(row)
            if (block := known.blocks.get(row.what)) is not None:
                await uow.write_backs.put_block(probing(block, now=now))
            await uow.due.postpone(item, at=now + CALL_WINDOW)  # proves the claim, and is the alarm after a crash
            return await writing_of(uow, seams, lead, tenant, row)
        case Rest(until=until):
            # many leads rest until the same instant: they must not all come then
            spread = timedelta(seconds=_SPREAD_S * seams.chance.fraction()) if known.blocks else timedelta()
            await uow.due.postpone(item, at=until + spread)
        case None:
            for row in last.values():
                if row.is_open:  # switched off meanwhile
                    await uow.write_backs.settle(replace(row, state="dropped"))
            await uow.due.finish(item)
    return None
