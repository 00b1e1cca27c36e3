"""When a step may be due: delays and windows in local wall-clock time, turned into UTC last.

A window's start is the later of the two instants its wall time may mean and its end the earlier (as the quiet hours
do), so that no instant inside reads as a time outside. An edge that the clock jumps over is the jump.
"""

from datetime import UTC, date, datetime, time, timedelta
from functools import lru_cache
from zoneinfo import ZoneInfo

import holidays
import msgspec

from leadcore.cadences.model import Delay
from leadcore.kernel.errors import InvalidInputError

_DAY = timedelta(days=1)
_SEARCHED = 400
_COUNTRIES = frozenset({"US", "CA"})


class Calendar(msgspec.Struct, frozen=True, kw_only=True):
    """A shop's days: `open_days` are weekdays (Monday 0) it opens on, `closed` the dates it does not.

    `holidays` is a country or subdivision (`US`, `US-TX`) whose public holidays are closed too.
    """

    open_days: frozenset[int] = frozenset(range(5))
    closed: frozenset[date] = frozenset()
    holidays: str = ""

    def is_business_day(self, day: date) -> bool:
        """Whether the shop is open on *day*. A shop without any open day is taken to work Monday to Friday."""
        days = self.open_days or frozenset(range(5))
        return day.weekday() in days and day not in self.closed and not _is_holiday(self.holidays, day)


def is_holiday_region(name: str) -> bool:
    """Whether public holidays of *name* are known here."""
    country, _, part = name.partition("-")
    known = holidays.list_supported_countries()
    return not name or (country in _COUNTRIES and (not part or part in known[country]))


def _is_holiday(region: str, day: date) -> bool:
    return bool(region) and day in _holidays(region, day.year)


@lru_cache(maxsize=256)
def _holidays(region: str, year: int) -> frozenset[date]:
    country, _, part = region.partition("-")
    return frozenset(holidays.country_holidays(country, subdiv=part or None, years=year))


def after_delay(
    delay: Delay, *, since: datetime, zone: str, calendar: Calendar, not_before: datetime | None = None
) -> datetime:
    """Return the first instant (UTC) that is *delay* after *since*, not before *not_before*, and inside its window.

    Whole days are local days at the same wall-clock time, not 24 hours.
    """
    tz = ZoneInfo(zone)
    days, rest = divmod(delay.after, _DAY)
    earliest = since + rest
    if days:
        local = earliest.astimezone(tz).replace(tzinfo=None)
        earliest = max(instant_at(local.date() + days * _DAY, local.time(), tz), earliest)
    if delay.business_days:
        earliest = max(instant_at(_business_day(delay.business_days, earliest, tz, calendar), time(), tz), earliest)
    if not_before is not None and not_before > earliest:
        earliest = not_before
        day = earliest.astimezone(tz).date()
        if delay.business_days and not calendar.is_business_day(day):
            earliest = max(instant_at(_business_day(1, earliest, tz, calendar), time(), tz), earliest)
    if delay.opens is None or delay.closes is None:
        return earliest
    return _in_window(earliest, delay.opens, delay.closes, tz, calendar if delay.business_days else None)


def _business_day(count: int, since: datetime, tz: ZoneInfo, calendar: Calendar) -> date:
    day = since.astimezone(tz).date()
    for _ in range(_SEARCHED):
        day += _DAY
        count -= calendar.is_business_day(day)
        if not count:
            break
    return day


def _in_window(earliest: datetime, opens: time, closes: time, tz: ZoneInfo, calendar: Calendar | None) -> datetime:
    first = earliest.astimezone(tz).date() - (_DAY if closes <= opens else timedelta())
    for offset in range(_SEARCHED):
        day = first + offset * _DAY
        if calendar is not None and not calendar.is_business_day(day):
            continue
        start, end = window_on(day, opens, closes, tz)
        if start < end and earliest < end:
            return max(start, earliest)
    return earliest


def window_on(day: date, opens: time, closes: time, tz: ZoneInfo) -> tuple[datetime, datetime]:
    """Return the window that opens on the local *day*, in UTC; empty or negative when the clocks swallow it."""
    last = day + _DAY if closes <= opens else day
    return instant_at(day, opens, tz), end_at(last, closes, tz)


def instant_at(day: date, wall: time, tz: ZoneInfo) -> datetime:
    """Return the instant of a wall-clock time, in UTC: the later of two, or the first that exists after a gap."""
    return max(_real_instants(day, wall, tz))


def end_at(day: date, wall: time, tz: ZoneInfo) -> datetime:
    """Return the instant before which a wall-clock time has certainly not come, in UTC: the earlier of two.

    A time that the clock jumps over comes with the jump.
    """
    return min(_real_instants(day, wall, tz))


def _real_instants(day: date, wall: time, tz: ZoneInfo) -> list[datetime]:
    local = datetime.combine(day, wall)
    real = [each for each in _instants(day, wall, tz) if each.astimezone(tz).replace(tzinfo=None) == local]
    return real or [_after_gap(local, tz)]


def _instants(day: date, wall: time, tz: ZoneInfo) -> tuple[datetime, datetime]:
    local = datetime.combine(day, wall, tzinfo=tz)
    try:
        return local.replace(fold=0).astimezone(UTC), local.replace(fold=1).astimezone(UTC)
    except OverflowError as cause:
        raise InvalidInputError(f"{day} is out of range", field="at", fix="name a nearer day") from cause


def _after_gap(wall: datetime, tz: ZoneInfo) -> datetime:
    before = wall.replace(tzinfo=tz, fold=1).astimezone(UTC)
    after = wall.replace(tzinfo=tz, fold=0).astimezone(UTC)
    low, high = min(before, after), max(before, after)
    while high - low > timedelta(seconds=1):
        middle = low + (high - low) / 2
        if middle.astimezone(tz).replace(tzinfo=None) >= wall:
            high = middle
        else:
            low = middle
    return high.replace(microsecond=0)
