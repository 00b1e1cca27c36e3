"""A shop, a quote and a customer to talk about."""

from datetime import UTC, datetime, time
from uuid import UUID

import pytest
from msgspec.structs import replace

from leadcore.catalog.model import NeedsVehicle, NotSold, Quote, QuoteOutcome
from leadcore.conversations.policies.bench import ShopBench
from leadcore.conversations.values import GuardFacts, Said, ShopFacts, TurnContext
from leadcore.kernel.ids import ServiceId, TenantId
from leadcore.kernel.money import Money
from leadcore.leads.values import Vehicle
from leadcore.tenants.values import OpenSpan

NOON_ON_TUESDAY = datetime(2026, 11, 24, 18, 0, tzinfo=UTC)  # noon in Austin
_DAY = (OpenSpan(opens=time(9), closes=time(18)),)


@pytest.fixture
def shop() -> ShopFacts:
    return ShopFacts(
        brand="Lone Star Tint",
        zone="America/Chicago",
        phone="+1 512 555 0142",
        address="123 Main St, Austin, TX 78701",
        hours={**dict.fromkeys(range(5), _DAY), 5: (OpenSpan(opens=time(9), closes=time(14)),)},
        services=("Full Ceramic Tint", "5% Limo Tint", "Paint Protection Film"),
        link_domains=("shop.example.com",),
    )


@pytest.fixture
def quote() -> Quote:
    return Quote(
        quote_id="q1",
        service_id=ServiceId(UUID(int=7)),
        service="Full Ceramic Tint",
        vehicle_class="sedan",
        vehicle="2021 Tesla Model 3",
        price=Money(minor=45000),
    )


@pytest.fixture
def facts(shop: ShopFacts, quote: Quote) -> GuardFacts:
    """What may be said in a turn that got the quote of $450."""
    return GuardFacts(
        quotes=(quote,),
        times=(shop.hours_text(),),
        phrases=(*shop.services, shop.address, "2021 Tesla Model 3", "Tesla Model 3", "Model 3"),
        link_domains=shop.link_domains,
        phones=("+15125550142",),
    )


@pytest.fixture
def bench(shop: ShopFacts, quote: Quote) -> ShopBench:
    """Knows one price: ceramic tint, once it knows the vehicle."""

    def price(*, service: str, vehicle: str | None) -> QuoteOutcome:
        if "ceramic" not in service.lower():
            return NotSold(asked=service, choices=shop.services)
        if not vehicle:
            return NeedsVehicle(service=quote.service, lowest=Money(minor=30000), highest=Money(minor=90000))
        return quote if "Model 3" in vehicle else replace(quote, vehicle=vehicle)  # whatever the model calls it

    return ShopBench(shop, quote=price)


@pytest.fixture
def context(shop: ShopFacts) -> TurnContext:
    """Ana has a 2021 Tesla Model 3 and asks what ceramic tint costs; she has been told that an AI answers."""
    return TurnContext(
        tenant_id=TenantId(UUID(int=1)),
        shop=shop,
        channel="web",
        now=NOON_ON_TUESDAY,
        recent=(
            Said(author="customer", text="How much is ceramic tint for my 2021 Tesla Model 3?", at=NOON_ON_TUESDAY),
        ),
        first_name="Ana",
        vehicle=Vehicle(year=2021, make="Tesla", model="Model 3"),
        interest="window tint",
        disclosed_at=NOON_ON_TUESDAY,
    )
