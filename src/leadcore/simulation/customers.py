"""The people of a run: who asks when, and what they will do. The same seed gives the same people to every version."""

from bisect import bisect_right
from collections.abc import Collection, Iterable, Sequence
from datetime import date, datetime, time, timedelta
from itertools import accumulate, count
from typing import TypeVar
from zoneinfo import ZoneInfo

import msgspec

from leadcore.cadences.policies.calendars import instant_at
from leadcore.kernel.chance import Chance
from leadcore.kernel.errors import InvalidInputError
from leadcore.memory.chance import SeededChance
from leadcore.simulation.mix import Behaviour, LeadMix, codes_of

T = TypeVar("T")
_NAMES = (
    *("Ana", "Ben", "Cleo", "Dev", "Elin", "Finn", "Gia", "Hugo", "Iris", "Jon", "Kim", "Lena", "Mo", "Nina", "Omar"),
    *("Pat", "Quinn", "Rosa", "Sam", "Tara", "Uma", "Vic", "Wes", "Xena", "Yuri", "Zoe"),
)
_ACTS_UP_TO = 6
_FEWER_EACH = 0.55
_MORNING, _EVENING = 8 * 60, 21 * 60
_DAY_MINUTES = 24 * 60
_FICTION = range(100, 200)
"""555-0100 to 555-0199 belong to nobody; a run that needs more takes the rest of 555. Nothing is ever sent to any."""
_LINES = 10_000


class Customer(msgspec.Struct, frozen=True, kw_only=True):
    """One person with one request. They act `after` the `acts_on`th message that reached them."""

    number: int
    arrives_at: datetime
    name: str
    phone: str
    email: str
    consents: bool
    service: str
    behaviour: Behaviour
    acts_on: int
    after: timedelta


def crowd(
    mix: LeadMix, *, leads: int, first: date, days: int, zone: str, seed: int, ours: Collection[str] = ()
) -> list[Customer]:
    """Return *leads* customers who ask within *days* local days from *first*, in the order they ask.

    Nobody has one of *ours*, the shop's own numbers. Raises `InvalidInputError` when the areas have too few numbers.
    """
    phones = _Phones(mix, ours)
    people = [_Draw(mix, SeededChance(f"{seed}|customer|{n}")) for n in range(leads)]
    found = [
        draw.customer(n, at=draw.arrival(first, days, ZoneInfo(zone)), phone=draw.phone(phones))
        for n, draw in enumerate(people)
    ]
    return sorted(found, key=lambda each: (each.arrives_at, each.number))


class _Draw:
    """One customer's own luck: always drawn in the same order, so that nothing else shifts it."""

    def __init__(self, mix: LeadMix, chance: Chance) -> None:
        self._mix = mix
        self._chance = chance

    def arrival(self, first: date, days: int, zone: ZoneInfo) -> datetime:
        day = first + timedelta(days=int(self._chance.fraction() * days))
        is_night, where = self._chance.fraction() < self._mix.night_share, self._chance.fraction()
        if is_night:
            minute = int(_EVENING + where * (_DAY_MINUTES - _EVENING + _MORNING)) % _DAY_MINUTES
        else:
            minute = int(_MORNING + where * (_EVENING - _MORNING))
        return instant_at(day, time(*divmod(minute, 60)), zone)

    def phone(self, phones: "_Phones") -> str:
        has_one, which, code = (self._chance.fraction() for _ in range(3))
        return phones.next(which, code) if has_one < self._mix.phone_share else ""

    def customer(self, number: int, *, at: datetime, phone: str) -> Customer:
        mix, chance = self._mix, self._chance
        has_email = chance.fraction() < mix.email_share or not phone
        name = _NAMES[int(chance.fraction() * len(_NAMES))]
        behaviour = weighted(mix.customers, (each.weight for each in mix.customers), chance.fraction())
        low, high = behaviour.after_minutes
        # people answer soon or late: even odds on the logarithm, not on the minutes
        minutes = (low + 1) * ((high + 1) / (low + 1)) ** chance.fraction() - 1
        return Customer(
            number=number,
            arrives_at=at,
            name=name,
            phone=phone,
            email=f"{name.lower()}.{number}@example.com" if has_email else "",
            consents=chance.fraction() < mix.consent_share,
            service=mix.services[int(chance.fraction() * len(mix.services))],
            behaviour=behaviour,
            acts_on=behaviour.message or _which_message(chance.fraction()),
            after=timedelta(seconds=round(minutes * 60)),
        )


class _Phones:
    """Hands out every number once."""

    def __init__(self, mix: LeadMix, ours: Collection[str]) -> None:
        self._mix = mix
        self._ours = ours
        self._areas = tuple(mix.areas)
        self._given: dict[str, count[int]] = {}

    def next(self, which: float, code: float) -> str:
        area = weighted(self._areas, (self._mix.areas[each] for each in self._areas), which)
        codes = codes_of(area)
        chosen = codes[int(code * len(codes))]
        n = next(self._given.setdefault(chosen, count()))
        if n >= _LINES:
            raise InvalidInputError(
                f"the area code {chosen} has no more numbers for this run", field="areas", fix="name more area codes"
            )
        line = _FICTION[n] if n < len(_FICTION) else n - len(_FICTION) if n < 2 * len(_FICTION) else n
        number = f"+1{chosen}555{line:04}"
        return self.next(which, code) if number in self._ours else number


def weighted(items: Sequence[T], weights: Iterable[float], fraction: float) -> T:
    """Return the item whose part of the whole *fraction* (in [0, 1)) falls into."""
    bounds = list(accumulate(weights))
    return items[min(bisect_right(bounds, fraction * bounds[-1]), len(items) - 1)]


def _which_message(fraction: float) -> int:
    """Every message is acted on less often than the one before it."""
    odds = [_FEWER_EACH**n for n in range(_ACTS_UP_TO)]
    return weighted(range(1, _ACTS_UP_TO + 1), odds, fraction)
