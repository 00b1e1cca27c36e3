"""What must be true in the end, written down from the rules and not from the code: a function of what was told.

`told` are the versions the CRM gave out (in any order), `said` the instants at which customers' texts came in. Shares
nothing with leadcore but the words for states.
"""

import math
from collections.abc import Sequence
from typing import Any

from tests.convergence.history import COLUMN, Case, Record

_LATTICE = ("accepted", "queued", "sending", "sent", "failed", "undelivered", "delivered")
Told = dict[str, set[int]]


def expected_delivery(statuses: Sequence[str]) -> str | None:
    """An end outranks what is under way, delivered outranks every end."""
    return max(statuses, key=_LATTICE.index) if statuses else None


def expected(case: Case, told: Told, said: dict[str, float]) -> dict[str, Any] | None:
    """The lead behind the case's order; None when no version that was told was one."""
    orders, is_gone = _told(case.order, told)
    if not any(_is_lead(version) for _, version in orders):
        return None
    customers, _ = _told(case.records[f"customer:c{case.number}"], told)
    vehicles, _ = _told(case.records[f"vehicle:v{case.number}"], told)
    newest, owner = orders[-1], customers[-1][1]
    visits = [_told(each, told) for each in case.records.values() if each.kind == "appointment"]
    visits = [each for each in visits if each[0] or each[1]]
    letters = [
        each.versions[0].facts or {}
        for key, each in case.records.items()
        if each.kind == "message" and 0 in told.get(key, ())
    ]
    replies, refusals = _words(case, letters, said)
    ever = [*(_is_closed(each) for _, each in orders), *(each["dates"] > 0 for _, each in orders)]
    was_visited = any(versions for versions, _ in visits)
    handled = any(ever) or was_visited or is_gone
    staff = [each["at"] for each in letters if each["author"] == "staff"]
    status, reason = _status(
        newest,
        is_gone=is_gone,
        has_visit=any(versions and not gone and not versions[-1][1]["cancelled"] for versions, gone in visits),
        handled=handled,
        replied=max(replies, default=-math.inf),
        refused=max(refusals, default=(-math.inf, "")),
        spoken=bool(staff),
    )
    moved_on = any(each["column"] != COLUMN for _, each in orders)
    return {
        "status": status,
        "reason": reason,
        "followed": not (handled or moved_on or staff or replies or refusals),
        "vehicle": (vehicles[-1][1]["year"], vehicles[-1][1]["model"]),
        "name": owner["first"],
        "phone": owner["phone"],
        "email": owner["email"],
        "phone_suppressed": bool(refusals) or _is_withdrawn(customers, "phone", "opt_in", owner["phone"]),
        "email_suppressed": bool(refusals) or _is_withdrawn(customers, "email", "subscribed", owner["email"]),
        "answered": min(staff, default=None),
    }


def _told(record: Record, told: Told) -> tuple[list[tuple[float, dict[str, Any]]], bool]:
    """The versions that were told, oldest first, and whether its end was."""
    known = [record.versions[n] for n in sorted(told.get(f"{record.kind}:{record.id}", ()))]
    live = [(each.at, each.facts) for each in known if each.facts is not None]
    return live, len(live) < len(known)


def _is_closed(order: dict[str, Any]) -> bool:
    return bool(order["authorized"] or order["archived"] or order["deleted"])


def _is_lead(order: dict[str, Any]) -> bool:
    return order["column"] == COLUMN and not _is_closed(order) and order["dates"] == 0


def _words(
    case: Case, letters: list[dict[str, Any]], said: dict[str, float]
) -> tuple[list[float], list[tuple[float, str]]]:
    """When they wrote something that is no refusal; when and how they refused."""
    words = [(said[each.id], each.text) for each in case.words if each.id in said]
    words += [(each["at"], each["text"]) for each in letters if each["author"] == "customer"]
    names = {"STOP": "opted_out", "wrong number": "wrong_number"}
    return (
        [at for at, text in words if text not in names],
        [(at, names[text]) for at, text in words if text in names],
    )


def _status(
    newest: tuple[float, dict[str, Any]],
    *,
    is_gone: bool,
    has_visit: bool,
    handled: bool,
    replied: float,
    refused: tuple[float, str],
    spoken: bool,
) -> tuple[str, str | None]:
    at, order = newest
    if order["authorized"]:
        return "won", None
    ended = math.inf if is_gone else at if _is_closed(order) else None
    if ended is None and (has_visit or order["dates"]):
        return "booked", None
    if refused[1] and refused[0] >= replied:
        return "lost", refused[1]
    if ended is not None and replied <= ended:
        return "lost", "closed_in_crm"
    if handled:
        return "quoted", None
    if replied > -math.inf:
        return "engaged", None
    return ("contacted", None) if spoken else ("new", None)


def _is_withdrawn(versions: list[tuple[float, dict[str, Any]]], what: str, answer: str, value: str) -> bool:
    """A yes for this very number or address, and a no for it later."""
    answers = [(at, each[answer]) for at, each in versions if each[what] == value]
    yes = [at for at, each in answers if each is True]
    no = [at for at, each in answers if each is False]
    return bool(yes and no and min(yes) < max(no))
