"""Instants as people type them."""

import re
from datetime import UTC, datetime, timedelta

from leadcore.kernel.errors import InvalidInputError

_SPAN = re.compile(r"^(\d+)([mhd])$")
_UNITS = {"m": "minutes", "h": "hours", "d": "days"}


def instant_since(text: str, *, now: datetime) -> datetime | None:
    """Return the instant that `--since` names, None for no text. Without an offset it is UTC.

    Raises `InvalidInputError`.
    """
    if not text:
        return None
    if (span := _SPAN.match(text)) is not None:
        return now - timedelta(**{_UNITS[span[2]]: int(span[1])})
    try:
        found = datetime.fromisoformat(text)
    except ValueError as cause:
        raise InvalidInputError(
            f"{text!r} is no instant", field="--since", fix="write 2026-11-20, 2026-11-20T14:00Z, 36h or 7d"
        ) from cause
    return found if found.tzinfo else found.replace(tzinfo=UTC)
