"""What we put into the inbox ourselves beside the vendors' exact bytes, and reading it back.

Notes of the backfill and of imports are made here, those of the poll in `polled.py`; all are read back here.
"""

import msgspec

from leadcore.intake.model import BACKFILLED, IMPORTED, InboxItem
from leadcore.ports.crm import CrmOrder
from leadcore.ports.inbound import AdmittedItem, EntityChanged, LeadSubmitted, UnreadableBodyError


class PolledOrder(EntityChanged, frozen=True, kw_only=True, omit_defaults=True):
    """An order that the poll found. Without `follow_up` it was there before the CRM was first read."""

    follow_up: bool = True


class BackfilledOrder(msgspec.Struct, frozen=True, kw_only=True):
    """An order of the CRM's past that was a lead when it was listed. `follow_up`: whether the operator asked for it."""

    external_id: str
    follow_up: bool


class ImportedLead(msgspec.Struct, frozen=True, kw_only=True):
    """A row of somebody's file, as we understood it."""

    lead: LeadSubmitted
    follow_up: bool


class Reading(msgspec.Struct, frozen=True, kw_only=True):
    """What a note says."""

    event: EntityChanged | LeadSubmitted
    follow_up: bool = True


_POLLED = msgspec.json.Decoder(PolledOrder)
_BACKFILLED = msgspec.json.Decoder(BackfilledOrder)
_IMPORTED = msgspec.json.Decoder(ImportedLead)


def backfilled_item(order: CrmOrder, *, run: str, follow_up: bool) -> AdmittedItem:
    """Return the inbox item for an order of the past, noted once per run."""
    return AdmittedItem(
        dedupe_key=f"{run}|{order.external_id}",
        body=msgspec.json.encode(BackfilledOrder(external_id=order.external_id, follow_up=follow_up)),
        entity_key=f"order:{order.external_id}",
        occurred_at=order.created_at,
    )


def imported_item(lead: LeadSubmitted, *, follow_up: bool) -> AdmittedItem:
    """Return the inbox item for a row of a file. The same row again changes nothing, unless follow-up is now wished."""
    return AdmittedItem(
        dedupe_key=f"{lead.external_id}|follow_up" if follow_up else lead.external_id,
        body=msgspec.json.encode(ImportedLead(lead=lead, follow_up=follow_up)),
        entity_key=f"import:{lead.external_id}",
        occurred_at=lead.submitted_at,
    )


def read_note(row: InboxItem) -> Reading:
    """Read one back. Raises `UnreadableBodyError`."""
    try:
        if row.source == BACKFILLED:
            order = _BACKFILLED.decode(row.body)
            return Reading(event=EntityChanged(kind="order", external_id=order.external_id), follow_up=order.follow_up)
        if row.source == IMPORTED:
            given = _IMPORTED.decode(row.body)
            return Reading(event=given.lead, follow_up=given.follow_up)
        seen = _POLLED.decode(row.body)
        changed = EntityChanged(kind=seen.kind, external_id=seen.external_id, deleted=seen.deleted)
        return Reading(event=changed, follow_up=seen.follow_up)
    except msgspec.DecodeError as cause:
        raise UnreadableBodyError(f"not a note of the {row.source}: {cause}") from cause
