"""The poll's patience: a CRM that does not answer costs one pass a bounded time, and nobody else anything."""

import asyncio
from collections.abc import Awaitable, Callable

import structlog

from leadcore.flows.poll import end_pass, poll_crm
from leadcore.flows.seams import Seams
from leadcore.ports.storage import DueItem

PASS_S = 20.0
"""Longest pass: shorter than the lease on it (30 s by default), so that no other worker begins it meanwhile."""


class Poller:
    """Performs passes of the poll, each for at most *pass_s* seconds; what a pass has noted until then stays."""

    def __init__(
        self,
        *,
        seams: Seams,
        pass_s: float = PASS_S,
        poll: Callable[[Seams, DueItem], Awaitable[None]] = poll_crm,
    ) -> None:
        self._seams = seams
        self._pass_s = pass_s
        self._poll = poll
        self._log = structlog.get_logger()

    async def perform(self, item: DueItem) -> None:
        """Make one pass. One that takes too long is broken off and the tenant's pace slowed."""
        patience = asyncio.timeout(self._pass_s)
        try:
            async with patience:
                await self._poll(self._seams, item)
        except TimeoutError:
            if not patience.expired():
                raise
            trouble = f"the CRM did not answer everything within {self._pass_s:g} s"
            self._log.warning("poll.too_slow", tenant_id=str(item.tenant_id), reason=trouble)
            await end_pass(self._seams, item, trouble=trouble)
