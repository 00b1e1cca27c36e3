"""Leads that came in bulk: kept, and followed up only when an operator asked for it."""

from collections.abc import Sequence
from datetime import datetime
from typing import Protocol

from leadcore.flows.enroll import enroll
from leadcore.flows.seams import Seams
from leadcore.flows.stop import stop_follow_up
from leadcore.flows.work import Work
from leadcore.leads.events import FollowUpWithheld, FoundBy
from leadcore.leads.model import Lead
from leadcore.leads.values import LeadStatus
from leadcore.tenants.model import Tenant

KNOWN = "known: the lead was there already"
BULK: frozenset[FoundBy] = frozenset({"backfill", "import"})
_FIX: dict[FoundBy, str] = {
    "poll": "`leadcore leads backfill --follow-up` enrolls what was there before the CRM was connected",
    "backfill": "`leadcore leads backfill --follow-up` enrolls what it brought",
    "import": "`leadcore leads import FILE --follow-up --apply` enrolls the rows of the file",
}


class Arriving(Protocol):
    """What is asked of an arrival here."""

    @property
    def found_by(self) -> FoundBy: ...
    @property
    def requested_at(self) -> datetime: ...
    @property
    def follow_up(self) -> bool: ...


def why_withheld(arrival: Arriving, others: Sequence[Lead]) -> str | None:
    """Return why this lead is kept without a cadence, None when it is followed up. *others*: the person's open leads.

    What comes in bulk is old: a request that the same person made later keeps its follow-up.
    """
    if not arrival.follow_up:
        return "not_asked_for"
    if arrival.found_by in BULK and any(other.requested_at >= arrival.requested_at for other in others):
        return "newer_request"
    return None


def withheld_event(lead: Lead, found_by: FoundBy, reason: str, *, at: datetime) -> FollowUpWithheld:
    """Return what the lead's timeline tells."""
    fix = _FIX.get(found_by, "") if reason == "not_asked_for" else ""
    return FollowUpWithheld(tenant_id=lead.tenant_id, at=at, lead_id=lead.id, found_by=found_by, reason=reason, fix=fix)


async def follow_up_after_all(uow: Work, seams: Seams, tenant: Tenant, lead: Lead) -> str:
    """Enroll a known lead that was kept without a cadence. Returns what was done or why nothing was, for the inbox row.

    A lead that was followed up before, has moved on by itself or has a newer sibling is left alone.
    """
    if not await never_followed_up(uow, lead):
        return "known: it has its own story already"
    others = [each for each in await uow.leads.open_of_person(lead.person_id, tenant_id=tenant.id) if each != lead]
    if any(other.requested_at >= lead.requested_at for other in others):
        return "known: the same person asked for something later, and that is followed up"
    for other in others:
        await stop_follow_up(uow, other, reason="newer_request")
    await enroll(uow, seams, tenant, lead)
    return ""


async def never_followed_up(uow: Work, lead: Lead) -> bool:
    """Whether nothing has happened to the lead since it came: it is new, and no touch of it was ever planned."""
    return lead.status is LeadStatus.NEW and not await uow.cadences.touches_of_lead(lead.id, tenant_id=lead.tenant_id)
