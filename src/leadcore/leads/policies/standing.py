"""Where a lead stands, computed from everything known about it: the same facts in any order, the same answer."""

from datetime import datetime

import msgspec

from leadcore.leads.model import Lead
from leadcore.leads.values import LeadStatus, LostReason

Standing = tuple[LeadStatus, LostReason | None]

_S = LeadStatus
_AHEAD = (_S.NEW, _S.CONTACTED, _S.ENGAGED, _S.QUOTED, _S.BOOKED)
FOLLOWS_FROM_FACTS: frozenset[LostReason | None] = frozenset({"closed_in_crm", "opted_out", "wrong_number"})
"""Reasons that follow from facts and go when those do; every other was a person's or the cadence's decision."""


class LeadFacts(msgspec.Struct, frozen=True, kw_only=True):
    """What the shop's books and the customer's words say of a lead.

    `won`, `closed` and `booked` are the books' newest word; `won_once`, `booked_once` and `handled` (closed, booked or
    given an appointment) hold once any version said so. The instants are the newest words of each kind.
    """

    won: bool = False
    closed_at: datetime | None = None
    booked: bool = False
    won_once: bool = False
    booked_once: bool = False
    handled: bool = False
    spoken_to: bool = False
    replied_at: datetime | None = None
    refused_at: datetime | None = None
    refusal: LostReason = "opted_out"

    @property
    def has_refused(self) -> bool:
        """True when the customer's newest words were that they want no more."""
        return self.refused_at is not None and (self.replied_at is None or self.refused_at >= self.replied_at)

    @property
    def is_closed(self) -> bool:
        """True when the books closed it and the customer has not written since."""
        return self.closed_at is not None and (self.replied_at is None or self.replied_at <= self.closed_at)


def standing(lead: Lead, facts: LeadFacts) -> Standing:
    """Return where *lead* stands given *facts*, without losing the progress it made by itself.

    Sold outranks booked, booked outranks a refusal (they came all the same), a refusal outranks a closed order. What is
    open again after it was booked or closed is `quoted`: a person of the shop goes on from there.
    """
    if facts.won:
        return _S.WON, None
    if lead.status is _S.WON and not facts.won_once:
        return _S.WON, None  # somebody here said so
    was_decided = lead.status is _S.LOST and lead.lost_reason not in FOLLOWS_FROM_FACTS
    if facts.booked:
        return _S.BOOKED, None
    if facts.has_refused:
        return _S.LOST, facts.refusal
    if was_decided:
        return _S.LOST, lead.lost_reason
    if facts.is_closed:
        return _S.LOST, "closed_in_crm"
    return _open(lead, facts), None


def _open(lead: Lead, facts: LeadFacts) -> LeadStatus:
    reached = _S.NEW
    if facts.handled:
        reached = _S.QUOTED
    elif facts.replied_at is not None:
        reached = _S.ENGAGED
    elif facts.spoken_to:
        reached = _S.CONTACTED
    by_itself = lead.status if lead.is_open else _S.NEW
    if by_itself is _S.BOOKED and facts.booked_once:  # the books had booked it, and they took that back
        by_itself = _S.QUOTED
    return max(reached, by_itself, key=_AHEAD.index)
