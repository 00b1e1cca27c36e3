"""A second opinion on lawful hours that shares no code with the first: it reads wall clocks on a grid of 15 minutes.

The table is written down again from the research, not read from the program.
"""

from datetime import UTC, date, datetime, time, timedelta
from functools import cache, lru_cache
from zoneinfo import ZoneInfo

import holidays

GRID = timedelta(minutes=15)
AHEAD = timedelta(days=12)

# place -> opening and closing hour from Monday to Friday, on Saturday, on Sunday; states whose holidays are closed
Line = tuple[tuple[int, int], tuple[int, int] | None, tuple[int, int] | None, tuple[str, ...]]
_ALL_DAYS_8_TO_20: Line = ((8, 20), (8, 20), (8, 20), ())
_ALL_DAYS_9_TO_21: Line = ((9, 21), (9, 21), (9, 21), ())
TABLE: dict[str, Line] = {
    "US": ((8, 21), (8, 21), (8, 21), ()),
    "safe_default": ((10, 18), (10, 17), None, ("", "AL", "LA", "MS", "PA", "RI", "UT")),
    "FL": _ALL_DAYS_8_TO_20,
    "OK": _ALL_DAYS_8_TO_20,
    "MD": _ALL_DAYS_8_TO_20,
    "WA": _ALL_DAYS_8_TO_20,
    "MA": _ALL_DAYS_8_TO_20,
    "NJ": _ALL_DAYS_8_TO_20,
    "TX": ((9, 21), (9, 21), (12, 21), ()),
    "CT": ((9, 20), (9, 20), (9, 20), ()),
    "NV": ((9, 20), (9, 20), (9, 20), ()),
    "RI": ((9, 18), (10, 17), (10, 17), ("", "RI")),
    "AL": ((8, 20), (8, 20), None, ("", "AL")),
    "LA": ((8, 20), (8, 20), None, ("", "LA")),
    "MS": ((8, 20), (8, 20), None, ("", "MS")),
    "KY": ((10, 21), (10, 21), (10, 21), ()),
    "MI": _ALL_DAYS_9_TO_21,
    "MN": _ALL_DAYS_9_TO_21,
    "NM": _ALL_DAYS_9_TO_21,
    "CA": _ALL_DAYS_9_TO_21,
    "IL": _ALL_DAYS_9_TO_21,
    "UT": ((8, 21), (9, 12), None, ("", "UT")),
    "PA": ((8, 21), (9, 12), None, ("", "PA")),
}
SHAPES = ("US", "safe_default", "FL", "TX", "CT", "RI", "AL", "LA", "MS", "KY", "CA", "UT", "PA")
"""One place for each line of the table that differs from all others."""
_TEXAS_BEGAN = date(2025, 9, 1)


@cache
def _clock(zone: str) -> ZoneInfo:
    return ZoneInfo(zone)


@lru_cache(maxsize=4096)
def _wall(at: datetime, zone: str) -> datetime:
    """What the wall shows: every place asks it of the same moments."""
    return at.astimezone(_clock(zone))


@lru_cache(maxsize=4096)
def _is_steady(at: datetime, zone: str) -> bool:
    """Whether no clock is set in the day before and the day after."""
    return _wall(at - AHEAD / 12, zone).utcoffset() == _wall(at + AHEAD / 12, zone).utcoffset()


@cache
def _closed(states: tuple[str, ...], year: int) -> frozenset[date]:
    found: set[date] = set()
    for state in states:
        found |= set(holidays.country_holidays("US", subdiv=state or None, years=[year]))
    return frozenset(found)


def hours(place: str, day: date) -> tuple[int, int] | None:
    """The hours of a place on a day of its own calendar."""
    if place not in TABLE or (place == "TX" and day < _TEXAS_BEGAN):
        return TABLE["US"][0]
    weekdays, saturday, sunday, states = TABLE[place]
    if day in _closed(states, day.year):
        return None
    return sunday if day.weekday() == 6 else saturday if day.weekday() == 5 else weekdays


