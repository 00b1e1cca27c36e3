"""Against an oracle that knows no windows: it reads wall clocks, minute by minute."""

import random
from datetime import UTC, date, datetime, time, timedelta
from zoneinfo import ZoneInfo, available_timezones

import holidays
import pytest
from hypothesis import given
from hypothesis import strategies as st

from leadcore.compliance.policies.contact_rules import RULES, US_ZONES, QuietProfile
from leadcore.compliance.policies.quiet_hours import closes_at, is_open, next_open

GRID = timedelta(minutes=15)
_ZONES = sorted(zone for zone in available_timezones() if "/" in zone and not zone.startswith(("Etc/", "SystemV/")))
_PROFILES: tuple[QuietProfile, ...] = ("federal", "safe_default")
_YEARS = (datetime(2024, 1, 1, tzinfo=UTC), datetime(2033, 12, 31, tzinfo=UTC))
_MOMENTS = st.datetimes(datetime(2024, 1, 1), datetime(2033, 12, 31), timezones=st.just(UTC))  # noqa: DTZ001
_HOLIDAY_STATES = ("AL", "LA", "MS", "PA", "RI", "UT")
_HOLIDAYS = [holidays.country_holidays("US", subdiv=state, years=range(2023, 2036)) for state in _HOLIDAY_STATES]


def _reads_open(at: datetime, zone: str, profile: QuietProfile) -> bool:
    """Whether a clock on the wall of *zone* shows a permitted time: nothing else is looked at."""
    local = at.astimezone(ZoneInfo(zone))
    wall = local.time()
    if profile == "federal":
        return time(8) <= wall < time(21)
    if local.weekday() == 6 or any(local.date() in calendar for calendar in _HOLIDAYS):
        return False
    return time(10) <= wall < (time(17) if local.weekday() == 5 else time(18))


def _near_a_clock_change(at: datetime, zone: str) -> bool:
    local = ZoneInfo(zone)
    offsets = {(at + timedelta(hours=hours)).astimezone(local).utcoffset() for hours in range(-26, 27)}
    return len(offsets) > 1


def _changes(zone: str) -> list[datetime]:
    local, found, at = ZoneInfo(zone), [], _YEARS[0]
    while at < _YEARS[1]:
        after = at + timedelta(hours=12)
        if at.astimezone(local).utcoffset() != after.astimezone(local).utcoffset():
            found.append(after)
        at = after
    return found


@given(_MOMENTS, st.lists(st.sampled_from(_ZONES), min_size=1, max_size=4), st.sampled_from(_PROFILES))
def test_open_means_open_on_every_wall(at: datetime, zones: list[str], profile: QuietProfile) -> None:
    opened = is_open(at, zones, profile)

    reading = all(_reads_open(at, zone, profile) for zone in zones)
    assert reading or not opened
    assert opened == reading or any(_near_a_clock_change(at, zone) for zone in zones)


@pytest.mark.parametrize("profile", _PROFILES)
def test_no_clock_change_opens_a_closed_hour(profile: QuietProfile) -> None:
    checked = 0
    for zone in random.Random(20261122).sample(_ZONES, 24):
        for change in _changes(zone):
            for step in range(-36 * 4, 36 * 4):
                at = change + step * GRID
                opened = is_open(at, [zone], profile)
                assert _reads_open(at, zone, profile) or not opened, (zone, at)
                checked += 1
    assert checked > 10_000


@given(_MOMENTS, st.lists(st.sampled_from(_ZONES), min_size=1, max_size=3), st.sampled_from(_PROFILES))
def test_the_next_opening_is_the_first(at: datetime, zones: list[str], profile: QuietProfile) -> None:
    opens = next_open(at, zones, profile)

    if opens is None:
        grid = [at + step * GRID for step in range(96 * 13)]
        assert not any(is_open(moment, zones, profile) for moment in grid)
        return
    assert at <= opens
    assert is_open(opens, zones, profile)
    assert opens == at or not is_open(opens - timedelta(microseconds=1), zones, profile)
    grid = [at + step * GRID for step in range(int((opens - at) / GRID) + 1)]
    assert not any(is_open(moment, zones, profile) for moment in grid if moment < opens)


@given(_MOMENTS, st.lists(st.sampled_from(_ZONES), max_size=3), st.sampled_from(_PROFILES))
def test_a_window_stays_open_until_it_closes(at: datetime, zones: list[str], profile: QuietProfile) -> None:
    closes = closes_at(at, zones, profile)

    assert (closes is not None) == is_open(at, zones, profile)
    if closes is not None:
        assert at < closes
        assert is_open(at + (closes - at) / 2, zones, profile)
        assert is_open(closes - timedelta(microseconds=1), zones, profile)
        assert not is_open(closes, zones, profile)


@given(_MOMENTS, st.sampled_from([(), ("Nowhere/Atlantis",), ("America",), ("",), ("../etc/passwd",)]))
def test_an_unknown_zone_means_anywhere_in_the_us(at: datetime, zones: tuple[str, ...]) -> None:
    assert is_open(at, zones, "federal") == is_open(at, US_ZONES, "federal")


def test_anywhere_in_the_us_leaves_seven_hours() -> None:
    morning = datetime(2026, 1, 14, tzinfo=UTC)  # a Wednesday in winter

    opens = next_open(morning + timedelta(hours=2), (), "federal")

    assert opens == datetime(2026, 1, 14, 18, tzinfo=UTC)  # 08:00 in Honolulu
    assert closes_at(opens, (), "federal") == datetime(2026, 1, 15, 1, tzinfo=UTC)  # 21:00 in San Juan


def test_the_last_minute_is_open_and_nine_in_the_evening_is_not() -> None:
    nine = datetime(2026, 11, 23, 21, tzinfo=ZoneInfo("America/Chicago"))

    assert is_open(nine - timedelta(seconds=1), ["America/Chicago"], "federal")
    assert not is_open(nine, ["America/Chicago"], "federal")


def test_zones_that_never_agree_have_no_opening() -> None:
    zones = ["Pacific/Guam", "America/New_York"]

    assert next_open(datetime(2026, 1, 14, tzinfo=UTC), zones, "safe_default") is None


@pytest.mark.parametrize("day", [date(2026, 12, 25), date(2026, 11, 26), date(2026, 11, 29), date(2027, 1, 1)])
def test_the_cautious_profile_keeps_holidays_and_sundays(day: date) -> None:
    noon = datetime.combine(day, time(12), tzinfo=ZoneInfo("America/Chicago"))

    assert not is_open(noon, ["America/Chicago"], "safe_default")
    assert is_open(noon, ["America/Chicago"], "federal")


def test_every_rule_says_where_it_comes_from() -> None:
    for profile, rule in RULES.items():
        assert rule.profile == profile
        assert rule.source
        assert rule.effective <= rule.reviewed
