"""How tenants are configured, kept for two seconds: what nearly every request needs and hardly ever changes."""

import asyncio
from collections.abc import Awaitable, Callable

from leadcore.kernel.ids import TenantId
from leadcore.tenants.model import Connection, Tenant

_LIVES_S = 2.0
_AGES_S = 1.0
"""From then on whoever looks has it read anew meanwhile: busy webhooks never wait for a reading."""
Configuration = tuple[Tenant, list[Connection]]


class Configurations:
    """A cache over *read*. One reading per tenant is under way at a time, whoever waits for it."""

    def __init__(self, read: Callable[[TenantId], Awaitable[Configuration]], *, monotonic: Callable[[], float]) -> None:
        self._read = read
        self._monotonic = monotonic
        self._known: dict[TenantId, tuple[float, Configuration]] = {}
        self._readings: dict[TenantId, asyncio.Task[Configuration]] = {}

    async def of(self, tenant_id: TenantId) -> Configuration:
        """Return the tenant and its connections as they were at most two seconds ago. Raises what reading raises."""
        at_hand = self.at_hand(tenant_id)
        if at_hand is not None:
            return at_hand
        return await asyncio.shield(self._reading(tenant_id))  # whoever gives up must not take the others along

    def at_hand(self, tenant_id: TenantId) -> Configuration | None:
        """Return it if nothing has to be read for it."""
        known = self._known.get(tenant_id)
        if known is None:
            return None
        age_s = self._monotonic() - known[0]
        if age_s >= _LIVES_S:
            return None
        if age_s >= _AGES_S:
            _ = self._reading(tenant_id)
        return known[1]

    def forget(self, tenant_id: TenantId) -> None:
        """Read it anew next time. What is being read just now may be old already, and is not kept."""
        self._known.pop(tenant_id, None)
        self._readings.pop(tenant_id, None)

    async def aclose(self) -> None:
        """End what is under way."""
        readings, self._readings = list(self._readings.values()), {}
        for reading in readings:
            reading.cancel()
        await asyncio.gather(*readings, return_exceptions=True)

    def _reading(self, tenant_id: TenantId) -> asyncio.Task[Configuration]:
        reading = self._readings.get(tenant_id)
        if reading is None:
            reading = self._readings[tenant_id] = asyncio.create_task(self._read_anew(tenant_id))
            reading.add_done_callback(lambda done: self._was_read(tenant_id, done))
        return reading

    async def _read_anew(self, tenant_id: TenantId) -> Configuration:
        began = self._monotonic()
        found = await self._read(tenant_id)
        if self._readings.get(tenant_id) is asyncio.current_task():
            self._known[tenant_id] = (began, found)
        return found

    def _was_read(self, tenant_id: TenantId, done: asyncio.Task[Configuration]) -> None:
        if self._readings.get(tenant_id) is done:
            del self._readings[tenant_id]
        if not done.cancelled():
            done.exception()  # whoever waits is told; if nobody does, the next to look finds it out
