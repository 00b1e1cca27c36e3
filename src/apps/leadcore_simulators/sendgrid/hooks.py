"""SendGrid's webhooks: ECDSA over timestamp and raw body; two different ideas of a retry."""

import base64
import time

from cryptography.hazmat.primitives import hashes, serialization
from cryptography.hazmat.primitives.asymmetric import ec

from leadcore_simulators.wire.courier import Attempt, Manners, Parcel

_AGENT = "SendGrid Event API"
_PARSE_AGENT = "Sendlib/1.0"
_GIVE_UP_S = 24 * 3600.0
_FIRST_PAUSE_S = 1.0
_LONGEST_PAUSE_S = 3 * 3600.0
_PARSE_PAUSE_S = 300.0
_PARSE_MAX_ATTEMPTS = 36
_SERVER_ERROR = 500


def signature(private_key: str, *, timestamp: str, body: bytes) -> str:
    """Sign with the account's P-256 key (PEM): base64 of the DER signature."""
    key = serialization.load_pem_private_key(private_key.encode(), password=None)
    if not isinstance(key, ec.EllipticCurvePrivateKey):
        raise TypeError("the signing key is no elliptic curve key")
    return base64.b64encode(key.sign(timestamp.encode() + body, ec.ECDSA(hashes.SHA256()))).decode()


def manners() -> Manners:
    """Give the vendor's way to deliver."""
    return Manners(dress=_dress, pause_s=_pause_s)


def _dress(parcel: Parcel, _: int) -> dict[str, str]:
    if parcel.op == "parse":
        return {"user-agent": _PARSE_AGENT}
    headers = {"user-agent": _AGENT}
    if private_key := parcel.meta.get("private_key"):
        timestamp = str(int(time.time()))
        headers["x-twilio-email-event-webhook-timestamp"] = timestamp
        headers["x-twilio-email-event-webhook-signature"] = signature(
            private_key, timestamp=timestamp, body=parcel.body
        )
    return headers


def _pause_s(parcel: Parcel, attempt: Attempt) -> float | None:
    if parcel.op == "parse":
        return _parse_pause_s(attempt)
    pause_s: float = min(_FIRST_PAUSE_S * 2 ** (attempt.number - 1), _LONGEST_PAUSE_S)
    return pause_s if attempt.at + pause_s < parcel.meta["born"] + _GIVE_UP_S else None


def _parse_pause_s(attempt: Attempt) -> float | None:
    """A 3xx or 4xx drops the mail at once; a 5xx or no connection is tried again every five minutes."""
    if attempt.status is not None and attempt.status < _SERVER_ERROR:
        return None
    return _PARSE_PAUSE_S if attempt.number < _PARSE_MAX_ATTEMPTS else None
