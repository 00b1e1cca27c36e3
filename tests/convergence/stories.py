"""Stories of one order in five events after its arrival, told by six hints."""

from typing import Any

from tests.convergence.history import COLUMN, OTHER_COLUMN, Case, Delivery, Kind, Record, Version, phone_of

Event = tuple[Kind, dict[str, Any] | None]
SOLD: Event = ("order", {"authorized": True})
TAKEN_BACK: Event = ("order", {"authorized": False})
PUT_AWAY: Event = ("order", {"archived": True})
REOPENED: Event = ("order", {"archived": False})
DATED: Event = ("order", {"dates": 1})
UNDATED: Event = ("order", {"dates": 0})
MOVED: Event = ("order", {"column": OTHER_COLUMN})
MOVED_BACK: Event = ("order", {"column": COLUMN})
GONE: Event = ("order", None)
BOOKED: Event = ("appointment", {"cancelled": False})
CANCELLED: Event = ("appointment", {"cancelled": True})
STRUCK_OUT: Event = ("appointment", None)
OPTED_IN: Event = ("customer", {"opt_in": True})
OPTED_OUT: Event = ("customer", {"opt_in": False})
NEW_PHONE: Event = ("customer", {"phone": "+15125550177"})
OTHER_CAR: Event = ("vehicle", {"model": "Kia EV6"})
STAFF_WROTE: Event = ("message", {"author": "staff", "text": "Hi, this is Sam"})
THEY_WROTE: Event = ("message", {"author": "customer", "text": "Sounds good"})
THEY_REFUSED: Event = ("message", {"author": "customer", "text": "STOP"})

STORIES: dict[str, list[Event]] = {
    "sold, taken back, put away, opened again": [SOLD, TAKEN_BACK, PUT_AWAY, REOPENED, OTHER_CAR],
    "booked and cancelled": [BOOKED, CANCELLED, DATED, UNDATED, OTHER_CAR],
    "deleted at last": [DATED, MOVED, MOVED_BACK, OPTED_IN, GONE],
    "a yes, a no and a yes again": [OPTED_IN, OPTED_OUT, OPTED_IN, NEW_PHONE, OTHER_CAR],
    "the shop and the customer write": [STAFF_WROTE, THEY_WROTE, PUT_AWAY, REOPENED, BOOKED],
    "refused, and came all the same": [THEY_REFUSED, BOOKED, STRUCK_OUT, PUT_AWAY, REOPENED],
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
