"""The assistant's tools bound to one conversation: prices from the catalog, facts from the tenant. Pure once loaded."""

import re
from urllib.parse import urlsplit

from leadcore.catalog.model import QuoteOutcome, Service
from leadcore.catalog.policies.quote import quote
from leadcore.catalog.policies.vehicle_class import vehicle_class
from leadcore.conversations.policies.bench import ShopBench
from leadcore.conversations.values import ShopFacts, ToolBench
from leadcore.flows.seams import PublicUrls
from leadcore.leads.values import Vehicle
from leadcore.tenants.model import Tenant

_YEAR = re.compile(r"^\s*(?:19|20)\d\d\s+")


def shop_facts(tenant: Tenant, services: list[Service], urls: PublicUrls) -> ShopFacts:
    """Return what the assistant may state about the shop."""
    return ShopFacts(
        brand=tenant.brand,
        zone=tenant.zone,
        phone=tenant.phone,
        address=tenant.address,
        hours=tenant.hours,
        services=tuple(service.name for service in services),
        link_domains=tuple(host for host in (urlsplit(urls.chat).hostname,) if host),
    )


def bench_for(shop: ShopFacts, services: list[Service], vehicle: Vehicle, *, quote_prefix: str) -> ToolBench:
    """Return the tools of one turn. The model names a service and perhaps a vehicle, never a tenant or a lead."""
    issued = 0

    known = vehicle

    def price(*, service: str, vehicle: str | None) -> QuoteOutcome:
        nonlocal issued
        issued += 1
        if vehicle:
            label, kind = vehicle, vehicle_class(model=_YEAR.sub("", vehicle))
        else:
            label, kind = known.label, vehicle_class(make=known.make, model=known.model, body=known.body)
        return quote(services, service, vehicle_label=label, vehicle_class=kind, quote_id=f"{quote_prefix}-{issued}")

    return ShopBench(shop, quote=price)
