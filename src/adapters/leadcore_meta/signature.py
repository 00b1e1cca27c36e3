"""X-Hub-Signature-256: HMAC over the raw bytes; Meta escapes non-ASCII, so decoded text would not fit."""

import hashlib
import hmac
from collections.abc import Iterable

_SCHEME = "sha256="


def signature(secret: str, body: bytes) -> str:
    """Return the signature as it stands in the header."""
    return _SCHEME + hmac.digest(secret.encode(), body, hashlib.sha256).hex()


def is_signed(header: str, body: bytes, *, secrets: Iterable[str]) -> bool:
    """Whether *header* is the signature of *body* under one of *secrets*; each is compared in constant time."""
    claimed = header.encode("utf-8", "surrogatepass")
    good = False
    for secret in secrets:
        good |= hmac.compare_digest(signature(secret, body).encode(), claimed)
    return good
