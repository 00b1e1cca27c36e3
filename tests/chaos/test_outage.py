"""A carrier that is down for six hours: what piled up goes when it is back, if still useful, never in a burst."""

import gc
import time
from collections import Counter
from collections.abc import Generator

import pytest

from leadcore.simulation.invariants import violations
from leadcore.simulation.run import Run
from leadcore.simulation.world import World
from tests.chaos.careless_worlds import Amnesiac, Hoarder, Homebound, Punctual, Restless, Trusting
from tests.chaos.conftest import Report, Scale
from tests.chaos.outage import SPACING, judge, outage_plan

pytestmark = [pytest.mark.chaos, pytest.mark.slow]


@pytest.fixture(autouse=True)
def _without_collection() -> Generator[None]:
    """A run only adds, and looking for cycles among all its rows again and again would be half of its time."""
    gc.collect()
    gc.disable()
    yield
    gc.enable()


def test_what_an_outage_held_up_goes_while_it_is_useful_and_never_in_a_burst(scale: Scale, report: Report) -> None:
    began, began_cpu = time.perf_counter(), time.process_time()
    run = Run(outage_plan(scale.of(7_000, 40), scale.seed)).go()
    took, took_cpu = time.perf_counter() - began, time.process_time() - began_cpu

    found = judge(run)

    states = Counter(
        (each.state, each.reason)
        for each in run.world.store.database.messages.rows.values()
        if each.purpose == "marketing"
    )
    first, fullest = found.per_minute.get(0, 0), max(found.per_minute.values())
    report(
        "six hours without a carrier, in virtual time",
        {
            "due meanwhile": found.due, "sent": found.sent, "still useful for long enough": found.must,
            "calls meanwhile": found.calls_meanwhile, "within the first minute": first,
            "in the fullest minute": fullest,
            "minutes until nine of ten were gone": _when(found.per_minute, 0.9),
            **{f"{state}: {reason}" if reason else state: n for (state, reason), n in states.items()},
            "seconds it took": round(took, 1), "and of CPU": round(took_cpu, 1),
        },
    )  # fmt: skip
    assert found.broken == {}
    assert violations(run, spacing=SPACING) == []
    assert found.sent == sum(n for (state, _), n in states.items() if state == "accepted")
    assert found.due == states.total()
    assert all(reason for state, reason in states if state != "accepted")
    assert found.sent >= found.must >= found.due / 2


def _when(per_minute: dict[int, int], share: float) -> int:
    total, so_far = sum(per_minute.values()), 0
    for minute, n in per_minute.items():
        so_far += n
        if so_far >= share * total:
            return minute
    return -1


@pytest.mark.parametrize(
    ("careless", "leads", "rule"),
    [
        (Hoarder, 15, "stale"),
        (Homebound, 20, "at night"),
        (Amnesiac, 15, "two within 15 minutes"),
        (Trusting, 15, "a burst at first"),
        (Restless, 15, "called again and again"),
    ],
    ids=lambda each: each.__name__ if isinstance(each, type) else None,
)
def test_a_shop_that_handles_an_outage_badly_is_found_out(
    careless: type[World], leads: int, rule: str, scale: Scale
) -> None:
    run = Run(outage_plan(scale.of(700, leads), scale.seed), world=careless).go()

    assert rule in judge(run).broken


def test_the_slow_start_alone_keeps_the_first_minutes_from_a_burst(scale: Scale) -> None:
    run = Run(outage_plan(scale.of(700, 15), scale.seed), world=Punctual).go()

    assert "a burst at first" not in judge(run).broken
