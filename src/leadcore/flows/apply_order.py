"""A CRM order as it is now: a new lead, a closed one, or none of our business."""

from datetime import datetime

import msgspec

from leadcore.compliance.events import ConsentRecorded
from leadcore.compliance.model import Consent, ConsentScope, ContactPoint
from leadcore.compliance.values import Channel
from leadcore.conversations.model import Conversation
from leadcore.flows.enroll import enroll
from leadcore.flows.revoke import ensure_contact
from leadcore.flows.seams import Seams
from leadcore.flows.stop import stop_follow_up
from leadcore.flows.work import Work
from leadcore.intake.policies import is_closed, judge
from leadcore.kernel.contact import parse_email, parse_phone
from leadcore.kernel.errors import InvalidInputError
from leadcore.kernel.ids import ConsentId, ConversationId, LeadId, PersonId, TenantId
from leadcore.leads.events import FoundBy, LeadArrived
from leadcore.leads.model import Lead, Person
from leadcore.leads.values import LeadStatus, Vehicle
from leadcore.ports.crm import CrmCustomer, CrmOrder, CrmPhone, CrmVehicle
from leadcore.tenants.model import Tenant


class OrderFacts(msgspec.Struct, frozen=True, kw_only=True):
    """What the CRM says of one order, fetched before the unit of work was opened. `order` is None when it is gone."""

    tenant_id: TenantId
    external_id: str
    order: CrmOrder | None
    customer: CrmCustomer | None
    vehicle: CrmVehicle | None


class _Reach(msgspec.Struct, frozen=True, kw_only=True):
    """The contact points a customer gave."""

    phone: ContactPoint | None
    opt_in: CrmPhone | None
    email: ContactPoint | None


async def receive_order(
    uow: Work, seams: Seams, facts: OrderFacts, *, source: str, found_by: FoundBy = "webhook"
) -> str:
    """Apply one order. Returns why nothing was done, or an empty string."""
    known = await uow.leads.by_external_ref(source, facts.external_id, tenant_id=facts.tenant_id)
    if known is not None:
        return await _mirror(uow, known, facts.order)
    if facts.order is None:
        return "the order is gone and was never a lead"
    tenant = await uow.tenants.get(facts.tenant_id)
    verdict = judge(facts.order, tenant.lead_rule, now=await uow.now())
    if not verdict.is_lead:
        return verdict.why_not
    if facts.customer is None:
        return "the order has no customer"
    return await _welcome(
        uow,
        seams,
        tenant,
        order=facts.order,
        customer=facts.customer,
        vehicle=facts.vehicle,
        source=source,
        found_by=found_by,
    )


async def _mirror(uow: Work, lead: Lead, order: CrmOrder | None) -> str:
    if order is not None and not is_closed(order):
        return ""
    now = await uow.now()
    await stop_follow_up(uow, lead, reason="closed_in_crm")
    if not lead.is_open:
        return ""
    won = order is not None and (order.authorized or order.invoiced or order.paid)
    moved, event = lead.move_to(
        LeadStatus.WON if won else LeadStatus.LOST, at=now, reason=None if won else "closed_in_crm"
    )
    await uow.leads.save(moved)
    uow.publish(event)
    return ""


async def _welcome(
    uow: Work,
    seams: Seams,
    tenant: Tenant,
    *,
    order: CrmOrder,
    customer: CrmCustomer,
    vehicle: CrmVehicle | None,
    source: str,
    found_by: FoundBy,
) -> str:
    reach = await _reach(uow, seams, tenant, customer)
    if reach.phone is None and reach.email is None:
        return "the customer has neither a phone nor an e-mail address we can read"
    now = await uow.now()
    person = await _person(uow, seams, tenant, customer, reach)
    lead = await uow.leads.add(
        Lead(
            id=LeadId(seams.ids.new()),
            tenant_id=tenant.id,
            person_id=person.id,
            source=source,
            external_ref=order.external_id,
            requested_at=min(order.created_at, now),
            created_at=now,
            vehicle=_vehicle(vehicle),
            interest=_interest(order, customer),
            note=order.note,
        )
    )
    if lead is None:
        return ""
    uow.publish(LeadArrived(tenant_id=tenant.id, at=now, lead_id=lead.id, source=source, found_by=found_by))
    await _consents(uow, seams, tenant, order=order, lead=lead, reach=reach)
    conversation = await uow.conversations.ensure(
        Conversation(id=ConversationId(seams.ids.new()), tenant_id=tenant.id, person_id=person.id, lead_id=lead.id)
    )
    if conversation.lead_id != lead.id:  # the thread is the person's; it is now about the newest lead
        await uow.conversations.save(msgspec.structs.replace(conversation, lead_id=lead.id))
    await enroll(uow, seams, tenant, lead)
    return ""


