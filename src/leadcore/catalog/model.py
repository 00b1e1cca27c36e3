"""A service with its prices, the CRM entries it was read from, and a quote."""

from datetime import datetime

import msgspec

from leadcore.catalog.values import Category, EntryState, VehicleClass
from leadcore.kernel.ids import ServiceId, TenantId
from leadcore.kernel.money import Money
from leadcore.ports.crm import CrmService


class CatalogEntry(msgspec.Struct, frozen=True, kw_only=True):
    """An entry of the CRM's price list as it was last seen.

    `live` entries are sold. `missed` ones are too, although the CRM has not shown them for long: too many went at
    once to believe it unasked. `retired` ones are not; they come back when the CRM shows them again.
    """

    tenant_id: TenantId
    external_id: str
    listed: CrmService
    seen_at: datetime
    state: EntryState = "live"


class PriceRange(msgspec.Struct, frozen=True, kw_only=True):
    """Cheapest and dearest entry behind one price; the same where there is one entry."""

    lowest: Money
    highest: Money

    @property
    def display(self) -> str:
        """`$499`, or `$450-$600` for a true range."""
        if self.lowest == self.highest:
            return self.highest.display
        return f"{self.lowest.display}-{self.highest.display}"


class Listed(msgspec.Struct, frozen=True, kw_only=True):
    """What the CRM says of a service, as far as it was accepted: the ground that what is set by hand lies on."""

    name: str
    category: Category
    prices: dict[VehicleClass, PriceRange]
    hours: float = 0.0
    bookable: bool = False


class HandSet(msgspec.Struct, frozen=True, kw_only=True):
    """A value the shop set by hand, as it was written, by whom and when. No sync changes it."""

    value: str
    by: str
    at: datetime


class Service(msgspec.Struct, frozen=True, kw_only=True):
    """One thing the shop sells. `prices` by vehicle class; `any` when the class does not matter.

    `prices` is what is quoted: the dearest entry, or what was set by hand. `lowest` has the other end of the range
    where entries of several prices were merged into one class. `external_ids` are the CRM entries behind it (CRMs
    list one entry per vehicle class); `slug` is unique per tenant and stays when the CRM renames its entries. `held`
    are prices of the CRM that differ too much to be believed unasked; they are not quoted.
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
    lowest: dict[VehicleClass, Money] = {}
    hours_by_class: dict[VehicleClass, float] = {}
    listed: Listed | None = None
    held: dict[VehicleClass, PriceRange] = {}
    by_hand: dict[str, HandSet] = {}

    def hours_for(self, kind: VehicleClass | None) -> float:
        """Return the hours of work for a vehicle class; for an unknown one the longest."""
        return self.hours_by_class.get(kind, self.hours) if kind is not None else self.hours


class Quote(msgspec.Struct, frozen=True, kw_only=True):
    """A price the catalog backs, with the assumptions it rests on.

    With `lowest`, `price` is the upper end of a range; the lower end is never said without it.
    """

    quote_id: str
    service_id: ServiceId
    service: str
    vehicle_class: VehicleClass
    vehicle: str
    price: Money
    assumptions: tuple[str, ...] = ()
    lowest: Money | None = None

    @property
    def range_display(self) -> str:
        """`$450-$520`, empty where there is one price."""
        return "" if self.lowest is None else f"{self.lowest.display}-{self.price.display}"


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
