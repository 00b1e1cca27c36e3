"""Webhooks as HubSpot sends them: an array of events, signature v3 with the time in milliseconds."""

import base64
import hashlib
import hmac
import random
import time
from urllib.parse import unquote
from uuid import uuid4

import msgspec

from leadcore_simulators.wire.courier import Attempt, Manners, Parcel
from leadcore_simulators.wire.http import Fields
from leadcore_simulators.wire.store import Store
from leadcore_simulators.wire.world import World

_DECODED = ("%3A", "%2F", "%3F", "%40", "%21", "%24", "%27", "%28", "%29", "%2A", "%2C", "%3B")
_NEVER_RETRIED = frozenset({400, 401, 403, 404, 405})
_MAX_ATTEMPTS = 11
_FIRST_PAUSE_S = 0.05  # minutes at the vendor
_LONGEST_PAUSE_S = 10.0


def signature(secret: str, *, method: str, url: str, body: bytes, timestamp_ms: int) -> str:
    """Sign by v3: some escapes of the address are decoded first."""
    for escape in _DECODED:
        url = url.replace(escape, unquote(escape)).replace(escape.lower(), unquote(escape))
    signed = method.encode() + url.encode() + body + str(timestamp_ms).encode()
    return base64.b64encode(hmac.digest(secret.encode(), signed, hashlib.sha256)).decode()


def event(account: Fields, kind: str, ref: str, change: Fields) -> Fields:
    """Make an event: *change* has the `subscriptionType` behind the dot, and what belongs to it."""
    return {
        "eventId": random.getrandbits(31),
        "subscriptionId": 0,
        "portalId": account["portalId"],
        "appId": account["appId"],
        "occurredAt": int(time.time() * 1000),
        "attemptNumber": 0,
        "objectId": int(ref),
        "changeSource": "CRM",
        **change,
        "subscriptionType": f"{kind}.{change['subscriptionType']}",
    }


def fire(world: World, account: Fields, events: list[Fields], *, cause: str) -> None:
    """Send the events that are subscribed to, in one request; call it inside the transaction of the change."""
    hook = world.store.get("hook", account["portal"], "settings")
    if hook is None:
        return
    subscriptions = world.store.find("subscription", account["portal"])
    wanted = [
        {**each, "subscriptionId": int(found["id"])}
        for each in events
        for found in subscriptions
        if found["active"]
        and found["eventType"] == each["subscriptionType"]
        and found.get("propertyName") in (None, each.get("propertyName"))
    ]
    if not wanted:
        return
    parcel = Parcel(
        id=f"hs_{uuid4().hex}",
        op="webhook",
        account=account["portal"],
        ref=str(wanted[0]["objectId"]),
        url=hook["targetUrl"],
        content_type="application/json",
        body=msgspec.json.encode(wanted),
        meta={"secret": account["client_secret"], "url": hook["targetUrl"]},
    )
    world.send(parcel, cause=cause)


def manners(_: Store) -> Manners:
    """Give the vendor's way to deliver."""
    return Manners(dress=_dress, pause_s=_pause_s, timeout_s=lambda _: 5.0)


def _dress(parcel: Parcel, _: int) -> dict[str, str]:
    now_ms, secret = int(time.time() * 1000), parcel.meta["secret"]
    return {
        "user-agent": "HubSpot Connect 2.0 (http://dev.hubspot.com/) - WebHooks",
        "x-hubspot-request-timestamp": str(now_ms),
        "x-hubspot-signature-version": "v1",
        "x-hubspot-signature": hashlib.sha256(secret.encode() + parcel.body).hexdigest(),
        "x-hubspot-signature-v3": signature(
            secret, method="POST", url=parcel.meta["url"], body=parcel.body, timestamp_ms=now_ms
        ),
    }


def _pause_s(_: Parcel, attempt: Attempt) -> float | None:
    if attempt.number >= _MAX_ATTEMPTS or attempt.status in _NEVER_RETRIED:
        return None
    if attempt.retry_after_s is not None:
        return attempt.retry_after_s
    backoff_s: float = _FIRST_PAUSE_S * 2 ** (attempt.number - 1)
    return min(backoff_s, _LONGEST_PAUSE_S)
