"""A CRM order that is a lead by the tenant's rule: who asked for what, and with which permission."""

from datetime import datetime

from msgspec.structs import replace

from leadcore.compliance.model import ConsentScope
from leadcore.flows.apply_versions import vehicle_of
from leadcore.flows.seams import Seams
from leadcore.flows.welcome import Arrival, Given, Grant, welcome
from leadcore.flows.work import Work
from leadcore.intake.policies import judge
from leadcore.leads.events import FoundBy
from leadcore.ports.crm import CrmCustomer, CrmOrder, CrmVehicle
from leadcore.tenants.model import Tenant


async def welcome_order(
    uow: Work,
    seams: Seams,
    tenant: Tenant,
    *,
    order: CrmOrder,
    customer: CrmCustomer | None,
    vehicle: CrmVehicle | None,
    source: str,
    found_by: FoundBy = "webhook",
    follow_up: bool = True,
) -> str:
    """Make the lead that *order* is by the tenant's rule. Returns why it is none, or an empty string."""
    verdict = judge(order, tenant.lead_rule, now=await uow.now())
    if not verdict.is_lead:
        return verdict.why_not
    if customer is None:
        return "the order has no customer"
    arrival = _arrival(tenant, order=order, customer=customer, vehicle=vehicle, source=source, found_by=found_by)
    return await welcome(uow, seams, tenant, replace(arrival, follow_up=follow_up))


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
        vehicle=vehicle_of(vehicle),
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


def _interest(order: CrmOrder, customer: CrmCustomer) -> str:
    """What was asked for: the service on the order, else what its name says unless that is the customer's own name."""
    service = order.service_text.partition(";")[0].strip()
    _, _, wish = order.name.partition(" - ")
    is_name = bool(customer.last_name) and customer.last_name.casefold() in wish.casefold()
    return (service or ("" if is_name else wish.strip()))[:120]
