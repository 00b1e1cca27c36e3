"""What templates are filled in with."""

from leadcore.leads.model import Lead, Person
from leadcore.tenants.model import Tenant


def values_of(tenant: Tenant, lead: Lead, person: Person, *, link: str) -> dict[str, str]:
    """Return the values of every variable; what is not known of the lead is empty."""
    what = lead.interest or ""
    vehicle = lead.vehicle.label
    about = f"{what} for your {vehicle}" if what and vehicle else what or (f"your {vehicle}" if vehicle else "")
    return {
        "greeting": f"Hi {person.first_name}" if person.first_name else "Hi there",
        "brand": tenant.brand,
        "about": about or "your request",
        "vehicle": vehicle,
        "interest": what,
        "shop_phone": tenant.phone,
        "address": tenant.address,
        "postal_address": tenant.postal_address,
        "chat_link": link,
    }
