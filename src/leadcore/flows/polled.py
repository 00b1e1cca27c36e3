"""What the poll puts into the inbox, and when: our own note that an order changed, beside the vendors' exact bytes."""

from datetime import datetime

import msgspec

from leadcore.flows.notes import PolledOrder
from leadcore.intake.policies import LeadVerdict, is_closed, judge
from leadcore.leads.model import Lead
from leadcore.leads.values import LeadStatus
from leadcore.ports.crm import CrmOrder
from leadcore.ports.inbound import AdmittedItem
from leadcore.tenants.values import LeadRule


class News(msgspec.Struct, frozen=True, kw_only=True):
    """Whether the poll notes an order, and why, in a few words. `verdict` is the rule's, for webhook and poll alike."""

    is_news: bool
    why: str
    verdict: LeadVerdict


def news_of(order: CrmOrder, lead: Lead | None, rule: LeadRule, *, now: datetime) -> News:
    """Say whether applying *order* now would change anything; *now* is on the CRM's clock.

    A lead we lack is news, and so is one of ours that was booked or closed there.
    """
    verdict = judge(order, rule, now=now)
    if lead is None:
        why = "it is a lead that is not here yet" if verdict.is_lead else "it is no lead"
        return News(is_news=verdict.is_lead, why=why, verdict=verdict)
    if not lead.is_open:
        return News(is_news=False, why=f"its lead is {lead.status} already", verdict=verdict)
    if is_closed(order):
        return News(is_news=True, why="its lead is open here and closed in the CRM", verdict=verdict)
    if order.appointment_dates and lead.status is not LeadStatus.BOOKED:
        return News(is_news=True, why="it has an appointment and its lead is not booked yet", verdict=verdict)
    return News(is_news=False, why="its lead is here and open in both", verdict=verdict)


def polled_item(order: CrmOrder, lead: Lead | None, *, follow_up: bool = True) -> AdmittedItem:
    """Return the inbox item for an order; the same state of it is noted once as long as its lead is as it is.

    An appointment may come without a new version of the order, so the lead's version is part of the key. Without
    *follow_up* the lead it becomes is sent nothing by itself.
    """
    version = f"{order.updated_at.isoformat()}|{lead.version}" if lead else order.updated_at.isoformat()
    return _item(order.external_id, version, deleted=order.deleted, occurred_at=order.updated_at, follow_up=follow_up)


def polled_gone(lead: Lead) -> AdmittedItem:
    """Return the inbox item for a lead whose order is gone."""
    return _item(lead.external_ref, f"gone|{lead.version}", deleted=True, occurred_at=None, follow_up=True)


def _item(ref: str, version: str, *, deleted: bool, occurred_at: datetime | None, follow_up: bool) -> AdmittedItem:
    note = PolledOrder(kind="order", external_id=ref, deleted=deleted, follow_up=follow_up)
    return AdmittedItem(
        dedupe_key=f"{ref}|{version}",
        body=msgspec.json.encode(note),
        entity_key=f"order:{ref}",
        occurred_at=occurred_at,
    )
