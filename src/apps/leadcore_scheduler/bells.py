"""One doorbell, many workers: each of a process's workers is woken by every ring."""

import asyncio

from leadcore.ports.storage import Doorbell

_BREATH_S = 0.005
"""A doorbell that has nothing to wait for (in memory) must not take the whole loop."""


class Bells:
    """Passes each ring on. A doorbell has one hearer: a second one would take every other ring from the first."""

    def __init__(self, doorbell: Doorbell, *, tick_s: float) -> None:
        self._doorbell = doorbell
        self._tick_s = tick_s
        self._rung: list[asyncio.Event] = []

    def bell(self) -> asyncio.Event:
        """Return an event that each ring sets; its worker clears it before it looks for work."""
        rung = asyncio.Event()
        self._rung.append(rung)
        return rung

    async def run(self) -> None:
        """Listen until cancelled."""
        while True:
            if await self._doorbell.wait(self._tick_s):
                for rung in self._rung:
                    rung.set()
            else:
                await asyncio.sleep(_BREATH_S)
