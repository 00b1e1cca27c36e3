"""The door for a shop's own forms.

A browser shows a public key from a page we were told of: that keeps other sites' pages out, not programs, which is
what the honeypot is for. A server signs; nothing unsigned of a signed request is believed.
"""

import hashlib
import hmac
import re
from datetime import UTC, datetime, timedelta
from typing import Any, Literal
from urllib.parse import parse_qsl, urlsplit

import msgspec

from leadcore.pictures.policies.preparing import prepared
from leadcore.ports.inbound import (
    AdmittedItem,
    AdmittedPicture,
    ForgedRequestError,
    InboundEvent,
    LeadSubmitted,
    RawRequest,
    RefusedSubmissionError,
    StaleRequestError,
    SubmittedConsent,
    SubmittedPicture,
    SubmittedVehicle,
    TrappedSubmissionError,
    UnreadableBodyError,
)
from leadcore_httpkit.forms import MULTIPART
from leadcore_webform.fields import FORM, FormFields, checked_fields, raw_fields, split_upload
from leadcore_webform.settings import WebFormSettings
from leadcore_webform.signature import is_signed, key_of

_TOLERANCE = timedelta(minutes=5)
_EPOCH_S = re.compile(r"[0-9]{1,11}")
_REFERENCE = re.compile(r"[\x21-\x7e]{1,200}")
_FIX = "run `leadcore connect webform` to see what the form has to send"

Sender = Literal["browser", "server"]


class Envelope(msgspec.Struct, frozen=True, kw_only=True):
    """What an admitted item keeps: the bytes as they came (Latin-1 keeps them), and what only the request told.

    Of a multipart form it keeps the fields, urlencoded, and what is told of the files; their bytes go on the shelf.
    """

    sender: Sender
    content_type: str
    content: str
    ip: str = ""
    user_agent: str = ""
    pictures: tuple[SubmittedPicture, ...] = ()


class WebFormDoor:
    """`InboundDoor`, `BrowserDoor` and `FileDoor` of one form."""

    def __init__(self, settings: WebFormSettings) -> None:
        self._settings = settings
        self._origins = settings.allowed
        secrets = (settings.secret, settings.previous_secret)
        self._keys = tuple(key for secret in secrets if (key := key_of(secret)))

    def allows_origin(self, origin: str) -> bool:
        """Whether the operator listed *origin*."""
        return origin in self._origins

    def takes_files(self, content_type: str) -> bool:
        """Whether this is a form with files."""
        return _is_multipart(content_type)

    def admit(self, request: RawRequest, *, now: datetime) -> tuple[AdmittedItem, ...]:
        """Check who sends it, then whether it can be used. Raises as the port says."""
        sender: Sender = "server" if request.header("webhook-signature") else "browser"
        if sender == "server":
            reference = self._check_server(request, now=now)
        else:
            self._check_browser(request)
            reference = ""
        kind, body, told, kept = _unpacked(request)
        envelope = Envelope(
            sender=sender,
            content_type=kind,
            content=body.decode("latin-1"),
            pictures=told,
            ip=request.peer if sender == "browser" else "",
            user_agent=request.header("user-agent")[:1000] if sender == "browser" else "",
        )
        fields = self._fields(envelope)
        if fields is None:
            raise TrappedSubmissionError(f"the field {self._settings.honeypot} is filled in, which people never see")
        submitted_at = now
        if sender == "server" and fields.submitted_at is not None:
            submitted_at = min(fields.submitted_at, now).astimezone(UTC)
        return (
            AdmittedItem(
                dedupe_key=reference or _reference(request, envelope, now=now),
                body=msgspec.json.encode(envelope),
                occurred_at=submitted_at,
                pictures=kept,
            ),
        )

    def read(self, item: AdmittedItem) -> tuple[InboundEvent, ...]:
        """Return the lead; what a program filled in is none."""
        try:
            envelope = msgspec.json.decode(item.body, type=Envelope)
            fields = self._fields(envelope)
        except (msgspec.MsgspecError, UnicodeError, RecursionError) as cause:
            raise UnreadableBodyError("this is not an envelope of the web form's door") from cause
        except RefusedSubmissionError as cause:
            raise UnreadableBodyError(cause.message) from cause
        if fields is None:
            return ()
        if item.occurred_at is None:
            raise UnreadableBodyError("nobody noted when this was submitted")
        return (_lead(fields, envelope, external_id=item.dedupe_key, submitted_at=item.occurred_at),)

    def _fields(self, envelope: Envelope) -> FormFields | None:
        raw = raw_fields(envelope.content_type, envelope.content.encode("latin-1"))
        if _is_filled(raw.get(self._settings.honeypot)):
            return None
        return checked_fields(raw, region=self._settings.region)

    def _check_server(self, request: RawRequest, *, now: datetime) -> str:
        message_id, timestamp = request.header("webhook-id"), request.header("webhook-timestamp")
        if not self._keys:
            raise ForgedRequestError("no secret is configured, so no server is believed", fix=_FIX)
        # A dot would let signed bytes move from one field into the next.
        if not _REFERENCE.fullmatch(message_id) or "." in message_id or not _EPOCH_S.fullmatch(timestamp):
            raise ForgedRequestError("webhook-id or webhook-timestamp is missing or malformed")
        signatures = request.header("webhook-signature")
        if not is_signed(signatures, message_id=message_id, timestamp=timestamp, body=request.body, keys=self._keys):
            raise ForgedRequestError("the signature is wrong", fix="sign id.timestamp.body with the form's secret")
        if abs(now - datetime.fromtimestamp(int(timestamp), UTC)) > _TOLERANCE:
            raise StaleRequestError("signed more than 5 minutes from now", fix="set the clocks of both servers")
        given = request.header("idempotency-key").strip('"')
        if given and given != message_id:  # it is not signed: whoever replays the request could choose it
            fix = "leave Idempotency-Key out, or send the same value as webhook-id"
            raise RefusedSubmissionError("Idempotency-Key is not webhook-id", field="Idempotency-Key", fix=fix)
        return f"server:{message_id}"

    def _check_browser(self, request: RawRequest) -> None:
        origin = request.header("origin")
        if not self._settings.form_key:
            raise ForgedRequestError("neither a signature nor a form key is expected here", fix=_FIX)
        given = request.header("x-form-key") or _query(request.url, "key") or _key_inside(request)
        if not hmac.compare_digest(given.encode("utf-8", "surrogatepass"), self._settings.form_key.encode()):
            raise ForgedRequestError("the form key is missing or wrong", fix=_FIX)
        if not self.allows_origin(origin):
            fix = "add it: `leadcore connect webform --set origins=…`; a server has to sign instead"
            raise ForgedRequestError(f"the origin {origin[:100]!r} is not allowed", fix=fix)


