"""What the vendors' own verifiers say of a request: Twilio's, SendGrid's, Standard Webhooks' and HubSpot's packages.

Meta ships none for Python, and HubSpot's reads the real clock and leaves the unescaping to its caller: there the
documented algorithm is written down again, on its own, beside what the package does offer.
"""

import hashlib
import hmac
from datetime import UTC, datetime, timedelta
from urllib.parse import parse_qsl

from hubspot.utils.signature import Signature
from sendgrid.helpers.eventwebhook import EventWebhook
from standardwebhooks.webhooks import Webhook, WebhookVerificationError
from twilio.request_validator import RequestValidator, get_signature_algorithm

from leadcore.ports.inbound import RawRequest

FORM = "application/x-www-form-urlencoded"
_TOLERANCE = timedelta(minutes=5)
_HUBSPOT_ESCAPES = {
    "%3A": ":", "%2F": "/", "%3F": "?", "%40": "@", "%21": "!", "%24": "$", "%27": "'", "%28": "(", "%29": ")",
    "%2A": "*", "%2C": ",", "%3B": ";",
}  # fmt: skip


class Fields(dict[str, str]):
    """A form as the SDK needs it to see every value of a field."""

    def __init__(self, pairs: list[tuple[str, str]]) -> None:
        super().__init__(pairs)
        self._pairs = pairs

    def getall(self, wanted: str) -> list[str]:
        return [value for name, value in self._pairs if name == wanted]


def twilio(request: RawRequest, *, tokens: tuple[str, ...], shared_key: str) -> bool:
    algorithm = get_signature_algorithm(request.header("x-twilio-webhooks-signature-settings"))
    is_form = request.header("content-type").partition(";")[0].strip().lower() == FORM
    secrets = tokens if algorithm.upper() == "HMAC_SHA1" else (shared_key,)
    try:
        fields: Fields | str = Fields(parse_qsl(request.body.decode(), keep_blank_values=True))
        if not is_form:  # a framework parses no form; with the hash in the address the SDK wants the body itself
            fields = request.body.decode() if "bodySHA256=" in request.url else Fields([])
        given = request.header("x-twilio-signature")
        return any(RequestValidator(each).validate(request.url, fields, given, algorithm) for each in secrets if each)
    except (ValueError, TypeError):
        return False


def sendgrid(request: RawRequest, *, key: str) -> bool:
    signature = request.header("x-twilio-email-event-webhook-signature")
    timestamp = request.header("x-twilio-email-event-webhook-timestamp")
    try:
        return bool(EventWebhook(key).verify_signature(request.body.decode(), signature, timestamp))
    except ValueError:
        return False


class FrozenWebhook(Webhook):
    """The reference verifier at a given time: only its look at the clock is replaced, by the same rule."""

    now: datetime

    def _Webhook__verify_timestamp(self, header: str) -> datetime:  # noqa: N802 - the reference's private name
        try:
            found = datetime.fromtimestamp(float(header), UTC)
        except Exception as cause:
            raise WebhookVerificationError("Invalid Signature Headers") from cause
        if abs(found - self.now) > _TOLERANCE:
            raise WebhookVerificationError("too old or too new")
        return found


def standard_webhooks(request: RawRequest, *, secrets: tuple[str, ...], now: datetime) -> bool:
    names = ("webhook-id", "webhook-timestamp", "webhook-signature")
    for secret in secrets:
        try:
            reference = FrozenWebhook(secret)
            reference.now = now
            reference.verify(request.body, {name: request.header(name) for name in names}, json_parse=False)
        except Exception:  # noqa: BLE001, S112 - the reference raises ValueError and others for malformed headers
            continue
        return True
    return False


def hubspot(request: RawRequest, *, secrets: tuple[str, ...], now: datetime) -> bool:
    uri = request.url
    for escape, plain in _HUBSPOT_ESCAPES.items():
        uri = uri.replace(escape, plain).replace(escape.lower(), plain)
    timestamp = request.header("x-hubspot-request-timestamp")
    try:
        signed_at = datetime.fromtimestamp(float(timestamp) // 1000, UTC)
        body = request.body.decode()
    except (ValueError, OverflowError, OSError):
        return False
    if now - signed_at > _TOLERANCE:
        return False
    claim = request.header("x-hubspot-signature-v3").encode()
    return any(
        hmac.compare_digest(
            Signature.get_signature(each, body, "v3", uri, request.method, timestamp).encode(), claim
        )
        for each in secrets
    )  # fmt: skip


def meta(request: RawRequest, *, secrets: tuple[str, ...]) -> bool:
    """Meta for Developers, Webhooks, Validating Payloads."""
    given = request.header("x-hub-signature-256")
    return any(
        given == "sha256=" + hmac.new(each.encode(), request.body, hashlib.sha256).hexdigest() for each in secrets
    )
