"""When a sender has a free slot: no more segments a second than its carrier takes (GCRA, a leaky bucket as an instant).

Carriers throttle by segment and sender (a long code: one a second) and queue the rest for hours, where neither STOP nor
the end of a window reaches it. What waits here can still be called back.
"""

from datetime import datetime, timedelta
from math import ceil, floor

import msgspec


class Pace(msgspec.Struct, frozen=True, kw_only=True):
    """How fast a sender may go: segments a second, and how many at once after a rest. Both more than 0."""

    per_s: float
    burst: float


class Slot(msgspec.Struct, frozen=True, kw_only=True):
    """When a message may go, and the sender's theoretical arrival time once it was promised that."""

    at: datetime
    tat: datetime


def reserve(tat: datetime | None, *, now: datetime, cost: int, pace: Pace) -> Slot:
    """Return the first free slot from *now* on for *cost* segments; *tat* is what the last promise left, None at first.

    Promises are kept apart by what they cost, whoever asks and how many at once. A message longer than the burst goes
    alone.
    """
    # an instant has microseconds: rounded against the sender, or it would be too fast by a few of them
    room = timedelta(microseconds=floor(max(pace.burst, cost) / pace.per_s * 1e6))
    after = max(tat or now, now) + timedelta(microseconds=ceil(cost / pace.per_s * 1e6))
    is_rested = tat is None or tat <= now
    return Slot(at=now if is_rested else max(now, after - room), tat=after)
