"""The door for Shopmonkey's webhooks. They are hints: whatever they say is read again from the API."""

import re
from datetime import UTC, datetime
from typing import Any

import msgspec

from leadcore.ports.inbound import (
    AdmittedItem,
    EntityChanged,
    EntityKind,
    ForgedRequestError,
    InboundEvent,
    NotFollowed,
    RawRequest,
    StaleRequestError,
    UnreadableBodyError,
)
from leadcore_httpkit.fields import instant, text
from leadcore_shopmonkey.settings import ShopmonkeySettings
from leadcore_shopmonkey.signature import keys_of, signing_key

_TOLERANCE_S = 300
_EPOCH_S = re.compile(r"\d{1,11}")
_SECRET_FIX = "run `leadcore connect shopmonkey` again: it registers the webhook with the stored secret"  # noqa: S105
_OLD_FIX = "delete it under Settings > Integration > Webhooks; `leadcore connect shopmonkey` registers one of version 3"
_OLD_MARKS = frozenset({"eventId", "webhookId", "eventType", "documentId"})
"""What the payloads of v1 and v2 had instead of `table` and `operation` (providers.md 1.7)."""
_KINDS: dict[str, EntityKind] = {
    "order": "order",
    "customer": "customer",
    "vehicle": "vehicle",
    "appointment": "appointment",
    "canned_service": "service",
    "message": "message",
}


class ShopmonkeyDoor:
    """`InboundDoor` of one Shopmonkey connection."""

    def __init__(self, settings: ShopmonkeySettings) -> None:
        self._keys = keys_of(settings.webhook_secret) + keys_of(settings.previous_webhook_secret)

    def admit(self, request: RawRequest, *, now: datetime) -> tuple[AdmittedItem, ...]:
        """Check the signature, then its age. Raises as the port says."""
        message_id, timestamp = request.header("webhook-id"), request.header("webhook-timestamp")
        self._check(request, message_id, timestamp)
        if abs(now.timestamp() - int(timestamp)) > _TOLERANCE_S:
            signed_at = datetime.fromtimestamp(int(timestamp), UTC)
            raise StaleRequestError(
                f"signed at {signed_at:%Y-%m-%d %H:%M:%S}Z, more than {_TOLERANCE_S // 60} minutes from now",
                fix="if every webhook is stale, set this server's clock",
            )
        event = _event(request.body)
        kind, external_id = _subject(event)
        data = event.get("data")
        return (
            AdmittedItem(
                dedupe_key=message_id,
                body=request.body,
                entity_key=f"{kind}:{external_id}" if kind and external_id else None,
                occurred_at=instant(data.get("updatedDate")) if isinstance(data, dict) else None,
            ),
        )

    def read(self, item: AdmittedItem) -> tuple[InboundEvent, ...]:
        """Say which record changed; other tables and the payloads of v1 and v2 are not followed, and that is said."""
        event = _event(item.body)
        kind, external_id = _subject(event)
        if kind is None:
            return (NotFollowed(reason=_why_not(event)),)
        if not external_id:
            raise UnreadableBodyError(f"the {kind} has no id")
        return (EntityChanged(kind=kind, external_id=external_id, deleted=text(event, "operation") == "DELETE"),)

    def _check(self, request: RawRequest, message_id: str, timestamp: str) -> None:
        signatures = request.header("webhook-signature")
        if not self._keys:
            raise ForgedRequestError("no webhook secret is configured, so nothing can be believed", fix=_SECRET_FIX)
        if not message_id or not timestamp or not signatures:
            if _is_old(request.body):
                raise ForgedRequestError("a webhook of API v1 or v2, which Shopmonkey does not sign", fix=_OLD_FIX)
            raise ForgedRequestError("webhook-id, webhook-timestamp or webhook-signature is missing")
        # A dot would let signed bytes move from one field into the next.
        if "." in message_id or not _EPOCH_S.fullmatch(timestamp):
            raise ForgedRequestError("webhook-id or webhook-timestamp is malformed")
        keys, body = self._keys, request.body
        key = signing_key(signatures, message_id=message_id, timestamp=timestamp, body=body, keys=keys)
        if key is None:
            raise ForgedRequestError("the signature is wrong", fix=_SECRET_FIX)
        if key is not keys[0]:  # tried first from now on: a vendor keeps to one reading of the secret
            self._keys = (key, *(other for other in keys if other is not key))


def _event(body: bytes) -> dict[str, Any]:
    try:
        found = msgspec.json.decode(body)
    except (msgspec.MsgspecError, UnicodeDecodeError, RecursionError) as cause:
        raise UnreadableBodyError("the body is not JSON") from cause
    if not isinstance(found, dict):
        raise UnreadableBodyError("the body is not a JSON object")
    return found


def _subject(event: dict[str, Any]) -> tuple[EntityKind | None, str]:
    """Return what changed. Only v3 payloads have `table`; those of v1 and v2 said `entity`."""
    data = event.get("data")
    kind = _KINDS.get(text(event, "table"))
    return kind, text(data, "id") if isinstance(data, dict) else ""


def _why_not(event: dict[str, Any]) -> str:
    if _OLD_MARKS & event.keys():
        return f"a webhook of API v1 or v2: {_OLD_FIX}"
    table = text(event, "table")
    return f"changes of {table!r} are not followed" if table else "the event names no table"


def _is_old(body: bytes) -> bool:
    try:
        return bool(_OLD_MARKS & _event(body).keys())
    except UnreadableBodyError:
        return False
