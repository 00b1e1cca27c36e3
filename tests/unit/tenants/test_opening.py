"""Opening hours against instants, in the shop's zone, on days whose clock is changed too."""

from datetime import UTC, datetime, time, timedelta

import pytest
from hypothesis import given
from hypothesis import strategies as st

from leadcore.tenants.policies.opening import OpenClock, is_open, open_time
from leadcore.tenants.values import OpenSpan

CHICAGO = "America/Chicago"
WEEK = {day: (OpenSpan(opens=time(9), closes=time(12)), OpenSpan(opens=time(13), closes=time(18))) for day in range(5)}
NIGHTLY = {day: (OpenSpan(opens=time(0), closes=time(6)),) for day in range(7)}
INSTANTS = st.timedeltas(timedelta(0), timedelta(days=365)).map(lambda span: datetime(2026, 1, 1, tzinfo=UTC) + span)


@pytest.mark.parametrize(
    ("at", "expected"),
    [
        (datetime(2026, 11, 23, 14, 59, tzinfo=UTC), False),
        (datetime(2026, 11, 23, 15, tzinfo=UTC), True),
        (datetime(2026, 11, 23, 18, 30, tzinfo=UTC), False),
        (datetime(2026, 11, 24, 0, tzinfo=UTC), False),
        (datetime(2026, 11, 28, 16, tzinfo=UTC), False),
    ],
)
def test_a_shop_is_open_within_its_spans(at: datetime, expected: bool) -> None:
    assert is_open(WEEK, CHICAGO, at) is expected


@pytest.mark.parametrize(
    ("since", "until", "hours"),
    [
        (datetime(2026, 11, 23, 14, tzinfo=UTC), datetime(2026, 11, 23, 19, 30, tzinfo=UTC), 3.5),
        (datetime(2026, 11, 21, 2, tzinfo=UTC), datetime(2026, 11, 23, 16, tzinfo=UTC), 1.0),  # asked on Friday night
        (datetime(2026, 11, 23, 3, tzinfo=UTC), datetime(2026, 11, 23, 4, tzinfo=UTC), 0.0),
        (datetime(2026, 11, 23, 19, tzinfo=UTC), datetime(2026, 11, 23, 16, tzinfo=UTC), 0.0),
    ],
)
def test_only_the_open_hours_of_a_wait_count(since: datetime, until: datetime, hours: float) -> None:
    assert open_time(WEEK, CHICAGO, since=since, until=until) == timedelta(hours=hours)


@pytest.mark.parametrize(("day", "hours"), [((2026, 3, 8), 5), ((2026, 11, 1), 7), ((2026, 6, 1), 6)])
def test_a_day_whose_clock_is_changed_counts_what_really_passed(day: tuple[int, int, int], hours: int) -> None:
    noon = datetime(*day, 18, tzinfo=UTC)

    assert open_time(NIGHTLY, CHICAGO, since=noon - timedelta(hours=14), until=noon) == timedelta(hours=hours)


@given(INSTANTS, INSTANTS, INSTANTS)
def test_open_time_adds_up_and_never_exceeds_the_wait(one: datetime, other: datetime, third: datetime) -> None:
    start, middle, end = sorted((one, other, third))

    whole = open_time(WEEK, CHICAGO, since=start, until=end)

    assert timedelta(0) <= whole <= end - start
    parts = (open_time(WEEK, CHICAGO, since=a, until=b) for a, b in ((start, middle), (middle, end)))
    assert sum(parts, timedelta(0)) == whole


LATE = {day: (OpenSpan(opens=time(18), closes=time(2)), OpenSpan(opens=time(9), closes=time(12))) for day in range(7)}
TWICE = {day: (OpenSpan(opens=time(9), closes=time(12)), OpenSpan(opens=time(10), closes=time(11))) for day in range(7)}


@given(
    st.lists(st.tuples(INSTANTS, INSTANTS), min_size=1, max_size=9), st.sampled_from([WEEK, NIGHTLY, LATE, TWICE, {}])
)
def test_many_waits_at_once_are_each_as_long_as_alone(
    waits: list[tuple[datetime, datetime]], hours: dict[int, tuple[OpenSpan, ...]]
) -> None:
    clock = OpenClock(hours, CHICAGO, since=min(map(min, waits)), until=max(map(max, waits)))

    for since, until in waits:
        alone = open_time(hours, CHICAGO, since=since, until=until).total_seconds()
        assert clock.seconds(since=since, until=until) == pytest.approx(alone, abs=1e-5)
