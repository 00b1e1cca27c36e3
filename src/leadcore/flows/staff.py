"""Addresses of the shop itself: whoever writes from there is no customer."""

from leadcore.compliance.values import Channel
from leadcore.kernel.contact import parse_email, parse_phone
from leadcore.kernel.errors import InvalidInputError
from leadcore.tenants.model import Tenant


def is_ours(tenant: Tenant, channel: Channel, sender: str) -> bool:
    """Return whether *sender* (E.164, or an e-mail address) is a staff address or a sender of the tenant's own."""
    people = [each.phone if channel == "sms" else each.email for each in tenant.staff]
    shop = (tenant.staff_phone, tenant.senders.sms) if channel == "sms" else (tenant.staff_email, tenant.senders.email)
    own = (*shop, *people)
    return sender in {_normal(tenant, channel, each) for each in own if each}


def _normal(tenant: Tenant, channel: Channel, address: str) -> str:
    try:
        if channel == "sms":
            return parse_phone(address, region=tenant.region).e164
        return parse_email(address).address
    except InvalidInputError:
        return ""  # a messaging service or a short code: nobody writes from there
