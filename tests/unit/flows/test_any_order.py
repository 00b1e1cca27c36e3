"""Whatever the order in which a story of up to six events is told, it ends the same: all orders of it are tried."""

from itertools import permutations
from typing import Any

import pytest

from leadcore.memory.clock import VirtualClock
from leadcore.memory.driver import run
from leadcore.memory.storage import MemoryStore
from leadcore.messaging.policies.delivery import delivery_of
from leadcore.ports.messaging import DeliveryStatus
from tests.convergence.history import (
    COLUMN,
    OTHER_COLUMN,
    Case,
    Delivery,
    History,
    Kind,
    Record,
    Version,
    Words,
    phone_of,
)
from tests.convergence.oracle import expected, expected_delivery
from tests.convergence.replica import BASE, Replica, differences, tell
from tests.convergence.unguarded import UnguardedStore, last_told_wins

Event = tuple[Kind, dict[str, Any] | None]
_SOLD: Event = ("order", {"authorized": True})
_TAKEN_BACK: Event = ("order", {"authorized": False})
_PUT_AWAY: Event = ("order", {"archived": True})
_REOPENED: Event = ("order", {"archived": False})
_DATED: Event = ("order", {"dates": 1})
_UNDATED: Event = ("order", {"dates": 0})
_MOVED: Event = ("order", {"column": OTHER_COLUMN})
_MOVED_BACK: Event = ("order", {"column": COLUMN})
_GONE: Event = ("order", None)
_BOOKED: Event = ("appointment", {"cancelled": False})
_CANCELLED: Event = ("appointment", {"cancelled": True})
_STRUCK_OUT: Event = ("appointment", None)
_OPTED_IN: Event = ("customer", {"opt_in": True})
_OPTED_OUT: Event = ("customer", {"opt_in": False})
_NEW_PHONE: Event = ("customer", {"phone": "+15125550177"})
_OTHER_CAR: Event = ("vehicle", {"model": "Kia EV6"})
_STAFF_WROTE: Event = ("message", {"author": "staff", "text": "Hi, this is Sam"})
_THEY_WROTE: Event = ("message", {"author": "customer", "text": "Sounds good"})
_THEY_REFUSED: Event = ("message", {"author": "customer", "text": "STOP"})

_STORIES: dict[str, list[Event]] = {
    "sold, taken back, put away, opened again": [_SOLD, _TAKEN_BACK, _PUT_AWAY, _REOPENED, _OTHER_CAR],
    "booked and cancelled": [_BOOKED, _CANCELLED, _DATED, _UNDATED, _OTHER_CAR],
    "deleted at last": [_DATED, _MOVED, _MOVED_BACK, _OPTED_IN, _GONE],
    "a yes, a no and a yes again": [_OPTED_IN, _OPTED_OUT, _OPTED_IN, _NEW_PHONE, _OTHER_CAR],
    "the shop and the customer write": [_STAFF_WROTE, _THEY_WROTE, _PUT_AWAY, _REOPENED, _BOOKED],
    "refused, and came all the same": [_THEY_REFUSED, _BOOKED, _STRUCK_OUT, _PUT_AWAY, _REOPENED],
}


def a_case(number: int, events: list[Event]) -> tuple[Case, list[Delivery]]:
    """Return a case whose order came first, then one event per hour; and a hint about each, in that order."""
    state: dict[Kind, dict[str, Any]] = {
        "order": {"column": COLUMN, "authorized": False, "archived": False, "deleted": False, "dates": 0,
                  "created": 0.0, "customer": f"c{number}", "vehicle": f"v{number}"},
        "customer": {"first": "Ana", "phone": phone_of(number),
                     "email": f"p{number}@example.com", "opt_in": None, "subscribed": None},
        "vehicle": {"year": 2022, "model": "Tesla Model Y"},
        "appointment": {"order": f"o{number}", "cancelled": False},
        "message": {"order": f"o{number}"},
    }  # fmt: skip
    records: dict[str, Record] = {}
    told: list[Delivery] = []

    def happens(kind: Kind, facts: dict[str, Any] | None, at: float) -> None:
        count = sum(each.kind == "message" for each in records.values())
        record_id = f"m{number}-{count}" if kind == "message" else f"{kind[0]}{number}"
        record = records.setdefault(f"{kind}:{record_id}", Record(kind=kind, id=record_id, versions=[]))
        state[kind] |= facts or {}
        held = dict(state[kind]) | ({"at": at} if kind == "message" else {})
        record.versions.append(Version(at=at, facts=None if facts is None else held))
        now = {key: len(each.versions) - 1 for key, each in records.items()}
        view = now | {f"{kind}:{record_id}": len(record.versions) - 1}
        told.append(
            Delivery(
                kind=kind, id=record_id, webhook_id=f"w{number}-{len(told)}", deleted=facts is None, view=view
            )
        )  # fmt: skip

    for kind in ("vehicle", "customer", "order"):
        happens(kind, {}, 0.0)
    hints = [told[-1]]
    for hour, (kind, facts) in enumerate(events, start=1):
        happens(kind, _fitting(facts, number), hour * 3600.0)
        hints.append(told[-1])
    return Case(number=number, talks=False, records=records, words=[]), hints


