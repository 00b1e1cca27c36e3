"""The door for HubSpot's webhooks: many events per request, each of them a hint at what to read again."""

import hashlib
import re
from datetime import UTC, datetime, timedelta

import msgspec

from leadcore.ports.inbound import (
    AdmittedItem,
    EntityChanged,
    EntityKind,
    ForgedRequestError,
    InboundEvent,
    RawRequest,
    StaleRequestError,
    UnreadableBodyError,
)
from leadcore_httpkit.fields import Fields, text, whole
from leadcore_hubspot.settings import HubSpotSettings
from leadcore_hubspot.signature import is_signed

_TOLERANCE = timedelta(minutes=5)
# Exactly thirteen digits: the timestamp is signed right behind the body, and a digit must not move between them.
_EPOCH_MS = re.compile(r"\d{13}", re.ASCII)
_SECRET_FIX = "store the app's client secret again: Settings > Integrations > your app > Auth"  # noqa: S105
_KINDS: dict[str, EntityKind] = {"deal": "order", "contact": "customer", "product": "service"}
_GENERIC_KINDS: dict[str, EntityKind] = {"0-3": "order", "0-1": "customer", "0-7": "service"}
_SUBJECTS = ("objectId", "fromObjectId", "primaryObjectId", "newObjectId")


class HubSpotDoor:
    """`InboundDoor` of one HubSpot connection."""

    def __init__(self, settings: HubSpotSettings) -> None:
        self._secrets = (settings.client_secret, settings.previous_client_secret)
        self._portal_id = settings.portal_id

    def admit(self, request: RawRequest, *, now: datetime) -> tuple[AdmittedItem, ...]:
        """Check the signature, then its age; one item per event. Raises as the port says.

        One app serves many portals at one address: events of a portal that is not ours are left out.
        """
        timestamp = request.header("x-hubspot-request-timestamp")
        self._check(request, timestamp)
        signed_at = datetime.fromtimestamp(int(timestamp) / 1000, UTC)
        if abs(now - signed_at) > _TOLERANCE:
            raise StaleRequestError(
                f"signed at {signed_at:%Y-%m-%d %H:%M:%S}Z, more than {_TOLERANCE.seconds // 60} minutes from now",
                fix="if every webhook is stale, set this server's clock",
            )
        found = ((bytes(raw), _event(bytes(raw))) for raw in _events(request.body))
        return tuple(_item(raw, event) for raw, event in found if self._is_ours(event))

    def read(self, item: AdmittedItem) -> tuple[InboundEvent, ...]:
        """Say which records changed; other objects are of no interest.

        A deletion is a hint like any other: events come in any order, and the record may be back by now.
        """
        event = _event(item.body)
        if event is None:
            raise UnreadableBodyError("the event is not a JSON object")
        kind = _kind(event)
        if kind is None:
            if not text(event, "subscriptionType"):
                raise UnreadableBodyError("the event has no subscriptionType")
            return ()
        subjects = _subjects(event)
        if not subjects:
            raise UnreadableBodyError(f"the {kind} has no id")
        return tuple(EntityChanged(kind=kind, external_id=each) for each in subjects)

    def _check(self, request: RawRequest, timestamp: str) -> None:
        claim = request.header("x-hubspot-signature-v3")
        if not any(self._secrets):
            raise ForgedRequestError("no client secret is configured, so nothing can be believed", fix=_SECRET_FIX)
        if not claim and request.header("x-hubspot-signature"):
            raise ForgedRequestError("signed with v1 or v2, which anybody could repeat; only v3 is believed")
        if not claim or not _EPOCH_MS.fullmatch(timestamp):
            raise ForgedRequestError("X-HubSpot-Signature-v3 or X-HubSpot-Request-Timestamp is missing or malformed")
        good = is_signed(
            claim, method=request.method, url=request.url, body=request.body, timestamp=timestamp,
            secrets=self._secrets,
        )  # fmt: skip
        if not good:
            raise ForgedRequestError("the signature is wrong", fix=_SECRET_FIX)

    def _is_ours(self, event: Fields | None) -> bool:
        portal = text(event or {}, "portalId")
        return not self._portal_id or not portal or portal == self._portal_id


def _events(body: bytes) -> list[msgspec.Raw]:
    try:
        return msgspec.json.decode(body, type=list[msgspec.Raw])
    except (msgspec.MsgspecError, UnicodeDecodeError, RecursionError) as cause:
        raise UnreadableBodyError("the body is not a JSON array") from cause


def _event(raw: bytes) -> Fields | None:
    try:
        found = msgspec.json.decode(raw)
    except (msgspec.MsgspecError, UnicodeDecodeError, RecursionError):
        return None
    return found if isinstance(found, dict) else None


def _item(raw: bytes, event: Fields | None) -> AdmittedItem:
    """Make the item. `eventId` alone is not unique (providers.md 7.1); what has no ids is known by its bytes."""
    event = event or {}
    marks = [text(event, name) for name in ("eventId", "subscriptionId", "occurredAt")]
    kind, subjects = _kind(event), _subjects(event)
    return AdmittedItem(
        dedupe_key=":".join(marks) if all(marks) else hashlib.sha256(raw).hexdigest(),
        body=raw,
        entity_key=f"{kind}:{subjects[0]}" if kind and subjects else None,
        occurred_at=_instant(whole(event, "occurredAt")),
    )


def _kind(event: Fields) -> EntityKind | None:
    subject = text(event, "subscriptionType").partition(".")[0]
    return _GENERIC_KINDS.get(text(event, "objectTypeId")) if subject == "object" else _KINDS.get(subject)


def _subjects(event: Fields) -> list[str]:
    """Return the ids that the event names; a merge names several."""
    found = [text(event, name) for name in _SUBJECTS]
    merged = event.get("mergedObjectIds")
    found += [text({"id": each}, "id") for each in merged] if isinstance(merged, list) else []
    return list(dict.fromkeys(each for each in found if each))


def _instant(epoch_ms: int | None) -> datetime | None:
    try:
        return None if epoch_ms is None else datetime.fromtimestamp(epoch_ms / 1000, UTC)
    except (OverflowError, OSError, ValueError):
        return None
