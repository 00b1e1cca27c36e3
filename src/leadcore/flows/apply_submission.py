"""A form or an ad that somebody filled in: a lead, with the consent exactly as it was asked for."""

from datetime import timedelta

import msgspec
from msgspec.structs import replace

from leadcore.compliance.model import ConsentScope
from leadcore.flows.receive_pictures import receive_pictures
from leadcore.flows.seams import Seams
from leadcore.flows.welcome import Arrival, Given, Grant, welcome
from leadcore.flows.withhold import BULK, KNOWN, follow_up_after_all
from leadcore.flows.work import Work
from leadcore.intake.model import InboxItem
from leadcore.leads.events import FoundBy
from leadcore.leads.values import Vehicle
from leadcore.ports.inbound import LeadSubmitted, SubmittedConsent
from leadcore.tenants.model import Tenant

_INTEREST_MAX = 120


async def receive_submission(
    uow: Work,
    seams: Seams,
    event: LeadSubmitted,
    *,
    row: InboxItem,
    source: str,
    found_by: FoundBy = "form",
    follow_up: bool = True,
) -> str:
    """Apply one submission, once per source and id. Returns why nothing was done, or an empty string."""
    tenant_id = row.tenant_id
    known = await uow.leads.by_external_ref(source, event.external_id, tenant_id=tenant_id)
    tenant = await uow.tenants.get(tenant_id)
    if known is not None:
        if found_by not in BULK:
            return ""
        return await follow_up_after_all(uow, seams, tenant, known) if follow_up else KNOWN
    event = _storable(event)
    first, last = _names(event)
    why_not = await welcome(
        uow,
        seams,
        tenant,
        Arrival(
            source=source,
            external_ref=event.external_id,
            requested_at=event.submitted_at,
            found_by=found_by,
            follow_up=follow_up,
            first_name=first,
            last_name=last,
            phones=_given(tenant, event, source, event.phones, agreed=bool(event.consent and event.consent.sms)),
            emails=_given(tenant, event, source, event.emails, agreed=bool(event.consent and event.consent.email)),
            vehicle=_vehicle(event),
            interest=", ".join(event.services)[:_INTEREST_MAX],
            note=event.message,
        ),
    )
    if event.pictures and not why_not:
        await _hang(uow, seams, event, row, source=source)
    return why_not


async def _hang(uow: Work, seams: Seams, event: LeadSubmitted, row: InboxItem, *, source: str) -> None:
    """Give the form's pictures to its lead. A form is no message, so the thread gets no entry for them."""
    lead = await uow.leads.by_external_ref(source, event.external_id, tenant_id=row.tenant_id)
    thread = await uow.conversations.of_lead(lead.id, tenant_id=row.tenant_id) if lead else None
    if lead is not None and thread is not None:
        await receive_pictures(
            uow,
            seams,
            event.pictures,
            conversation=replace(thread, lead_id=lead.id),
            connection_id=row.connection_id,
            channel="web",
            source_ref=f"{source}:{event.external_id}",
        )


def moved_by(event: LeadSubmitted, offset: timedelta) -> LeadSubmitted:
    """Say the submission's instants in our time: doors know the real clock, ours may have been moved (demo, tests)."""
    consent = replace(event.consent, at=event.consent.at + offset) if event.consent else None
    return replace(event, submitted_at=event.submitted_at + offset, consent=consent)


def _storable(event: LeadSubmitted) -> LeadSubmitted:
    """Leave NUL out, which JSON and forms can carry and databases cannot."""
    return msgspec.convert(_without_nul(msgspec.to_builtins(event)), LeadSubmitted)


def _without_nul(value: object) -> object:
    match value:
        case str():
            return value.replace("\0", "")
        case dict():
            return {key: _without_nul(each) for key, each in value.items()}
        case list() | tuple():
            return [_without_nul(each) for each in value]
        case _:
            return value


def _names(event: LeadSubmitted) -> tuple[str, str]:
    if event.first_name or event.last_name:
        return event.first_name.strip(), event.last_name.strip()
    first, _, last = event.name.strip().partition(" ")
    return first, last.strip()


def _given(
    tenant: Tenant, event: LeadSubmitted, source: str, values: tuple[str, ...], *, agreed: bool
) -> tuple[Given, ...]:
    grant = _grant(tenant, event.consent, f"{source}:{event.external_id}") if event.consent and agreed else None
    return tuple(Given(value=value, grant=grant) for value in values)


def _grant(tenant: Tenant, consent: SubmittedConsent, source: str) -> Grant:
    facts = {
        "recorded_by": consent.reported_by,
        "ip": consent.ip,
        "user_agent": consent.user_agent,
        "page_url": consent.page_url,
    }
    return Grant(
        scope=_scope(tenant, consent.wording),
        wording=consent.wording,
        source=source,
        at=consent.at,
        evidence={name: value for name, value in facts.items() if value},
    )


def _scope(tenant: Tenant, wording: str) -> ConsentScope:
    # The tenant vouches for its own wording only; what another text covers, nobody has judged.
    vouched = tenant.consent_covers_marketing and wording.split() == tenant.consent_wording.split()
    return "marketing" if vouched else "conversational"


def _vehicle(event: LeadSubmitted) -> Vehicle:
    told = event.vehicle
    return Vehicle(year=told.year, make=told.make, model=told.model, body=told.body)
