"""What a sync changes, in words for the shop."""

from collections.abc import Iterable, Mapping

import msgspec

from leadcore.catalog.model import Service
from leadcore.catalog.policies.rules import CLASSES
from leadcore.catalog.values import VehicleClass
from leadcore.kernel.money import Money


class CatalogDiff(msgspec.Struct, frozen=True, kw_only=True):
    """What a sync changes, by service name; `repriced` and `changed` say from what to what.

    `held` waits for a person's word and `unseen` is still sold although the CRM did not show it this time.
    `left_out` is what the shop's rules keep out. Not `complete`: the CRM's list did not settle. `first`: there was no
    catalog before. Not `applied`: nothing was changed, this is what would be.
    """

    added: tuple[str, ...] = ()
    removed: tuple[str, ...] = ()
    repriced: tuple[str, ...] = ()
    changed: tuple[str, ...] = ()
    held: tuple[str, ...] = ()
    unseen: tuple[str, ...] = ()
    left_out: tuple[str, ...] = ()
    total: int = 0
    complete: bool = True
    first: bool = False
    applied: bool = False


def compare(before: Iterable[Service], after: Iterable[Service]) -> CatalogDiff:
    """Return the difference between what was sold and what is; what is not active counts as not there."""
    old = {each.slug: each for each in before if each.active}
    new = {each.slug: each for each in after if each.active}
    both = [(old[slug], new[slug]) for slug in sorted(new) if slug in old]
    return CatalogDiff(
        added=tuple(sorted(f"{each.name}: {priced(each)}" for slug, each in new.items() if slug not in old)),
        removed=tuple(sorted(each.name for slug, each in old.items() if slug not in new)),
        repriced=tuple(line for was, now in both for line in _repriced(was, now)),
        changed=tuple(line for was, now in both for line in _changed(was, now)),
        held=tuple(line for each in new.values() for line in held_lines(each)),
        total=len(new),
    )


def priced(service: Service) -> str:
    """Return the prices in one line: `sedan $499, suv $450-$600`."""
    return ", ".join(
        _said(service, one) if one == "any" else f"{one} {_said(service, one)}" for one in _in_order(service.prices)
    )


def held_lines(service: Service) -> tuple[str, ...]:
    """Return the prices of the CRM that wait for a person's word."""
    return tuple(
        f"{_of(service, one)}: {_said(service, one)} is quoted, the CRM says {price.display}"
        for one, price in sorted(service.held.items(), key=lambda item: CLASSES.index(item[0]))
    )


def _repriced(was: Service, now: Service) -> Iterable[str]:
    for one in _in_order({**was.prices, **now.prices}):
        before, after = _amount(was.prices, was, one), _amount(now.prices, now, one)
        if before != after:
            yield f"{_of(now, one)}: {before} -> {after}"


def _amount(prices: Mapping[VehicleClass, Money], service: Service, one: VehicleClass) -> str:
    return _said(service, one) if one in prices else "no price"


def _changed(was: Service, now: Service) -> Iterable[str]:
    pairs = (
        ("name", was.name, now.name),
        ("category", was.category, now.category),
        ("hours", f"{was.hours:g}", f"{now.hours:g}"),
        ("bookable", _yes(was.bookable), _yes(now.bookable)),
    )
    for what, before, after in pairs:
        if before != after:
            yield f"{now.name}, {what}: {before} -> {after}"


def _said(service: Service, one: VehicleClass) -> str:
    price, lowest = service.prices[one].display, service.lowest.get(one)
    return price if lowest is None else f"{lowest.display}-{price}"


def _of(service: Service, one: VehicleClass) -> str:
    return service.name if one == "any" else f"{service.name} ({one})"


def _in_order(prices: Mapping[VehicleClass, Money]) -> list[VehicleClass]:
    return [one for one in CLASSES if one in prices]


def _yes(flag: bool) -> str:  # noqa: FBT001 - a value to be told
    return "yes" if flag else "no"
