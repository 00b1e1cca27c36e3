"""Handing a permitted message to its carrier: one call, a deadline fence before it, one settlement after it."""

import asyncio
import time
from collections.abc import Callable

import structlog

from leadcore.flows.calling import Calling
from leadcore.flows.dispatch import Departure, open_attempt
from leadcore.flows.reconcile import look_for
from leadcore.flows.seams import Seams
from leadcore.flows.settle import settle_attempt
from leadcore.messaging.machine import Accepted, Failure, NeverLeft, Outcome
from leadcore.ports.messaging import CarrierError, OutcomeUnknownError
from leadcore.ports.storage import DueItem
from leadcore_runtime.metrics import Metrics

_FENCE_S = 2.0
"""Between the decision and the call. A process that was paused longer must not send on an old permit."""
_TOTAL_S = 15.0


def boot_seconds() -> float:
    """Seconds since boot, counting time in suspension (CLOCK_MONOTONIC stops there)."""
    return time.clock_gettime(time.CLOCK_BOOTTIME)


class Sender:
    """Performs due messages and due attempts."""

    def __init__(self, *, seams: Seams, metrics: Metrics, monotonic: Callable[[], float] = boot_seconds) -> None:
        self._seams = seams
        self._metrics = metrics
        self.calling = Calling(monotonic=monotonic, chance=seams.chance)
        metrics.watch_carriers(self.calling.conditions)
        self._log = structlog.get_logger()

    async def send(self, item: DueItem) -> None:
        """Decide, write ahead, call once, settle. A crash anywhere leaves an attempt that reconciliation finds."""
        fence = Fence()
        departure = await open_attempt(self._seams, item, locked=fence.start, rest=self.calling.rest)
        if departure is None:
            return
        outcome = await self._call(departure, fence)
        lesson = self.calling.learn(departure.connection_id, outcome, per_s=departure.per_s)
        if lesson is not None:
            self._metrics.carrier_lessons.labels(departure.outbound.channel, lesson).inc()
            self._log.warning(f"carrier.{lesson}", connection_id=str(departure.connection_id))
        settled = await settle_attempt(
            self._seams, departure.attempt.id, outcome, tenant_id=departure.attempt.tenant_id
        )
        self._metrics.attempts.labels(departure.outbound.channel, settled).inc()

    async def reconcile(self, item: DueItem) -> None:
        """Find out what became of an attempt whose answer was lost."""
        outcome = await look_for(self._seams, item)
        if outcome is not None:
            self._metrics.attempts.labels("reconciled", outcome).inc()

    async def _call(self, departure: Departure, fence: "Fence") -> Outcome:
        if fence.is_over:
            return NeverLeft(why="paused between decision and call")
        try:
            async with asyncio.timeout(_TOTAL_S):
                receipt = await departure.carrier.send(departure.outbound)
        except CarrierError as refusal:
            return Failure(error=refusal)
        except TimeoutError:
            return Failure(error=OutcomeUnknownError("no answer in time"))
        except Exception as surprise:  # noqa: BLE001 - an adapter's bug must not look like "not sent"
            self._log.error("carrier.bug", attempt_id=str(departure.attempt.id), exc_info=surprise)
            return Failure(error=OutcomeUnknownError(f"the adapter failed: {type(surprise).__name__}"))
        return Accepted(receipt=receipt)


class Fence:
    """Measures from the moment the contact was locked: waiting for the lock decides nothing yet."""

    def __init__(self) -> None:
        self._started = boot_seconds()

    def start(self) -> None:
        """The facts are read from here on."""
        self._started = boot_seconds()

    @property
    def is_over(self) -> bool:
        """Whether too long has passed to call on what was decided."""
        return boot_seconds() - self._started > _FENCE_S
