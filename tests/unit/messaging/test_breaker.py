"""The breaker of a connection: few calls while it is away, ever more once it is back, and nothing is held for good."""

from itertools import pairwise

from hypothesis import given
from hypothesis import strategies as st

from leadcore.messaging.policies.breaker import (
    AWAY_AFTER,
    FIRST_PAUSE_S,
    LEAST_APART_S,
    LONGEST_PAUSE_S,
    MOST_APART_S,
    RAMP_S,
    Breaker,
    after,
    ask,
)


def _away(*, now: float = 0.0) -> Breaker:
    breaker = Breaker()
    for _ in range(AWAY_AFTER):
        breaker = after(breaker, answered=False, now=now)
    return breaker


def _calls(breaker: Breaker, *, began: float, lasts_s: float, answers: bool, every_s: float = 0.05) -> list[float]:
    """Ask all the time and call when allowed; return when."""
    found = []
    for tick in range(int(lasts_s / every_s)):
        now = began + tick * every_s
        breaker, wait = ask(breaker, now=now)
        if wait == 0:
            found.append(now)
            breaker = after(breaker, answered=answers, now=now)
    return found


@given(st.lists(st.booleans(), max_size=60))
def test_it_is_away_only_after_so_many_failures_in_a_row(answers: list[bool]) -> None:
    breaker, in_a_row = Breaker(), 0
    for answered in answers:
        breaker = after(breaker, answered=answered, now=0)
        in_a_row = 0 if answered else in_a_row + 1

        assert (breaker.away_until is not None) == (in_a_row >= AWAY_AFTER)


@given(st.floats(min_value=0, max_value=1e6), st.integers(min_value=60, max_value=1800))
def test_an_outage_is_looked_at_ever_more_rarely_and_never_given_up(began: float, lasts_s: int) -> None:
    calls = _calls(_away(now=began), began=began, lasts_s=lasts_s, answers=False, every_s=0.5)

    pauses = [later - sooner for sooner, later in pairwise(calls)]
    assert calls[0] - began >= FIRST_PAUSE_S
    assert all(FIRST_PAUSE_S <= pause <= LONGEST_PAUSE_S + 1 for pause in pauses)
    assert len(calls) <= 5 + lasts_s / LONGEST_PAUSE_S


def test_one_call_looks_and_the_others_wait_for_what_it_finds() -> None:
    breaker, first = ask(_away(), now=FIRST_PAUSE_S)
    _, second = ask(breaker, now=FIRST_PAUSE_S + 0.1)
    _, once_it_is_lost = ask(breaker, now=FIRST_PAUSE_S + 60)

    assert (first, once_it_is_lost) == (0, 0)
    assert second > 0


@given(st.floats(min_value=0, max_value=1e6))
def test_what_comes_back_is_called_by_and_by_and_then_as_ever(began: float) -> None:
    back = after(_away(now=began), answered=True, now=began)

    calls = _calls(back, began=began, lasts_s=RAMP_S + 1, answers=True)

    for second in range(1, int(RAMP_S)):
        within = sum(call - began <= second for call in calls)
        assert within <= 5 + second**2 / 10 + 1
        assert within >= min(5 + second**2 / 10, second / 0.05) * 0.8 - 1
    assert len([call for call in calls if call - began > RAMP_S - 1]) >= 19


def test_an_answer_to_a_person_does_not_wait_for_the_ramp_but_for_the_carrier() -> None:
    back = after(_away(), answered=True, now=0)
    for _ in range(5):
        back, _ = ask(back, now=0)

    assert ask(back, now=0)[1] > 0
    assert ask(back, now=0, talks=True)[1] == 0
    assert ask(_away(), now=0, talks=True)[1] > 0


def test_the_ramp_is_what_keeps_a_returned_carrier_from_all_at_once() -> None:
    """The control: a breaker that forgets it was away lets everything go in the first second."""
    back = after(_away(), answered=True, now=0)

    careful = _calls(back, began=0, lasts_s=1, answers=True, every_s=0.01)
    careless = _calls(Breaker(), began=0, lasts_s=1, answers=True, every_s=0.01)

    assert len(careful) <= 7
    assert len(careless) == 100


@given(st.lists(st.integers(min_value=0, max_value=400), min_size=1, max_size=25))
def test_the_more_wait_the_further_apart_they_come_back_within_bounds(askers: list[int]) -> None:
    breaker, now = _away(), 0.0
    for n in askers:
        for _ in range(n):
            breaker, _ = ask(breaker, now=now)
        before, now = breaker.apart_s, now + breaker.pause_s
        asked_per_s = n / breaker.pause_s
        breaker = after(ask(breaker, now=now)[0], answered=False, now=now)

        assert LEAST_APART_S <= breaker.apart_s <= MOST_APART_S
        assert before / 2 <= breaker.apart_s <= before * 2
        if asked_per_s > 1.01:
            assert breaker.apart_s > before or before == MOST_APART_S
        if asked_per_s < 0.99:
            assert breaker.apart_s < before or before == LEAST_APART_S
