"""Webhooks as Shopmonkey sends them: Standard Webhooks headers, its Go client's retry rule."""

import base64
import hashlib
import hmac
import time
from typing import Any
from uuid import uuid4

import msgspec

from leadcore_simulators.shopmonkey.answers import shown
from leadcore_simulators.wire.courier import Attempt, Manners, Parcel
from leadcore_simulators.wire.ledger import iso
from leadcore_simulators.wire.store import Store
from leadcore_simulators.wire.world import World

Fields = dict[str, Any]

_AGENT = "Shopmonkey (+https://shopmonkey.io)"
_RETRIED_STATUS = frozenset({408, 429, 502, 503, 504})
_RETRIED_TROUBLE = frozenset({"refused", "reset", "connect_timeout"})
_MAX_ATTEMPTS = 4
_FIRST_PAUSE_S = 0.05
_LONGEST_PAUSE_S = 10.0
_PREFIX = "whsec_"


def signature(secret: str, *, event_id: str, timestamp: int, body: bytes) -> str:
    """Sign by Standard Webhooks. A `whsec_` secret is base64; any other is used as UTF-8 bytes."""
    key = base64.b64decode(secret.removeprefix(_PREFIX)) if secret.startswith(_PREFIX) else secret.encode()
    signed = f"{event_id}.{timestamp}.".encode() + body
    return "v1," + base64.b64encode(hmac.digest(key, signed, hashlib.sha256)).decode()


def fire(
    world: World, account: str, *, trigger: str | None, event: Fields, cause: str, location_id: str | None
) -> None:
    """Send an event to every enabled webhook that wants it; call it inside the transaction of the change."""
    for hook in world.store.find("webhook", account):
        scoped = hook.get("locationId")
        if not hook["enabled"] or trigger not in hook["triggers"] or (scoped and scoped != location_id):
            continue
        wire_id = f"msg_{uuid4().hex}"
        parcel = Parcel(
            id=wire_id,
            op="webhook",
            account=account,
            ref=str(event["data"]["id"]),
            url=hook["url"],
            content_type="application/json",
            body=msgspec.json.encode({**event, "data": shown(event["data"])}),
            meta={"wire_id": wire_id, "secret": hook["secret"], "hook": hook["id"], "version": hook["version"]},
        )
        world.send(parcel, cause=cause)


def manners(store: Store) -> Manners:
    """Give the vendor's way to deliver; a hook that failed says so when it is read."""

    def settled(parcel: Parcel, attempt: Attempt, _answer: bytes) -> None:
        hook = store.get("webhook", parcel.account, parcel.meta["hook"])
        if hook is None:
            return
        good = attempt.status is not None and attempt.status < 300  # noqa: PLR2004 - 2xx
        reason = None if good else f"{attempt.trouble or attempt.status} after {attempt.number} attempts"
        failed_at = None if good else iso(attempt.at)
        hook |= {"error": not good, "errorMessage": reason, "errorDate": failed_at}
        store.put("webhook", parcel.account, hook["id"], hook)

    return Manners(dress=_dress, pause_s=_pause_s, settled=settled)


def _dress(parcel: Parcel, number: int) -> dict[str, str]:
    timestamp = int(time.time())
    return {
        "user-agent": _AGENT,
        "x-attempt": str(number),
        "x-request-id": uuid4().hex,
        "webhook-id": parcel.meta["wire_id"],
        "webhook-timestamp": str(timestamp),
        "webhook-version": str(parcel.meta["version"]),
        "webhook-signature": signature(
            parcel.meta["secret"], event_id=parcel.meta["wire_id"], timestamp=timestamp, body=parcel.body
        ),
    }


def _pause_s(_: Parcel, attempt: Attempt) -> float | None:
    if attempt.number >= _MAX_ATTEMPTS:
        return None
    if attempt.status not in _RETRIED_STATUS and attempt.trouble not in _RETRIED_TROUBLE:
        return None
    if attempt.retry_after_s is not None:
        return attempt.retry_after_s
    backoff_s: float = _FIRST_PAUSE_S * 2 ** (attempt.number - 1)
    return min(backoff_s, _LONGEST_PAUSE_S)
