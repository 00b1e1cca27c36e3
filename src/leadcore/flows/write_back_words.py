"""What a write to the CRM says: drawn from the thread and the pictures when the try is written ahead."""

from datetime import datetime

from msgspec.structs import replace

from leadcore.conversations.model import Conversation, Entry
from leadcore.flows.picture_links import link_to_picture
from leadcore.flows.seams import Seams
from leadcore.flows.tell_crm import Writing
from leadcore.flows.work import Work
from leadcore.leads.model import Lead
from leadcore.pictures.model import Picture
from leadcore.ports.crm import CrmBooking, CrmNote, CrmSaid
from leadcore.tenants.model import Tenant
from leadcore.write_back.model import WriteBack
from leadcore.write_back.policies import first_response_words, picture_words, shown_text, starts_of

_PAGE = 50
_MAX_TITLE = 120
_BY = {"sms": "text", "email": "e-mail", "web": "web chat"}


async def writing_of(uow: Work, seams: Seams, lead: Lead, tenant: Tenant, row: WriteBack) -> Writing:
    """Return what the CRM is told by the try *row*; a picture gets a fresh link with every try."""
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
    if row.what == "picture":
        return replace(writing, note=await _picture_note(uow, seams, lead, row))
    if row.what == "appointment":
        told = await uow.write_backs.targets(lead.id, "appointment", tenant_id=lead.tenant_id)
        return replace(writing, booking=await _booking(uow, lead, row), near=starts_of(told))
    return writing


async def next_entry(uow: Work, lead: Lead, told: WriteBack | None) -> Entry | None:
    """Return the first entry after the last one told; None also while one is under way."""
    if told is not None and told.is_open:
        return None
    found = await _entries(uow, lead, after_seq=told.version if told else 0)
    return found[0] if found else None


async def next_picture(uow: Work, lead: Lead, told: WriteBack | None) -> Picture | None:
    """Return the oldest kept picture that no write was about; None also while one is under way."""
    if told is not None and told.is_open:
        return None
    kept = [each for each in await uow.pictures.of_lead(lead.id, tenant_id=lead.tenant_id) if each.state == "kept"]
    if not kept:
        return None
    targets = await uow.write_backs.targets(lead.id, "picture", tenant_id=lead.tenant_id)
    return next((each for each in kept if each.id.hex not in targets), None)


async def _first_answer(uow: Work, lead: Lead) -> Entry | None:
    found = await _entries(uow, lead, after_seq=0)
    return next((entry for entry in found if entry.author != "customer"), None)


async def _picture_note(uow: Work, seams: Seams, lead: Lead, row: WriteBack) -> CrmNote:
    pictures = await uow.pictures.of_lead(lead.id, tenant_id=lead.tenant_id)
    picture = next(each for each in pictures if each.id.hex == row.target)
    link, until = await link_to_picture(uow, seams, picture, at=row.started_at)
    words = picture_words(channel=picture.channel, name=picture.name, until=until)
    return CrmNote(reference=row.reference, text=words, at=picture.received_at, link=link)


async def _booking(uow: Work, lead: Lead, row: WriteBack) -> CrmBooking:
    """Return what *row* is about: from when to when is its own, since the lead may have been booked anew meanwhile."""
    starts_at, ends_at = (datetime.fromisoformat(each) for each in row.target.split("/"))
    appointment = await uow.life.appointment(lead.id, tenant_id=lead.tenant_id)
    service = (appointment.service if appointment else "") or lead.interest or "Appointment"
    title = f"{service}, {lead.vehicle.label}" if lead.vehicle.label else service
    by = appointment.booked_by if appointment else ""
    return CrmBooking(
        reference=f"{lead.id.hex}.appointment",
        title=title[:_MAX_TITLE],
        starts_at=starts_at,
        ends_at=ends_at,
        order_id=lead.external_ref,
        note=f"Booked by {by} in leadcore" if by else "Booked in leadcore",
    )


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
