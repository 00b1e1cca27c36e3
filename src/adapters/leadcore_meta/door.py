"""The door for Meta's leadgen webhooks (providers.md 6.3). They say only that there is a lead."""

import hmac
import re
from datetime import UTC, datetime
from typing import Any
from urllib.parse import parse_qsl, urlsplit

import msgspec

from leadcore.ports.inbound import (
    AdmittedItem,
    ForgedRequestError,
    InboundEvent,
    RawRequest,
    SubmissionAnnounced,
    UnreadableBodyError,
)
from leadcore_meta.settings import MetaSettings
from leadcore_meta.signature import is_signed

_ID = re.compile(r"[0-9A-Za-z_-]{1,64}")
_CHALLENGE = re.compile(r"[0-9A-Za-z_-]{1,200}")


class Announced(msgspec.Struct, frozen=True, kw_only=True):
    """What an admitted item keeps of one change."""

    leadgen_id: str
    page_id: str = ""
    form_id: str = ""


class MetaDoor:
    """`InboundDoor` and `ChallengedDoor` of one Meta connection."""

    def __init__(self, settings: MetaSettings) -> None:
        self._secrets = [each for each in (settings.app_secret, settings.previous_app_secret) if each]
        self._verify_token = settings.verify_token

    def echo(self, request: RawRequest) -> str:
        """Return Meta's challenge to whoever knows the verify token."""
        asked = dict(parse_qsl(urlsplit(request.url).query))
        given = asked.get("hub.verify_token", "").encode("utf-8", "surrogatepass")
        is_known = bool(self._verify_token) and hmac.compare_digest(given, self._verify_token.encode())
        challenge = asked.get("hub.challenge", "")
        if asked.get("hub.mode") != "subscribe" or not is_known or not _CHALLENGE.fullmatch(challenge):
            raise ForgedRequestError("the verify token is wrong", fix="copy it from `leadcore connect meta`")
        return challenge

    def admit(self, request: RawRequest, *, now: datetime) -> tuple[AdmittedItem, ...]:
        """Check the signature over the raw bytes, and split the batch. Raises as the port says."""
        if not is_signed(request.header("x-hub-signature-256"), request.body, secrets=self._secrets):
            fix = "compare the App Secret with Meta for Developers > App settings > Basic"
            raise ForgedRequestError("X-Hub-Signature-256 is missing or wrong", fix=fix)
        try:
            body = msgspec.json.decode(request.body)
        except (msgspec.MsgspecError, UnicodeDecodeError, RecursionError) as cause:
            raise UnreadableBodyError("the body is not JSON") from cause
        return tuple(_item(value, now=now) for value in _leads(body))

    def read(self, item: AdmittedItem) -> tuple[InboundEvent, ...]:
        """Say which lead to fetch. Raises `UnreadableBodyError`."""
        try:
            announced = msgspec.json.decode(item.body, type=Announced)
        except (msgspec.MsgspecError, UnicodeDecodeError, RecursionError) as cause:
            raise UnreadableBodyError("this is not a change of the Meta door") from cause
        return (SubmissionAnnounced(external_id=announced.leadgen_id),)


def _leads(body: Any) -> list[dict[str, Any]]:
    return [
        value
        for entry in _dicts(body.get("entry") if isinstance(body, dict) else None)
        for change in _dicts(entry.get("changes"))
        if change.get("field") == "leadgen"
        and isinstance(value := change.get("value"), dict)
        and _ID.fullmatch(str(value.get("leadgen_id", "")))
    ]


def _dicts(found: object) -> list[dict[str, Any]]:
    return [each for each in found if isinstance(each, dict)] if isinstance(found, list) else []


def _item(value: dict[str, Any], *, now: datetime) -> AdmittedItem:
    announced = Announced(
        leadgen_id=str(value["leadgen_id"]),
        page_id=str(value.get("page_id", "")),
        form_id=str(value.get("form_id", "")),
    )
    return AdmittedItem(
        dedupe_key=f"leadgen:{announced.leadgen_id}",
        body=msgspec.json.encode(announced),
        occurred_at=_instant(value.get("created_time")) or now,
    )


def _instant(epoch_s: object) -> datetime | None:
    try:
        return datetime.fromtimestamp(epoch_s, UTC) if isinstance(epoch_s, int) else None
    except (OverflowError, OSError, ValueError):
        return None
