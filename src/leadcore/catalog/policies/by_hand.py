"""What the shop sets by hand and what lies under it: a value set by hand outlives every sync."""

import re
from decimal import Decimal
from typing import Literal, assert_never, cast

import msgspec
from msgspec.structs import replace

from leadcore.catalog.model import HandSet, Listed, PriceRange, Service
from leadcore.catalog.policies.rules import CATEGORIES, CLASSES
from leadcore.catalog.values import Category, VehicleClass
from leadcore.kernel.errors import InvalidInputError
from leadcore.kernel.money import Money

_AMOUNT = re.compile(r"\$?\s*(\d{1,3}(?:,\d{3})+|\d{1,6})(\.\d{1,2})?", re.ASCII)
_LONGEST_H = 500.0
_LONGEST_NAME = 120
_YES, _NO = frozenset({"true", "yes", "1", "on"}), frozenset({"false", "no", "0", "off"})
Kind = Literal["name", "category", "price", "hours", "bookable", "sold"]
_FIX = "set name=…, category=…, price=… or price.suv=…, hours=…, bookable=yes|no or sold=yes|no"


class Wish(msgspec.Struct, frozen=True, kw_only=True):
    """A value to be set by hand, read: exactly one of the fields that `kind` names."""

    kind: Kind
    text: str = ""
    category: Category = "other"
    vehicle_class: VehicleClass = "any"
    minor: int = 0
    hours: float = 0.0
    flag: bool = False


def key_of(text: str) -> str:
    """Return the key of a setting in its one spelling (`price` is `price.any`). Raises `InvalidInputError`."""
    key = text.strip().casefold()
    if key == "price":
        return "price.any"
    kind, dot, vehicle_class = key.partition(".")
    if dot and kind == "price" and vehicle_class in CLASSES:
        return key
    if key in {"name", "category", "hours", "bookable", "sold"}:
        return key
    fix = f"classes: {', '.join(CLASSES)}" if kind == "price" else _FIX
    raise InvalidInputError(f"a service has nothing called {text!r} to set", field=text, fix=fix)


def read_wish(key: str, value: str) -> Wish:
    """Read *value* for a key in its one spelling. Raises `InvalidInputError` naming the key and what fits there."""
    kind, _, vehicle_class = key.partition(".")
    text = value.strip()
    match cast("Kind", kind):
        case "price":
            return Wish(kind="price", vehicle_class=cast("VehicleClass", vehicle_class), minor=_minor(key, text))
        case "name":
            if not 0 < len(text) <= _LONGEST_NAME or not any(letter.isalnum() for letter in text):
                raise _refused(key, value, f"1 to {_LONGEST_NAME} characters, one of them a letter")
            return Wish(kind="name", text=" ".join(text.split()))
        case "category":
            category = next((one for one in CATEGORIES if one == text.casefold()), None)
            if category is None:
                raise _refused(key, value, f"one of {', '.join(CATEGORIES)}")
            return Wish(kind="category", category=category)
        case "hours":
            return Wish(kind="hours", hours=_hours(key, text))
        case "bookable" | "sold" as told:
            return Wish(kind=told, flag=_flag(key, text))
        case _ as never:
            assert_never(never)


def listed_of(service: Service) -> Listed:
    """Return what lies under the values set by hand."""
    if service.listed is not None:
        return service.listed
    return Listed(
        name=service.name,
        category=service.category,
        prices={
            one: PriceRange(lowest=service.lowest.get(one, price), highest=price)
            for one, price in service.prices.items()
        },
        hours=service.hours,
        bookable=service.bookable,
    )


def overlaid(service: Service, *, by_hand: dict[str, HandSet], is_listed: bool) -> Service:
    """Return the service as it is sold: what the CRM says, and over it what was set by hand."""
    listed = listed_of(service)
    wishes = [read_wish(key, one.value) for key, one in by_hand.items()]
    prices = {one: price.highest for one, price in listed.prices.items()}
    currency = next(iter(prices.values()), Money(minor=0)).currency
    hand_prices = {
        wish.vehicle_class: Money(minor=wish.minor, currency=currency) for wish in wishes if wish.kind == "price"
    }
    prices |= hand_prices
    said = {wish.kind: wish for wish in wishes}
    hours = said["hours"].hours if "hours" in said else None
    return replace(
        service,
        name=said["name"].text if "name" in said else listed.name,
        category=said["category"].category if "category" in said else listed.category,
        prices={one: prices[one] for one in CLASSES if one in prices},
        lowest={
            one: price.lowest
            for one, price in listed.prices.items()
            if price.lowest != price.highest and one not in hand_prices
        },
        hours=listed.hours if hours is None else hours,
        hours_by_class=service.hours_by_class if hours is None else {},
        bookable=said["bookable"].flag if "bookable" in said else listed.bookable,
        active=is_listed and (said["sold"].flag if "sold" in said else True),
        listed=listed,
        by_hand=by_hand,
    )


def _minor(key: str, text: str) -> int:
    is_amount = _AMOUNT.fullmatch(text) is not None
    minor = int(Decimal(text.lstrip("$").replace(",", "").strip()) * 100) if is_amount else 0
    if minor <= 0:
        raise _refused(key, text, "an amount above zero, such as 599 or 599.50")
    return minor


def _hours(key: str, text: str) -> float:
    try:
        hours = float(text)
    except ValueError:
        hours = 0.0
    if not 0 < hours <= _LONGEST_H:
        raise _refused(key, text, "hours of work, such as 3.5")
    return hours


def _flag(key: str, text: str) -> bool:
    word = text.casefold()
    if word not in _YES | _NO:
        raise _refused(key, text, "yes or no")
    return word in _YES


def _refused(key: str, value: str, fix: str) -> InvalidInputError:
    return InvalidInputError(f"{value!r} is no good {key}", field=key, fix=fix)