def _fitting(facts: dict[str, Any] | None, number: int) -> dict[str, Any] | None:
    """Two people have two new numbers."""
    return facts | {"phone": phone_of(number, 1)} if facts and "phone" in facts else facts


@pytest.mark.parametrize("story", sorted(_STORIES))
def test_all_720_orders_of_a_story_end_as_the_oracle_says(story: str) -> None:
    cases, hints = zip(*(a_case(n, _STORIES[story]) for n in range(720)), strict=True)
    told = [each for order in zip(hints, permutations(range(6)), strict=True) for each in _in_order(*order)]
    history = History(cases=list(cases), deliveries=list(told), messages=0, dropped=0, repeated=0)
    clock = VirtualClock(BASE)
    replica = Replica(MemoryStore(clock), move_to=clock.set)

    run(replica.open(history))
    run(tell(replica, history))

    assert run(differences(replica, history, expected)) == []
    ends = {_but_for_names(run(replica.believes(case))) for case in cases}
    assert len(ends) == 1


def test_an_unguarded_register_fails_the_same_test() -> None:
    story = _STORIES["sold, taken back, put away, opened again"]
    cases, hints = zip(*(a_case(n, story) for n in range(60)), strict=True)
    told = [each for order in zip(hints, permutations(range(6)), strict=False) for each in _in_order(*order)]
    history = History(cases=list(cases), deliveries=list(told), messages=0, dropped=0, repeated=0)
    clock = VirtualClock(BASE)
    store: Any = UnguardedStore(MemoryStore(clock), last_told_wins)
    replica = Replica(store, move_to=clock.set)

    run(replica.open(history))
    run(tell(replica, history))

    assert run(differences(replica, history, expected)) != []


@pytest.mark.parametrize(
    "texts", [("How much?", "STOP"), ("STOP", "How much?"), ("wrong number", "STOP", "Can I come on Friday?")]
)
def test_texts_and_closes_may_be_applied_in_any_order(texts: tuple[str, ...]) -> None:
    ends = set()
    for number, order in enumerate(permutations(range(len(texts) + 2))):
        case, hints = a_case(number, [_PUT_AWAY, _REOPENED])
        case.talks = True
        case.words = [
            Words(id=f"SM{number}-{n}", case=number, at=3600.0 * 1.5 + n * 60, text=text)
            for n, text in enumerate(texts)
        ]
        told = [*hints[1:], *case.words]
        history = History(cases=[case], deliveries=[told[n] for n in order], messages=0, dropped=0, repeated=0)
        clock = VirtualClock(BASE)
        replica = Replica(MemoryStore(clock), move_to=clock.set)

        run(replica.open(history))
        run(tell(replica, history))

        assert run(differences(replica, history, expected)) == []
        ends.add(_but_for_names(run(replica.believes(case))))
    assert len(ends) == 1


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


def _in_order(hints: list[Delivery], order: tuple[int, ...]) -> list[Delivery]:
    return [hints[n] for n in order]


def _but_for_names(held: dict[str, Any] | None) -> tuple[Any, ...]:
    assert held is not None
    return tuple(value for name, value in sorted(held.items()) if name not in {"phone", "email"})
