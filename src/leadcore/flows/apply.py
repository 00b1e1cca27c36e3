"""From a durable inbox row to its effect. Commutative: any order, any number of times, the same state."""

from collections.abc import Sequence
from datetime import timedelta

from msgspec.structs import replace

from leadcore.flows.apply_delivery import receive_report
from leadcore.flows.apply_facts import receive_facts
from leadcore.flows.apply_fetch import Fetched, fetch_hinted
from leadcore.flows.apply_message import receive_message
from leadcore.flows.apply_submission import moved_by, receive_submission
from leadcore.flows.notes import read_note
from leadcore.flows.seams import Seams
from leadcore.flows.work import Work
from leadcore.intake.model import BACKFILLED, IMPORTED, OURS, POLLED, InboxItem, InboxState
from leadcore.kernel.errors import ConflictError, LeadcoreError, StaleClaimError
from leadcore.kernel.ids import InboxId
from leadcore.leads.events import FoundBy
from leadcore.ports.inbound import (
    AdmittedItem,
    CustomerMessage,
    DeliveryReport,
    EntityChanged,
    InboundDoor,
    InboundEvent,
    LeadSubmitted,
    NotFollowed,
    SubmissionAnnounced,
    SubmissionSource,
    SubmissionUnavailableError,
    UnreadableBodyError,
    UnsubscribeRequested,
)
from leadcore.ports.storage import DueItem

MAX_TRIES = 8
_BACKOFF_CAP_S = 3600.0


async def apply_inbox(seams: Seams, item: DueItem) -> None:
    """Read one inbox row, fetch what it hints at, and apply it. Errors are kept on the row; eight make it dead."""
    row: InboxItem | None = None
    try:
        async with seams.store.begin(item.tenant_id) as uow:
            row = await uow.inbox.get(InboxId(item.item_id), tenant_id=item.tenant_id)
            connection = await uow.tenants.connection(row.connection_id, tenant_id=item.tenant_id)
            door = None if row.source in OURS else await seams.adapters.door(connection)
            events = _read(row, door) if row.state == "new" else ()
            whole = not any(isinstance(event, _TO_BE_FETCHED) for event in events) or row.source == IMPORTED
            if row.state != "new":
                await uow.due.finish(item)
            elif whole:
                await _record(uow, seams, item, row, events, source=connection.plugin)
            if whole:
                await uow.commit()
        if not whole:
            await _fetch_and_record(seams, item, row, events, door=door, source=connection.plugin)
    except (StaleClaimError, ConflictError):
        raise
    except Exception as cause:
        if row is None:
            raise
        await _note_trouble(seams, item, row, cause)


async def apply_imported(seams: Seams, items: Sequence[DueItem]) -> bool:
    """Apply rows of files, all of one tenant, by one commit. False when one of them is no waiting row of a file.

    Then, and whatever it raises, nothing was done: `apply_inbox` tells the row that is to blame from the others.
    """
    async with seams.store.begin(items[0].tenant_id) as uow:
        for item in items:
            row = await uow.inbox.get(InboxId(item.item_id), tenant_id=item.tenant_id)
            if row.source != IMPORTED or row.state != "new":
                return False
            await _record(uow, seams, item, row, _read(row, None), source=IMPORTED)
        await uow.commit()
    return True


_TO_BE_FETCHED = (EntityChanged, SubmissionAnnounced, LeadSubmitted)
"""What needs a vendor's answer (or another look at the clock) before it can be applied: never inside a transaction."""


_FOUND_BY: dict[str, FoundBy] = {POLLED: "poll", BACKFILLED: "backfill", IMPORTED: "import"}


async def _note_trouble(seams: Seams, item: DueItem, row: InboxItem, cause: Exception) -> None:
    match cause:
        case UnreadableBodyError():
            await _settle(seams, item, row, "dead", cause.message)
        case LeadcoreError():
            await _try_later(seams, item, row, f"{cause.code}: {cause.message}")
        case _:  # ours or an adapter's bug: the row must not be tried for ever, unseen
            await _try_later(seams, item, row, f"a bug, {type(cause).__name__}: {cause}"[:500])


