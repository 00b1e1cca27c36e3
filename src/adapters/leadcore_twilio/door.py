"""The door for Twilio's webhooks: texts from customers, and what became of ours.

Twilio signs no time, so there is no replay window: the dedupe key is the defence.
"""

import hashlib
from datetime import datetime
from typing import Literal
from uuid import UUID

import msgspec

from leadcore.kernel.ids import AttemptId
from leadcore.ports.inbound import (
    AdmittedItem,
    CustomerMessage,
    DeliveryReport,
    ForgedRequestError,
    InboundEvent,
    RawRequest,
    SubmittedPicture,
    UnreadableBodyError,
)
from leadcore_twilio.errors import trouble_of
from leadcore_twilio.settings import TwilioSettings
from leadcore_twilio.signature import FormPairs, body_hash_fits, form_pairs, is_signed, names_body_hash
from leadcore_twilio.statuses import delivery_status

_FORM = "application/x-www-form-urlencoded"
_ATTEMPT = "a"
_INCOMING = frozenset({"receiving", "received"})
_OPT_OUTS: dict[str, Literal["STOP", "START", "HELP"]] = {"STOP": "STOP", "START": "START", "HELP": "HELP"}
_MAX_MEDIA = 10


class Envelope(msgspec.Struct, frozen=True, kw_only=True):
    """What an admitted item keeps: the signed URL's query, and the form exactly as it came (Latin-1 keeps bytes)."""

    query: str
    form: str


class TwilioDoor:
    """`InboundDoor` of one Twilio connection."""

    def __init__(self, settings: TwilioSettings) -> None:
        self._tokens = [token for token in (settings.auth_token, settings.previous_auth_token) if token]
        self._shared_key = settings.shared_key

    def admit(self, request: RawRequest, *, now: datetime) -> tuple[AdmittedItem, ...]:
        """Check the signature and return the one thing the request tells. Raises as the port says."""
        query = request.url.partition("#")[0].partition("?")[2]
        is_form = request.header("content-type").partition(";")[0].strip().lower() == _FORM
        form = request.body.decode("latin-1") if is_form else ""
        try:
            pairs = form_pairs(form)
        except ValueError as cause:
            raise ForgedRequestError("the form cannot be read, so it cannot be checked") from cause
        self._check(request, pairs)
        is_covered = body_hash_fits(request.url, request.body)
        if not is_covered and (names_body_hash(request.url) or (request.body and not is_form)):
            raise ForgedRequestError("the body is not covered by the signature (bodySHA256 is missing or wrong)")
        return (_item(dict(reversed(pairs)), Envelope(query=query, form=form), request.body),)

    def read(self, item: AdmittedItem) -> tuple[InboundEvent, ...]:
        """Understand an admitted item. Raises `UnreadableBodyError`."""
        try:
            envelope = msgspec.json.decode(item.body, type=Envelope)
            fields = dict(reversed(form_pairs(envelope.form)))
            query = dict(reversed(form_pairs(envelope.query)))
        except (msgspec.MsgspecError, ValueError) as cause:
            raise UnreadableBodyError("this is not an envelope of the Twilio door") from cause
        if _is_report(fields):
            return (_report(fields, query),)
        if _is_text(fields):
            return (_text(fields),)
        return ()

    def _check(self, request: RawRequest, pairs: FormPairs) -> None:
        given = request.header("x-twilio-signature")
        if not given:
            raise ForgedRequestError("there is no X-Twilio-Signature")
        algorithm = _algorithm(request.header("x-twilio-webhooks-signature-settings"))
        if algorithm == "HMAC_SHA1":
            secrets, digest = self._tokens, "sha1"
        elif algorithm == "HMAC_SHA256":
            # The sender may name the algorithm but never the key: ours, or none.
            secrets, digest = [self._shared_key] if self._shared_key else [], "sha256"
        else:
            raise ForgedRequestError(f"the signature algorithm {algorithm[:40]!r} is unknown")
        if not secrets:
            raise ForgedRequestError("no secret is configured for this kind of signature", fix="set the shared key")
        if not is_signed(given, url=request.url, pairs=pairs, secrets=secrets, algorithm=digest):
            raise ForgedRequestError(
                "the signature is wrong",
                fix="compare the public base URL and the Auth Token with those Twilio uses",
            )


def _algorithm(header: str) -> str:
    for part in header.split(","):
        name, _, value = part.partition("=")
        if name.strip() == "algorithm" and value.strip():
            return value.strip().upper()
    return "HMAC_SHA1"


def _item(fields: dict[str, str], envelope: Envelope, body: bytes) -> AdmittedItem:
    kept = msgspec.json.encode(envelope)
    sid = _sid(fields)
    if _is_report(fields):
        mark = fields.get("RawDlrDoneDate") or fields.get("ErrorCode", "")
        return AdmittedItem(
            dedupe_key=f"{sid}|{fields['MessageStatus']}|{mark}", body=kept, entity_key=f"message:{sid}"
        )
    if _is_text(fields):
        return AdmittedItem(dedupe_key=sid, body=kept, entity_key=f"sms:{fields['From']}", urgent=True)
    return AdmittedItem(dedupe_key=hashlib.sha256(envelope.query.encode() + b"\0" + body).hexdigest(), body=kept)


def _sid(fields: dict[str, str]) -> str:
    return fields.get("MessageSid") or fields.get("SmsSid", "")


def _is_report(fields: dict[str, str]) -> bool:
    status = fields.get("MessageStatus", "").lower()
    return bool(_sid(fields)) and bool(status) and status not in _INCOMING


def _is_text(fields: dict[str, str]) -> bool:
    return bool(_sid(fields) and fields.get("From")) and not _is_report(fields)


def _report(fields: dict[str, str], query: dict[str, str]) -> DeliveryReport:
    return DeliveryReport(
        provider_id=_sid(fields),
        status=delivery_status(fields["MessageStatus"]),
        attempt_id=_attempt(query.get(_ATTEMPT, "")),
        error_code=fields.get("ErrorCode", ""),
        detail=fields.get("ErrorMessage", ""),
        trouble=trouble_of(fields.get("ErrorCode", "")),
    )


def _attempt(text: str) -> AttemptId | None:
    try:
        return AttemptId(UUID(text))
    except ValueError:
        return None


def _text(fields: dict[str, str]) -> CustomerMessage:
    return CustomerMessage(
        channel="sms",
        sender=fields["From"].removeprefix("rcs:"),
        recipient=fields.get("To", ""),
        text=fields.get("Body", ""),
        provider_id=_sid(fields),
        provider_opt_out=_OPT_OUTS.get(fields.get("OptOutType", "").upper()),
        pictures=_pictures(fields),
    )


def _pictures(fields: dict[str, str]) -> tuple[SubmittedPicture, ...]:
    """Return the message's media. The declared type only says what need not be fetched at all."""
    count = fields.get("NumMedia", "0")
    found: list[SubmittedPicture] = []
    for number in range(min(int(count[:4]), _MAX_MEDIA) if count.isascii() and count.isdigit() else 0):
        url, kind = fields.get(f"MediaUrl{number}", ""), fields.get(f"MediaContentType{number}", "")
        if url and kind and not kind.lower().startswith(("image/", "application/octet-stream")):
            found.append(SubmittedPicture(refused=f"{kind[:60]} is not kept, only pictures are"))
        elif url:
            found.append(SubmittedPicture(url=url))
    return tuple(found)