async def _reach(uow: Work, seams: Seams, tenant: Tenant, customer: CrmCustomer) -> _Reach:
    opt_in, phone_value = _best_phone(customer, region=tenant.region)
    email_value = _first_email(customer)
    phone = await ensure_contact(uow, "phone", phone_value, tenant_id=tenant.id, ids=seams.ids) if phone_value else None
    email = await ensure_contact(uow, "email", email_value, tenant_id=tenant.id, ids=seams.ids) if email_value else None
    return _Reach(phone=phone, opt_in=opt_in, email=email)


def _best_phone(customer: CrmCustomer, *, region: str) -> tuple[CrmPhone | None, str | None]:
    ranked = sorted(customer.phones, key=lambda phone: (phone.kind == "landline", not phone.primary))
    for candidate in ranked:
        try:
            return candidate, parse_phone(candidate.number, region=region).e164
        except InvalidInputError:
            continue
    return None, None


def _first_email(customer: CrmCustomer) -> str | None:
    for candidate in customer.emails:
        try:
            return parse_email(candidate).address
        except InvalidInputError:
            continue
    return None


async def _person(uow: Work, seams: Seams, tenant: Tenant, customer: CrmCustomer, reach: _Reach) -> Person:
    points = [point.id for point in (reach.phone, reach.email) if point is not None]
    known = await uow.leads.person_of(points, tenant_id=tenant.id)
    fresh = Person(
        id=known.id if known else PersonId(seams.ids.new()),
        tenant_id=tenant.id,
        first_name=customer.first_name or (known.first_name if known else ""),
        last_name=customer.last_name or (known.last_name if known else ""),
        phone_id=(known.phone_id if known else None) or (reach.phone.id if reach.phone else None),
        email_id=(known.email_id if known else None) or (reach.email.id if reach.email else None),
    )
    return await uow.leads.put_person(fresh)


async def _consents(uow: Work, seams: Seams, tenant: Tenant, *, order: CrmOrder, lead: Lead, reach: _Reach) -> None:
    now = await uow.now()
    scope: ConsentScope = "marketing" if tenant.consent_covers_marketing else "conversational"
    if reach.phone is not None and reach.opt_in is not None and reach.opt_in.opt_in:
        at = reach.opt_in.opt_in_at or order.created_at
        await _consent(uow, seams, tenant, lead, reach.phone, scope=scope, at=min(at, now))
    if reach.email is not None:
        await _consent(uow, seams, tenant, lead, reach.email, scope="conversational", at=min(order.created_at, now))


async def _consent(
    uow: Work,
    seams: Seams,
    tenant: Tenant,
    lead: Lead,
    point: ContactPoint,
    *,
    scope: ConsentScope,
    at: datetime,
) -> None:
    channel: Channel = "sms" if point.kind == "phone" else "email"
    stored = await uow.compliance.add_consent(
        Consent(
            id=ConsentId(seams.ids.new()),
            tenant_id=tenant.id,
            contact_point_id=point.id,
            channel=channel,
            scope=scope,
            wording=tenant.consent_wording,
            source=f"{lead.source}:order:{lead.external_ref}",
            obtained_at=at,
            evidence={"recorded_by": lead.source, "order": lead.external_ref},
        )
    )
    uow.publish(
        ConsentRecorded(
            tenant_id=tenant.id,
            at=await uow.now(),
            contact_point_id=stored.contact_point_id,
            channel=channel,
            lead_id=lead.id,
        )
    )


def _vehicle(vehicle: CrmVehicle | None) -> Vehicle:
    if vehicle is None:
        return Vehicle()
    return Vehicle(year=vehicle.year, make=vehicle.make, model=vehicle.model, body=vehicle.body)


def _interest(order: CrmOrder, customer: CrmCustomer) -> str:
    """What was asked for: the service on the order, else what its name says unless that is the customer's own name."""
    service = order.service_text.partition(";")[0].strip()
    _, _, wish = order.name.partition(" - ")
    is_name = bool(customer.last_name) and customer.last_name.casefold() in wish.casefold()
    return (service or ("" if is_name else wish.strip()))[:120]
