from hypothesis import given
from hypothesis import strategies as st

from leadcore_chat.limits import Rate, RateLimiter


class Hand:
    """A clock the test turns."""

    def __init__(self) -> None:
        self.now = 1000.0

    def __call__(self) -> float:
        return self.now


@given(
    limit=st.integers(1, 40),
    per_s=st.floats(0.5, 4000),
    pauses=st.lists(st.floats(0, 300), min_size=1, max_size=120),
)
def test_never_more_than_a_burst_and_then_the_steady_rate(limit: int, per_s: float, pauses: list[float]) -> None:
    clock = Hand()
    limiter = RateLimiter(Rate(limit=limit, per_s=per_s), monotonic=clock)
    admitted: list[float] = []

    for pause in pauses:
        clock.now += pause
        wait_s = limiter.take("somebody")
        if wait_s is None:
            admitted.append(clock.now)
        else:
            assert 0 < wait_s <= per_s / limit + 1e-6

    for begin in range(len(admitted)):
        for end in range(begin, len(admitted)):
            earned = (admitted[end] - admitted[begin]) * limit / per_s
            assert end - begin + 1 <= limit + earned + 1e-6


@given(limit=st.integers(1, 50), per_s=st.floats(0.5, 4000))
def test_a_burst_of_the_limit_fits_and_waiting_as_told_is_enough(limit: int, per_s: float) -> None:
    clock = Hand()
    limiter = RateLimiter(Rate(limit=limit, per_s=per_s), monotonic=clock)

    burst = [limiter.take("somebody") for _ in range(limit)]
    wait_s = limiter.take("somebody")
    clock.now += (wait_s or 0) + 1e-6
    after = limiter.take("somebody")

    assert burst == [None] * limit
    assert wait_s is not None
    assert after is None


def test_one_key_does_not_use_up_anothers_allowance() -> None:
    limiter = RateLimiter(Rate(limit=1, per_s=60), monotonic=Hand())

    assert [limiter.take(key) is None for key in ("a", "b", "a")] == [True, True, False]


def test_idle_keys_are_forgotten() -> None:
    clock = Hand()
    limiter = RateLimiter(Rate(limit=1, per_s=60), monotonic=clock)
    for number in range(10_000):
        limiter.take(number)
    clock.now += 61

    limiter.take("one more")

    assert len(limiter._busy_until) == 1
