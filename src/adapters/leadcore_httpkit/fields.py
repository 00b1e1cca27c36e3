"""Reading a vendor's JSON record: any field may be missing, null or of another type, and none of that is an error."""

import re
from datetime import UTC, datetime
from typing import Any

Fields = dict[str, Any]

_DECIMAL = re.compile(r"-?\d{1,12}(?:\.\d{1,12})?", re.ASCII)


def text(record: Fields, *names: str) -> str:
    """Return the first of *names* that holds a word, as trimmed text; numbers count."""
    for name in names:
        value = record.get(name)
        if isinstance(value, str) and value.strip():
            return value.strip()
        if isinstance(value, int | float) and not isinstance(value, bool):
            return str(value)
    return ""


def flag(record: Fields, name: str) -> bool:
    """Return whether *name* is literally true."""
    return record.get(name) is True


def whole(record: Fields, name: str) -> int | None:
    """Return a whole number, also when it is written as text."""
    value = record.get(name)
    if isinstance(value, bool):
        return None
    if isinstance(value, int):
        return value
    if isinstance(value, float) and value.is_integer():
        return int(value)
    if isinstance(value, str) and re.fullmatch(r"-?\d{1,15}", value.strip()):
        return int(value)
    return None


def number(record: Fields, name: str) -> float:
    """Return a number, also when it is written as text; 0 when there is none."""
    value = record.get(name)
    if isinstance(value, str) and _DECIMAL.fullmatch(value.strip()):
        return float(value)
    return float(value) if isinstance(value, int | float) and not isinstance(value, bool) else 0.0


def instant(value: object) -> datetime | None:
    """Read an ISO 8601 instant into UTC; the vendor's dates carry Z, one without a zone is taken as UTC."""
    if not isinstance(value, str):
        return None
    try:
        found = datetime.fromisoformat(value.strip())
        return found.astimezone(UTC) if found.tzinfo else found.replace(tzinfo=UTC)
    except (ValueError, OverflowError):
        return None


def rows(value: object) -> list[Fields]:
    """Return the objects of a list."""
    return [row for row in value if isinstance(row, dict)] if isinstance(value, list) else []
