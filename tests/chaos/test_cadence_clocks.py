"""Delays of cadences at scale: every zone and clock change of ten years, judged by reading wall clocks on a grid.

The oracle shares no code with the program: it looks at every quarter of an hour and never computes with offsets.
"""

import random
from bisect import bisect_left
from datetime import UTC, date, datetime, time, timedelta
from zoneinfo import ZoneInfo, available_timezones

import pytest

from leadcore.cadences.model import Delay
from leadcore.cadences.policies.calendars import Calendar, after_delay
from leadcore.cadences.policies.delays import read_delay
from tests.chaos.conftest import Report, Scale
from tests.unit.compliance.wall_clocks import transitions

pytestmark = [pytest.mark.chaos, pytest.mark.slow]

_FROM, _UNTIL = datetime(2024, 1, 1, tzinfo=UTC), datetime(2034, 1, 1, tzinfo=UTC)
_AROUND, _AHEAD, _GRID = timedelta(hours=36), timedelta(days=13), timedelta(minutes=15)
_DAY, _SECOND = timedelta(days=1), timedelta(seconds=1)
_WRITTEN = (
    "next business day 10:00-11:30",
    "next business day 00:15-00:45",
    "+3 business days 02:00-03:00",
    "next business day 23:30-02:30",
    "+2d 01:00-03:00",
    "+3h 02:15-02:45",
)
"""The delay of the examples, and windows where clocks do change: inside, over and around the hour that is lost."""


class Walls:
    """What the wall shows at every quarter of an hour from *start* on, and when windows begin and end."""

    def __init__(self, start: datetime, zone: str, closed: frozenset[date]) -> None:
        clock = ZoneInfo(zone)
        self.moments = [start + step * _GRID for step in range(int((2 * _AROUND + _AHEAD) / _GRID))]
        self.walls = [moment.astimezone(clock).replace(tzinfo=None) for moment in self.moments]
        self.days = sorted({wall.date() for wall in self.walls})
        self._closed = closed

    def is_business_day(self, day: date) -> bool:
        return day.weekday() < 5 and day not in self._closed

    def begins(self, wall: datetime) -> datetime:
        """The moment behind the last one that reads earlier than *wall*."""
        early = [number for number, read in enumerate(self.walls) if read < wall]
        return self.moments[early[-1] + 1] if early else self.moments[0]

    def ends(self, wall: datetime) -> datetime:
        """The first moment that reads *wall* or later."""
        return next((self.moments[n] for n, read in enumerate(self.walls) if read >= wall), self.moments[-1])

    def windows(self, delay: Delay) -> list[tuple[datetime, datetime]]:
        """Every window that is open for a moment, in order; only of business days where the delay counts those."""
        assert delay.opens is not None
        assert delay.closes is not None
        found = []
        for day in self.days[:-2]:
            if delay.business_days and not self.is_business_day(day):
                continue
            last = day + _DAY if delay.closes <= delay.opens else day
            span = self.begins(datetime.combine(day, delay.opens)), self.ends(datetime.combine(last, delay.closes))
            if span[0] < span[1]:
                found.append(span)
        return found


class Oracle:
    """When a delay is over, read from the walls."""

    def __init__(self, walls: Walls, delay: Delay) -> None:
        self._walls, self._delay = walls, delay
        self._windows = walls.windows(delay)
        self._ends = [end for _, end in self._windows]
        self._midnights = {day: walls.begins(datetime.combine(day, time())) for day in walls.days}

    def due(self, since: datetime, wall: datetime) -> datetime:
        """The first moment not before the delay is over that lies in a window; *wall* is what *since* reads."""
        earliest = self._earliest(since, wall)
        start, _ = self._windows[bisect_left(self._ends, earliest + timedelta(microseconds=1))]
        return max(start, earliest)

    def _earliest(self, since: datetime, wall: datetime) -> datetime:
        delay = self._delay
        if delay.business_days:
            later = [day for day in self._walls.days if day > wall.date() and self._walls.is_business_day(day)]
            return max(since, self._midnights[later[delay.business_days - 1]])
        if delay.after >= _DAY:
            return max(since, self._walls.begins(wall + delay.after))
        return since + delay.after


