"""What may have been sent in the time that a restored database does not know."""

from datetime import datetime, timedelta

from leadcore.flows.work import Work
from leadcore.messaging.model import Message

FOUND_AFTER_RESTORE = "found after a restore"
"""`Attempt.how` of what a carrier's list told us we had sent."""
_CLOCKS_DIFFER = timedelta(minutes=5)


async def may_have_gone(uow: Work, message: Message, *, gap_until: datetime | None, lists: bool) -> bool:
    """Return whether *message*, or what stood for it before the restore, may be with the customer already.

    Whatever is later than the gap is new. Of the rest, a carrier that *lists* what it sent is believed: something went
    to the same contact after the instant this message is for, or nothing did. The others are never tried.
    """
    if gap_until is None:
        return False
    due = await _due(uow, message)
    if due > gap_until:
        return False
    if not lists:
        return True
    known = await uow.messages.to_point(message.contact_point_id, tenant_id=message.tenant_id)
    return any(
        attempt.how == FOUND_AFTER_RESTORE and attempt.started_at >= due - _CLOCKS_DIFFER
        for each, attempts in known
        if each.channel == message.channel
        for attempt in attempts
    )


async def _due(uow: Work, message: Message) -> datetime:
    """Return the instant the message is for: of the touch, the request, or the words it answers."""
    instants = [message.decided_at]
    if message.touch_id is not None:
        touch = await uow.cadences.touch(message.touch_id, tenant_id=message.tenant_id)
        instants = [touch.due_at]
    if message.purpose == "first_response" and message.requested_at is not None:
        instants.append(message.requested_at)
    if message.answers is not None:
        instants.append(message.answers)
    return min(instants)
