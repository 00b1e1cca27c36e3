"""The throttle of a connection: half as fast on a refusal, back by and by, never faster than what was right before."""

from itertools import pairwise

from hypothesis import given
from hypothesis import strategies as st

from leadcore.messaging.policies.throttle import (
    GROWTH_S,
    LEAST_PER_S,
    LONGEST_WAIT_S,
    ROUND_S,
    Speed,
    Throttle,
    admit,
    refused,
    speed_of,
)

CEILINGS = st.floats(min_value=0.2, max_value=50)
INSTANTS = st.floats(min_value=0, max_value=1e5)
PAUSES = st.none() | st.floats(min_value=0, max_value=120)


def _calls(known: Throttle | None, *, began: float, lasts_s: float, every_s: float = 0.02) -> list[float]:
    """Ask all the time and call when allowed; return when."""
    found = []
    for tick in range(int(lasts_s / every_s)):
        now = began + tick * every_s
        if known is None:
            break
        known, wait = admit(known, now=now)
        if wait == 0 and known is not None:
            found.append(now)
    return found


@given(CEILINGS, INSTANTS, PAUSES)
def test_a_refusal_halves_and_is_silent_for_as_long_as_the_carrier_asked(
    ceiling: float, now: float, pause_s: float | None
) -> None:
    known = refused(None, ceiling=ceiling, now=now, retry_after_s=pause_s)

    assert speed_of(known, now=now) == max(ceiling / 2, LEAST_PER_S)
    for talks in (False, True):
        wait = admit(known, now=now, talks=talks)[1]
        assert wait >= (pause_s or 0) - 1e-6


@given(CEILINGS, st.integers(min_value=2, max_value=20))
def test_refusals_of_one_round_halve_once_and_later_ones_again_down_to_the_least(ceiling: float, n: int) -> None:
    together = later = refused(None, ceiling=ceiling, now=0.0)
    for each in range(1, n):
        together = refused(together, ceiling=ceiling, now=each * ROUND_S / (n + 1))
        later = refused(later, ceiling=ceiling, now=each * ROUND_S)

    assert together.per_s <= max(ceiling / 2, LEAST_PER_S) + ceiling / GROWTH_S
    assert together.per_s >= ceiling / 2 - 1e-9
    assert LEAST_PER_S <= later.per_s <= max(ceiling / 2, LEAST_PER_S) + 1e-9


@given(
    st.floats(min_value=0.5, max_value=8),
    st.lists(st.tuples(st.floats(min_value=0.1, max_value=20), PAUSES), min_size=1, max_size=5),
)
def test_it_is_never_faster_than_the_ceiling_whatever_it_is_told(
    ceiling: float, refusals: list[tuple[float, float | None]]
) -> None:
    known, now = None, 0.0
    for after_s, pause_s in refusals:
        known = refused(known, ceiling=ceiling, now=now, retry_after_s=pause_s)
        assert speed_of(known, now=now) <= known.ceiling == ceiling
        now += after_s

    assert known is not None
    calls = _calls(known, began=known.silent_until, lasts_s=30)

    assert all(later - sooner >= 1 / ceiling - 1e-6 for sooner, later in pairwise(calls))


@given(CEILINGS, INSTANTS)
def test_it_grows_by_the_same_each_second_until_it_is_lifted(ceiling: float, now: float) -> None:
    known = refused(None, ceiling=ceiling, now=now)

    speeds = [speed_of(known, now=now + second) for second in range(int(GROWTH_S) + 1)]

    grown = [later - sooner for sooner, later in pairwise(speeds)]
    assert all(-1e-6 <= each <= ceiling / GROWTH_S + 1e-6 for each in grown)
    assert speeds[-1] == ceiling
    assert admit(known, now=now + GROWTH_S) == (None, 0.0)


def test_those_who_wait_get_turns_and_need_not_ask_again_and_again() -> None:
    known: Throttle | None = refused(None, ceiling=4.0, now=0.0)
    waits = []
    for _ in range(20):
        assert known is not None
        known, wait = admit(known, now=0.0)
        waits.append(wait)

    assert all(abs(later - sooner - 0.5) < 1e-6 for sooner, later in pairwise(waits))
    for _ in range(1000):
        assert known is not None
        known, wait = admit(known, now=0.0)
        assert wait <= LONGEST_WAIT_S


def test_an_answer_to_a_person_waits_for_the_carrier_only() -> None:
    known = refused(None, ceiling=1.0, now=0.0, retry_after_s=5)

    assert admit(known, now=0.0, talks=True)[1] == 5
    assert admit(known, now=5.0, talks=True)[1] == 0
    assert admit(known, now=5.0)[1] == 0
    assert admit(refused(known, ceiling=1.0, now=5.0), now=5.1)[1] > 0


@given(st.floats(min_value=0.5, max_value=20))
def test_the_speed_of_late_is_that_of_a_steady_sender_and_is_forgotten(per_s: float) -> None:
    speed = Speed()
    for n in range(int(60 * per_s) + 1):
        speed = speed.counted(n / per_s)

    assert 0.8 * per_s <= speed.now(speed.at) <= 1.3 * per_s + 0.2
    assert speed.now(speed.at + 100) < per_s / 1000
