"""Leads and conversations as the shop's people look at them: with score, advisor and how long they waited."""

from datetime import timedelta

from msgspec.structs import asdict

from leadcore.conversations.model import Conversation
from leadcore.flows.seams import Seams
from leadcore.flows.work import Work
from leadcore.kernel.errors import InvalidInputError
from leadcore.kernel.ids import TenantId
from leadcore.leads.model import Answering, Appointment, Assignment, Lead, LeadScore, Person
from leadcore.leads.policies.response_times import Clock, Speed, clock_of, speed_of
from leadcore.tenants.model import Tenant

_LONGEST_DAYS = 366


class ListedLead(Lead, frozen=True, kw_only=True):
    """A lead with its customer's name, its score (None: not scored yet) and the key of the advisor it was given to."""

    name: str
    score: int | None
    assigned_to: str | None


class LeadDetail(Lead, frozen=True, kw_only=True):
    """A lead with why it is promising, whose it is, when they come in, and how long it waited, in seconds."""

    score: LeadScore | None
    assignment: Assignment | None
    appointment: Appointment | None
    answered: Clock


class ListedConversation(Conversation, frozen=True, kw_only=True):
    """A conversation with the key of the advisor its lead was given to."""

    assigned_to: str | None


async def listed_leads(uow: Work, leads: list[Lead], *, tenant_id: TenantId) -> list[ListedLead]:
    """Return the leads as a list shows them, in three statements."""
    ids = [lead.id for lead in leads]
    scores = {each.lead_id: each.total for each in await uow.life.scores(ids, tenant_id=tenant_id)}
    staff = {each.lead_id: each.staff for each in await uow.life.assignments(ids, tenant_id=tenant_id)}
    people = await uow.leads.people([lead.person_id for lead in leads], tenant_id=tenant_id)
    return [
        ListedLead(
            **asdict(lead), name=_name(people.get(lead.person_id)), score=scores.get(lead.id),
            assigned_to=staff.get(lead.id),
        )
        for lead in leads
    ]  # fmt: skip


def _name(person: Person | None) -> str:
    return "" if person is None else f"{person.first_name} {person.last_name}".strip()


async def lead_detail(uow: Work, tenant: Tenant, lead: Lead) -> LeadDetail:
    """Return everything a person wants to know of one lead before they call."""
    scores = await uow.life.scores([lead.id], tenant_id=tenant.id)
    assignments = await uow.life.assignments([lead.id], tenant_id=tenant.id)
    answering = Answering(
        lead_id=lead.id,
        requested_at=lead.requested_at,
        first_automated_at=lead.first_automated_at,
        first_human_at=lead.first_human_at,
    )
    return LeadDetail(
        **asdict(lead),
        score=scores[0] if scores else None,
        assignment=assignments[0] if assignments else None,
        appointment=await uow.life.appointment(lead.id, tenant_id=tenant.id),
        answered=clock_of(answering, hours=tenant.hours, zone=tenant.zone),
    )


async def listed_conversations(
    uow: Work, conversations: list[Conversation], *, tenant_id: TenantId
) -> list[ListedConversation]:
    """Return the conversations with whose they are."""
    ids = [each.lead_id for each in conversations]
    staff = {each.lead_id: each.staff for each in await uow.life.assignments(ids, tenant_id=tenant_id)}
    return [ListedConversation(**asdict(each), assigned_to=staff.get(each.lead_id)) for each in conversations]


async def response_speed(seams: Seams, *, tenant_id: TenantId, days: int) -> tuple[Speed, ...]:
    """Return how fast the leads that were asked in the last *days* were answered, by kind of answer."""
    if not 0 < days <= _LONGEST_DAYS:
        raise InvalidInputError(f"{days} days is out of range", field="days", fix=f"1 to {_LONGEST_DAYS}")
    async with seams.store.begin(tenant_id) as uow:
        tenant = await uow.tenants.get(tenant_id)
        since = await uow.now() - timedelta(days=days)
        answering = await uow.life.answering(tenant_id, since=since)
    return speed_of(answering, hours=tenant.hours, zone=tenant.zone)
