"""A visitor asks for a quote on the shop's website: customer, vehicle and order appear in Shopmonkey."""

from typing import Any

from msgspec import Struct

from leadcore_simulators.shopmonkey.customers import emails, phone_numbers, with_name
from leadcore_simulators.shopmonkey.records import Records, now_iso
from leadcore_simulators.shopmonkey.shapes import CUSTOMER, ORDER, SERVICE, VEHICLE, Shape
from leadcore_simulators.wire.faults import NO_FAULTS
from leadcore_simulators.wire.world import World

Fields = dict[str, Any]


class LeadVehicle(Struct, frozen=True, kw_only=True, forbid_unknown_fields=True):
    """The car of the form; `type` is Sedan, SUV, Truck or Coupe."""

    year: int | None = 2022
    make: str | None = "Tesla"
    model: str | None = "Model 3"
    type: str | None = "Sedan"
    size: str = "LightDuty"


class WebsiteLead(Struct, frozen=True, kw_only=True, forbid_unknown_fields=True):
    """What `POST /_sim/leads` takes."""

    api_key: str = "sim-shopmonkey-key"
    first_name: str = "Jordan"
    last_name: str = "Reyes"
    phone: str | None = "+15125550142"
    email: str | None = None
    vehicle: LeadVehicle = LeadVehicle()
    service: str = "Ceramic Tint"
    message: str = "How much for ceramic tint?"
    sms_opt_in: bool = True
    fire_webhooks: bool = True


def submit(world: World, records: Records, lead: WebsiteLead) -> Fields:
    """Create the three records and the service line in one transaction and tell the webhooks."""
    with world.store.transaction():
        customer = _create(records, CUSTOMER, _customer(lead), extra=_contact(lead))
        vehicle = _create(records, VEHICLE, _vehicle(lead.vehicle), extra={"_owner": customer["id"]})
        order = _create(records, ORDER, _order(lead, customer, vehicle), extra={"attributionSource": "WorkRequestForm"})
        service = _service(records, lead, order)
        ids = {
            "customer_id": customer["id"],
            "vehicle_id": vehicle["id"],
            "order_id": order["id"],
            "service_id": service["id"],
            "order_number": order["number"],
        }
        world.ledger.record(
            op="website_lead", account=records.company, ref=order["id"], fields={**_plain(lead), **ids},
            same=ids, faults=NO_FAULTS,
        )  # fmt: skip
        if lead.fire_webhooks:
            for shape, record in ((CUSTOMER, customer), (VEHICLE, vehicle), (ORDER, order)):
                event = {"operation": "INSERT", "table": shape.table, "data": record}
                records.tell(shape, event, cause="website_lead")
    return {**ids, "company_id": records.company}


def _create(records: Records, shape: Shape, body: Fields, *, extra: Fields) -> Fields:
    return records.create(shape, body, extra=extra, silent=True)


def _customer(lead: WebsiteLead) -> Fields:
    return {"firstName": lead.first_name, "lastName": lead.last_name, "preferredContactMethod": "SMS"}


def _contact(lead: WebsiteLead) -> Fields:
    consent_at = now_iso() if lead.sms_opt_in else None
    number = {"number": lead.phone, "optIn": lead.sms_opt_in, "optInVerifiedDate": consent_at}
    return {
        "phoneNumbers": phone_numbers([number] if lead.phone else []),
        "emails": emails([{"email": lead.email}] if lead.email else []),
        **with_name({"firstName": lead.first_name}),
    }


def _vehicle(vehicle: LeadVehicle) -> Fields:
    return {
        "year": vehicle.year,
        "make": vehicle.make,
        "model": vehicle.model,
        "type": vehicle.type,
        "size": vehicle.size,
    }


def _order(lead: WebsiteLead, customer: Fields, vehicle: Fields) -> Fields:
    phones, mails = customer["phoneNumbers"], customer["emails"]
    return {
        "name": f"New Quote - {lead.first_name} {lead.last_name}".strip(),
        "complaint": lead.message,
        "customerId": customer["id"],
        "vehicleId": vehicle["id"],
        "phoneNumberId": phones[0]["id"] if phones else None,
        "emailId": mails[0]["id"] if mails else None,
    }


def _service(records: Records, lead: WebsiteLead, order: Fields) -> Fields:
    offered = {service["name"]: service["id"] for service in records.all("canned_service")}
    body = {"name": lead.service, "cannedServiceId": offered.get(lead.service), "totalCents": 0}
    return _create(records, SERVICE, body, extra={"orderId": order["id"]})


def _plain(lead: WebsiteLead) -> Fields:
    return {
        "first_name": lead.first_name,
        "last_name": lead.last_name,
        "phone": lead.phone,
        "email": lead.email,
        "service": lead.service,
        "message": lead.message,
        "sms_opt_in": lead.sms_opt_in,
    }
