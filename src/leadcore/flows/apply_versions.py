"""A fetched record as a version of it: what of it counts for a lead, when it was so, and what was ever seen."""

from datetime import datetime

import msgspec

from leadcore.compliance.policies.revocation import RevocationKind, classify
from leadcore.flows.apply_fetch import Fetched
from leadcore.intake.model import EntityVersion, RecordKind, Span
from leadcore.intake.policies import is_closed
from leadcore.kernel.contact import parse_email, parse_phone
from leadcore.kernel.errors import InvalidInputError
from leadcore.kernel.ids import TenantId
from leadcore.leads.values import Vehicle
from leadcore.ports.crm import CrmAppointment, CrmCustomer, CrmMessage, CrmOrder, CrmVehicle
from leadcore.tenants.model import Tenant

OURS = "leadcore"
"""The source of what we know of threads ourselves."""
REPLIED, SPOKEN, REFUSED, WRONG_NUMBER = "replied", "spoken", "refused", "wrong_number"
REFUSALS: dict[RevocationKind, str] = {"stop": REFUSED, "wrong_number": WRONG_NUMBER}
CLOSED, WON, BOOKED, APPOINTED, ELSEWHERE = "closed", "won", "booked", "appointed", "elsewhere"
OPTED_IN, OPTED_OUT = "opted_in:", "opted_out:"
_STRICT = 2


class OrderState(msgspec.Struct, frozen=True, kw_only=True):
    """What counts of an order's newest version."""

    won: bool
    closed: bool
    dated: bool
    created_at: datetime


class CustomerState(msgspec.Struct, frozen=True, kw_only=True):
    """What counts of a customer's newest version. Phones and addresses are in our spelling, the best first."""

    first_name: str
    last_name: str
    phones: tuple[str, ...]
    emails: tuple[str, ...]


def versions_of(fetched: Fetched, tenant: Tenant, *, source: str) -> list[EntityVersion]:
    """Return what *fetched* tells: of the record itself and, as marks, of the records it refers to."""
    match fetched.record:
        case CrmOrder() as order:
            return [_order(order, tenant, source)]
        case CrmCustomer() as customer:
            return [_customer(customer, tenant, source, read_at=fetched.read_at)]
        case CrmVehicle() as vehicle:
            return [_vehicle(vehicle, tenant, source, read_at=fetched.read_at)]
        case CrmAppointment() as appointment:
            return _appointment(appointment, tenant, source, read_at=fetched.read_at)
        case CrmMessage() as message:
            return _message(message, tenant, source)
        case None:
            return _tombstone(fetched, tenant.id, source)


def heard(tenant_id: TenantId, thread: str, revocation: RevocationKind, *, at: datetime) -> EntityVersion:
    """Return what a customer's words in a thread of ours tell, whenever they are applied."""
    marks = {REFUSALS.get(revocation, REPLIED): Span(first=at, last=at)}
    return EntityVersion(tenant_id=tenant_id, source=OURS, kind="thread", external_id=thread, marks=marks)


def state_of_customer(customer: CrmCustomer, tenant: Tenant) -> CustomerState:
    """Return what counts of a customer; what nobody can read is left out."""
    ranked = sorted(customer.phones, key=lambda phone: (phone.kind == "landline", not phone.primary))
    phones = (_phone(each.number, tenant) for each in ranked)
    emails = (_email(each) for each in customer.emails)
    return CustomerState(
        first_name=customer.first_name,
        last_name=customer.last_name,
        phones=tuple(dict.fromkeys(each for each in phones if each)),
        emails=tuple(dict.fromkeys(each for each in emails if each)),
    )


def vehicle_of(vehicle: CrmVehicle | None) -> Vehicle:
    """Return the vehicle in a lead's words."""
    if vehicle is None:
        return Vehicle()
    return Vehicle(year=vehicle.year, make=vehicle.make, model=vehicle.model, body=vehicle.body)


def _order(order: CrmOrder, tenant: Tenant, source: str) -> EntityVersion:
    closed = is_closed(order)
    won = order.authorized or order.invoiced or order.paid
    dated = bool(order.appointment_dates)
    # where we move it ourselves is no sign that somebody of the shop took it over
    columns = {each.casefold() for each in (*tenant.lead_rule.columns, *tenant.write_back.columns.names)}
    elsewhere = bool(tenant.lead_rule.columns) and (order.column_name or order.column_id).casefold() not in columns
    told = {CLOSED: closed, WON: won, BOOKED: dated and not closed, ELSEWHERE: elsewhere}
    at = order.updated_at
    state = OrderState(won=won, closed=closed, dated=dated, created_at=order.created_at)
    return EntityVersion(
        tenant_id=tenant.id,
        source=source,
        kind="order",
        external_id=order.external_id,
        at=at,
        weight=won + _STRICT * closed,
        body=msgspec.json.encode(state),
        customer_ref=order.customer_id or "",
        vehicle_ref=order.vehicle_id or "",
        marks={name: Span(first=at, last=at) for name, holds in told.items() if holds},
    )


