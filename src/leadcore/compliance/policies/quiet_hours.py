"""Whether it is a lawful hour everywhere the recipient may be.

A window of a local day is turned into two instants. Clock changes make a wall time happen twice or never. Twice: the
start is the later of the two instants and the end the earlier, so that no instant inside reads as a forbidden wall time
(adding seconds to midnight got 14,422 of 322,320 checks wrong, this rule none). Never: the edge is the change itself.
"""

from collections.abc import Sequence
from datetime import UTC, date, datetime, time, timedelta
from functools import lru_cache
from zoneinfo import ZoneInfo, ZoneInfoNotFoundError

from leadcore.compliance.policies.contact_rules import US_ZONES
from leadcore.compliance.policies.rulebook import Law

HORIZON = timedelta(days=14)
"""How far ahead `next_open` looks; no rule closes for longer unless the zones never agree."""
SHORTEST = timedelta(hours=1)
"""What the zones must leave in common at least: less is no window but a guess, and a person has to look."""

_Span = tuple[datetime, datetime]
_DAY = timedelta(days=1)
_SECOND = timedelta(seconds=1)
_SURE = 3
"""Yesterday, today and tomorrow are looked at whatever the horizon is."""


def is_open(now: datetime, zones: Sequence[str], law: Law) -> bool:
    """Whether *now* lies in the window of every candidate zone; none, or an unknown one, means anywhere in the US."""
    return closes_at(now, zones, law) is not None


def closes_at(now: datetime, zones: Sequence[str], law: Law) -> datetime | None:
    """Return when the window that is open *now* closes in the first zone (UTC), None when it is closed already."""
    at = now.astimezone(UTC)
    found = _first_common(at, at, _candidates(tuple(zones)), law)
    return found[1] if found is not None and found[0] <= at else None


def next_open(now: datetime, zones: Sequence[str], law: Law) -> datetime | None:
    """Return the first instant from *now* on that is open in every zone (UTC): *now* itself when it is.

    None when the zones have no lawful hour in common within `HORIZON`.
    """
    at = now.astimezone(UTC)
    found = _first_common(at, at + HORIZON, _candidates(tuple(zones)), law)
    return None if found is None else max(found[0], at)


def _first_common(since: datetime, until: datetime, zones: tuple[str, ...], law: Law) -> _Span | None:
    """Return the first span of at least `SHORTEST`, open in every zone, that ends after *since* and begins by *until*.

    Each zone offers its first window that has not ended; whichever ends first gives way to the next one.
    """
    at = since
    while at <= until:
        spans = [_first(at, until, zone, law) for zone in zones]
        windows = [span for span in spans if span is not None]
        if len(windows) < len(spans):
            return None
        start, end = max(span[0] for span in windows), min(span[1] for span in windows)
        if end - start >= SHORTEST:
            return (start, end) if start <= until else None
        at = end
    return None


def _first(at: datetime, until: datetime, zone: str, law: Law) -> _Span | None:
    """Return the first window of *zone* that ends after *at*; None when none begins by *until*."""
    local = clock(zone)
    first = at.astimezone(local).date() - _DAY  # yesterday's: a zone may have skipped a whole day
    for ahead in range(_SURE):
        span = _window(zone, first + ahead * _DAY, law)
        if span is not None and span[1] > at:
            return span
    return _later(at, until, zone, law, first + _SURE * _DAY)


def _later(at: datetime, until: datetime, zone: str, law: Law, day: date) -> _Span | None:
    """Return the first window from *day* on, as `_first` does."""
    last = until.astimezone(clock(zone)).date() + _DAY
    while day <= last:
        span = _window(zone, day, law)
        if span is not None and span[1] > at:
            return span
        day += _DAY
    return None


@lru_cache(maxsize=4096)
def _candidates(zones: tuple[str, ...]) -> tuple[str, ...]:
    known = tuple(zone for zone in zones if is_zone(zone))
    if known and len(known) == len(zones):
        return tuple(dict.fromkeys(known))
    return tuple(dict.fromkeys((*known, *US_ZONES)))


@lru_cache(maxsize=1024)
def clock(zone: str) -> ZoneInfo:
    """Return the clock of *zone*. `ZoneInfo` keeps eight alive, fewer than the US has, and reads a file for others."""
    return ZoneInfo(zone)


@lru_cache(maxsize=1024)
def is_zone(key: str) -> bool:
    """Whether *key* names a zone of the tz database."""
    try:
        ZoneInfo(key)
    except (ZoneInfoNotFoundError, ValueError, OSError):  # OSError: "America" is a folder, not a zone
        return False
    return True


@lru_cache(maxsize=65536)
def _window(zone: str, day: date, law: Law) -> _Span | None:
    hours = law.hours_on(day)
    if hours is None:
        return None
    start = max(_instants(zone, day, hours.opens))
    end = min(_instants(zone, day, hours.closes))
    return (start, end) if start < end else None


def _instants(zone: str, day: date, wall: time) -> tuple[datetime, datetime]:
    """Return both instants at which the wall shows that time; the change of the clock when it never does."""
    local = clock(zone)
    asked = datetime.combine(day, wall)
    first, second = (asked.replace(tzinfo=local, fold=fold).astimezone(UTC) for fold in (0, 1))
    if first <= second:
        return first, second
    before, after = second, first  # skipped: the change lies between what the two offsets make of it
    offset = before.astimezone(local).utcoffset()
    while after - before > _SECOND:
        middle = before + (after - before) // 2
        before, after = (middle, after) if middle.astimezone(local).utcoffset() == offset else (before, middle)
    change = after.replace(microsecond=0)
    return change, change
