"""The door for SendGrid: signed event arrays, and customers' mail by Inbound Parse.

Parse requests are unsigned; the unguessable connection id in their path is all the vendor offers, so what they say
is only ever taken as words from a customer. The age of a signed event is not limited: the vendor retries for a day
and whether a retry is signed anew is not documented; `sg_event_id` is the defence against replays.
"""

import base64
import binascii
from datetime import datetime

import msgspec
from cryptography.exceptions import InvalidSignature
from cryptography.hazmat.primitives import hashes
from cryptography.hazmat.primitives.asymmetric import ec
from sendgrid.helpers.eventwebhook import EventWebhook

from leadcore.kernel.errors import InvalidInputError
from leadcore.ports.inbound import AdmittedItem, ForgedRequestError, InboundEvent, RawRequest, UnreadableBodyError
from leadcore_httpkit.forms import MULTIPART
from leadcore_sendgrid.events import EventElement, event_items, events_of
from leadcore_sendgrid.parse import Letter, customer_message, letter_item
from leadcore_sendgrid.settings import SendGridSettings

_SIGNATURE = "x-twilio-email-event-webhook-signature"
_TIMESTAMP = "x-twilio-email-event-webhook-timestamp"
_KEY_FIX = "run `leadcore connect sendgrid` again: registering fetches the key"


class SendGridDoor:
    """`InboundDoor` and `FileDoor` of one SendGrid connection."""

    def __init__(self, settings: SendGridSettings) -> None:
        """Raises `InvalidInputError` when `verification_key` is no public key."""
        self._parse_domain = settings.parse_domain
        self._key = _public_key(settings.verification_key) if settings.verification_key else None

    def takes_files(self, content_type: str) -> bool:
        """Whether this is a mail, which may have attachments; one that is too large would be dropped by SendGrid."""
        return content_type.partition(";")[0].strip().lower() == MULTIPART

    def admit(self, request: RawRequest, *, now: datetime) -> tuple[AdmittedItem, ...]:
        """Check and split a request. Raises as the port says; signed requests are never stale."""
        if self.takes_files(request.header("content-type")) and not request.header(_SIGNATURE):
            return (letter_item(request.header("content-type"), request.body),)
        self._check(request)
        return event_items(request.body)

    def read(self, item: AdmittedItem) -> tuple[InboundEvent, ...]:
        """Understand an admitted item. Raises `UnreadableBodyError`."""
        try:
            kept = msgspec.json.decode(item.body, type=EventElement | Letter)
        except msgspec.MsgspecError as cause:
            raise UnreadableBodyError("this is not an item of the SendGrid door") from cause
        if isinstance(kept, Letter):
            return (customer_message(kept, parse_domain=self._parse_domain),)
        return events_of(kept)

    def _check(self, request: RawRequest) -> None:
        """Verify over the raw bytes: the SDK's own method wants text and would re-encode it."""
        if self._key is None:
            raise ForgedRequestError("no verification key is configured, so nothing can be believed", fix=_KEY_FIX)
        given, timestamp = request.header(_SIGNATURE), request.header(_TIMESTAMP)
        if not given or not timestamp:
            raise ForgedRequestError("the signature or its timestamp is missing", fix="switch on Signed Event Webhook")
        try:
            signature = base64.b64decode(given)
            self._key.verify(signature, timestamp.encode() + request.body, ec.ECDSA(hashes.SHA256()))
        except (binascii.Error, ValueError) as cause:
            raise ForgedRequestError("the signature cannot be read") from cause
        except InvalidSignature as cause:
            raise ForgedRequestError("the signature is wrong", fix=_KEY_FIX) from cause


def _public_key(text: str) -> ec.EllipticCurvePublicKey:
    plain = "".join(line for line in text.split("\n") if not line.startswith("-----")).replace("\r", "").strip()
    try:
        key = EventWebhook(plain).public_key
    except (ValueError, TypeError) as cause:
        raise InvalidInputError(
            "the verification key is no public key", field="verification_key", fix=_KEY_FIX
        ) from cause
    if not isinstance(key, ec.EllipticCurvePublicKey):
        raise InvalidInputError("the verification key is of the wrong kind", field="verification_key", fix=_KEY_FIX)
    return key
