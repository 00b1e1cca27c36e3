"""Opening hours against instants: the one place where the shop's wall clock meets the world's."""

from bisect import bisect_right
from collections import Counter
from collections.abc import Iterator, Mapping
from datetime import UTC, datetime, timedelta
from itertools import accumulate, pairwise
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


class OpenClock:
    """`open_time` for many waits at once: every change of *hours* between *since* and *until* is laid out once."""

    def __init__(self, hours: Hours, zone: str, *, since: datetime, until: datetime) -> None:
        steps: Counter[float] = Counter()
        for opens, closes in _spans(hours, zone, since, until):
            if closes > opens:
                steps[opens.timestamp()] += 1
                steps[closes.timestamp()] -= 1
        self._changes = sorted(steps)
        self._slopes = [0, *accumulate(steps[each] for each in self._changes)]
        lengths = (later - earlier for earlier, later in pairwise(self._changes))
        whole = (slope * length for slope, length in zip(self._slopes[1:], lengths, strict=False))
        self._before = [0.0, *accumulate(whole, initial=0.0)]

    def seconds(self, *, since: datetime, until: datetime) -> float:
        """Return how many seconds of *since* … *until*, both within the clock's own, were open."""
        if until <= since:
            return 0.0
        return round(self._until(until.timestamp()) - self._until(since.timestamp()), 6)

    def _until(self, at: float) -> float:
        place = bisect_right(self._changes, at)
        return self._before[place] + (self._slopes[place] * (at - self._changes[place - 1]) if place else 0.0)


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
