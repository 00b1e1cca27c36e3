"""Where a request settles: a lead of its own, or the lead of the same wish that another door brought before."""

from datetime import datetime, timedelta

from msgspec.structs import replace

from leadcore.conversations.model import Conversation
from leadcore.flows.assign import assign
from leadcore.flows.enroll import enroll
from leadcore.flows.lead_changes import save_lead
from leadcore.flows.losing import lose_lead
from leadcore.flows.scoring import rescore
from leadcore.flows.seams import Seams
from leadcore.flows.stop import stop_follow_up
from leadcore.flows.withhold import Arriving, why_withheld, withheld_event
from leadcore.flows.work import Work
from leadcore.kernel.errors import ConflictError
from leadcore.kernel.ids import ConversationId, LeadReferenceId
from leadcore.leads.events import LeadArrived, LeadJoined, LeadMoved
from leadcore.leads.model import Lead, LeadReference
from leadcore.leads.policies.wishes import Placed, Wish, learned, place, vehicle_key
from leadcore.leads.values import LeadStatus
from leadcore.tenants.model import Tenant

_ROUNDS = 3
_LONGEST_NOTE = 2000


async def settle_in(
    uow: Work, seams: Seams, tenant: Tenant, asked: Lead, *, arrival: Arriving, is_new_person: bool
) -> Lead | None:
    """Store *asked* as a lead, or let it join the one it repeats; None when its reference is known already.

    The person must be locked, so requests of one person are placed one after the other. What makes the lead one is the
    unique key all the same: whoever finds the place taken looks again, and joins.
    """
    wishes: list[Wish] = []
    for n in range(_ROUNDS):
        if n or not is_new_person:
            wishes = await uow.leads.wishes(asked.person_id, tenant_id=tenant.id)
        placed = place(asked.vehicle, wishes, now=await uow.now(), window=timedelta(days=tenant.reopen_days))
        if placed.lead is not None:
            return await _join(uow, seams, tenant, asked, placed.lead, wishes=wishes, arrival=arrival)
        lead = await _add(uow, seams, tenant, asked, placed, arrival=arrival)
        if lead is not None:
            return lead
        if await uow.leads.by_external_ref(asked.source, asked.external_ref, tenant_id=tenant.id) is not None:
            return None
    raise ConflictError("the person's leads keep changing")


async def _add(
    uow: Work, seams: Seams, tenant: Tenant, asked: Lead, placed: Placed, *, arrival: Arriving
) -> Lead | None:
    for each in placed.stale:  # it holds the place, and nothing happened to it for so long that it is another wish
        await stop_follow_up(uow, each, reason="newer_request")
        await lose_lead(uow, each, reason="newer_request", at=await uow.now())
    lead = await uow.leads.add(replace(asked, vehicle_key=vehicle_key(asked.vehicle)))
    if lead is None:
        return None
    uow.publish(
        LeadArrived(
            tenant_id=lead.tenant_id, at=lead.created_at, lead_id=lead.id, source=lead.source, found_by=arrival.found_by
        )
    )
    await _begin(uow, seams, tenant, lead, arrival=arrival)
    return lead


async def _join(
    uow: Work, seams: Seams, tenant: Tenant, asked: Lead, known: Lead, *, wishes: list[Wish], arrival: Arriving
) -> Lead | None:
    now = await uow.now()
    if not await uow.leads.add_reference(_reference(seams, asked, known, at=now)):
        return None
    is_lost = known.status is LeadStatus.LOST
    is_unheard = not await uow.cadences.enrollments_of_lead(known.id, tenant_id=tenant.id)  # they only wrote so far
    lead = _richer(known, asked, others=[wish.lead for wish in wishes if wish.lead.id != known.id])
    event: LeadMoved | None = None
    if is_lost:
        lead, event = lead.move_to(LeadStatus.ENGAGED, at=now)
    if is_lost or (is_unheard and lead.first_response_at is not None):
        # a request of its own: it is answered, and its answer is timed, from now on
        lead = replace(
            lead,
            requested_at=asked.requested_at,
            first_response_at=None,
            first_automated_at=None,
            first_human_at=None,
        )
    if lead != known:
        lead = replace(lead, version=known.version + 1)
        await save_lead(uow, lead, event)
    uow.publish(
        LeadJoined(
            tenant_id=tenant.id,
            at=now,
            lead_id=lead.id,
            source=asked.source,
            external_ref=asked.external_ref,
            found_by=arrival.found_by,
            reopened=is_lost,
        )
    )
    if is_lost or is_unheard:
        await _begin(uow, seams, tenant, lead, arrival=arrival, again=True)
    return lead


def _reference(seams: Seams, asked: Lead, known: Lead, *, at: datetime) -> LeadReference:
    return LeadReference(
        id=LeadReferenceId(seams.ids.new()),
        tenant_id=asked.tenant_id,
        lead_id=known.id,
        source=asked.source,
        external_ref=asked.external_ref,
        added_at=at,
    )


def _richer(known: Lead, asked: Lead, *, others: list[Lead]) -> Lead:
    """Return the lead with what the new request adds, unless that would make it the same wish as another open lead."""
    vehicle = learned(known.vehicle, asked.vehicle)
    key = vehicle_key(vehicle)
    if any(other.is_open and vehicle_key(other.vehicle) == key for other in others):
        vehicle, key = known.vehicle, known.vehicle_key
    is_news = bool(asked.note) and asked.note not in known.note
    note = f"{known.note}\n{asked.note}".strip()[:_LONGEST_NOTE] if is_news else known.note
    return replace(known, vehicle=vehicle, vehicle_key=key, interest=known.interest or asked.interest, note=note)


async def _begin(
    uow: Work, seams: Seams, tenant: Tenant, lead: Lead, *, arrival: Arriving, again: bool = False
) -> None:
    conversation = await uow.conversations.ensure(
        Conversation(
            id=ConversationId(seams.ids.new()), tenant_id=lead.tenant_id, person_id=lead.person_id, lead_id=lead.id
        )
    )
    others = [each for each in await uow.life.of_person(lead.person_id, tenant_id=tenant.id) if each.id != lead.id]
    withheld = why_withheld(arrival, [each for each in others if each.is_open])
    if conversation.lead_id != lead.id and (withheld is None or not others):
        # the thread is the person's; it is now about the newest request
        await uow.conversations.save(replace(conversation, lead_id=lead.id))
    if withheld is not None:
        uow.publish(withheld_event(lead, arrival.found_by, withheld, at=await uow.now()))
    else:
        for other in others:  # one person is followed up once at a time; a lost lead may be in a win-back
            await stop_follow_up(uow, other, reason="newer_request")
        await enroll(uow, seams, tenant, lead, again=again)
    await assign(uow, tenant, lead)
    await rescore(uow, lead)
