"""Which addresses an adapter may be pointed at: a tenant types them, so they are not trusted (SSRF)."""

import ipaddress
import re
from urllib.parse import SplitResult, urlsplit

from leadcore.kernel.errors import InvalidInputError

_FIX = "write it like https://api.example.com; plain http is for simulators on this machine only"
_HOST = re.compile(r"[a-z0-9](?:[a-z0-9._-]*[a-z0-9])?", re.IGNORECASE)
_CONTROL = re.compile(r"[\x00-\x20\x7f\\]")


def checked_base_url(text: str) -> str:
    """Return *text* without a trailing slash if an adapter may call it.

    Raises `InvalidInputError` (field `base_url`) for anything but https to a public name or address, or http(s) to
    this machine: private, link-local and metadata addresses, disguised numeric hosts, credentials, query, fragment.
    """
    if _CONTROL.search(text):
        raise _refused("the address contains spaces or control characters")
    parts = _split(text)
    host = parts.hostname or ""
    if parts.username is not None or parts.password is not None:
        raise _refused("the address contains credentials")
    if parts.query or parts.fragment or "?" in text or "#" in text:
        raise _refused("the address has a query or a fragment")
    loopback = is_loopback(host)
    if parts.scheme != "https" and not (parts.scheme == "http" and loopback):
        raise _refused("the address is not https")
    if not loopback:
        _check_public(host)
    return text.rstrip("/")


def is_loopback(host: str) -> bool:
    """Whether *host* (a name or an address without brackets) is this machine by its spelling alone."""
    if host == "localhost":
        return True
    try:
        return ipaddress.ip_address(host).is_loopback
    except ValueError:
        return False


def join(base_url: str, path: str) -> str:
    """Append *path* to a checked base URL; unlike RFC 3986 resolution it never loses the base's own path."""
    return f"{base_url}/{path.lstrip('/')}"


def _split(text: str) -> SplitResult:
    try:
        parts = urlsplit(text)
        parts.port  # noqa: B018 - raises for a port that is no number
    except ValueError as cause:
        raise _refused("the address cannot be read") from cause
    return parts


def _check_public(host: str) -> None:
    try:
        address = ipaddress.ip_address(host)
    except ValueError:
        # 0x7f.1, 2130706433 and 127.1 are addresses to the resolver though not to ipaddress.
        last = host.rpartition(".")[2].lower()
        if not _HOST.fullmatch(host) or "." not in host or last.isdigit() or last.startswith("0x"):
            raise _refused("the host is not a public name") from None
        return
    mapped = getattr(address, "ipv4_mapped", None)
    if not (mapped or address).is_global:
        raise _refused("the host is a private address")


def _refused(why: str) -> InvalidInputError:
    return InvalidInputError(why, field="base_url", fix=_FIX)
