"""How fast a connection is called that said "too many": half as fast, then faster by and by (AIMD, as TCP does).

A sender's pace (`pacing`) is what the tenant says its carrier takes; this is what the carrier says. It only ever slows
down (reliability.md 2.3, T4). Instants are seconds of any clock that never goes back.
"""

from math import exp

import msgspec

LEAST_PER_S = 0.1
"""However often a carrier refuses, it is asked again six times a minute."""
ROUND_S = 1.0
"""Refusals of calls that were under way together are one: they halve once."""
GROWTH_S = 30.0
"""How long it takes from nothing back to the whole speed."""
UNKNOWN_PER_S = 10.0
"""The least that counts as the whole speed of a sender without a configured pace: a process that has just begun knows
of too few calls to judge by, and one refusal among its first must not slow it down for a minute."""
LONGEST_WAIT_S = 60.0
_MEMORY_S = 10.0


class Speed(msgspec.Struct, frozen=True, kw_only=True):
    """How many calls a second there were of late: every call counts less the longer it is ago."""

    per_s: float = 0.0
    at: float = 0.0

    def now(self, now: float) -> float:
        """Return it as of *now*."""
        return self.per_s * exp(-max(now - self.at, 0.0) / _MEMORY_S)

    def counted(self, now: float) -> "Speed":
        """Return it with one call more."""
        return Speed(per_s=self.now(now) + 1 / _MEMORY_S, at=now)


class Throttle(msgspec.Struct, frozen=True, kw_only=True):
    """A connection that was slowed: `per_s` calls a second from `since` on, growing towards `ceiling`.

    Nothing goes before `silent_until`. The next call may go at `next_at`; who waits is told a turn, the last is `tail`.
    """

    per_s: float
    ceiling: float
    since: float
    refused_at: float
    silent_until: float
    next_at: float
    tail: float


def refused(known: Throttle | None, *, ceiling: float, now: float, retry_after_s: float | None = None) -> Throttle:
    """Return the throttle after the carrier said "too many": half of the speed, silent for as long as it asked.

    *ceiling* is the speed that was right until now: what is configured, else what was called of late.
    """
    if known is None:
        ceiling = max(ceiling, LEAST_PER_S)
        known = Throttle(
            per_s=ceiling, ceiling=ceiling, since=now, refused_at=now - ROUND_S, silent_until=now, next_at=now, tail=now
        )
    per_s, refused_at = speed_of(known, now=now), known.refused_at
    if now - refused_at >= ROUND_S:
        per_s, refused_at = max(per_s / 2, min(LEAST_PER_S, known.ceiling)), now
    silent_until = max(known.silent_until, now + max(retry_after_s or 0.0, 0.0))
    return Throttle(
        per_s=per_s,
        ceiling=known.ceiling,
        since=max(silent_until, now),
        refused_at=refused_at,
        silent_until=silent_until,
        next_at=max(known.next_at, silent_until, now + 1 / per_s),
        tail=max(known.tail, silent_until),
    )


def speed_of(known: Throttle, *, now: float) -> float:
    """Return how many calls a second are right by now."""
    return min(known.per_s + known.ceiling * max(now - known.since, 0.0) / GROWTH_S, known.ceiling)


def admit(known: Throttle, *, now: float, talks: bool = False) -> tuple[Throttle | None, float]:
    """Return the throttle after this question (None: as fast as ever), and after how many seconds to ask again.

    0 means call, now. Whoever *talks* (an answer to a person) waits for nothing but what the carrier asked.
    """
    if now < known.silent_until and talks:
        return known, known.silent_until - now
    per_s = speed_of(known, now=now)
    if now >= known.silent_until and per_s >= known.ceiling:
        return None, 0.0
    if now >= known.silent_until and (talks or now >= known.next_at):
        return msgspec.structs.replace(known, next_at=max(now, known.next_at) + 1 / per_s), 0.0
    turn = min(max(known.tail, known.next_at, now), max(now, known.silent_until) + LONGEST_WAIT_S)
    return msgspec.structs.replace(known, tail=turn + 1 / per_s), turn - now
