"""Reading a CRM's price list: one entry per vehicle class there, one service with prices by class here."""

import re
from collections.abc import Iterable, Sequence
from datetime import datetime

import msgspec

from leadcore.catalog.model import Listed, PriceRange, Service
from leadcore.catalog.policies.rules import CLASSES, SHIPPED, Rules
from leadcore.catalog.policies.vocabulary import JOINERS, SIZES, folded
from leadcore.catalog.values import Category, VehicleClass
from leadcore.kernel.ids import IdFactory, ServiceId, TenantId
from leadcore.ports.crm import CrmService

_SEGMENT = re.compile(r"\s+[-–—|:•~]+\s*|\s*[–—|:•]\s*|\s*[()\[\]]\s*|\s+/\s+|,\s+|\s*-\s+")
_SLUG_MAX = 80


class Reading(msgspec.Struct, frozen=True, kw_only=True):
    """An entry read: the service's name without the class, and the classes its price is for."""

    entry: CrmService
    name: str
    classes: tuple[VehicleClass, ...]
    class_part: str = ""


def import_services(
    entries: Iterable[CrmService],
    *,
    tenant_id: TenantId,
    ids: IdFactory,
    now: datetime | None = None,
    rules: Rules = SHIPPED,
) -> list[Service]:
    """Turn a price list into services, ordered by name; the order of *entries* does not matter.

    Entries without a price above zero are left out: nothing we say may be free by mistake. So is what the shop's rules
    leave out. Of several entries for the same service and class the dearest is the price and the cheapest its lower
    end, so that nobody is quoted less than some entry says.
    """
    groups: dict[str, list[Reading]] = {}
    for entry in sorted(entries, key=lambda entry: (folded(entry.name), entry.external_id)):
        reading = read_entry(entry, rules)
        if reading is not None and rules.left_out_by(entry.name) is None:
            groups.setdefault(folded(reading.name), []).append(reading)
    services: list[Service] = []
    taken: set[str] = set()
    for key in sorted(groups):
        slug = _free_slug(key, taken)
        services.append(_service(groups[key], slug=slug, tenant_id=tenant_id, ids=ids, now=now, rules=rules))
    return services


def category_of(name: str, rules: Rules = SHIPPED) -> Category:
    """Return the category a service's name speaks of."""
    return rules.category_of(name)[0]


def read_entry(entry: CrmService, rules: Rules = SHIPPED) -> Reading | None:
    """Return which service and which vehicle classes *entry* prices; None for what has no name or no price."""
    if entry.price.minor <= 0 or not folded(entry.name):
        return None
    parts = [part for part in _SEGMENT.split(entry.name.strip()) if part and folded(part)]
    for position in range(len(parts) - 1, -1, -1):
        found = _classes_in(parts[position], rules, other=SIZES | JOINERS)
        rest = parts[:position] + parts[position + 1 :]
        if found and rest:
            name = _joined(rest, sized=_sizes_of(parts[position]))
            return Reading(entry=entry, name=name, classes=found, class_part=parts[position])
    words = parts[-1].split()
    for cut in range(1, len(words)):  # "Ceramic Tint SUV"; in front a class word may belong to the name ("Truck Bed")
        tail = " ".join(words[cut:])
        found = _classes_in(tail, rules, other=JOINERS)
        if found:
            name = _joined([*parts[:-1], " ".join(words[:cut])], sized="")
            return Reading(entry=entry, name=name, classes=found, class_part=tail)
    return Reading(entry=entry, name=_joined(parts, sized=""), classes=("any",))


def _classes_in(part: str, rules: Rules, *, other: frozenset[str]) -> tuple[VehicleClass, ...]:
    """The classes of a part that says nothing but classes and *other* words."""
    words = rules.class_words(part)
    if not all(word in other or rules.classes_of(word) for word in words):
        return ()
    return tuple(dict.fromkeys(one for word in words for one in rules.classes_of(word)))


def _sizes_of(part: str) -> str:
    return " ".join(word for word in folded(part).split() if word in SIZES)


def _joined(parts: Sequence[str], *, sized: str) -> str:
    name = " - ".join(" ".join(part.split()) for part in parts)
    return f"{name} ({sized})" if sized else name


def _service(
    readings: Sequence[Reading], *, slug: str, tenant_id: TenantId, ids: IdFactory, now: datetime | None, rules: Rules
) -> Service:
    prices: dict[VehicleClass, PriceRange] = {}
    hours: dict[VehicleClass, float] = {}
    for reading in readings:
        for one in reading.classes:
            prices[one] = _widened(prices.get(one), reading)
            if reading.entry.labor_hours > 0:
                hours[one] = max(hours.get(one, 0.0), reading.entry.labor_hours)
    name = min(reading.name for reading in readings)
    listed = Listed(
        name=name,
        category=category_of(name, rules),
        prices={one: prices[one] for one in CLASSES if one in prices},
        hours=max(reading.entry.labor_hours for reading in readings),
        bookable=any(reading.entry.bookable for reading in readings),
    )
    return Service(
        id=ServiceId(ids.new()),
        tenant_id=tenant_id,
        slug=slug,
        name=name,
        category=listed.category,
        prices={one: price.highest for one, price in listed.prices.items()},
        lowest={one: price.lowest for one, price in listed.prices.items() if price.lowest != price.highest},
        external_ids=tuple(sorted({reading.entry.external_id for reading in readings})),
        hours=listed.hours,
        hours_by_class={one: hours[one] for one in CLASSES if one in hours and one != "any"},
        bookable=listed.bookable,
        note=next((reading.entry.note for reading in readings if reading.entry.note), ""),
        listed=listed,
        synced_at=now,
    )


def _widened(known: PriceRange | None, reading: Reading) -> PriceRange:
    price = reading.entry.price
    if known is None:
        return PriceRange(lowest=price, highest=price)
    return PriceRange(
        lowest=min(known.lowest, price, key=lambda one: one.minor),
        highest=max(known.highest, price, key=lambda one: one.minor),
    )


def _free_slug(key: str, taken: set[str]) -> str:
    base = key.replace(" ", "-")[:_SLUG_MAX].strip("-")
    slug, n = base, 1
    while slug in taken:
        n += 1
        slug = f"{base}-{n}"
    taken.add(slug)
    return slug
