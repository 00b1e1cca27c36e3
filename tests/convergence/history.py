"""What happened at a shop, made up from a seed: versions of its records, what customers wrote, what carriers reported.

Plain data, in nobody's terms but these: neither the code under test nor the oracle decides what is in here. Times are
seconds since the beginning of the story.
"""

import random
from typing import Any, Literal

import msgspec

DAY_S = 86_400.0
POLLED = "poll"
"""The webhook id of what no webhook brought."""
COLUMN, OTHER_COLUMN = "Website Leads", "In Progress"
Kind = Literal["order", "customer", "vehicle", "appointment", "message"]
_MAKES = ("Tesla Model Y", "Ford F-150", "Honda Civic", "Kia EV6", "Ram 1500")
_STATUSES = ("accepted", "queued", "sending", "sent", "delivered", "undelivered", "failed")


class Version(msgspec.Struct, frozen=True, kw_only=True):
    """One record as it was from `at` on. `facts` None: deleted."""

    at: float
    facts: dict[str, Any] | None


class Record(msgspec.Struct, kw_only=True):
    """All versions of one record, oldest first."""

    kind: Kind
    id: str
    versions: list[Version]


class Words(msgspec.Struct, frozen=True, kw_only=True):
    """A text from a customer."""

    id: str
    case: int
    at: float
    text: str


class Delivery(msgspec.Struct, frozen=True, kw_only=True):
    """One hint about a record, and which version of what the CRM will answer when asked about it."""

    kind: Kind
    id: str
    webhook_id: str
    deleted: bool
    view: dict[str, int]


class Report(msgspec.Struct, frozen=True, kw_only=True):
    """A carrier's report about one of our messages."""

    message: int
    status: str
    webhook_id: str


class Case(msgspec.Struct, kw_only=True):
    """One order with everything about it. A customer who `talks` keeps the same phone: words come from it."""

    number: int
    talks: bool
    records: dict[str, Record]
    words: list[Words]

    @property
    def order(self) -> Record:
        return self.records[f"order:o{self.number}"]


class History(msgspec.Struct, kw_only=True):
    """All cases, and what was delivered in the order it was; what was lost comes by the poll, as it is by then."""

    cases: list[Case]
    deliveries: list[Delivery | Report | Words]
    messages: int
    dropped: int
    repeated: int


def phone_of(case: int, n: int = 0) -> str:
    """A fictional number per case (n=0: the first one they had); there are enough for 20,000 cases."""
    area, line = divmod(case * 4 + n, 100)
    return f"+1{200 + area}55501{line:02}"


def a_history(seed: int, *, size: int) -> History:
    """Return a story with about *size* deliveries: 30 % repeated, in no order, a week of replays, 2 % lost."""
    rng = random.Random(seed)
    cases: list[Case] = []
    told: list[Delivery | Report | Words] = []
    messages = 0
    while len(told) < size * 0.7:
        case = _case(rng, len(cases))
        cases.append(case)
        told += [_hint(rng, case, record, n) for record in case.records.values() for n in range(len(record.versions))]
        told += case.words
        if rng.random() < 0.3:
            told += [_report(rng, messages) for _ in range(rng.randint(1, 5))]
            messages += 1
    repeated = [_again(rng, each) for each in rng.sample(told, k=int(len(told) * 0.43))]  # 30 % of all there will be
    lost = {n for n, each in enumerate(told) if not isinstance(each, Words) and rng.random() < 0.02}
    kept = [each for n, each in enumerate(told) if n not in lost]
    repairs = [
        _found_by_poll(cases, each) if isinstance(each, Delivery) else each for n, each in enumerate(told) if n in lost
    ]
    deliveries = [*kept, *repeated, *repairs]
    rng.shuffle(deliveries)
    return History(cases=cases, deliveries=deliveries, messages=messages, dropped=len(lost), repeated=len(repeated))


def _found_by_poll(cases: list[Case], lost: Delivery) -> Delivery:
    """Return what the poll notes of a record whose hint was lost: that it is as it is by now."""
    case = cases[int(lost.id[1:].partition("-")[0])]
    newest = case.records[f"{lost.kind}:{lost.id}"].versions[-1]
    return Delivery(kind=lost.kind, id=lost.id, webhook_id=POLLED, deleted=newest.facts is None, view={})


def _case(rng: random.Random, number: int) -> Case:
    talks = rng.random() < 0.2
    t0 = rng.random() * DAY_S
    records = [
        Record(kind="order", id=f"o{number}", versions=_order_versions(rng, number, t0, talks=talks)),
        Record(kind="customer", id=f"c{number}", versions=_customer_versions(rng, number, t0, talks=talks)),
        Record(kind="vehicle", id=f"v{number}", versions=_vehicle_versions(rng, t0)),
    ]
    visits, letters = rng.choice((0, 0, 0, 1, 1, 2)), rng.choice((0, 0, 0, 0, 1, 2))
    records += [
        Record(kind="appointment", id=f"a{number}-{n}", versions=_visits(rng, number, t0)) for n in range(visits)
    ]
    records += [
        Record(kind="message", id=f"m{number}-{n}", versions=[_message(rng, number, t0)]) for n in range(letters)
    ]
    words = [_words(rng, number, n, t0) for n in range(rng.randint(1, 3))] if talks else []
    return Case(number=number, talks=talks, records={f"{each.kind}:{each.id}": each for each in records}, words=words)