def _read(row: InboxItem, door: InboundDoor | None) -> tuple[InboundEvent, ...]:
    if door is None:  # our own note, not a vendor's words
        return (read_note(row).event,)
    return door.read(
        AdmittedItem(dedupe_key=row.dedupe_key, body=row.body, entity_key=row.entity_key, occurred_at=row.occurred_at)
    )


async def _told(seams: Seams, event: InboundEvent, door: InboundDoor | None) -> InboundEvent:
    """Return the event itself, or the lead that it only announces, in our time."""
    if isinstance(event, SubmissionAnnounced):
        if door is None or not isinstance(door, SubmissionSource):
            raise SubmissionUnavailableError("this connection announces leads and does not hand them out")
        event = await door.fetch(event.external_id)
    if isinstance(event, LeadSubmitted):
        return moved_by(event, timedelta(seconds=(await seams.store.deployment.state()).clock_offset_s))
    return event


async def _fetch_and_record(
    seams: Seams,
    item: DueItem,
    row: InboxItem,
    events: tuple[InboundEvent, ...],
    *,
    door: InboundDoor | None,
    source: str,
) -> None:
    told = tuple([await _told(seams, event, door) for event in events])
    hints = [event for event in told if isinstance(event, EntityChanged)]
    fetched = await fetch_hinted(seams, item.tenant_id, hints)
    async with seams.store.begin(item.tenant_id) as uow:
        await _record(uow, seams, item, row, told, fetched=fetched, source=source)
        await uow.commit()


async def _record(
    uow: Work,
    seams: Seams,
    item: DueItem,
    row: InboxItem,
    events: tuple[InboundEvent, ...],
    *,
    source: str,
    fetched: Sequence[Fetched] = (),
) -> None:
    found_by: FoundBy = _FOUND_BY.get(row.source, "webhook")
    follow_up = row.source not in OURS or read_note(row).follow_up
    notes: list[str] = []
    if fetched:
        tenant = await uow.tenants.get(item.tenant_id)
        notes += await receive_facts(uow, seams, tenant, fetched, source=source, found_by=found_by, follow_up=follow_up)
    for event in events:
        match event:
            case CustomerMessage():
                notes.append(await receive_message(uow, seams, event, row=row))
            case DeliveryReport():
                notes.append(await receive_report(uow, seams, event, tenant_id=item.tenant_id))
            case LeadSubmitted():
                how = found_by if row.source == IMPORTED else "form"
                notes.append(
                    await receive_submission(
                        uow, seams, event, row=row, source=source, found_by=how, follow_up=follow_up
                    )
                )
            case NotFollowed(reason=reason):
                notes.append(reason)
            case UnsubscribeRequested():
                notes.append("")  # it took effect before its acknowledgement
            case _:
                continue
    why = "; ".join(note for note in notes if note)
    state: InboxState = "ignored" if (why or not notes) else "done"
    await _finish(uow, item, row, state, why or ("" if notes else "nothing in it concerns leads"))


async def _try_later(seams: Seams, item: DueItem, row: InboxItem, error: str) -> None:
    tries = row.tries + 1
    if tries >= MAX_TRIES:
        await _settle(seams, item, replace(row, tries=tries), "dead", error)
        return
    delay = seams.chance.fraction() * min(_BACKOFF_CAP_S, 5.0 * 2**tries)
    async with seams.store.begin(item.tenant_id) as uow:
        await uow.inbox.settle(replace(row, tries=tries, error=error))
        await uow.due.postpone(item, at=await uow.now() + timedelta(seconds=delay))
        await uow.commit()


async def _settle(seams: Seams, item: DueItem, row: InboxItem, state: InboxState, error: str) -> None:
    async with seams.store.begin(item.tenant_id) as uow:
        await _finish(uow, item, row, state, error)
        await uow.commit()


async def _finish(uow: Work, item: DueItem, row: InboxItem, state: InboxState, error: str) -> None:
    await uow.inbox.settle(replace(row, state=state, error=error))
    await uow.due.finish(item)
