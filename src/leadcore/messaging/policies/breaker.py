"""Whether a carrier's connection is called now: not while it is away, by one call to see, and slowly once it is back.

Without it every message that falls due during an outage would call, fail and come back, and all of them at once when
the carrier answers again (reliability.md 2.6). Instants are seconds of any clock that never goes back.
"""

from math import sqrt

import msgspec

AWAY_AFTER = 5
"""Calls in a row without an acceptance or a refusal, after which the connection counts as away."""
FIRST_PAUSE_S, LONGEST_PAUSE_S = 5.0, 60.0
_PROBE_S = 20.0
"""How long the one call that looks may take; then another one looks."""
RAMP_S = 120.0
"""How long after its return the connection is called by and by."""
_AT_ONCE, _GROWTH = 5.0, 0.1
LEAST_APART_S, MOST_APART_S = 60.0, 1200.0
_ASKS_PER_S = 1.0
"""How often all who wait shall ask, together: the more of them, the further apart they come back."""


class Breaker(msgspec.Struct, frozen=True, kw_only=True):
    """What is known of a connection. `away_until` is None while it answers; `back_at` is when it answered again.

    Those told to wait come back within `apart_s` of what they were told; `asked` counts them since `looked_at`.
    """

    failures: int = 0
    pause_s: float = 0.0
    away_until: float | None = None
    back_at: float | None = None
    called: int = 0
    apart_s: float = LEAST_APART_S
    asked: int = 0
    looked_at: float | None = None


def ask(breaker: Breaker, *, now: float, talks: bool = False) -> tuple[Breaker, float]:
    """Return the breaker after this question, and after how many seconds to ask again: 0 means call, now.

    Whoever *talks* (an answer to a person) waits only while the connection is away, not for the ramp.
    """
    if breaker.away_until is not None:
        if now < breaker.away_until:
            return msgspec.structs.replace(breaker, asked=breaker.asked + 1), breaker.away_until - now
        return msgspec.structs.replace(breaker, away_until=now + _PROBE_S), 0.0  # the one that looks
    if breaker.back_at is None:
        return breaker, 0.0
    if now - breaker.back_at >= RAMP_S:
        return Breaker(failures=breaker.failures), 0.0
    wait = 0.0 if talks else max(breaker.back_at + _comes_after(breaker.called + 1) - now, 0.0)
    if wait > 0:
        return breaker, wait
    return msgspec.structs.replace(breaker, called=breaker.called + 1), 0.0


def after(breaker: Breaker, *, answered: bool, now: float) -> Breaker:
    """Return the breaker after a call. *answered*: the carrier took it, or refused it for a reason of its own."""
    if answered:
        is_back = breaker.away_until is not None
        return msgspec.structs.replace(
            breaker,
            failures=0,
            away_until=None,
            back_at=now if is_back else breaker.back_at,
            called=0 if is_back else breaker.called,
        )
    failures = breaker.failures + 1
    if failures < AWAY_AFTER and breaker.away_until is None:
        return msgspec.structs.replace(breaker, failures=failures)
    pause_s = min(max(breaker.pause_s * 2, FIRST_PAUSE_S), LONGEST_PAUSE_S)
    return Breaker(
        failures=failures, pause_s=pause_s, away_until=now + pause_s, apart_s=_apart(breaker, now=now), looked_at=now
    )


def _apart(breaker: Breaker, *, now: float) -> float:
    """Return how far apart to send those who wait, from how often they asked since the last look."""
    if breaker.looked_at is None or now <= breaker.looked_at:
        return breaker.apart_s
    too_often = breaker.asked / (now - breaker.looked_at) / _ASKS_PER_S
    return min(max(breaker.apart_s * min(max(too_often, 0.5), 2.0), LEAST_APART_S), MOST_APART_S)


def _comes_after(nth: int) -> float:
    """Return how long after its return the *nth* call may go: five at once, and 5 + s²/10 within s seconds."""
    return sqrt(max((nth - _AT_ONCE) / _GROWTH, 0.0))