def _customer(customer: CrmCustomer, tenant: Tenant, source: str, *, read_at: datetime) -> EntityVersion:
    at = customer.updated_at or read_at
    said = [
        *((_phone(phone.number, tenant), phone.opt_in, phone.opt_out) for phone in customer.phones),
        *((_email(each), True, False) for each in customer.subscribed),
        *((_email(each), False, True) for each in customer.unsubscribed),
        ("*", customer.marketing_opt_in is True, customer.marketing_opt_in is False),
    ]
    yes = [OPTED_IN + value for value, opted_in, _ in said if value and opted_in]
    no = [OPTED_OUT + value for value, _, opted_out in said if value and opted_out]
    return EntityVersion(
        tenant_id=tenant.id,
        source=source,
        kind="customer",
        external_id=customer.external_id,
        at=at,
        weight=len(no),
        body=msgspec.json.encode(state_of_customer(customer, tenant)),
        marks={name: Span(first=at, last=at) for name in (*yes, *no)},
    )


def _vehicle(vehicle: CrmVehicle, tenant: Tenant, source: str, *, read_at: datetime) -> EntityVersion:
    return EntityVersion(
        tenant_id=tenant.id,
        source=source,
        kind="vehicle",
        external_id=vehicle.external_id,
        at=vehicle.updated_at or read_at,
        body=msgspec.json.encode(vehicle_of(vehicle)),
    )


def _appointment(appointment: CrmAppointment, tenant: Tenant, source: str, *, read_at: datetime) -> list[EntityVersion]:
    at = appointment.updated_at or read_at
    itself = EntityVersion(
        tenant_id=tenant.id,
        source=source,
        kind="appointment",
        external_id=appointment.external_id,
        at=at,
        weight=int(appointment.cancelled),
        body=b"cancelled" if appointment.cancelled else b"stands",
        order_ref=appointment.order_id or "",
        customer_ref=appointment.customer_id or "",
    )
    if not appointment.order_id:
        return [itself]
    name = APPOINTED if appointment.cancelled else BOOKED
    return [_marked(tenant.id, source, "order", appointment.order_id, {APPOINTED, name}, at=at), itself]


def _message(message: CrmMessage, tenant: Tenant, source: str) -> list[EntityVersion]:
    """Return what a message tells of its order, else of its customer: then it bears on requests made before it."""
    if message.author == "system":
        return []
    name = SPOKEN if message.author == "staff" else REFUSALS.get(classify(message.text).kind, REPLIED)
    if message.order_id:
        return [_marked(tenant.id, source, "order", message.order_id, {name}, at=message.at)]
    if message.customer_id:
        return [_marked(tenant.id, source, "customer", message.customer_id, {name}, at=message.at)]
    return []


def _tombstone(fetched: Fetched, tenant_id: TenantId, source: str) -> list[EntityVersion]:
    if fetched.kind not in {"order", "customer", "vehicle", "appointment"}:
        return []
    return [
        EntityVersion(
            tenant_id=tenant_id,
            source=source,
            kind=fetched.kind,
            external_id=fetched.external_id,
            gone_at=fetched.read_at,
            marks={CLOSED: Span(first=fetched.read_at, last=fetched.read_at)} if fetched.kind == "order" else {},
        )
    ]


def _marked(
    tenant_id: TenantId, source: str, kind: RecordKind, external_id: str, names: set[str], *, at: datetime
) -> EntityVersion:
    """Return what another record told of this one: marks, and no version of it."""
    marks = {name: Span(first=at, last=at) for name in sorted(names)}
    return EntityVersion(tenant_id=tenant_id, source=source, kind=kind, external_id=external_id, marks=marks)


def _phone(number: str, tenant: Tenant) -> str:
    try:
        return parse_phone(number, region=tenant.region).e164
    except InvalidInputError:
        return ""


def _email(address: str) -> str:
    try:
        return parse_email(address).address
    except InvalidInputError:
        return ""
