"""A CRM order as it is now: a new lead, a closed one, or none of our business."""

from datetime import datetime

import msgspec

from leadcore.compliance.model import ConsentScope
from leadcore.flows.seams import Seams
from leadcore.flows.stop import stop_follow_up
from leadcore.flows.welcome import Arrival, Given, Grant, welcome
from leadcore.flows.work import Work
from leadcore.intake.policies import is_closed, judge
from leadcore.kernel.ids import TenantId
from leadcore.leads.events import FoundBy
from leadcore.leads.model import Lead
from leadcore.leads.values import LeadStatus, Vehicle
from leadcore.ports.crm import CrmCustomer, CrmOrder, CrmVehicle
from leadcore.tenants.model import Tenant


class OrderFacts(msgspec.Struct, frozen=True, kw_only=True):
    """What the CRM says of one order, fetched before the unit of work was opened. `order` is None when it is gone."""

    tenant_id: TenantId
    external_id: str
    order: CrmOrder | None
    customer: CrmCustomer | None
    vehicle: CrmVehicle | None


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
    arrival = _arrival(
        tenant,
        order=facts.order,
        customer=facts.customer,
        vehicle=facts.vehicle,
        source=source,
        found_by=found_by,
    )
    return await welcome(uow, seams, tenant, arrival)


async def _mirror(uow: Work, lead: Lead, order: CrmOrder | None) -> str:
    if order is not None and not is_closed(order):
        return await _mirror_booking(uow, lead) if order.appointment_dates else ""
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


async def _mirror_booking(uow: Work, lead: Lead) -> str:
    moved, event = lead.progressed_to(LeadStatus.BOOKED, at=await uow.now())
    if event is None:
        return ""  # booked already, or closed
    await stop_follow_up(uow, lead, reason="booked")
    await uow.leads.save(moved)
    uow.publish(event)
    return ""


def _arrival(
    tenant: Tenant,
    *,
    order: CrmOrder,
    customer: CrmCustomer,
    vehicle: CrmVehicle | None,
    source: str,
    found_by: FoundBy,
) -> Arrival:
    ranked = sorted(customer.phones, key=lambda phone: (phone.kind == "landline", not phone.primary))
    scope: ConsentScope = "marketing" if tenant.consent_covers_marketing else "conversational"
    asked = _grant(tenant, order, source, scope="conversational", at=order.created_at)
    return Arrival(
        source=source,
        external_ref=order.external_id,
        requested_at=order.created_at,
        found_by=found_by,
        first_name=customer.first_name,
        last_name=customer.last_name,
        phones=tuple(
            Given(
                value=phone.number,
                grant=_grant(tenant, order, source, scope=scope, at=phone.opt_in_at or order.created_at)
                if phone.opt_in
                else None,
            )
            for phone in ranked
        ),
        emails=tuple(Given(value=email, grant=asked) for email in customer.emails),
        vehicle=_vehicle(vehicle),
        interest=_interest(order, customer),
        note=order.note,
        state=customer.state,
        postal_code=customer.postal_code,
    )


def _grant(tenant: Tenant, order: CrmOrder, source: str, *, scope: ConsentScope, at: datetime) -> Grant:
    return Grant(
        scope=scope,
        wording=tenant.consent_wording,
        source=f"{source}:order:{order.external_id}",
        at=at,
        evidence={"recorded_by": source, "order": order.external_id},
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
