"""Time is an argument. Whatever supplies it satisfies `Clock`."""

from datetime import UTC, datetime
from typing import Protocol

from leadcore.kernel.errors import InvalidInputError


class Clock(Protocol):
    """A source of the present instant."""

    def now(self) -> datetime:
        """Return the present instant, aware, in UTC."""
        ...


def in_utc(instant: datetime, *, field: str = "at") -> datetime:
    """Return *instant* in UTC; a naive datetime raises `InvalidInputError`, for its zone is unknown."""
    if instant.tzinfo is None:
        raise InvalidInputError("the instant has no time zone", field=field, fix="add an offset such as Z")
    return instant.astimezone(UTC)
