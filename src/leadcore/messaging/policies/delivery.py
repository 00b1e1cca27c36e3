"""What a set of delivery reports adds up to: the highest of a lattice, so order and repetition cannot matter."""

from collections.abc import Iterable

from leadcore.ports.messaging import DeliveryStatus

_RANK: dict[DeliveryStatus, int] = {
    "accepted": 0,
    "queued": 1,
    "sending": 2,
    "sent": 3,
    "canceled": 4,
    "failed": 5,
    "undelivered": 6,
    # a handset that has it outweighs any carrier that gave up: late receipts overtake early failures
    "delivered": 7,
}


def delivery_of(reports: Iterable[tuple[DeliveryStatus, str]]) -> DeliveryStatus | None:
    """Return the state that *reports* (status, error code) amount to, None without any.

    Ends (delivered, undelivered, failed, canceled) outrank what is under way; `delivered` outranks every other end.
    """
    return max((status for status, _ in reports), key=_RANK.__getitem__, default=None)