def _is_multipart(content_type: str) -> bool:
    return content_type.partition(";")[0].strip().lower() == MULTIPART


def _unpacked(
    request: RawRequest,
) -> tuple[str, bytes, tuple[SubmittedPicture, ...], tuple[AdmittedPicture, ...]]:
    """Return content type and body as they are kept, what is told of the files, and what of them goes on the shelf."""
    kind = request.header("content-type")
    if not _is_multipart(kind):
        return kind, request.body, (), ()
    body, files = split_upload(kind, request.body)
    ready = [prepared(part.content, number=at, name=part.filename or "") for at, part in enumerate(files, start=1)]
    return FORM, body, tuple(told for told, _ in ready), tuple(kept for _, kept in ready if kept is not None)


def _reference(request: RawRequest, envelope: Envelope, *, now: datetime) -> str:
    given = request.header("idempotency-key").strip('"')
    if given and not _REFERENCE.fullmatch(given):
        fix = "send 1 to 200 visible ASCII characters, such as a UUID"
        raise RefusedSubmissionError("Idempotency-Key cannot be used", field="Idempotency-Key", fix=fix)
    if given:
        return f"browser:{given}"
    # Without a key, the same words on the same day are a second click; next month they are a second wish.
    # The boundary of a multipart form is another one at each click, so its fields and pictures are compared.
    said = envelope.content.encode("latin-1") + "".join(each.digest for each in envelope.pictures).encode()
    return "same-day:" + hashlib.sha256(f"{now:%Y-%m-%d}\n".encode() + said).hexdigest()


def _query(url: str, name: str) -> str:
    return dict(parse_qsl(urlsplit(url).query)).get(name, "")


def _key_inside(request: RawRequest) -> str:
    try:
        found = raw_fields(request.header("content-type"), request.body).get("form_key")
    except RefusedSubmissionError:
        return ""
    return found if isinstance(found, str) else ""


def _is_filled(value: Any) -> bool:
    return bool(value.strip() if isinstance(value, str) else value)


def _lead(fields: FormFields, envelope: Envelope, *, external_id: str, submitted_at: datetime) -> LeadSubmitted:
    vehicle = fields.vehicle
    return LeadSubmitted(
        external_id=external_id,
        submitted_at=submitted_at,
        name=fields.name,
        first_name=fields.first_name,
        last_name=fields.last_name,
        phones=(fields.phone,) if fields.phone.strip() else (),
        emails=(fields.email,) if fields.email.strip() else (),
        vehicle=SubmittedVehicle(year=vehicle.year, make=vehicle.make, model=vehicle.model, body=vehicle.body),
        services=tuple(fields.services),
        message=fields.message,
        pictures=envelope.pictures,
        consent=_consent(fields, envelope, submitted_at),
    )


def _consent(fields: FormFields, envelope: Envelope, submitted_at: datetime) -> SubmittedConsent | None:
    told = fields.consent
    if not told.sms and not told.email:
        return None
    is_server = envelope.sender == "server"
    return SubmittedConsent(
        sms=told.sms,
        email=told.email,
        wording=told.wording,
        at=min(told.at, submitted_at).astimezone(UTC) if is_server and told.at else submitted_at,
        reported_by=envelope.sender,
        ip=told.ip if is_server else envelope.ip,
        user_agent=told.user_agent if is_server else envelope.user_agent,
        page_url=fields.page_url,
    )
