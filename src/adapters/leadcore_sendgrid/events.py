"""The event webhook's elements in neutral words (providers.md 3.2)."""

import hashlib
from datetime import UTC, datetime
from typing import Any, Literal
from uuid import UUID

import msgspec

from leadcore.kernel.ids import AttemptId
from leadcore.ports.inbound import AdmittedItem, DeliveryReport, InboundEvent, UnreadableBodyError, UnsubscribeRequested
from leadcore.ports.messaging import DeliveryStatus
from leadcore_sendgrid.letters import ATTEMPT_ARG

Reason = Literal["unsubscribe", "complaint", "bounce"]

_STATUSES: dict[str, DeliveryStatus] = {
    "processed": "queued",
    "deferred": "sending",
    "delivered": "delivered",
    "bounce": "undelivered",
    "dropped": "failed",
    # These speak of a mail that has arrived.
    "spamreport": "delivered",
    "unsubscribe": "delivered",
    "group_unsubscribe": "delivered",
}
_WISHES: dict[str, Reason] = {
    "unsubscribe": "unsubscribe",
    "group_unsubscribe": "unsubscribe",
    "spamreport": "complaint",
    "bounce": "bounce",
}
# SendGrid drops what its own suppression lists name; those lists may know more than ours.
_DROPPED: dict[str, Reason] = {
    "unsubscribed address": "unsubscribe",
    "spam reporting address": "complaint",
    "bounced address": "bounce",
    "invalid": "bounce",
}


class EventElement(msgspec.Struct, frozen=True, kw_only=True, tag="event"):
    """What an admitted item keeps: one element of the array, exactly as it came."""

    event: msgspec.Raw


def event_items(body: bytes) -> tuple[AdmittedItem, ...]:
    """Split the array; a repeated element is admitted once. Raises `UnreadableBodyError`."""
    try:
        elements = msgspec.json.decode(body, type=list[msgspec.Raw])
    except msgspec.MsgspecError as cause:
        raise UnreadableBodyError("the events are not a JSON array") from cause
    items = [_item(bytes(element)) for element in elements]
    return tuple({item.dedupe_key: item for item in items}.values())


def events_of(element: EventElement) -> tuple[InboundEvent, ...]:
    """Understand one element. Raises `UnreadableBodyError`."""
    fields = _object(bytes(element.event))
    if fields is None:
        raise UnreadableBodyError("the event is not a JSON object")
    report, wish = _report(fields), _wish(fields)
    return tuple(event for event in (report, wish) if event is not None)


def _item(element: bytes) -> AdmittedItem:
    fields = _object(element) or {}
    wish = _wish(fields)
    about = fields.get(ATTEMPT_ARG) or _message(fields) or fields.get("email")
    return AdmittedItem(
        dedupe_key=str(fields.get("sg_event_id") or hashlib.sha256(element).hexdigest())[:200],
        body=msgspec.json.encode(EventElement(event=msgspec.Raw(element))),
        entity_key=f"message:{about}"[:300] if about else None,
        occurred_at=_instant(fields.get("timestamp")),
        urgent=wish is not None and wish.reason != "bounce",
    )


def _report(fields: dict[str, Any]) -> DeliveryReport | None:
    status = _STATUSES.get(_kind(fields))
    provider_id, attempt_id = _message(fields), _attempt(fields.get(ATTEMPT_ARG))
    if status is None or not (provider_id or attempt_id):
        return None
    return DeliveryReport(
        provider_id=provider_id,
        status=status,
        attempt_id=attempt_id,
        error_code=_text(fields, "status") if status in {"undelivered", "failed"} else "",
        detail=(_text(fields, "reason") or _text(fields, "response"))[:500],
    )


def _wish(fields: dict[str, Any]) -> UnsubscribeRequested | None:
    kind, address = _kind(fields), _text(fields, "email").strip().lower()
    reason = _WISHES.get(kind)
    if kind == "bounce" and _text(fields, "type") == "blocked":
        reason = None  # refused for now; the mailbox exists
    if kind == "dropped":
        reason = _DROPPED.get(_text(fields, "reason").strip().lower())
    return UnsubscribeRequested(email=address, reason=reason) if reason and address else None


def _kind(fields: dict[str, Any]) -> str:
    return _text(fields, "event").lower()


def _message(fields: dict[str, Any]) -> str:
    """Return what `X-Message-Id` said; it is missing on asynchronous bounces."""
    return _text(fields, "sg_message_id").partition(".")[0]


def _attempt(value: object) -> AttemptId | None:
    try:
        return AttemptId(UUID(str(value)))
    except ValueError:
        return None


def _instant(value: object) -> datetime | None:
    try:
        return datetime.fromtimestamp(float(str(value)), UTC)
    except (ValueError, OverflowError, OSError):
        return None


def _text(fields: dict[str, Any], name: str) -> str:
    value = fields.get(name)
    return value if isinstance(value, str) else ""


def _object(text: bytes) -> dict[str, Any] | None:
    try:
        found = msgspec.json.decode(text)
    except (msgspec.MsgspecError, UnicodeDecodeError, RecursionError):
        return None
    return found if isinstance(found, dict) else None
