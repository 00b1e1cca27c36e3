"""Reading a CRM's price list: one entry per vehicle class there, one service with prices by class here."""

import re
from collections.abc import Iterable, Sequence
from datetime import datetime
from typing import get_args

import msgspec

from leadcore.catalog.model import Service
from leadcore.catalog.policies.vocabulary import CLASS_WORDS, JOINERS, SIZES, canonical, folded
from leadcore.catalog.values import Category, VehicleClass
from leadcore.kernel.ids import IdFactory, ServiceId, TenantId
from leadcore.kernel.money import Money
from leadcore.ports.crm import CrmService

_SEGMENT = re.compile(r"\s+[-–—|:•~]+\s*|\s*[–—|:•]\s*|\s*[()\[\]]\s*|\s+/\s+|,\s+|\s*-\s+")
_CLASSES: tuple[VehicleClass, ...] = get_args(VehicleClass)
_SLUG_MAX = 80


def import_services(
    entries: Iterable[CrmService], *, tenant_id: TenantId, ids: IdFactory, now: datetime | None = None
) -> list[Service]:
    """Turn a price list into services, ordered by name; the order of *entries* does not matter.

    Entries without a price above zero are left out: nothing we say may be free by mistake. Of two entries for the same
    service and class the dearer counts, so that nobody is quoted less than some entry says.
    """
    groups: dict[str, list[_Line]] = {}
    for entry in sorted(entries, key=lambda entry: (folded(entry.name), entry.external_id)):
        line = _line(entry)
        if line is not None:
            groups.setdefault(folded(line.name), []).append(line)
    services: list[Service] = []
    taken: set[str] = set()
    for key in sorted(groups):
        slug = _free_slug(key, taken)
        services.append(_service(groups[key], slug=slug, tenant_id=tenant_id, ids=ids, now=now))
    return services


def category_of(name: str) -> Category:
    """Return the category a service's name speaks of."""
    words = set(canonical(name))
    if "ppf" in words:
        return "ppf"
    if "tint" in words:
        return "tint"
    if words & {"ceramic", "coating"}:
        return "ceramic"
    if words & {"detail", "wash", "polish", "clay"}:
        return "detail"
    return "wrap" if "wrap" in words else "audio" if "audio" in words else "other"


class _Line(msgspec.Struct, frozen=True, kw_only=True):
    """An entry read: the service's name without the class, and the classes its price is for."""

    entry: CrmService
    name: str
    classes: tuple[VehicleClass, ...]


def _line(entry: CrmService) -> _Line | None:
    if entry.price.minor <= 0 or not folded(entry.name):
        return None
    parts = [part for part in _SEGMENT.split(entry.name.strip()) if part and folded(part)]
    for position in range(len(parts) - 1, -1, -1):
        found = _classes_of(parts[position])
        rest = parts[:position] + parts[position + 1 :]
        if found and rest:
            return _Line(entry=entry, name=_joined(rest, sized=_sizes_of(parts[position])), classes=found)
    trailing = _trailing(parts[-1])
    if trailing is not None:
        name, found = trailing
        return _Line(entry=entry, name=_joined([*parts[:-1], name], sized=""), classes=found)
    return _Line(entry=entry, name=_joined(parts, sized=""), classes=("any",))


def _classes_of(part: str) -> tuple[VehicleClass, ...]:
    """The classes of a part that says nothing but classes, sizes and "and"."""
    words = canonical(part)
    if not all(word in CLASS_WORDS or word in SIZES or word in JOINERS for word in words):
        return ()
    return tuple(dict.fromkeys(one for word in words for one in CLASS_WORDS.get(word, ())))


def _sizes_of(part: str) -> str:
    return " ".join(word for word in folded(part).split() if word in SIZES)


def _trailing(part: str) -> tuple[str, tuple[VehicleClass, ...]] | None:
    """Split "Ceramic Tint SUV" into its name and class; a class word in front may belong to the name ("Truck Bed")."""
    words = part.split()
    cut = len(words)
    while cut and all(word in CLASS_WORDS or word in JOINERS for word in canonical(words[cut - 1]) or ("?",)):
        cut -= 1
    found = _classes_of(" ".join(words[cut:])) if 0 < cut < len(words) else ()
    return (" ".join(words[:cut]), found) if found else None


def _joined(parts: Sequence[str], *, sized: str) -> str:
    name = " - ".join(" ".join(part.split()) for part in parts)
    return f"{name} ({sized})" if sized else name


def _service(
    lines: Sequence[_Line], *, slug: str, tenant_id: TenantId, ids: IdFactory, now: datetime | None
) -> Service:
    prices: dict[VehicleClass, Money] = {}
    for line in lines:
        for one in line.classes:
            known = prices.get(one)
            prices[one] = line.entry.price if known is None or known.minor < line.entry.price.minor else known
    name = min(line.name for line in lines)
    return Service(
        id=ServiceId(ids.new()),
        tenant_id=tenant_id,
        slug=slug,
        name=name,
        category=category_of(name),
        prices={one: prices[one] for one in _CLASSES if one in prices},
        external_ids=tuple(sorted({line.entry.external_id for line in lines})),
        hours=max(line.entry.labor_hours for line in lines),
        bookable=any(line.entry.bookable for line in lines),
        note=next((line.entry.note for line in lines if line.entry.note), ""),
        synced_at=now,
    )


def _free_slug(key: str, taken: set[str]) -> str:
    base = key.replace(" ", "-")[:_SLUG_MAX].strip("-")
    slug, n = base, 1
    while slug in taken:
        n += 1
        slug = f"{base}-{n}"
    taken.add(slug)
    return slug
