"""When a connection is called: what its last calls taught, kept by whoever calls it, for as long as it lives."""

from collections.abc import Callable
from typing import Literal

from leadcore.compliance.values import Purpose
from leadcore.kernel.chance import Chance
from leadcore.kernel.ids import ConnectionId
from leadcore.messaging.machine import Failure, NeverLeft, Outcome
from leadcore.messaging.policies.breaker import Breaker, after, ask
from leadcore.ports.messaging import CarrierUnavailableError, OutcomeUnknownError

TALKS: frozenset[Purpose] = frozenset({"reply", "optout_confirm", "help", "first_response", "staff_notice"})
"""What somebody waits for: it is held up by an outage, but not by the slow start after it."""
_TALKS_APART_S = 1.0
_LEAST_S = 0.05
"""Less is not worth a look, and what rounds to nothing would be asked about for ever at the same instant."""

Lesson = Literal["away", "back"]


class Calling:
    """Says whether a connection is called now. `monotonic` are seconds of any clock that never goes back."""

    def __init__(self, *, monotonic: Callable[[], float], chance: Chance) -> None:
        self._monotonic = monotonic
        self._chance = chance
        self._breakers: dict[ConnectionId, Breaker] = {}

    def rest(self, connection_id: ConnectionId, purpose: Purpose) -> float:
        """Return for how many seconds not to call: 0 means call, now. Those who wait do not all come back at once."""
        known = self._breakers.get(connection_id)
        if known is None:
            return 0.0
        talks = purpose in TALKS
        known, wait_s = ask(known, now=self._monotonic(), talks=talks)
        self._breakers[connection_id] = known
        if wait_s == 0:
            return 0.0
        return max(wait_s, _LEAST_S) + self._chance.fraction() * (_TALKS_APART_S if talks else known.apart_s)

    def learn(self, connection_id: ConnectionId, outcome: Outcome) -> Lesson | None:
        """Remember what became of a call; return what is new about the connection."""
        if isinstance(outcome, NeverLeft):
            return None
        before = self._breakers.get(connection_id, Breaker())
        known = after(before, answered=not _is_away(outcome), now=self._monotonic())
        self._breakers[connection_id] = known
        if (before.away_until is None) == (known.away_until is None):
            return None
        return "back" if known.away_until is None else "away"

    def forget(self, connection_id: ConnectionId) -> None:
        """Take the connection for one that was never called."""
        self._breakers.pop(connection_id, None)


def _is_away(outcome: Outcome) -> bool:
    """Whether nobody answered. A carrier that names a time to come back is there."""
    if not isinstance(outcome, Failure):
        return False
    error = outcome.error
    return isinstance(error, OutcomeUnknownError) or (
        isinstance(error, CarrierUnavailableError) and error.retry_after_s is None
    )
