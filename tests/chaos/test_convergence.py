"""A million deliveries, repeated, replayed, lost and in no order: in the end the shop believes what the oracle says."""

import time
from typing import Any

import pytest

from leadcore.memory.clock import VirtualClock
from leadcore.memory.driver import run
from leadcore.memory.storage import MemoryStore
from tests.chaos.conftest import Report, Scale
from tests.convergence.history import a_history
from tests.convergence.oracle import expected, expected_delivery
from tests.convergence.replica import BASE, Replica, differences, tell
from tests.convergence.unguarded import (
    Rule,
    UnguardedStore,
    ends_are_forgotten,
    last_told_wins,
    late_versions_are_ignored,
)

pytestmark = [pytest.mark.chaos, pytest.mark.slow]

_HISTORY = 100_000
"""Deliveries of one history; a full run tells ten."""


def test_any_history_comes_to_what_the_oracle_says(scale: Scale, report: Report) -> None:
    began = time.perf_counter()
    told = cases = messages = dropped = repeated = 0
    wrong: list[Any] = []

    for n in range(scale.of(10, 1)):
        history = a_history(scale.seed + n, size=scale.of(_HISTORY, 5_000))
        clock = VirtualClock(BASE)
        replica = Replica(MemoryStore(clock), move_to=clock.set)
        run(replica.open(history))
        run(tell(replica, history))
        wrong += run(differences(replica, history, expected))
        wrong += [
            (sent, statuses)
            for sent, statuses in replica.reported.items()
            if run(replica.delivery(sent)) != expected_delivery(statuses)
        ]
        told += len(history.deliveries)
        cases += len(history.cases)
        messages += history.messages
        dropped += history.dropped
        repeated += history.repeated

    report(
        "Convergence of the inbox",
        {
            "deliveries": told,
            "of them repeated": repeated,
            "lost, then repaired by the poll": dropped,
            "orders / our own messages": f"{cases} / {messages}",
            "mismatches": len(wrong),
            "seconds": round(time.perf_counter() - began, 1),
        },
    )
    assert wrong == []
    assert repeated > 0.25 * told
    assert dropped > 0.01 * told


@pytest.mark.parametrize(
    ("rule", "size"), [(last_told_wins, 500), (ends_are_forgotten, 500), (late_versions_are_ignored, 1_500)]
)
def test_without_a_rule_of_the_register_the_oracle_finds_it(scale: Scale, rule: Rule, size: int) -> None:
    history = a_history(scale.seed, size=size)
    clock = VirtualClock(BASE)
    store: Any = UnguardedStore(MemoryStore(clock), rule)
    replica = Replica(store, move_to=clock.set)

    run(replica.open(history))
    run(tell(replica, history))

    assert run(differences(replica, history, expected)) != []
