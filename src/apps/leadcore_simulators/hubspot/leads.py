"""A visitor asks for a quote on the shop's website: contact, line item and deal appear in HubSpot."""

from msgspec import Struct

from leadcore_simulators.hubspot.accounts import DEFAULT_TOKEN, FIRST_STAGE, PIPELINE
from leadcore_simulators.hubspot.objects import Objects
from leadcore_simulators.wire.faults import NO_FAULTS
from leadcore_simulators.wire.http import Fields
from leadcore_simulators.wire.world import World


class LeadVehicle(Struct, frozen=True, kw_only=True, forbid_unknown_fields=True):
    """The car of the form; `type` is Sedan, SUV, Truck or Coupe."""

    year: int | None = 2022
    make: str | None = "Tesla"
    model: str | None = "Model 3"
    type: str | None = "Sedan"


class WebsiteLead(Struct, frozen=True, kw_only=True, forbid_unknown_fields=True):
    """What `POST /_sim/leads` takes."""

    access_token: str = DEFAULT_TOKEN
    first_name: str = "Jordan"
    last_name: str = "Reyes"
    phone: str | None = "+15125550142"
    email: str | None = None
    vehicle: LeadVehicle = LeadVehicle()
    service: str = "Ceramic Tint"
    message: str = "How much for ceramic tint?"
    sms_opt_in: bool = True
    fire_webhooks: bool = True


def submit(world: World, objects: Objects, lead: WebsiteLead) -> Fields:
    """Create the records in one transaction and tell the webhooks; a known e-mail address is the known contact."""
    with world.store.transaction():
        known = objects.by_email(lead.email or "")
        contact = known or objects.create("contact", {"properties": _contact(lead)}, told=False)
        item = objects.create("line_item", {"properties": {"name": lead.service, "quantity": "1"}}, told=False)
        links = [_link(contact["id"], 3), _link(item["id"], 19)]
        deal = objects.create("deal", {"properties": _deal(lead), "associations": links}, told=False)
        ids = {
            "customer_id": contact["id"],
            "vehicle_id": deal["id"],
            "order_id": deal["id"],
            "service_id": item["id"],
            "order_number": deal["id"],
        }
        plain = {
            "first_name": lead.first_name, "last_name": lead.last_name, "phone": lead.phone, "email": lead.email,
            "service": lead.service, "message": lead.message, "sms_opt_in": lead.sms_opt_in,
        }  # fmt: skip
        world.ledger.record(
            op="website_lead", account=objects.portal, ref=deal["id"], fields=plain | ids, same=ids, faults=NO_FAULTS
        )
        if lead.fire_webhooks:
            fresh = [] if known else objects.creation("contact", contact)
            objects.tell([*fresh, *objects.creation("deal", deal)], cause="website_lead")
    return {**ids, "portal_id": objects.portal}


def _contact(lead: WebsiteLead) -> Fields:
    return {
        "firstname": lead.first_name,
        "lastname": lead.last_name,
        "mobilephone": lead.phone,
        "email": lead.email,
        "sms_opt_in": lead.sms_opt_in,
        "lifecyclestage": "lead",
    }


def _deal(lead: WebsiteLead) -> Fields:
    return {
        "dealname": f"New Quote - {lead.first_name} {lead.last_name}".strip(),
        "pipeline": PIPELINE,
        "dealstage": FIRST_STAGE,
        "description": lead.message,
        "hs_analytics_source": "DIRECT_TRAFFIC",
        "vehicle_year": lead.vehicle.year,
        "vehicle_make": lead.vehicle.make,
        "vehicle_model": lead.vehicle.model,
        "vehicle_body": lead.vehicle.type,
    }


def _link(ref: str, number: int) -> Fields:
    return {"to": {"id": ref}, "types": [{"associationCategory": "HUBSPOT_DEFINED", "associationTypeId": number}]}
