"""Opening hours against instants: the one place where the shop's wall clock meets the world's."""

from collections.abc import Iterator, Mapping
from datetime import UTC, datetime, timedelta
from zoneinfo import ZoneInfo

from leadcore.tenants.values import OpenSpan, Weekday

Hours = Mapping[Weekday, tuple[OpenSpan, ...]]
_DAY = timedelta(days=1)


def is_open(hours: Hours, zone: str, at: datetime) -> bool:
    """Return whether *at* lies within *hours*, which are wall-clock times of *zone*."""
    return any(opens <= at < closes for opens, closes in _spans(hours, zone, at, at))


def open_time(hours: Hours, zone: str, *, since: datetime, until: datetime) -> timedelta:
    """Return how much of *since* … *until* lies within *hours*; nothing when *until* is the earlier one.

    A day whose clock is changed counts the hours that really passed.
    """
    overlaps = (min(closes, until) - max(opens, since) for opens, closes in _spans(hours, zone, since, until))
    return sum((each for each in overlaps if each > timedelta(0)), timedelta(0))


def _spans(hours: Hours, zone: str, since: datetime, until: datetime) -> Iterator[tuple[datetime, datetime]]:
    tz = ZoneInfo(zone)
    day, last = since.astimezone(tz).date(), until.astimezone(tz).date()
    while day <= last:
        for span in hours.get(day.weekday(), ()):
            yield _instant(datetime.combine(day, span.opens), tz), _instant(datetime.combine(day, span.closes), tz)
        day += _DAY


def _instant(wall: datetime, tz: ZoneInfo) -> datetime:
    """Return the first instant that reads *wall*; in the hour that clocks skip, the one they skip to is near enough."""
    return wall.replace(tzinfo=tz).astimezone(UTC)
