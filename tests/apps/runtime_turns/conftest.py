"""A turn about ceramic tint at $450."""

from datetime import UTC, datetime, time
from uuid import UUID

import pytest

from leadcore.catalog.model import Quote, QuoteOutcome
from leadcore.conversations.policies.bench import ShopBench
from leadcore.conversations.values import Said, ShopFacts, TurnContext
from leadcore.kernel.ids import ServiceId, TenantId
from leadcore.kernel.money import Money
from leadcore.tenants.values import OpenSpan

NOW = datetime(2026, 11, 24, 18, 0, tzinfo=UTC)


@pytest.fixture
def context() -> TurnContext:
    hours: dict[int, tuple[OpenSpan, ...]] = {day: (OpenSpan(opens=time(9), closes=time(18)),) for day in range(5)}
    shop = ShopFacts(brand="Lone Star Tint", zone="America/Chicago", hours=hours, services=("Full Ceramic Tint",))
    asked = Said(author="customer", text="How much is ceramic tint for a sedan?", at=NOW)
    return TurnContext(
        tenant_id=TenantId(UUID(int=1)), shop=shop, channel="web", now=NOW, recent=(asked,), disclosed_at=NOW
    )


@pytest.fixture
def bench(context: TurnContext) -> ShopBench:
    quote = Quote(
        quote_id="q1",
        service_id=ServiceId(UUID(int=7)),
        service="Full Ceramic Tint",
        vehicle_class="sedan",
        vehicle="",
        price=Money(minor=45000),
    )

    def price(*, service: str, vehicle: str | None) -> QuoteOutcome:
        return quote

    return ShopBench(context.shop, quote=price)
