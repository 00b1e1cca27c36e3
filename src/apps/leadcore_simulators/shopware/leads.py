"""A visitor asks for a quote on the shop's website: customer, vehicle and estimate appear in Shop-Ware."""

from msgspec import Struct

from leadcore_simulators.shopware.accounts import TENANT
from leadcore_simulators.shopware.records import Records
from leadcore_simulators.shopware.shapes import CUSTOMER, REPAIR_ORDER, VEHICLE
from leadcore_simulators.wire.faults import NO_FAULTS
from leadcore_simulators.wire.http import Fields
from leadcore_simulators.wire.world import World


class LeadVehicle(Struct, frozen=True, kw_only=True, forbid_unknown_fields=True):
    """The car of the form."""

    year: int | None = 2022
    make: str = "Tesla"
    model: str | None = "Model 3"
    type: str | None = "Sedan"


class WebsiteLead(Struct, frozen=True, kw_only=True, forbid_unknown_fields=True):
    """What `POST /_sim/leads` takes."""

    tenant_id: int = TENANT
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
    """Create the three records in one transaction and tell the webhooks; a known address is the known customer."""
    shop = records.account["shop_id"]
    with world.store.transaction():
        known = next((row for row in records.all(CUSTOMER) if lead.email and row["email"] == lead.email), None)
        customer = known or records.create(CUSTOMER, _customer(lead, shop), told=False)
        vehicle = records.create(VEHICLE, _vehicle(lead, customer), told=False)
        order = records.create(
            REPAIR_ORDER,
            {
                "customer_id": customer["id"], "vehicle_id": vehicle["id"], "shop_id": shop,
                "detail": f"New Quote - {lead.first_name} {lead.last_name}".strip(),
                "customer_concern": lead.message, "customer_source": "Website",
            },
            extra={"services": [{"id": 1, "title": lead.service}]},
            told=False,
        )  # fmt: skip
        ids: Fields = {
            "customer_id": str(customer["id"]), "vehicle_id": str(vehicle["id"]), "order_id": str(order["id"]),
            "order_number": str(order["number"]),
        }  # fmt: skip
        plain = {
            "first_name": lead.first_name, "last_name": lead.last_name, "phone": lead.phone, "email": lead.email,
            "service": lead.service, "message": lead.message, "sms_opt_in": lead.sms_opt_in,
        }  # fmt: skip
        world.ledger.record(
            op="website_lead", account=records.tenant, ref=ids["order_id"], fields=plain | ids, same=ids,
            faults=NO_FAULTS,
        )  # fmt: skip
        if lead.fire_webhooks:
            for shape, record in ((CUSTOMER, customer), (VEHICLE, vehicle), (REPAIR_ORDER, order)):
                records.tell(shape, "created", record["id"])
    return {**ids, "tenant_id": records.tenant}


def _customer(lead: WebsiteLead, shop: int) -> Fields:
    phone = {"number": lead.phone, "label": "Mobile", "preferred": True, "show_on_ro": True, "country_code": "US"}
    return {
        "first_name": lead.first_name,
        "last_name": lead.last_name,
        "email": lead.email,
        "phones": [phone] if lead.phone else [],
        "marketing_ok": lead.sms_opt_in,
        "shop_ids": [shop],
    }


def _vehicle(lead: WebsiteLead, customer: Fields) -> Fields:
    car = lead.vehicle
    year = None if car.year is None else str(car.year)
    return {"year": year, "make": car.make, "model": car.model, "detail": car.type, "customer_ids": [customer["id"]]}
