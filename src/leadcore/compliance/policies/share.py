"""Whether a contact point has had its share of marketing texts."""

from collections.abc import Iterable
from datetime import datetime, timedelta

from leadcore.compliance.policies.contact_rules import Cap

LONGEST = timedelta(days=7)
"""The longest period any cap counts over; older texts need not be known."""


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
