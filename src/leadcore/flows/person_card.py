"""Who somebody is, and who may be the same: what an operator reads before two people are merged."""

from collections import Counter
from datetime import datetime

import msgspec

from leadcore.compliance.model import ContactPoint
from leadcore.flows.seams import Seams
from leadcore.flows.work import Work
from leadcore.kernel.contact import ContactKind
from leadcore.kernel.ids import LeadId, MergeId, PersonId, TenantId
from leadcore.leads.model import Lead, Person, PersonMerge
from leadcore.leads.policies.wishes import UNKNOWN_VEHICLE, vehicle_key
from leadcore.leads.values import LeadStatus


class ContactCard(msgspec.Struct, frozen=True, kw_only=True):
    """One way to reach somebody. `suppressed_by` says why nothing automated goes there."""

    kind: ContactKind
    value: str
    primary: bool
    suppressed_by: tuple[str, ...]


class LeadCard(msgspec.Struct, frozen=True, kw_only=True):
    """A lead in a line; `references` are `source:reference` of every request that made or joined it."""

    id: LeadId
    status: LeadStatus
    vehicle: str
    interest: str
    references: tuple[str, ...]


class MergeCard(msgspec.Struct, frozen=True, kw_only=True):
    """A merge the person was part of."""

    id: MergeId
    keep_id: PersonId
    other_id: PersonId
    merged_at: datetime
    merged_by: str
    undone_at: datetime | None


class PersonCard(msgspec.Struct, frozen=True, kw_only=True):
    """Everything that tells who somebody is. `merged` are the people who turned out to be them."""

    person: Person
    contacts: tuple[ContactCard, ...]
    leads: tuple[LeadCard, ...]
    merged: tuple[PersonId, ...]
    merges: tuple[MergeCard, ...]


class Candidate(msgspec.Struct, frozen=True, kw_only=True):
    """People who may be one, with what speaks for it, the strongest candidates first."""

    people: tuple[PersonId, ...]
    name: str
    reasons: tuple[str, ...]


async def person_card(seams: Seams, person_id: PersonId, *, tenant_id: TenantId) -> PersonCard:
    """Return who somebody is. Raises `NotFoundError`."""
    async with seams.store.begin(tenant_id) as uow:
        person = await uow.leads.person(person_id, tenant_id=tenant_id)
        points = [
            await uow.compliance.get_point(each, tenant_id=tenant_id)
            for each in await uow.leads.points_of(person_id, tenant_id=tenant_id)
        ]
        leads = await uow.leads.of_person(person_id, tenant_id=tenant_id)
        return PersonCard(
            person=person,
            contacts=tuple([await _contact(uow, point, person) for point in points]),
            leads=tuple([await _lead(uow, lead) for lead in leads]),
            merged=tuple(each.id for each in await uow.leads.merged_people(person_id, tenant_id=tenant_id)),
            merges=tuple(_merge(each) for each in await uow.merges.of_person(person_id, tenant_id=tenant_id)),
        )


async def duplicates(seams: Seams, *, tenant_id: TenantId, limit: int) -> list[Candidate]:
    """Return people who may be one: the same first and last name, and whatever else they share."""
    async with seams.store.begin(tenant_id) as uow:
        found: list[Candidate] = []
        for people in await uow.leads.namesakes(tenant_id, limit=limit):
            leads = {each.id: await uow.leads.of_person(each.id, tenant_id=tenant_id) for each in people}
            found.append(_candidate(people, leads))
    return sorted(found, key=lambda each: len(each.reasons), reverse=True)


def _candidate(people: list[Person], leads: dict[PersonId, list[Lead]]) -> Candidate:
    reasons = ["the same name"]
    labels = {vehicle_key(lead.vehicle): lead.vehicle.label for theirs in leads.values() for lead in theirs}
    asked = Counter(key for theirs in leads.values() for key in {vehicle_key(lead.vehicle) for lead in theirs})
    reasons += [
        f"{count} of them asked about a {labels[key]}"
        for key, count in sorted(asked.items())
        if count > 1 and key != UNKNOWN_VEHICLE
    ]
    if any(each.phone_id is None for each in people) and any(each.email_id is None for each in people):
        reasons.append("one has no phone, another no e-mail address")
    name = f"{people[0].first_name} {people[0].last_name}".strip()
    return Candidate(people=tuple(each.id for each in people), name=name, reasons=tuple(reasons))


async def _contact(uow: Work, point: ContactPoint, person: Person) -> ContactCard:
    suppressions = await uow.compliance.suppressions(point.id, tenant_id=point.tenant_id)
    return ContactCard(
        kind=point.kind,
        value=point.value,
        primary=point.id in {person.phone_id, person.email_id},
        suppressed_by=tuple(each.reason for each in suppressions),
    )


async def _lead(uow: Work, lead: Lead) -> LeadCard:
    references = await uow.leads.references(lead.id, tenant_id=lead.tenant_id)
    return LeadCard(
        id=lead.id,
        status=lead.status,
        vehicle=lead.vehicle.label,
        interest=lead.interest,
        references=tuple(f"{each.source}:{each.external_ref}" for each in references),
    )


def _merge(merge: PersonMerge) -> MergeCard:
    return MergeCard(
        id=merge.id,
        keep_id=merge.keep_id,
        other_id=merge.other_id,
        merged_at=merge.merged_at,
        merged_by=merge.merged_by,
        undone_at=merge.undone_at,
    )
