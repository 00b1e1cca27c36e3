"""HubSpot's request signature v3: base64(HMAC-SHA256(client secret, method + URI + raw body + timestamp)).

v1 and v2 are hashes without a time in them: whoever has seen one request could send it again for ever. They are not
read at all (providers.md 7.1).
"""

import base64
import hashlib
import hmac
import re

# The sender decodes these before it signs, and only these; the '?' that starts the query is not escaped anyway.
_ESCAPES = re.compile(r"%(?:3A|2F|3F|40|21|24|27|28|29|2A|2C|3B)", re.IGNORECASE)


def signed_uri(url: str) -> str:
    """Return *url* the way the sender signs it."""
    return _ESCAPES.sub(lambda found: chr(int(found.group()[1:], 16)), url)


def is_signed(claim: str, *, method: str, url: str, body: bytes, timestamp: str, secrets: tuple[str, ...]) -> bool:
    """Whether *claim* fits one of *secrets*; all are compared, in constant time each. An empty secret fits nothing.

    The list of escapes is documented only in part, so the address as it came is tried as well. The text is compared,
    not what it decodes to: base64 has several spellings of the same bytes.
    """
    claimed = claim.encode("utf-8", "surrogatepass")
    good = False
    for secret in filter(None, secrets):
        for uri in {url, signed_uri(url)}:
            signed = f"{method}{uri}".encode("utf-8", "surrogatepass") + body + timestamp.encode()
            expected = base64.b64encode(hmac.digest(secret.encode(), signed, hashlib.sha256))
            good |= hmac.compare_digest(expected, claimed)
    return good
