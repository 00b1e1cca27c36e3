"""A service with its prices, and a quote."""

from datetime import datetime

import msgspec

from leadcore.catalog.values import Category, VehicleClass
from leadcore.kernel.ids import ServiceId, TenantId
from leadcore.kernel.money import Money


class Service(msgspec.Struct, frozen=True, kw_only=True):
    """One thing the shop sells. `prices` by vehicle class; `any` when the class does not matter.

    `external_ids` are the CRM entries behind it (CRMs list one entry per vehicle class); `slug` is unique per tenant.
    """

    id: ServiceId
    tenant_id: TenantId
    slug: str
    name: str
    category: Category
    prices: dict[VehicleClass, Money]
    external_ids: tuple[str, ...] = ()
    hours: float = 0.0
    bookable: bool = False
    note: str = ""
    active: bool = True
    synced_at: datetime | None = None


class Quote(msgspec.Struct, frozen=True, kw_only=True):
    """A price the catalog backs, with the assumptions it rests on."""

    quote_id: str
    service_id: ServiceId
    service: str
    vehicle_class: VehicleClass
    vehicle: str
    price: Money
    assumptions: tuple[str, ...] = ()


class NeedsVehicle(msgspec.Struct, frozen=True, kw_only=True):
    """The price depends on the vehicle and we do not know it. `lowest`/`highest` bound it."""

    service: str
    lowest: Money
    highest: Money


class WhichService(msgspec.Struct, frozen=True, kw_only=True):
    """Several services fit what was asked."""

    choices: tuple[str, ...]


class NotSold(msgspec.Struct, frozen=True, kw_only=True):
    """The shop sells nothing like it; `choices` is what it does sell."""

    asked: str
    choices: tuple[str, ...]


QuoteOutcome = Quote | NeedsVehicle | WhichService | NotSold
