"""Slots of a paced sender: never more than the carrier takes in any period, in order, and none is wasted."""

from datetime import UTC, datetime, timedelta

from hypothesis import given
from hypothesis import strategies as st

from leadcore.messaging.policies.pacing import Pace, Slot, reserve

NOON = datetime(2026, 11, 23, 18, tzinfo=UTC)
PACES = st.builds(Pace, per_s=st.sampled_from([0.5, 1.0, 3.0, 20.0]), burst=st.sampled_from([1.0, 3.0, 12.0]))
ASKED = st.lists(st.tuples(st.integers(0, 5_000), st.integers(1, 4)), min_size=1, max_size=40)
_SLACK = 1e-6


def _slots(pace: Pace, asked: list[tuple[int, int]]) -> list[tuple[datetime, Slot, int]]:
    now, tat, found = NOON, None, []
    for wait_ms, cost in asked:
        now += timedelta(milliseconds=wait_ms)
        slot = reserve(tat, now=now, cost=cost, pace=pace)
        tat = slot.tat
        found.append((now, slot, cost))
    return found


def _is_over(pace: Pace, sent: list[tuple[datetime, int]]) -> bool:
    """The oracle: whether some period holds more than the burst and what drips during it."""
    longest = max(cost for _, cost in sent)
    for first, (begins, _) in enumerate(sent):
        for ends, _ in sent[first:]:
            inside = sum(cost for at, cost in sent if begins <= at <= ends)
            room = max(pace.burst, longest) + pace.per_s * (ends - begins).total_seconds()
            if inside > room + _SLACK:
                return True
    return False


@given(PACES, ASKED)
def test_no_period_holds_more_than_the_burst_and_what_drips_during_it(pace: Pace, asked: list[tuple[int, int]]) -> None:
    slots = _slots(pace, asked)

    assert not _is_over(pace, [(slot.at, cost) for _, slot, cost in slots])
    assert all(slot.at >= now for now, slot, _ in slots)


def test_the_oracle_notices_a_sender_that_does_not_wait() -> None:
    pace = Pace(per_s=1, burst=3)
    slots = _slots(pace, [(0, 1)] * 9)

    assert _is_over(pace, [(now, cost) for now, _, cost in slots])
    assert not _is_over(pace, [(slot.at, cost) for _, slot, cost in slots])


@given(PACES, ASKED)
def test_who_asks_first_goes_first_when_all_cost_the_same(pace: Pace, asked: list[tuple[int, int]]) -> None:
    instants = [slot.at for _, slot, _ in _slots(pace, [(wait, 1) for wait, _ in asked])]

    assert instants == sorted(instants)


@given(PACES, st.integers(1, 4))
def test_after_a_rest_a_slot_is_free_at_once(pace: Pace, cost: int) -> None:
    first = reserve(None, now=NOON, cost=cost, pace=pace)
    later = NOON + timedelta(seconds=10 + cost / pace.per_s + pace.burst / pace.per_s)

    assert first.at == NOON
    assert reserve(first.tat, now=later, cost=cost, pace=pace).at == later
