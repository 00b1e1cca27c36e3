"""When a connection is called: what its last calls taught, kept by whoever calls it, for as long as it lives."""

from collections import Counter
from collections.abc import Callable
from typing import Literal

import msgspec

from leadcore.compliance.values import Purpose
from leadcore.kernel.chance import Chance
from leadcore.kernel.ids import ConnectionId
from leadcore.messaging.machine import Failure, NeverLeft, Outcome
from leadcore.messaging.policies.breaker import Breaker, after, ask
from leadcore.messaging.policies.throttle import UNKNOWN_PER_S, Speed, Throttle, admit, refused
from leadcore.ports.messaging import CarrierUnavailableError, OutcomeUnknownError

TALKS: frozenset[Purpose] = frozenset({"reply", "optout_confirm", "help", "first_response", "staff_notice"})
"""What somebody waits for: it is held up by an outage, but not by the slow start after it."""
_TALKS_APART_S = 1.0
_LEAST_S = 0.05
"""Less is not worth a look, and what rounds to nothing would be asked about for ever at the same instant."""

Lesson = Literal["away", "back", "slowed"]
Condition = Literal["away", "returning", "slowed"]


class Rest(msgspec.Struct, frozen=True, kw_only=True):
    """For how many seconds not to call a connection, and why."""

    seconds: float
    reason: str


class _Known(msgspec.Struct):
    breaker: Breaker = msgspec.field(default_factory=Breaker)
    throttle: Throttle | None = None
    speed: Speed = msgspec.field(default_factory=Speed)


class Calling:
    """Says whether a connection is called now. `monotonic` are seconds of any clock that never goes back."""

    def __init__(self, *, monotonic: Callable[[], float], chance: Chance) -> None:
        self._monotonic = monotonic
        self._chance = chance
        self._known: dict[ConnectionId, _Known] = {}

    def rest(self, connection_id: ConnectionId, purpose: Purpose) -> Rest | None:
        """Return how long not to call, None: call, now. Those who wait do not all come back at once."""
        known = self._known.get(connection_id)
        if known is None:
            return None
        talks, now = purpose in TALKS, self._monotonic()
        throttle, wait_s = (None, 0.0) if known.throttle is None else admit(known.throttle, now=now, talks=talks)
        if wait_s > 0:
            known.throttle = throttle
            return self._rest(wait_s, apart_s=_TALKS_APART_S, reason="the carrier wants fewer messages a second")
        known.breaker, wait_s = ask(known.breaker, now=now, talks=talks)
        if wait_s > 0:
            apart_s = _TALKS_APART_S if talks else known.breaker.apart_s
            return self._rest(wait_s, apart_s=apart_s, reason="the carrier does not answer, or not long again")
        known.throttle = throttle  # not before: a turn that is not used is nobody's
        return None

    def learn(self, connection_id: ConnectionId, outcome: Outcome, *, per_s: float = 0.0) -> Lesson | None:
        """Remember what became of a call; return what is new about the connection.

        *per_s* is the configured pace, 0 without one: then what was called of late is the whole speed, or a little.
        """
        if isinstance(outcome, NeverLeft):
            return None
        now = self._monotonic()
        known = self._known.setdefault(connection_id, _Known())
        known.speed = known.speed.counted(now)
        was, before = known.breaker, known.throttle
        known.breaker = after(was, answered=not _is_away(outcome), now=now)
        too_many = _too_many(outcome)
        if too_many is not None:
            ceiling = per_s if per_s > 0 else max(known.speed.now(now), UNKNOWN_PER_S)
            known.throttle = refused(before, ceiling=ceiling, now=now, retry_after_s=too_many.retry_after_s)
            return "slowed" if before is None or known.throttle.per_s < before.per_s else None
        if (was.away_until is None) == (known.breaker.away_until is None):
            return None
        return "back" if known.breaker.away_until is None else "away"

    def forget(self, connection_id: ConnectionId) -> None:
        """Take the connection for one that was never called."""
        self._known.pop(connection_id, None)

    def conditions(self) -> Counter[Condition]:
        """Count the connections that are not called as usual."""
        found: Counter[Condition] = Counter()
        for each in self._known.values():
            found["away"] += each.breaker.away_until is not None
            found["returning"] += each.breaker.back_at is not None
            found["slowed"] += each.throttle is not None
        return found

    def _rest(self, wait_s: float, *, apart_s: float, reason: str) -> Rest:
        return Rest(seconds=max(wait_s, _LEAST_S) + self._chance.fraction() * apart_s, reason=reason)


def _too_many(outcome: Outcome) -> CarrierUnavailableError | None:
    error = outcome.error if isinstance(outcome, Failure) else None
    return error if isinstance(error, CarrierUnavailableError) and error.over_limit else None


def _is_away(outcome: Outcome) -> bool:
    """Whether nobody answered. A carrier that wants less, or names a time to come back, is there."""
    if not isinstance(outcome, Failure):
        return False
    error = outcome.error
    return isinstance(error, OutcomeUnknownError) or (
        isinstance(error, CarrierUnavailableError) and error.retry_after_s is None and not error.over_limit
    )
