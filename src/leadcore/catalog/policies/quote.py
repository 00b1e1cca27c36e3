"""What does it cost? Words are matched, never interpreted: a price is in the catalog for that class, or unsaid."""

from collections.abc import Iterable, Sequence

import msgspec

from leadcore.catalog.model import NeedsVehicle, NotSold, Quote, QuoteOutcome, Service, WhichService
from leadcore.catalog.policies.vehicle_class import class_said, is_vehicle_word
from leadcore.catalog.policies.vocabulary import (
    CLASS_WORDS,
    ELSEWHERE,
    FAMILIES,
    GENERIC,
    PARTS,
    SILENT,
    canonical,
    folded,
)
from leadcore.catalog.values import VehicleClass

_MOST_CHOICES = 8
_FUZZY_FROM = 5
_SPOKEN: dict[VehicleClass, str] = {
    "coupe": "a coupe",
    "sedan": "a sedan",
    "suv": "an SUV",
    "truck": "a truck",
    "van": "a van",
    "any": "any vehicle",
}


def quote(
    services: Sequence[Service],
    asked: str,
    *,
    vehicle_label: str = "",
    vehicle_class: VehicleClass | None = None,
    quote_id: str,
) -> QuoteOutcome:
    """Answer *asked*, a customer's words, from *services* for a vehicle of *vehicle_class* (None: unknown).

    A class named in the question itself wins over the vehicle on file: it is another vehicle then.
    """
    offered = [_Offer(service=one, words=_name_words(one)) for one in services if one.active and one.prices]
    wish = _wish(asked, offered, vehicle_label)
    if not wish.words and not wish.strange:
        return WhichService(choices=_names(offered)) if offered else NotSold(asked=asked, choices=())
    fitting = [offer for offer in offered if _fits(offer, wish)]
    if not fitting:
        return NotSold(asked=asked, choices=_names(offered))
    best = _best(fitting, wish)
    if len(best) > 1 or not wish.words <= best[0].words:
        return WhichService(choices=_names(_best_of_each_kind(fitting, wish)))
    said = class_said(asked)
    ride = _Ride(
        label=vehicle_label if said is None or said == vehicle_class else "",
        of_class=vehicle_class if said is None else said,
    )
    return _priced(best[0].service, wish, ride, offered=offered, quote_id=quote_id)


class _Offer(msgspec.Struct, frozen=True, kw_only=True):
    service: Service
    words: frozenset[str]


class _Wish(msgspec.Struct, frozen=True, kw_only=True):
    """`words` of the question that mean something in this catalog, `strange` ones that mean nothing in it."""

    words: frozenset[str]
    strange: frozenset[str]


class _Ride(msgspec.Struct, frozen=True, kw_only=True):
    label: str
    of_class: VehicleClass | None


def _name_words(service: Service) -> frozenset[str]:
    return frozenset(canonical(service.name)) - {"and", "the", "of", "in", "with", "for"}


def _wish(asked: str, offered: Sequence[_Offer], vehicle_label: str) -> _Wish:
    known = frozenset(word for offer in offered for word in offer.words) | FAMILIES
    vehicle = frozenset(folded(vehicle_label).split())
    words: set[str] = set()
    strange: set[str] = set()
    for word in canonical(asked):
        meant = word if word in known or word in ELSEWHERE else _nearest(word, known)
        if meant in FAMILIES | PARTS or (meant in known and word not in SILENT | CLASS_WORDS.keys() | vehicle):
            words.add(meant)
        elif word not in SILENT and word not in CLASS_WORDS and word not in vehicle and not _is_of_vehicle(word):
            strange.add(word)
    return _Wish(words=frozenset(words), strange=frozenset(strange))


def _is_of_vehicle(word: str) -> bool:
    return word.isdigit() or is_vehicle_word(word)


def _fits(offer: _Offer, wish: _Wish) -> bool:
    families = wish.words & FAMILIES
    elsewhere = (wish.words | wish.strange) & ELSEWHERE
    if families:
        # "tint my house", "PPF repair": the right kind of work, on or of something this service is not about
        return bool(families & offer.words) and elsewhere <= offer.words
    if wish.strange:
        return bool(offer.words) and offer.words <= wish.words and elsewhere <= offer.words
    return bool(wish.words & offer.words - GENERIC)


