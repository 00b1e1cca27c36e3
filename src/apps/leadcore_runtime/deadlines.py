"""Deadlines of many short waits: one timer for all of them, since nearly every wait ends long before its own."""

import asyncio
from collections import deque
from collections.abc import Callable

_LOOK_EVERY_S = 0.25


class Promise:
    """Somebody will be answered: when what was promised is there, or when the deadline has passed."""

    __slots__ = ("broken", "is_over", "until")

    def __init__(self, until: float, broken: Callable[[], None]) -> None:
        self.until = until
        self.broken = broken
        self.is_over = False

    def keep(self) -> bool:
        """End it; whether it was still open. Whoever gets True answers."""
        was_open, self.is_over = not self.is_over, True
        self.broken = _nothing  # what it would have answered must not live on until the timer looks
        return was_open


class Deadlines:
    """Promises that are all kept within *within_s* seconds or broken up to a quarter of a second later."""

    def __init__(self, *, within_s: float) -> None:
        self._within_s = within_s
        self._open: deque[Promise] = deque()
        self._timer: asyncio.TimerHandle | None = None

    def promise(self, broken: Callable[[], None]) -> Promise:
        """Begin one now; *broken* is called when its time is over. It asks `keep` before it answers."""
        loop = asyncio.get_running_loop()
        made = Promise(loop.time() + self._within_s, broken)
        self._open.append(made)
        if self._timer is None:
            self._timer = loop.call_later(_LOOK_EVERY_S, self._look)
        return made

    def _look(self) -> None:
        loop = asyncio.get_running_loop()
        now = loop.time()
        while self._open and (self._open[0].is_over or self._open[0].until <= now):
            late = self._open.popleft()
            if not late.is_over:
                late.broken()
        self._timer = loop.call_later(_LOOK_EVERY_S, self._look) if self._open else None


def _nothing() -> None:
    """Do nothing."""
