"""What goes wrong in a run, and how often. Without faults everything that leaves arrives and is answered for."""

from datetime import datetime, timedelta

import msgspec


class Outage(msgspec.Struct, frozen=True, kw_only=True):
    """From when until when the carriers take nothing."""

    begins: datetime
    ends: datetime


class Faults(msgspec.Struct, frozen=True, kw_only=True):
    """Chances per event, between 0 and 1.

    A call to a carrier is answered 429 (`busy`) or 5xx, or its answer is lost: after the message was taken
    (`lost_answer`) or before (`lost_request`). A worker dies right before the call, right after it (`crash_before`,
    `crash_after`), or with the work just claimed (`crash_claimed`). Callbacks are told `twice`, `late`, before the
    call's own answer (`early_callback`), or never (`lost_callback`: texts only). `race_stops` lets a customer's STOP
    overtake a worker between its claim and its decision.

    What ADR 0004 rests on must be kept, or a duplicate is possible by design: `list_lag`, how long a carrier's list
    does not show what it took, and `mails_late_up_to` (only events tell of a mail) stay below the settle window.
    """

    lost_answer: float = 0.0
    lost_request: float = 0.0
    busy: float = 0.0
    server_error: float = 0.0
    crash_before: float = 0.0
    crash_after: float = 0.0
    crash_claimed: float = 0.0
    callbacks: bool = False
    twice: float = 0.0
    late: float = 0.0
    early_callback: float = 0.0
    lost_callback: float = 0.0
    texts_late_up_to: timedelta = timedelta(hours=2)
    mails_late_up_to: timedelta = timedelta(minutes=10)
    list_lag: timedelta = timedelta(0)
    race_stops: float = 0.0
    outages: tuple[Outage, ...] = ()

    def is_out(self, at: datetime) -> bool:
        """Whether the carriers are down."""
        return any(each.begins <= at < each.ends for each in self.outages)


NONE = Faults()
WEATHER = Faults(
    lost_answer=0.04,
    lost_request=0.03,
    busy=0.06,
    server_error=0.04,
    crash_before=0.03,
    crash_after=0.03,
    crash_claimed=0.03,
    callbacks=True,
    twice=0.2,
    late=0.2,
    early_callback=0.2,
    lost_callback=0.1,
    list_lag=timedelta(minutes=5),
    race_stops=0.3,
)
"""Bad weather: everything at once, each often enough to meet the others."""
