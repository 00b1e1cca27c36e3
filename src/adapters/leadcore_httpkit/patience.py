"""How often a read is asked again. Reads only: a send is never repeated here."""

import asyncio
import random
from collections.abc import Awaitable, Callable

import msgspec

from leadcore_httpkit.answers import Answer, retry_after_s

_TRANSIENT = frozenset({408, 429, 502, 503, 504})


class Patience(msgspec.Struct, frozen=True, kw_only=True):
    """Tries, exponential pauses with full jitter, and the longest pause a caller should be kept waiting.

    A vendor's longer `Retry-After` is not slept away: the answer is handed up so that the caller can plan.
    """

    tries: int = 3
    first_pause_s: float = 0.2
    longest_pause_s: float = 2.0
    fraction: Callable[[], float] = random.SystemRandom().random
    pause: Callable[[float], Awaitable[object]] = asyncio.sleep

    def pause_after(self, *, tries: int, answer: Answer | None) -> float | None:
        """Return the seconds to wait before the next try, None to stop here; *answer* None means none came."""
        if tries >= self.tries or (answer is not None and answer.status not in _TRANSIENT):
            return None
        asked = retry_after_s(answer.headers) if answer is not None else None
        if asked is not None:
            return asked if asked <= self.longest_pause_s else None
        ceiling_s: float = self.first_pause_s * 2 ** (tries - 1)
        return self.fraction() * min(ceiling_s, self.longest_pause_s)
