"""Chance that a seed replays, and ids drawn from it."""

import hashlib
from datetime import UTC, datetime
from uuid import UUID

from leadcore.kernel.clock import Clock

_EPOCH = datetime(2026, 1, 1, tzinfo=UTC)
_COUNTER_BITS = 42
_NOISE_BITS = 32
_DIGEST = 32


class SeededChance:
    """`Chance` from SHA-256 in counter mode: the same seed gives the same run on every machine."""

    def __init__(self, seed: int | str = 0) -> None:
        self._seed = str(seed).encode()
        self._drawn = 0

    def fraction(self) -> float:
        """Return a number in [0, 1)."""
        return int.from_bytes(self.token(7)) / 2**56

    def token(self, size: int) -> bytes:
        """Return *size* bytes; predictable, so never fit for real secrets."""
        if size <= _DIGEST:
            return self._next()[:size]
        parts: list[bytes] = []
        while sum(map(len, parts)) < size:
            parts.append(self._next())
        return b"".join(parts)[:size]

    def _next(self) -> bytes:
        self._drawn += 1
        return hashlib.sha256(self._seed + b"|%d" % self._drawn).digest()


class SeededIds:
    """`IdFactory` of version 7 UUIDs: time-ordered, counted within the same instant, the same for the same seed."""

    def __init__(self, seed: int | str = 0, *, clock: Clock | None = None) -> None:
        self._chance = SeededChance(f"ids|{seed}")
        self._clock = clock
        self._last_ms = 0
        self._seen: datetime | None = None
        self._count = 0

    def new(self) -> UUID:
        """Return an id that was never returned before and sorts after the earlier ones."""
        now = self._clock.now() if self._clock else _EPOCH
        if now is not self._seen:  # a clock that stands still shows the same instant again and again
            self._seen, self._last_ms = now, max(self._last_ms, int(now.timestamp() * 1000))
        self._count += 1
        tail = self._count << _NOISE_BITS | int.from_bytes(self._chance.token(4))
        high, low = divmod(tail % 2 ** (_COUNTER_BITS + _NOISE_BITS), 2**62)
        return UUID(int=self._last_ms << 80 | 7 << 76 | high << 64 | 2 << 62 | low)
