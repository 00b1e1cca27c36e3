"""Which requests are one wish: the same person, the same vehicle, not too long ago. Every door asks here."""

import unicodedata
from collections.abc import Sequence
from datetime import datetime, timedelta
from typing import Literal

import msgspec

from leadcore.leads.model import Lead
from leadcore.leads.values import LeadStatus, Vehicle

UNKNOWN_VEHICLE = "-"
_CENTURY, _PIVOT = 100, 50
_MAKES = {
    "chevy": "chevrolet",
    "vw": "volkswagen",
    "mercedes": "mercedesbenz",
    "benz": "mercedesbenz",
    "rover": "landrover",
    "alfa": "alfaromeo",
}
_SUPERSEDED = frozenset({"duplicate", "newer_request"})


class Wish(msgspec.Struct, frozen=True, kw_only=True):
    """A lead with the instant anything last happened to it."""

    lead: Lead
    active_at: datetime


class Placed(msgspec.Struct, frozen=True, kw_only=True):
    """Where a request belongs. `lead` is what it joins or re-opens; `stale` are open leads a new one replaces."""

    how: Literal["join", "reopen", "new"]
    lead: Lead | None = None
    stale: tuple[Lead, ...] = ()


def vehicle_key(vehicle: Vehicle) -> str:
    """Return what is equal for equal vehicles however they are written; `-` when neither year, make nor model is known.

    The body is no part of it: people disagree on what is an SUV.
    """
    year, make, model = _parts(vehicle)
    return f"{year}|{make}|{model}" if year or make or model else UNKNOWN_VEHICLE


def fits(left: Vehicle, right: Vehicle) -> bool:
    """Return whether both may be the same vehicle: what both say of it agrees."""
    return all(
        not mine or not theirs or mine == theirs for mine, theirs in zip(_parts(left), _parts(right), strict=True)
    )


def learned(known: Vehicle, told: Vehicle) -> Vehicle:
    """Return *known* with its gaps filled from *told*."""
    return Vehicle(
        year=known.year or told.year,
        make=known.make or told.make,
        model=known.model or told.model,
        body=known.body or told.body,
    )


def place(vehicle: Vehicle, wishes: Sequence[Wish], *, now: datetime, window: timedelta) -> Placed:
    """Decide where a request for *vehicle* belongs among the person's *wishes*.

    In this order, looking only at wishes with something happening within *window* (measured from the last activity):
    an open one for the same vehicle is joined; the only open one is joined if it may be the same vehicle (one of them
    left out what the other says); the newest closed one for the same vehicle is re-opened if it was lost; the only
    closed one is, if nothing is open and it may be the same vehicle. Anything else is new: two vehicles that differ,
    an unnamed vehicle beside several open wishes, a wish that was won, one past the window.
    """
    key = vehicle_key(vehicle)
    newest_first = sorted(wishes, key=lambda wish: wish.lead.id, reverse=True)
    recent = [wish.lead for wish in newest_first if now - wish.active_at < window]
    alive = [lead for lead in recent if lead.is_open]
    closed = [lead for lead in recent if not lead.is_open and lead.lost_reason not in _SUPERSEDED]
    for lead in alive:
        if vehicle_key(lead.vehicle) == key:
            return Placed(how="join", lead=lead)
    if len(alive) == 1 and fits(alive[0].vehicle, vehicle):
        return Placed(how="join", lead=alive[0])
    same = [lead for lead in closed if vehicle_key(lead.vehicle) == key]
    if not same and not alive and len(closed) == 1 and fits(closed[0].vehicle, vehicle):
        same = closed
    if same and same[0].status is LeadStatus.LOST:
        return Placed(how="reopen", lead=same[0])
    held = [wish.lead for wish in newest_first if wish.lead.is_open and wish.lead not in alive]
    return Placed(how="new", stale=tuple(lead for lead in held if vehicle_key(lead.vehicle) == key))


def _parts(vehicle: Vehicle) -> tuple[str, str, str]:
    make, model = _plain(vehicle.make), _plain(vehicle.model)
    if make and model.startswith(make) and model != make:
        model = model[len(make) :]
    year = vehicle.year or 0
    if 0 < year < _CENTURY:
        year += 2000 if year < _PIVOT else 1900
    return (str(year) if year else "", _MAKES.get(make, make), model)


def _plain(text: str) -> str:
    """Letters and digits only, without case, accents or width."""
    decomposed = unicodedata.normalize("NFKD", text).casefold()
    return "".join(each for each in decomposed if each.isalnum())
