"""The door for Shop-Ware's webhooks. They are not signed and their form is not documented (providers.md 7.2).

So the address itself is the credential, and a request is believed only as far as a reason to look: every hint is read
again from the API, and the poll finds what no hint told.
"""

import hashlib
import hmac
from datetime import datetime
from urllib.parse import parse_qs, urlsplit

import msgspec

from leadcore.ports.inbound import (
    AdmittedItem,
    EntityChanged,
    EntityKind,
    ForgedRequestError,
    InboundEvent,
    RawRequest,
    UnreadableBodyError,
)
from leadcore_httpkit.fields import Fields, text
from leadcore_shopware.settings import ShopWareSettings

SECRET_NAME = "key"  # noqa: S105 - the name of the query parameter
_SECRET_FIX = "run `leadcore connect shopware` again: it registers the address with its secret"  # noqa: S105
# One record may change twice with the same bytes; a copy that comes later than this is looked at again.
_SAME_FOR_S = 5
_KINDS: dict[str, EntityKind] = {
    "repair_order": "order",
    "customer": "customer",
    "vehicle": "vehicle",
    "appointment": "appointment",
    "canned_job": "service",
}
_EVENT_NAMES = ("event", "event_type", "type", "topic", "name")
_PARTS = ("data", "object", "resource", "payload", "record")


class ShopWareDoor:
    """`InboundDoor` of one Shop-Ware connection."""

    def __init__(self, settings: ShopWareSettings) -> None:
        secrets = (settings.webhook_secret, settings.previous_webhook_secret)
        self._secrets = tuple(secret.encode() for secret in secrets if secret)
        self._tenant_id = settings.tenant_id

    def admit(self, request: RawRequest, *, now: datetime) -> tuple[AdmittedItem, ...]:
        """Check the secret in the address. Raises as the port says."""
        self._check(request)
        event = _event(request.body)
        tenant = text(event, "tenant_id")
        if tenant and tenant != self._tenant_id:
            return ()  # a partner's webhooks may tell of all its tenants
        kind, external_id = _subject(event)
        window = int(now.timestamp()) // _SAME_FOR_S
        return (
            AdmittedItem(
                dedupe_key=f"{hashlib.sha256(request.body).hexdigest()}:{window}",
                body=request.body,
                entity_key=f"{kind}:{external_id}" if kind and external_id else None,
            ),
        )

    def read(self, item: AdmittedItem) -> tuple[InboundEvent, ...]:
        """Say which record may have changed; what names none is left to the poll.

        A deletion is a hint like any other: anybody who knows the address could tell of one.
        """
        kind, external_id = _subject(_event(item.body))
        if kind is None or not external_id:
            return ()
        return (EntityChanged(kind=kind, external_id=external_id),)

    def _check(self, request: RawRequest) -> None:
        if not self._secrets:
            raise ForgedRequestError("no webhook secret is configured, so nothing can be believed", fix=_SECRET_FIX)
        try:
            query = parse_qs(urlsplit(request.url).query)
        except ValueError as cause:
            raise ForgedRequestError("the address cannot be read") from cause
        claims = [claim.encode("utf-8", "surrogatepass") for claim in query.get(SECRET_NAME, [])[:2]]
        good = False
        for secret in self._secrets:
            for claim in claims:
                good |= hmac.compare_digest(secret, claim)
        if not good:
            raise ForgedRequestError("the secret in the address is missing or wrong", fix=_SECRET_FIX)


def _event(body: bytes) -> Fields:
    try:
        found = msgspec.json.decode(body)
    except (msgspec.MsgspecError, UnicodeDecodeError, RecursionError) as cause:
        raise UnreadableBodyError("the body is not JSON") from cause
    if not isinstance(found, dict):
        raise UnreadableBodyError("the body is not a JSON object")
    return found


def _subject(event: Fields) -> tuple[EntityKind | None, str]:
    """Return what changed, wherever the payload says it: `object.action` under some name, the id in it or below."""
    words = (text(event, name) for name in _EVENT_NAMES)
    named = next((word.partition(".")[0] for word in words if word.partition(".")[0] in _KINDS), "")
    parts = [event, *(part for name in (*_PARTS, named) if isinstance(part := event.get(name), dict))]
    ids = (text(part, f"{named}_id", "resource_id", "object_id", "id") for part in reversed(parts))
    return _KINDS.get(named), next((found for found in ids if found), "")
