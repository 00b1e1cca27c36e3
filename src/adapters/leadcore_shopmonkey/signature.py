"""Standard Webhooks signatures (standardwebhooks.com), from the reader's side.

Which bytes are the key is not certain at Shopmonkey (providers.md 1.7): the specification decodes base64 after an
optional `whsec_`, a verifier in the wild uses the secret's own UTF-8 bytes. The secret is ours either way, so both
readings of it are tried; neither is known to anybody else.
"""

import base64
import binascii
import hmac

_PREFIX = "whsec_"
_VERSION = b"v1,"
_MAX_SIGNATURES = 10


def keys_of(secret: str) -> tuple[bytes, ...]:
    """Return the key bytes that *secret* may stand for; an empty secret stands for none."""
    if not secret:
        return ()
    plain = secret.removeprefix(_PREFIX)
    keys = [secret.encode()]
    try:
        decoded = base64.b64decode(plain + "=" * (-len(plain) % 4), validate=True)
    except (binascii.Error, ValueError):
        decoded = b""
    if decoded:
        keys.append(decoded)
    return tuple(keys)


def signing_key(header: str, *, message_id: str, timestamp: str, body: bytes, keys: tuple[bytes, ...]) -> bytes | None:
    """Return the first of *keys* that one of the signatures in *header* fits, None if there is none.

    Every signature is compared with it, in constant time each; only keys after a good one are left out.

    The text is compared, not what it decodes to: base64 has several spellings of the same bytes.
    """
    claims = [word.encode("utf-8", "surrogatepass") for word in header.split(" ")[:_MAX_SIGNATURES]]
    signed = f"{message_id}.{timestamp}.".encode("utf-8", "surrogatepass") + body
    good = False
    for key in keys:
        expected = _VERSION + base64.b64encode(hmac.digest(key, signed, "sha256"))
        for claim in claims:
            good |= hmac.compare_digest(expected, claim)
        if good:
            return key
    return None
