"""Whatever the order in which a story is told, it ends the same: all 720 orders of six hints are tried."""

from itertools import permutations
from typing import Any

import pytest

from leadcore.memory.clock import VirtualClock
from leadcore.memory.driver import run
from leadcore.memory.storage import MemoryStore
from tests.chaos.conftest import Scale
from tests.convergence.history import Case, Delivery, History
from tests.convergence.oracle import expected
from tests.convergence.replica import BASE, Replica, differences, tell
from tests.convergence.stories import STORIES, a_case
from tests.convergence.unguarded import UnguardedStore, last_told_wins

pytestmark = [pytest.mark.chaos, pytest.mark.slow]

_ALL = tuple(permutations(range(6)))
_LAST_STAYS = tuple(order for order in _ALL if order[5] == 5)
_ALWAYS_WHOLE = "booked and cancelled"
"""One story is told in all orders in every run; the others in 120, and in all of them in a full run."""


@pytest.mark.parametrize("story", sorted(STORIES))
def test_every_order_of_a_story_ends_as_the_oracle_says(scale: Scale, story: str) -> None:
    orders = _ALL if scale.is_full or story == _ALWAYS_WHOLE else _LAST_STAYS
    cases, history = _told(story, orders)
    clock = VirtualClock(BASE)
    replica = Replica(MemoryStore(clock), move_to=clock.set)

    run(replica.open(history))
    run(tell(replica, history))

    assert run(differences(replica, history, expected)) == []
    assert len({_but_for_names(run(replica.believes(case))) for case in cases}) == 1


def test_an_unguarded_register_fails_the_same_test() -> None:
    _, history = _told("sold, taken back, put away, opened again", _ALL[:60])
    clock = VirtualClock(BASE)
    store: Any = UnguardedStore(MemoryStore(clock), last_told_wins)
    replica = Replica(store, move_to=clock.set)

    run(replica.open(history))
    run(tell(replica, history))

    assert run(differences(replica, history, expected)) != []


def _told(story: str, orders: tuple[tuple[int, ...], ...]) -> tuple[list[Case], History]:
    """Return one case per order, and all hints in those orders."""
    cases: list[Case] = []
    told: list[Delivery] = []
    for number, order in enumerate(orders):
        case, hints = a_case(number, STORIES[story])
        cases.append(case)
        told += [hints[n] for n in order]
    return cases, History(cases=cases, deliveries=list(told), messages=0, dropped=0, repeated=0)


def _but_for_names(held: dict[str, Any] | None) -> tuple[Any, ...]:
    assert held is not None
    return tuple(value for name, value in sorted(held.items()) if name not in {"phone", "email"})
