"""X-Twilio-Signature by its algorithm (providers.md 2.4), on every value of a repeated parameter.

The SDK's validator drops repeated keys of a plain dict, accepts a JSON body whose hash is not in the URL, and
compares with a loop of its own; it is our oracle in the tests, not our code.
"""

import base64
import hashlib
import hmac
import re
from collections.abc import Iterable
from urllib.parse import parse_qsl

_ORIGIN = re.compile(
    r"(?P<scheme>https?)://(?P<host>\[[^\]]*\]|[^/?#:]*)(?P<port>:\d*)?(?P<rest>(?:[/?][^#]*)?)(?:#|\Z)",
    re.IGNORECASE,
)
_DEFAULT_PORTS = {"https": ":443", "http": ":80"}
FormPairs = list[tuple[str, str]]


def form_pairs(text: str) -> FormPairs:
    """Read urlencoded pairs in order, blank values included, values untouched."""
    return parse_qsl(text, keep_blank_values=True)


def spellings(url: str) -> tuple[str, ...]:
    """Return *url* without a port and with its port spelt out: Twilio signs either. The fragment is not signed."""
    found = _ORIGIN.match(url)
    if found is None:
        return (url.partition("#")[0],)
    scheme, host, rest = found["scheme"], found["host"], found["rest"]
    port = found["port"] if found["port"] and found["port"] != ":" else _DEFAULT_PORTS[scheme.lower()]
    return f"{scheme}://{host}{rest}", f"{scheme}://{host}{port}{rest}"


def signature(secret: str, url: str, pairs: FormPairs, *, algorithm: str) -> str:
    """Sign *url* followed by each name and its distinct values, both sorted. *algorithm* is sha1 or sha256."""
    values: dict[str, set[str]] = {}
    for name, value in pairs:
        values.setdefault(name, set()).add(value)
    signed = url + "".join(name + value for name in sorted(values) for value in sorted(values[name]))
    digest = hmac.digest(secret.encode(), signed.encode("utf-8", "surrogatepass"), algorithm)
    return base64.b64encode(digest).decode()


def is_signed(given: str, *, url: str, pairs: FormPairs, secrets: Iterable[str], algorithm: str) -> bool:
    """Whether *given* is the signature under one of *secrets*; every candidate is tried, in constant time each."""
    claimed = given.encode("utf-8", "surrogatepass")
    good = False
    for secret in secrets:
        for spelling in spellings(url):
            good |= hmac.compare_digest(signature(secret, spelling, pairs, algorithm=algorithm).encode(), claimed)
    return good


def body_hash_fits(url: str, body: bytes) -> bool:
    """Whether the signed URL names the SHA-256 of *body*; without the name the body is not covered at all."""
    computed = hashlib.sha256(body).hexdigest()
    return hmac.compare_digest(computed.encode(), (_named_hash(url) or "").encode("utf-8", "surrogatepass"))


def names_body_hash(url: str) -> bool:
    """Whether the signed URL names a hash: then the body must fit it, also one that was emptied on the way."""
    return _named_hash(url) is not None


def _named_hash(url: str) -> str | None:
    _, _, query = url.partition("#")[0].partition("?")
    return next((value for name, value in form_pairs(query) if name == "bodySHA256"), None)
