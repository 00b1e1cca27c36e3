"""Standard Webhooks signatures (standardwebhooks.com), from the reader's side."""

import base64
import binascii
import hashlib
import hmac

_PREFIX = "whsec_"
_VERSION = "v1,"
_MAX_SIGNATURES = 10


def key_of(secret: str) -> bytes:
    """Return the key that *secret* stands for: base64 after `whsec_`, else its own UTF-8 bytes; empty for none."""
    if not secret.startswith(_PREFIX):
        return secret.encode()
    plain = secret.removeprefix(_PREFIX)
    try:
        return base64.b64decode(plain + "=" * (-len(plain) % 4), validate=True)
    except (binascii.Error, ValueError):
        return secret.encode()


def signature(key: bytes, *, message_id: str, timestamp: str, body: bytes) -> str:
    """Return the signature as it stands in the header."""
    signed = f"{message_id}.{timestamp}.".encode("utf-8", "surrogatepass") + body
    return _VERSION + base64.b64encode(hmac.digest(key, signed, hashlib.sha256)).decode()


def is_signed(header: str, *, message_id: str, timestamp: str, body: bytes, keys: tuple[bytes, ...]) -> bool:
    """Whether one of the signatures in *header* fits one of *keys*; all are compared, in constant time each.

    The text is compared, not what it decodes to: base64 has several spellings of the same bytes.
    """
    claims = [word.encode("utf-8", "surrogatepass") for word in header.split(" ")[:_MAX_SIGNATURES]]
    good = False
    for key in keys:
        expected = signature(key, message_id=message_id, timestamp=timestamp, body=body).encode()
        for claim in claims:
            good |= hmac.compare_digest(expected, claim)
    return good