def _times(rng: random.Random, t0: float, count: int) -> list[float]:
    return [t0, *sorted(t0 + 60 + rng.random() * 2 * DAY_S for _ in range(count - 1))]


def _order_versions(rng: random.Random, number: int, t0: float, *, talks: bool) -> list[Version]:
    count = rng.choice((1, 2, 2, 3, 4))
    state: dict[str, Any] = {
        "column": COLUMN if talks or rng.random() < 0.9 else OTHER_COLUMN,
        "authorized": False, "archived": False, "deleted": False, "dates": 0, "created": t0,
        "customer": f"c{number}", "vehicle": f"v{number}",
    }  # fmt: skip
    found: list[Version] = []
    for at in _times(rng, t0, count):
        if found:
            change = rng.choice(("authorized", "archived", "dates", "column", "deleted", "gone", "nothing"))
            if change == "gone":
                return [*found, Version(at=at, facts=None)]
            if change == "column":
                state["column"] = OTHER_COLUMN if state["column"] == COLUMN else COLUMN
            elif change == "dates":
                state["dates"] = 1 - state["dates"]
            elif change != "nothing":
                state[change] = not state[change]
        found.append(Version(at=at, facts=dict(state)))
    return found


def _customer_versions(rng: random.Random, number: int, t0: float, *, talks: bool) -> list[Version]:
    state: dict[str, Any] = {
        "first": rng.choice(("Ana", "Pat", "Sam")), "phone": phone_of(number), "email": f"p{number}@example.com",
        "opt_in": rng.choice((True, False, None)), "subscribed": rng.choice((True, False, None)),
    }  # fmt: skip
    found: list[Version] = []
    for at in _times(rng, t0, rng.choice((1, 1, 2, 3))):
        if found:
            match rng.choice(("first", "phone", "email", "opt_in", "subscribed")):
                case "first":
                    state["first"] = rng.choice(("Ana", "Pat", "Sam", "Lee"))
                case "phone" if not talks:
                    state["phone"] = phone_of(number, rng.randint(1, 3))
                case "email":
                    state["email"] = f"p{number}.{rng.randint(1, 3)}@example.com"
                case "opt_in" | "phone":
                    state["opt_in"] = rng.choice((True, False))
                case _:
                    state["subscribed"] = rng.choice((True, False))
        found.append(Version(at=at, facts=dict(state)))
    return found


def _vehicle_versions(rng: random.Random, t0: float) -> list[Version]:
    return [
        Version(at=at, facts={"year": rng.randint(2005, 2026), "model": rng.choice(_MAKES)})
        for at in _times(rng, t0, rng.choice((1, 1, 2)))
    ]


def _visits(rng: random.Random, number: int, t0: float) -> list[Version]:
    times = _times(rng, t0 + rng.random() * DAY_S, rng.choice((1, 2, 2, 3)))
    found = [Version(at=times[0], facts={"order": f"o{number}", "cancelled": rng.random() < 0.1})]
    for at in times[1:]:
        if rng.random() < 0.2:
            return [*found, Version(at=at, facts=None)]
        found.append(Version(at=at, facts={"order": f"o{number}", "cancelled": rng.random() < 0.5}))
    return found


def _message(rng: random.Random, number: int, t0: float) -> Version:
    author = rng.choice(("customer", "staff", "staff", "system"))
    text = rng.choice(("Thanks, that works", "STOP")) if author == "customer" else "Hi, this is Sam. When suits you?"
    at = t0 + 60 + rng.random() * 2 * DAY_S
    return Version(at=at, facts={"order": f"o{number}", "author": author, "text": text, "at": at})


def _words(rng: random.Random, case: int, n: int, t0: float) -> Words:
    text = rng.choice(("How much is it?", "Can I come on Friday?", "STOP", "wrong number"))
    return Words(id=f"SM{case}-{n}", case=case, at=t0 + 120 + rng.random() * 2 * DAY_S, text=text)


def _hint(rng: random.Random, case: Case, record: Record, n: int) -> Delivery:
    """Return a hint that *record* reached version *n*; what is read besides may be of any earlier time."""
    now = record.versions[n].at
    view = {f"{record.kind}:{record.id}": n}
    for key, other in case.records.items():
        known = [index for index, version in enumerate(other.versions) if version.at <= now and version.facts]
        if key not in view and other.kind in {"order", "customer", "vehicle"}:
            view[key] = rng.choice(known[-2:]) if known else 0
    return Delivery(
        kind=record.kind,
        id=record.id,
        webhook_id=f"w{rng.getrandbits(64):x}",
        deleted=record.versions[n].facts is None,
        view=view,
    )


def _report(rng: random.Random, message: int) -> Report:
    return Report(message=message, status=rng.choice(_STATUSES), webhook_id=f"r{rng.getrandbits(64):x}")


def _again(rng: random.Random, told: Delivery | Report | Words) -> Delivery | Report | Words:
    """Return the same once more: half with the same webhook id (a retry), half with a new one (a replay)."""
    if isinstance(told, Words) or rng.random() < 0.5:
        return told
    return msgspec.structs.replace(told, webhook_id=f"x{rng.getrandbits(64):x}")