def _naive(since: datetime, delay: Delay, zone: str, calendar: Calendar) -> datetime:
    """What everybody writes first: days of 24 hours, and hours since midnight."""
    at = since
    for _ in range(delay.business_days):
        at += _DAY
        while not calendar.is_business_day(at.astimezone(ZoneInfo(zone)).date()):
            at += _DAY
    at += delay.after
    assert delay.opens is not None
    wall = at.astimezone(ZoneInfo(zone))
    if not delay.business_days and wall.time() >= delay.opens:
        at += _DAY
    midnight = datetime.combine(at.astimezone(ZoneInfo(zone)).date(), time(), tzinfo=ZoneInfo(zone)).astimezone(UTC)
    return midnight + timedelta(hours=delay.opens.hour, minutes=delay.opens.minute)


class Tally:
    """What was checked, and what was wrong."""

    def __init__(self) -> None:
        self.checks = self.wrong = self.early = self.naive = 0
        self.worst = ""


def _judge(zone: str, change: datetime, tally: Tally) -> None:
    start = (change - _AROUND).replace(minute=0, second=0)
    closed = frozenset({(change + _DAY).astimezone(ZoneInfo(zone)).date()})
    walls, calendar = Walls(start - 2 * _DAY, zone, closed), Calendar(closed=closed)
    first = int(2 * _DAY / _GRID)
    around = list(zip(walls.moments, walls.walls, strict=True))[first : first + 2 * int(_AROUND / _GRID) + 1]
    for written in _WRITTEN:
        delay = read_delay(written, path="delay")
        oracle = Oracle(walls, delay)
        for moment, _ in around:
            beside = (moment,) if delay.after >= _DAY else (moment, moment + _SECOND)
            for since in beside:
                wall = since.astimezone(ZoneInfo(zone)).replace(tzinfo=None)
                expected = oracle.due(since, wall)
                due = after_delay(delay, since=since, zone=zone, calendar=calendar)
                tally.checks += 1
                tally.early += due < expected
                tally.naive += since < _naive(since, delay, zone, calendar) < expected
                if due != expected:
                    tally.wrong += 1
                    tally.worst = tally.worst or f"{zone} {written} since {since}: {due}, not {expected}"


def _places(zone: str, changes: list[datetime]) -> tuple[object, ...]:
    clock = ZoneInfo(zone)
    return tuple(
        (at, at.astimezone(clock).utcoffset(), (at - 2 * _SECOND).astimezone(clock).utcoffset()) for at in changes
    )


def test_no_clock_change_in_ten_years_moves_a_delay_by_a_second(scale: Scale, report: Report) -> None:
    chance = random.Random(scale.seed)
    names = sorted(zone for zone in available_timezones() if zone not in {"localtime", "Factory"})
    names = names if scale.is_full else chance.sample(names, 8)
    until = _UNTIL if scale.is_full else datetime(2026, 1, 1, tzinfo=UTC)
    changes = {zone: transitions(zone, _FROM, until) for zone in names}
    # names for the same clock are judged once: same offset at the start, same changes to the same offsets
    distinct = {_places(zone, [_FROM, *found]): zone for zone, found in changes.items()}
    tally = Tally()

    for zone in sorted({*distinct.values(), *(("America/Chicago",) if not scale.is_full else ())}):
        moments = changes.get(zone) or transitions(zone, _FROM, until) or [datetime(2026, 12, 25, 12, tzinfo=UTC)]
        for change in moments if scale.is_full else moments[:2]:
            _judge(zone, change, tally)

    report(
        "delays over clock changes",
        {
            "zone names": len(names),
            "different clocks": len(distinct),
            "changes (all names)": sum(map(len, changes.values())),
            "delays": len(_WRITTEN),
            "instants checked": tally.checks,
            "due at another instant than the oracle's": tally.wrong,
            "of these too early": tally.early,
            "control: naive instants that are too early": tally.naive,
        },
    )
    assert not tally.worst
    assert tally.wrong == 0
    assert tally.checks > scale.of(1_000_000, 8_000)
    assert tally.naive > scale.of(1_000, 10)
