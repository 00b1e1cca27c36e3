"""Whether a contact point has had its share of marketing, and whether the last one was just now."""

from collections.abc import Iterable
from datetime import datetime, timedelta

from leadcore.compliance.policies.contact_rules import Cap

LONGEST = timedelta(days=7)
"""The longest period any cap counts over; older texts need not be known."""


SPACING = timedelta(minutes=15)
"""Between two marketing messages to one contact point: after an outage what piled up must not arrive in one burst."""
JUST_NOW = "another one went to this contact less than 15 minutes before"


def spaced_at(sent_at: Iterable[datetime], *, now: datetime) -> datetime:
    """Return the first instant from *now* on that is `SPACING` after the last message."""
    last = max(sent_at, default=None)
    return now if last is None else max(now, last + SPACING)


def free_at(sent_at: Iterable[datetime], caps: Iterable[Cap], *, now: datetime) -> datetime:
    """Return the first instant from *now* on at which one more text stays within every cap: *now* if it does already.

    A cap of n in h hours holds for every period of h hours, whenever it begins. What is dated after *now* counts.
    """
    sent = sorted(sent_at)
    free = now
    for cap in caps:
        period = timedelta(hours=cap.hours)
        recent = [at for at in sent if at + period > now]
        if len(recent) >= cap.messages:
            free = max(free, recent[len(recent) - cap.messages] + period)
    return free
