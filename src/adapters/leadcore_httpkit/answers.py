"""A vendor's answer, read whole and with a limit; its body is believed only as far as it can be read."""

from collections.abc import Mapping
from datetime import UTC, datetime
from email.utils import parsedate_to_datetime
from typing import Any

import msgspec

LONGEST_WAIT_S = 3600.0


class Answer(msgspec.Struct, frozen=True, kw_only=True):
    """Status, headers (lower-case names) and body of an HTTP answer."""

    status: int
    headers: dict[str, str] = {}
    body: bytes = b""

    @property
    def is_success(self) -> bool:
        """Whether the status is 2xx."""
        return 200 <= self.status < 300  # noqa: PLR2004 - 2xx

    @property
    def text(self) -> str:
        """The body as text, whatever bytes it has."""
        return self.body.decode("utf-8", "replace")

    def json(self) -> Any:
        """Return the decoded body, None when it is not JSON (a firewall's HTML page, a cut body)."""
        try:
            return msgspec.json.decode(self.body)
        except (msgspec.MsgspecError, UnicodeDecodeError, RecursionError):
            return None

    def json_object(self) -> dict[str, Any]:
        """Return the decoded body if it is a JSON object, else an empty dict."""
        found = self.json()
        return found if isinstance(found, dict) else {}


def retry_after_s(headers: Mapping[str, str]) -> float | None:
    """Return the pause the vendor asks for in seconds, at most an hour; None when it does not say.

    Reads `Retry-After` as seconds or as a date (RFC 9110 section 10.2.3), then SendGrid's `X-RateLimit-Reset`
    (epoch seconds). Dates are compared with the answer's own `Date`, so this machine's clock does not matter.
    """
    asked = headers.get("retry-after", "").strip()
    if asked:
        return _clamped(_number(asked) if _number(asked) is not None else _until(_date(asked), headers))
    reset = _number(headers.get("x-ratelimit-reset", "").strip())
    return _clamped(_until(_instant(reset), headers)) if reset is not None else None


def _until(instant: datetime | None, headers: Mapping[str, str]) -> float | None:
    sent = _date(headers.get("date", ""))
    return (instant - sent).total_seconds() if instant and sent else None


def _clamped(seconds: float | None) -> float | None:
    return None if seconds is None else min(max(seconds, 0.0), LONGEST_WAIT_S)


def _number(text: str) -> float | None:
    return float(text) if text.isascii() and text.replace(".", "", 1).isdigit() else None


def _instant(epoch_s: float) -> datetime | None:
    try:
        return datetime.fromtimestamp(epoch_s, UTC)
    except (OverflowError, OSError, ValueError):
        return None


def _date(text: str) -> datetime | None:
    try:
        found = parsedate_to_datetime(text)
    except (TypeError, ValueError):
        return None
    return found if found.tzinfo else found.replace(tzinfo=UTC)