def _best(fitting: Sequence[_Offer], wish: _Wish) -> list[_Offer]:
    def score(offer: _Offer) -> tuple[int, int, int]:
        unasked = offer.words & (ELSEWHERE | PARTS) - wish.words
        # the whole vehicle is what most mean who name no part of it
        return (len(offer.words & wish.words), -len(unasked), int({"full", "vehicle"} <= offer.words))

    top = max(score(offer) for offer in fitting)
    return [offer for offer in fitting if score(offer) == top]


def _best_of_each_kind(fitting: Sequence[_Offer], wish: _Wish) -> list[_Offer]:
    kinds = sorted(wish.words & FAMILIES)
    if len(kinds) < 2:  # noqa: PLR2004
        return _best(fitting, wish)
    per_kind = ([offer for offer in fitting if kind in offer.words] for kind in kinds)
    return [offer for offers in per_kind if offers for offer in _best(offers, wish)]


def _priced(service: Service, wish: _Wish, ride: _Ride, *, offered: Sequence[_Offer], quote_id: str) -> QuoteOutcome:
    priced: VehicleClass | None = "any" if "any" in service.prices else ride.of_class
    if ride.of_class is not None and ride.of_class in service.prices:
        priced = ride.of_class
    if priced is None:
        prices = sorted(service.prices.values(), key=lambda price: price.minor)
        return NeedsVehicle(service=service.name, lowest=prices[0], highest=prices[-1])
    if priced not in service.prices:
        others = (offer for offer in offered if offer.service.id != service.id)
        return NotSold(asked=f"{service.name} for {_SPOKEN[priced]}", choices=_names(others))
    return Quote(
        quote_id=quote_id,
        service_id=service.id,
        service=service.name,
        vehicle_class=priced,
        vehicle=ride.label or ("your vehicle" if priced == "any" else _SPOKEN[priced]),
        price=service.prices[priced],
        lowest=service.lowest.get(priced),
        assumptions=_assumptions(service, wish, ride, priced=priced, offered=offered),
    )


def _assumptions(
    service: Service, wish: _Wish, ride: _Ride, *, priced: VehicleClass, offered: Sequence[_Offer]
) -> tuple[str, ...]:
    words = _name_words(service)
    taken: list[str] = []
    if priced != "any":
        taken.append(_SPOKEN[priced] + (f" ({ride.label})" if ride.label else ""))
    lowest = service.lowest.get(priced)
    if lowest is not None:
        # in these very words: the guard lets the lower end pass only as part of the range
        taken.append(
            f"the upper end of {lowest.display}-{service.prices[priced].display}, the shop tells which applies"
        )
    if {"full", "vehicle"} <= words and "full" not in wish.words:
        taken.append("the full vehicle")
    removal = next((offer.service.name for offer in offered if {"removal", "tint"} <= offer.words), None)
    if service.category == "tint" and removal is not None and "removal" not in words:
        taken.append(f"no old film on the glass (otherwise: {removal})")
    return tuple(taken)


def _names(offers: Iterable[_Offer]) -> tuple[str, ...]:
    return tuple(dict.fromkeys(sorted(offer.service.name for offer in offers)))[:_MOST_CHOICES]


def _nearest(word: str, known: frozenset[str]) -> str:
    """Return the known word that *word* is a slip of, or *word* itself: same first letter, one edit away."""
    if len(word) < _FUZZY_FROM or word in SILENT or is_vehicle_word(word):
        return word
    return min((one for one in known if len(one) >= _FUZZY_FROM and _is_slip(word, one)), default=word)


def _is_slip(word: str, meant: str) -> bool:
    """Whether one letter was added, left out, changed, or swapped with its neighbour."""
    if word[0] != meant[0] or abs(len(word) - len(meant)) > 1:
        return False
    start = next((i for i, (a, b) in enumerate(zip(word, meant, strict=False)) if a != b), min(len(word), len(meant)))
    tail, aim = word[start:], meant[start:]
    swapped = tail[:2] == aim[:2][::-1] and tail[2:] == aim[2:]
    return swapped or tail[1:] == aim[1:] or tail[1:] == aim or tail == aim[1:]
