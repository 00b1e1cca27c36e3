"""Texts, closes and reports may be applied in any order: all orders are tried."""

from collections.abc import Iterator
from itertools import permutations
from typing import Any

import pytest

from leadcore.memory.clock import VirtualClock
from leadcore.memory.driver import run
from leadcore.memory.storage import MemoryStore
from leadcore.messaging.policies.delivery import delivery_of
from leadcore.ports.messaging import DeliveryStatus
from tests.convergence.history import Delivery, History, Words
from tests.convergence.oracle import expected, expected_delivery
from tests.convergence.replica import BASE, Replica, differences, tell
from tests.convergence.stories import PUT_AWAY, REOPENED, a_case


@pytest.mark.parametrize(
    "texts", [("How much?", "STOP"), ("STOP", "How much?"), ("wrong number", "STOP", "Can I come on Friday?")]
)
def test_texts_and_closes_may_be_applied_in_any_order(texts: tuple[str, ...]) -> None:
    ends = set()
    for number, order in enumerate(permutations(range(len(texts) + 2))):
        case, hints = a_case(number, [PUT_AWAY, REOPENED])
        case.talks = True
        case.words = [
            Words(id=f"SM{number}-{n}", case=number, at=3600.0 * 1.5 + n * 60, text=text)
            for n, text in enumerate(texts)
        ]
        told: list[Delivery | Words] = [*hints[1:], *case.words]
        history = History(cases=[case], deliveries=list(_shuffled(told, order)), messages=0, dropped=0, repeated=0)
        clock = VirtualClock(BASE)
        replica = Replica(MemoryStore(clock), move_to=clock.set)

        run(replica.open(history))
        run(tell(replica, history))

        assert run(differences(replica, history, expected)) == []
        ends.add(_but_for_names(run(replica.believes(case))))
    assert len(ends) == 1


def _shuffled(told: list[Delivery | Words], order: tuple[int, ...]) -> Iterator[Delivery | Words]:
    return (told[n] for n in order)


@pytest.mark.parametrize(
    "statuses",
    [
        ("queued", "sent", "delivered", "failed", "undelivered", "sending"),
        ("accepted", "queued", "sending", "sent", "undelivered", "failed"),
        ("accepted", "sent", "canceled", "queued", "sending", "delivered"),
    ],
)
def test_delivery_is_a_function_of_the_set_of_reports(statuses: tuple[DeliveryStatus, ...]) -> None:
    ends = {delivery_of([(each, "") for each in order]) for order in permutations(statuses)}

    assert len(ends) == 1
    known = [each for each in statuses if each != "canceled"]
    assert ends == {expected_delivery(known)}


def _but_for_names(held: dict[str, Any] | None) -> tuple[Any, ...]:
    assert held is not None
    return tuple(value for name, value in sorted(held.items()) if name not in {"phone", "email"})
