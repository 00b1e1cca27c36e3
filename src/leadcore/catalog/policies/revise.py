"""From the catalog as it is to the catalog as the CRM would have it: names, hand-set values and doubts survive."""

from collections.abc import Iterable, Mapping, Sequence

from msgspec.structs import replace

from leadcore.catalog.model import PriceRange, Service
from leadcore.catalog.policies.by_hand import listed_of, overlaid
from leadcore.catalog.values import VehicleClass
from leadcore.kernel.money import Money

_TOO_MUCH = 2
"""A price that differs by more than one half (1/2) of what it was is not believed unasked."""


def revised(fresh: Sequence[Service], before: Iterable[Service], *, accept: bool = False) -> list[Service]:
    """Return *fresh*, an import, as successor of *before*, inactive services included.

    A service keeps its slug and id although the CRM renamed its entries. Prices that changed by more than half are
    held: the old ones are quoted until somebody accepts.
    """
    known = {service.slug: service for service in before}
    slugs = _slugs(fresh, known)
    return sorted(
        (_succeeding(one, known.get(slugs[one.slug]), slug=slugs[one.slug], accept=accept) for one in fresh),
        key=lambda service: (service.name, service.slug),
    )


def is_too_much(old: Money, new: Money) -> bool:
    """Whether a price changed by more than half of what it was, or into another currency."""
    return old.currency != new.currency or _TOO_MUCH * abs(new.minor - old.minor) > old.minor


def _slugs(fresh: Sequence[Service], known: Mapping[str, Service]) -> dict[str, str]:
    """Return the slug to keep for each slug of the import; entries that are the same in the CRM are the same here."""
    taken = {one.slug for one in fresh}
    kept: dict[str, str] = {}
    for one in fresh:
        heirs = (slug for slug, old in known.items() if slug not in taken and _share_entries(old, one))
        slug = one.slug if one.slug in known else next(iter(sorted(heirs)), one.slug)
        taken.add(slug)
        kept[one.slug] = slug
    return kept


def _share_entries(one: Service, other: Service) -> bool:
    return not set(one.external_ids).isdisjoint(other.external_ids)


def _succeeding(fresh: Service, old: Service | None, *, slug: str, accept: bool) -> Service:
    if old is None:
        return overlaid(replace(fresh, slug=slug), by_hand={}, is_listed=True)
    listed, held = listed_of(fresh), dict[VehicleClass, PriceRange]()
    prices = dict(listed.prices)
    if old.active and not accept:
        for one, was in listed_of(old).prices.items():
            now = prices.get(one)
            if now is not None and _is_doubtful(was, now):
                prices[one], held[one] = was, now
    successor = replace(fresh, id=old.id, slug=slug, listed=replace(listed, prices=prices), held=held)
    return overlaid(successor, by_hand=old.by_hand, is_listed=True)


def _is_doubtful(was: PriceRange, now: PriceRange) -> bool:
    return is_too_much(was.highest, now.highest) or is_too_much(was.lowest, now.lowest)
