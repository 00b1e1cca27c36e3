"""How long customers waited for a first answer: from when they asked until the carrier took the message."""

from collections.abc import Callable, Iterable
from datetime import datetime, timedelta

import msgspec

from leadcore.leads.model import Answering
from leadcore.leads.values import RespondedBy
from leadcore.tenants.policies.opening import Hours, OpenClock, open_time

Instants = Callable[[Answering], datetime | None]
_KINDS: dict[RespondedBy, Instants] = {
    "automation": lambda each: each.first_automated_at,
    "staff": lambda each: each.first_human_at,
}


class Wait(msgspec.Struct, frozen=True, kw_only=True):
    """A wait in seconds: as the customer felt it, and counting only the hours the shop was open."""

    plain_s: float
    open_s: float


class Clock(msgspec.Struct, frozen=True, kw_only=True):
    """The first-response clock of one lead; None where that kind of answer has not come."""

    automation: Wait | None = None
    staff: Wait | None = None


class Speed(msgspec.Struct, frozen=True, kw_only=True):
    """The waits of many leads for one kind of answer. Median and 90th percentile by nearest rank, None without any."""

    responded_by: RespondedBy
    leads: int
    answered: int
    median: Wait | None = None
    p90: Wait | None = None


def clock_of(answering: Answering, *, hours: Hours, zone: str) -> Clock:
    """Return both waits of one lead."""
    return Clock(
        automation=_wait(answering, answering.first_automated_at, hours=hours, zone=zone),
        staff=_wait(answering, answering.first_human_at, hours=hours, zone=zone),
    )


def speed_of(leads: Iterable[Answering], *, hours: Hours, zone: str) -> tuple[Speed, ...]:
    """Return how fast each kind of answer came; whoever still waits counts as a lead, not as a wait."""
    every = list(leads)
    return tuple(_speed(kind, instant, every, hours=hours, zone=zone) for kind, instant in _KINDS.items())


def _speed(kind: RespondedBy, instant: Instants, every: list[Answering], *, hours: Hours, zone: str) -> Speed:
    spans = [(each.requested_at, at) for each in every if (at := instant(each)) is not None]
    plain = sorted(max((at - asked).total_seconds(), 0.0) for asked, at in spans)
    opened: list[float] = []
    if spans:
        since, until = min(asked for asked, _ in spans), max(at for _, at in spans)
        clock = OpenClock(hours, zone, since=since, until=until)
        opened = sorted(clock.seconds(since=asked, until=at) for asked, at in spans)
    return Speed(
        responded_by=kind,
        leads=len(every),
        answered=len(spans),
        median=_at(plain, opened, percent=50),
        p90=_at(plain, opened, percent=90),
    )


def _wait(answering: Answering, at: datetime | None, *, hours: Hours, zone: str) -> Wait | None:
    if at is None:
        return None
    asked = answering.requested_at
    plain = max(at - asked, timedelta(0))  # other people's clocks date the request
    return Wait(
        plain_s=plain.total_seconds(),
        open_s=open_time(hours, zone, since=asked, until=at).total_seconds(),
    )


def _at(plain: list[float], opened: list[float], *, percent: int) -> Wait | None:
    if not plain:
        return None
    rank = -(-len(plain) * percent // 100) - 1  # nearest rank: the smallest that so many do not exceed
    return Wait(plain_s=plain[rank], open_s=opened[rank])
