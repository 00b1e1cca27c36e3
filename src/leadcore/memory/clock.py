"""Time that moves only when told to."""

from datetime import UTC, datetime, timedelta

from leadcore.kernel.clock import in_utc

_START = datetime(2026, 6, 1, 15, 0, tzinfo=UTC)


class VirtualClock:
    """`Clock` that stands still until `advance` or `set`. Starts on Monday, 2026-06-01, 10:00 in Texas by default."""

    def __init__(self, start: datetime = _START) -> None:
        self._now = in_utc(start)

    def now(self) -> datetime:
        """Return the present instant, aware, in UTC."""
        return self._now

    def advance(self, by: timedelta) -> datetime:
        """Move by *by* (negative moves back, as a clock that is corrected does); return the new present."""
        self._now += by
        return self._now

    def set(self, instant: datetime) -> None:
        """Move to *instant*. Raises `InvalidInputError` when it is naive."""
        self._now = in_utc(instant)
