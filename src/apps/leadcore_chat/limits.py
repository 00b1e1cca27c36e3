"""Rate limits by the generic cell rate algorithm (ITU-T I.371, annex A): one instant per key, no windows."""

from collections.abc import Callable, Hashable

import msgspec

_SWEEP_ABOVE = 10_000


class Rate(msgspec.Struct, frozen=True, kw_only=True):
    """At most `limit` in `per_s` seconds, all at once if need be, then one each `per_s / limit`."""

    limit: int
    per_s: float


class RateLimiter:
    """Counts in this process only: behind N processes a client gets at most N times as much, which is still little."""

    def __init__(self, rate: Rate, *, monotonic: Callable[[], float]) -> None:
        self._rate = rate
        self._monotonic = monotonic
        self._busy_until: dict[Hashable, float] = {}

    def take(self, key: Hashable) -> float | None:
        """Admit one more for *key* and return None, or the seconds after which it would be admitted."""
        now = self._monotonic()
        busy_until = max(self._busy_until.get(key, now), now) + self._rate.per_s / self._rate.limit
        wait_s = busy_until - now - self._rate.per_s
        if wait_s > 1e-9:  # noqa: PLR2004 - rounding: the last of a burst must fit
            return wait_s
        if len(self._busy_until) >= _SWEEP_ABOVE:
            self._busy_until = {each: until for each, until in self._busy_until.items() if until > now}
        self._busy_until[key] = busy_until
        return None
