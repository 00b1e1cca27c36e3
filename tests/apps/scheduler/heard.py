"""Metrics that tell a waiting test whenever something was counted, so that it need not ask again and again."""

import asyncio
from collections.abc import Awaitable, Callable
from typing import Self

from prometheus_client import Counter

from leadcore_runtime.metrics import Metrics

PATIENCE_S = 60.0
"""Only a test that fails waits so long."""


class HeardMetrics(Metrics):
    """`until` looks again whenever something was counted: of a piece of work when all that it changed is stored."""

    def __init__(self) -> None:
        self._counted = asyncio.Event()
        super().__init__()

    async def until(self, holds: Callable[[], bool | Awaitable[bool]]) -> None:
        """Wait until *holds* says so."""
        async with asyncio.timeout(PATIENCE_S):
            while True:
                self._counted.clear()  # before the look: what is counted from now on is not in it
                found = holds()
                if found if isinstance(found, bool) else await found:
                    return
                await self._counted.wait()

    def counted(self, kind: str, outcome: str) -> int:
        """How many pieces of work of *kind* came to *outcome*."""
        found = self.registry.get_sample_value("leadcore_work_total", {"kind": kind, "outcome": outcome})
        return int(found or 0)

    def _count(self, name: str, what: str, *labels: str) -> Counter:
        counter = _HeardCounter(f"leadcore_{name}_total", what, labels, registry=self.registry)
        counter.heard = self._counted
        return counter


class _HeardCounter(Counter):
    heard = asyncio.Event()

    def labels(self, *labelvalues: object, **labelkwargs: object) -> Self:
        """Tell who waits: it looks when the caller, who counts next, has returned to the loop."""
        self.heard.set()
        return super().labels(*labelvalues, **labelkwargs)
