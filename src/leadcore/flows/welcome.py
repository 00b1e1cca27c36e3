"""A lead that came in, by whichever door: contact points, person, lead, consent, thread, cadence."""

from datetime import datetime

import msgspec
from msgspec.structs import replace

from leadcore.compliance.events import ConsentRecorded
from leadcore.compliance.model import Consent, ConsentScope, ContactPoint
from leadcore.compliance.values import Channel
from leadcore.flows.reconsent import lock_suppressed, open_again
from leadcore.flows.revoke import ensure_contact
from leadcore.flows.seams import Seams
from leadcore.flows.wish import settle_in
from leadcore.flows.work import Work
from leadcore.kernel.contact import ContactKind, parse_email, parse_phone
from leadcore.kernel.errors import ConflictError, InvalidInputError
from leadcore.kernel.ids import ConsentId, ContactPointId, LeadId, PersonId
from leadcore.leads.events import FoundBy
from leadcore.leads.model import Lead, Person
from leadcore.leads.values import Vehicle
from leadcore.tenants.model import Tenant

_ROUNDS = 3
_ADDRESS_MAX = 64


class Grant(msgspec.Struct, frozen=True, kw_only=True):
    """A permission that came with a phone or an address: the words shown, where, and what proves it."""

    scope: ConsentScope
    wording: str
    source: str
    at: datetime
    evidence: dict[str, str]


class Given(msgspec.Struct, frozen=True, kw_only=True):
    """A phone number or an e-mail address as somebody wrote it."""

    value: str
    grant: Grant | None = None


class Arrival(msgspec.Struct, frozen=True, kw_only=True):
    """Everything a door knows of a new lead. The first readable of `phones` and of `emails` counts.

    Without `follow_up` the lead is kept and nothing else changes: no cadence begins and none ends.
    """

    source: str
    external_ref: str
    requested_at: datetime
    found_by: FoundBy
    first_name: str
    last_name: str
    phones: tuple[Given, ...]
    emails: tuple[Given, ...]
    vehicle: Vehicle
    interest: str
    note: str
    follow_up: bool = True
    state: str = ""
    postal_code: str = ""


class _Reached(msgspec.Struct, frozen=True, kw_only=True):
    point: ContactPoint
    grant: Grant | None


async def welcome(uow: Work, seams: Seams, tenant: Tenant, arrival: Arrival) -> str:
    """Make the lead, or let the request join the one it repeats, once per source and reference.

    Returns why nothing was done, or an empty string.
    """
    phone = await _reached(uow, seams, tenant, "phone", arrival)
    email = await _reached(uow, seams, tenant, "email", arrival)
    reached = [each for each in (phone, email) if each is not None]
    for each in sorted(reached, key=lambda one: one.point.id):  # locks in id order, as those of revocation
        await _note_address(uow, each.point, arrival)
    if not reached:
        return "the customer has neither a phone nor an e-mail address we can read"
    person, is_new = await _person(uow, seams, tenant, arrival, phone=phone, email=email)
    now = await uow.now()
    asked = Lead(
        id=LeadId(seams.ids.new()),
        tenant_id=tenant.id,
        person_id=person.id,
        source=arrival.source,
        external_ref=arrival.external_ref,
        requested_at=min(arrival.requested_at, now),
        created_at=now,
        vehicle=arrival.vehicle,
        interest=arrival.interest,
        note=arrival.note,
    )
    lead = await settle_in(uow, seams, tenant, asked, arrival=arrival, is_new_person=is_new)
    if lead is None:
        return ""
    suppressed = await lock_suppressed(uow, (each.point for each in reached if each.grant is not None))
    for each in reached:  # last: the ledger is one chain per tenant, locked until the commit
        if each.grant is not None:
            await _consent(uow, seams, lead, each.point, each.grant)
    for point in suppressed:
        await open_again(uow, point)
    return ""


async def _reached(uow: Work, seams: Seams, tenant: Tenant, kind: ContactKind, arrival: Arrival) -> _Reached | None:
    for each in arrival.phones if kind == "phone" else arrival.emails:
        try:
            is_phone = kind == "phone"
            value = parse_phone(each.value, region=tenant.region).e164 if is_phone else parse_email(each.value).address
        except InvalidInputError:
            continue
        point = await ensure_contact(uow, kind, value, tenant_id=tenant.id, seams=seams)
        return _Reached(point=point, grant=each.grant)
    return None


async def _note_address(uow: Work, point: ContactPoint, arrival: Arrival) -> None:
    known = (point.state, point.postal_code)
    told = (arrival.state[:_ADDRESS_MAX], arrival.postal_code[:_ADDRESS_MAX])
    if any(told) and told != known:
        await uow.compliance.note_address(point.id, tenant_id=point.tenant_id, state=told[0], postal_code=told[1])


async def _person(
    uow: Work, seams: Seams, tenant: Tenant, arrival: Arrival, *, phone: _Reached | None, email: _Reached | None
) -> tuple[Person, bool]:
    """Return whose request this is, locked: the phone's owner, else the e-mail address's, else somebody new (True).

    Nobody proved that an address is theirs. So another phone that may be texted makes another person, even beside a
    known e-mail address: its owner's thread must not open to whoever holds that phone.
    """
    for _ in range(_ROUNDS):
        phone_owner = await _owner(uow, tenant, phone)
        email_owner = await _owner(uow, tenant, email)
        known = phone_owner
        if known is None and email_owner is not None:
            is_theirs = email_owner.phone_id is None or phone is None or phone.grant is None
            known = email_owner if is_theirs else None
        if known is not None:  # whoever brings another request of theirs, or merges them, waits for us or is over
            known = await uow.leads.lock_person(known.id, tenant_id=tenant.id)
        is_free = email_owner is None or (known is not None and email_owner.id == known.id)
        fresh = _with_arrival(
            known or Person(id=PersonId(seams.ids.new()), tenant_id=tenant.id),
            arrival,
            phone_id=phone.point.id if phone else None,
            email_id=email.point.id if email and is_free else None,
        )
        if fresh == known or (await uow.leads.put_person(fresh)).id == fresh.id:
            return fresh, known is None
    raise ConflictError("the people behind these addresses keep changing")  # each was taken between our look and insert


def _with_arrival(
    person: Person, arrival: Arrival, *, phone_id: ContactPointId | None, email_id: ContactPointId | None
) -> Person:
    return replace(
        person,
        first_name=arrival.first_name or person.first_name,
        last_name=arrival.last_name or person.last_name,
        phone_id=person.phone_id or phone_id,
        email_id=person.email_id or email_id,
    )


async def _owner(uow: Work, tenant: Tenant, reached: _Reached | None) -> Person | None:
    return await uow.leads.person_of([reached.point.id], tenant_id=tenant.id) if reached else None


async def _consent(uow: Work, seams: Seams, lead: Lead, point: ContactPoint, grant: Grant) -> None:
    now = await uow.now()
    channel: Channel = "sms" if point.kind == "phone" else "email"
    stored = await uow.compliance.add_consent(
        Consent(
            id=ConsentId(seams.ids.new()),
            tenant_id=lead.tenant_id,
            contact_point_id=point.id,
            channel=channel,
            scope=grant.scope,
            wording=grant.wording,
            source=grant.source,
            obtained_at=min(grant.at, now),
            evidence=grant.evidence,
        )
    )
    uow.publish(
        ConsentRecorded(
            tenant_id=lead.tenant_id,
            at=now,
            contact_point_id=stored.contact_point_id,
            channel=channel,
            lead_id=lead.id,
        )
    )
