"""Against an oracle that knows no windows: it reads wall clocks, quarter by quarter of an hour."""

from datetime import UTC, date, datetime, time, timedelta
from zoneinfo import ZoneInfo, available_timezones

import pytest
from hypothesis import given
from hypothesis import strategies as st

from leadcore.compliance.policies.contact_rules import US_ZONES
from leadcore.compliance.policies.quiet_hours import SHORTEST, closes_at, is_open, next_open
from leadcore.compliance.policies.rulebook import RULES_VERSION, Law
from tests.unit.compliance.wall_clocks import GRID, TABLE, Grid, is_lawful

_ZONES = sorted(zone for zone in available_timezones() if "/" in zone and not zone.startswith(("Etc/", "SystemV/")))
_MOMENTS = st.datetimes(datetime(2024, 1, 1), datetime(2033, 12, 31), timezones=st.just(UTC))  # noqa: DTZ001
FEDERAL, SAFE = (Law(version=RULES_VERSION, places=("US", *places)) for places in ((), ("safe_default",)))
_LAWS = st.lists(st.sampled_from(sorted(set(TABLE) - {"US"})), max_size=3, unique=True).map(
    lambda places: Law(version=RULES_VERSION, places=("US", *places))
)


def lawful(at: datetime, zones: list[str], law: Law) -> bool:
    return all(is_lawful(at, zone, place) for zone in zones for place in law.places)


def _surrounding(at: datetime, zones: list[str], law: Law) -> timedelta:
    """How long the lawful time around *at* lasts, to the quarter of an hour."""
    start = at.replace(minute=at.minute // 15 * 15, second=0, microsecond=0)
    before = next(n for n in range(200) if not lawful(start - n * GRID, zones, law))
    after = next(n for n in range(200) if not lawful(start + n * GRID, zones, law))
    return (before + after - 1) * GRID


@given(_MOMENTS, st.lists(st.sampled_from(_ZONES), min_size=1, max_size=4), _LAWS)
def test_open_means_open_on_every_wall_for_an_hour_at_least(at: datetime, zones: list[str], law: Law) -> None:
    opened = is_open(at, zones, law)

    assert opened == (lawful(at, zones, law) and _surrounding(at, zones, law) >= SHORTEST)


@given(_MOMENTS, st.sampled_from(_ZONES), st.sampled_from(sorted(TABLE)))
def test_the_next_opening_is_the_oracles(at: datetime, zone: str, place: str) -> None:
    opens = next_open(at, [zone], Law(version=RULES_VERSION, places=("US", place)))

    assert opens == Grid(at.replace(minute=0, second=0, microsecond=0), timedelta(hours=2), zone, place).next(at)


@pytest.mark.parametrize("place", ["US", "safe_default"])
def test_a_day_that_a_zone_skipped_has_no_window(place: str) -> None:
    change = datetime(2011, 12, 30, 10, tzinfo=UTC)  # Samoa went from the 29th to the 31st
    start = change - timedelta(hours=36)
    grid = Grid(start, timedelta(hours=72), "Pacific/Apia", place)
    law = Law(version=RULES_VERSION, places=("US", place))

    for step in range(72 * 4):
        at = start + step * GRID
        assert next_open(at, ["Pacific/Apia"], law) == grid.next(at)


@given(_MOMENTS, st.lists(st.sampled_from(_ZONES), min_size=1, max_size=3), _LAWS)
def test_the_next_opening_is_the_first(at: datetime, zones: list[str], law: Law) -> None:
    opens = next_open(at, zones, law)

    if opens is None:
        grid = [at + step * GRID for step in range(96 * 13)]
        assert not any(is_open(moment, zones, law) for moment in grid)
        return
    assert at <= opens
    assert is_open(opens, zones, law)
    assert opens == at or not is_open(opens - timedelta(microseconds=1), zones, law)
    grid = [at + step * GRID for step in range(int((opens - at) / GRID) + 1)]
    assert not any(is_open(moment, zones, law) for moment in grid if moment < opens)


@given(_MOMENTS, st.lists(st.sampled_from(_ZONES), max_size=3), _LAWS)
def test_a_window_stays_open_until_it_closes(at: datetime, zones: list[str], law: Law) -> None:
    closes = closes_at(at, zones, law)

    assert (closes is not None) == is_open(at, zones, law)
    if closes is not None:
        assert at < closes
        assert is_open(at + (closes - at) / 2, zones, law)
        assert is_open(closes - timedelta(microseconds=1), zones, law)
        assert not is_open(closes, zones, law)


@given(_MOMENTS, st.sampled_from([(), ("Nowhere/Atlantis",), ("America",), ("",), ("../etc/passwd",)]))
def test_an_unknown_zone_means_anywhere_in_the_us(at: datetime, zones: tuple[str, ...]) -> None:
    assert is_open(at, zones, FEDERAL) == is_open(at, US_ZONES, FEDERAL)


def test_anywhere_in_the_us_leaves_seven_hours() -> None:
    morning = datetime(2026, 1, 14, tzinfo=UTC)  # a Wednesday in winter

    opens = next_open(morning + timedelta(hours=2), (), FEDERAL)

    assert opens == datetime(2026, 1, 14, 18, tzinfo=UTC)  # 08:00 in Honolulu
    assert closes_at(opens, (), FEDERAL) == datetime(2026, 1, 15, 1, tzinfo=UTC)  # 21:00 in San Juan


def test_the_last_minute_is_open_and_nine_in_the_evening_is_not() -> None:
    nine = datetime(2026, 11, 23, 21, tzinfo=ZoneInfo("America/Chicago"))

    assert is_open(nine - timedelta(seconds=1), ["America/Chicago"], FEDERAL)
    assert not is_open(nine, ["America/Chicago"], FEDERAL)


def test_zones_that_never_agree_have_no_opening() -> None:
    zones = ["Pacific/Guam", "America/New_York"]

    assert next_open(datetime(2026, 1, 14, tzinfo=UTC), zones, SAFE) is None


def test_less_than_an_hour_in_common_is_no_window() -> None:
    zones = ["Asia/Kathmandu", "America/Noronha"]  # UTC+5:45 and UTC-2
    quarter = Law(version=RULES_VERSION, places=("RI", "KY"))  # 10 to 18: open together from 12:00 to 12:15 UTC
    day = [datetime(2026, 1, 14, tzinfo=UTC) + step * GRID for step in range(96)]

    in_common = [at for at in day if lawful(at, zones, quarter)]

    assert len(in_common) == 1
    assert not any(is_open(at, zones, quarter) for at in day)
    assert next_open(day[0], zones, quarter) is None
    assert any(is_open(at, zones, FEDERAL) for at in day)


@pytest.mark.parametrize("day", [date(2026, 12, 25), date(2026, 11, 26), date(2026, 11, 29), date(2027, 1, 1)])
def test_the_cautious_profile_keeps_holidays_and_sundays(day: date) -> None:
    noon = datetime.combine(day, time(12), tzinfo=ZoneInfo("America/Chicago"))

    assert not is_open(noon, ["America/Chicago"], SAFE)
    assert is_open(noon, ["America/Chicago"], FEDERAL)