def reads_open(at: datetime, zone: str, place: str) -> bool:
    """Whether the wall shows a permitted time; nothing else is looked at."""
    local = _wall(at, zone)
    found = hours(place, local.date())
    return found is not None and time(found[0]) <= local.time() < _closing(found[1])


def _closing(hour: int) -> time:
    return time(hour)


def is_lawful(at: datetime, zone: str, place: str) -> bool:
    """Whether it reads open, and no clock set back makes it read too early later or too late earlier that day."""
    if not reads_open(at, zone, place):
        return False
    if _is_steady(at, zone):
        return True
    clock, local = _clock(zone), _wall(at, zone)
    opens, closes = hours(place, local.date()) or (0, 0)
    for step in range(-96, 97):
        moment = at + step * GRID
        other = moment.astimezone(clock)
        if other.date() != local.date():
            continue
        if (step > 0 and other.time() < time(opens)) or (step < 0 and other.time() >= time(closes)):
            return False
    return True


class Grid:
    """Every quarter of an hour from *start* on: whether it is lawful, and when the next lawful one comes."""

    def __init__(self, start: datetime, length: timedelta, zone: str, place: str) -> None:
        self._start = start
        count = int((length + AHEAD) / GRID)
        self._moments = [start + step * GRID for step in range(count)]
        clock = _clock(zone)
        lawful = []
        for moment in self._moments:
            local = moment.astimezone(clock)
            found = hours(place, local.date())
            reads = found is not None and found[0] * 60 <= local.hour * 60 + local.minute < found[1] * 60
            lawful.append(reads)
        self._zone, self._place, self.lawful = zone, place, lawful
        self.steady = len({moment.astimezone(clock).utcoffset() for moment in self._moments}) == 1
        if not self.steady:
            self.lawful = [
                reads and is_lawful(moment, zone, place) for reads, moment in zip(lawful, self._moments, strict=True)
            ]
        self._next: list[datetime | None] = [None] * count
        coming: datetime | None = None
        for step in reversed(range(count)):
            coming = self._moments[step] if self.lawful[step] else coming
            self._next[step] = coming

    def next(self, at: datetime) -> datetime | None:
        """The first lawful instant from *at* on: *at* itself, or a lawful quarter of an hour."""
        steps, beside = divmod(at - self._start, GRID)
        if not beside:
            return self._next[steps]
        return at if is_lawful(at, self._zone, self._place) else self._next[steps + 1]

    def edges(self) -> list[datetime]:
        """Quarters of an hour at which it becomes lawful or ceases to be."""
        return [
            moment
            for before, now, moment in zip(self.lawful, self.lawful[1:], self._moments[1:], strict=False)
            if before != now
        ]


def transitions(zone: str, since: datetime, until: datetime) -> list[datetime]:
    """Every instant in the period at which the zone's offset changes, to the second."""
    clock, found, at = _clock(zone), [], since
    while at < until:
        after = at + timedelta(hours=6)
        if at.astimezone(clock).utcoffset() != after.astimezone(clock).utcoffset():
            low, high = at, after
            while high - low > timedelta(seconds=1):
                middle = low + (high - low) / 2
                if middle.astimezone(clock).utcoffset() == at.astimezone(clock).utcoffset():
                    low = middle
                else:
                    high = middle
            found.append(high.replace(microsecond=0, tzinfo=UTC))
        at = after
    return found


def naive_next(at: datetime, zone: str) -> datetime:
    """What everybody writes first: now, plus the seconds until eight. Wrong whenever a clock changes meanwhile."""
    local = at.astimezone(_clock(zone))
    past_midnight = local.hour * 3600 + local.minute * 60 + local.second
    if 8 * 3600 <= past_midnight < 21 * 3600:
        return at
    return at + timedelta(seconds=(8 * 3600 - past_midnight) % 86400)
