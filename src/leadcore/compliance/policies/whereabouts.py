"""Where the recipient of a text may be: every zone and every state that any evidence speaks for.

An hour must be lawful in all of them. Phones move with people, so an area code alone proves nothing about the clock,
but it is legal evidence of the state (Florida presumes it, SB 1120), which no other evidence takes away. Strong
evidence (an address, the zone of a browser seen lately) narrows the zones only when another source agrees with it.
"""

from collections.abc import Iterable
from datetime import datetime, timedelta
from functools import lru_cache
from typing import Literal

import msgspec

from leadcore.compliance.model import ContactPoint
from leadcore.compliance.policies.area_codes import STATE_OF_AREA_CODE
from leadcore.compliance.policies.quiet_hours import is_zone
from leadcore.compliance.policies.states import STATES, UNKNOWN_STATE, state_named, state_of_zip
from leadcore.kernel.contact import Area, area_of

ClueKind = Literal["area_code", "address", "browser", "shop"]
BROWSER_FRESH = timedelta(days=30)
UNKNOWN_ZONE = "Etc/Unknown"
"""Stands among zones when one cannot be told (CLDR's name); whoever reads zones takes it as anywhere in the US."""
HOME: frozenset[str] = frozenset({"US", "PR", "VI", "GU", "MP", "AS"})
"""Countries, as phone plans count them, whose law the rules are."""


class Clue(msgspec.Struct, frozen=True, kw_only=True):
    """One source of evidence and what it says; empty zones or states where it says nothing."""

    kind: ClueKind
    zones: tuple[str, ...] = ()
    states: tuple[str, ...] = ()


class Whereabouts(msgspec.Struct, frozen=True, kw_only=True):
    """What the clues come to. `zones` and `states` name the unknown as such; `country` is empty when unknown."""

    zones: tuple[str, ...]
    states: tuple[str, ...]
    clues: tuple[Clue, ...]
    country: str = ""


def whereabouts(point: ContactPoint, *, shop_zone: str, shop_state: str = "", now: datetime) -> Whereabouts:
    """Return where whoever holds *point* may be. Total: what cannot be read counts as unknown, never as absent."""
    browser = _browser(point, now)
    return _weighed(
        point.value if point.kind == "phone" else None,
        point.state,
        point.postal_code,
        browser.zones if browser is not None else (),
        shop_zone,
        shop_state,
    )


@lru_cache(maxsize=16384)  # every decision about a contact asks again
def _weighed(  # noqa: PLR0917 - a cache knows places only
    phone: str | None, state: str, postal_code: str, browser: tuple[str, ...], shop_zone: str, shop_state: str
) -> Whereabouts:
    area = area_of(phone) if phone is not None else None
    shop = Clue(kind="shop", zones=_known((shop_zone,)), states=_states([state_named(shop_state)]))
    found = (
        None if area is None else _area_code(area),
        _address(state, postal_code),
        Clue(kind="browser", zones=browser) if browser else None,
        shop,
    )
    clues = tuple(clue for clue in found if clue is not None)
    told = any(clue.states for clue in clues if area is None or clue.kind == "area_code")
    return Whereabouts(
        zones=_zones(clues, placed=area is None or bool(area.zones)),
        states=_union(*(clue.states for clue in clues), () if told else (UNKNOWN_STATE,)),
        clues=clues,
        country=area.country if area else "",
    )


def are_certain(zones: Iterable[str], states: Iterable[str]) -> bool:
    """Whether every zone and state is a known one, and there is at least one of each."""
    zones, states = tuple(zones), tuple(states)
    return bool(zones and states) and all(map(is_zone, zones)) and all(state in STATES for state in states)


def _area_code(area: Area) -> Clue:
    return Clue(kind="area_code", zones=_known(area.zones), states=_states([STATE_OF_AREA_CODE.get(area.code)]))


def _address(state: str, postal_code: str) -> Clue | None:
    if not state.strip() and not postal_code.strip():
        return None
    states = _states([state_named(state), state_of_zip(postal_code)])
    return Clue(kind="address", zones=_union(*(STATES[state].zones for state in states)), states=states)


def _browser(point: ContactPoint, now: datetime) -> Clue | None:
    seen = point.browser_zone_at
    if not point.browser_zone or seen is None or now - seen > BROWSER_FRESH or not is_zone(point.browser_zone):
        return None
    return Clue(kind="browser", zones=(point.browser_zone,))


def _zones(clues: tuple[Clue, ...], *, placed: bool) -> tuple[str, ...]:
    speaking = [clue for clue in clues if clue.zones]
    strong = [clue for clue in speaking if clue.kind in {"address", "browser"}]
    agreed = [clue for clue in strong if any(_agree(clue, other) for other in speaking if other is not clue)]
    if agreed and len(agreed) == len(strong):  # strong evidence that somebody contradicts shrinks nothing
        return _union(*(clue.zones for clue in agreed))
    return _union(*(clue.zones for clue in speaking), () if placed else (UNKNOWN_ZONE,))


def _agree(one: Clue, other: Clue) -> bool:
    return not set(one.zones).isdisjoint(other.zones)


def _known(zones: Iterable[str]) -> tuple[str, ...]:
    return tuple(zone for zone in zones if is_zone(zone))


def _states(found: Iterable[str | None]) -> tuple[str, ...]:
    return tuple(sorted({state for state in found if state is not None}))


def _union(*sets: Iterable[str]) -> tuple[str, ...]:
    return tuple(sorted({each for one in sets for each in one}))
