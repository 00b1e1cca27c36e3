"""Counts refused webhooks in memory and stores the counts now and then: a flood of forgeries costs no writes.

One counter per connection and reason, so the memory is bounded by the connections there are; nothing of a request is
kept. A process that is killed forgets at most the last few seconds of counting.
"""

import asyncio
from collections.abc import AsyncIterator, Sequence
from contextlib import asynccontextmanager
from datetime import UTC, datetime

import structlog
from msgspec.structs import replace

from leadcore.flows.refusals import note_refusals
from leadcore.flows.work import Store
from leadcore.intake.model import RefusedHook
from leadcore.kernel.errors import LeadcoreError
from leadcore.kernel.ids import TenantId
from leadcore.tenants.model import Connection

EVERY_S = 3.0
_LONGEST = 200
_EPOCH = datetime(1970, 1, 1, tzinfo=UTC)
"""Stands where the flush puts the database's own instant."""


class RefusalTally:
    """The counts since the last flush."""

    def __init__(self, store: Store) -> None:
        self._store = store
        self._counts: dict[tuple[str, str], RefusedHook] = {}
        self._log = structlog.get_logger()

    def add(self, connection: Connection, refusal: LeadcoreError) -> None:
        """Count one refusal. Takes no time: nothing is stored here."""
        key = (str(connection.id), refusal.code)
        known = self._counts.get(key)
        self._counts[key] = RefusedHook(
            tenant_id=connection.tenant_id,
            connection_id=connection.id,
            day=_EPOCH.date(),
            reason=refusal.code,
            count=known.count + 1 if known else 1,
            last_at=_EPOCH,
            detail=refusal.message[:_LONGEST],
            fix=(refusal.fix or "")[:_LONGEST],
        )

    async def flush(self) -> None:
        """Store what was counted. What cannot be stored now is kept for the next time."""
        counted, self._counts = self._counts, {}
        by_tenant: dict[TenantId, list[RefusedHook]] = {}
        for each in counted.values():
            by_tenant.setdefault(each.tenant_id, []).append(each)
        for tenant_id, refused in by_tenant.items():
            try:
                await note_refusals(self._store, refused, tenant_id=tenant_id)
            except Exception as trouble:  # noqa: BLE001 - counting must never stop the door
                self._log.warning("webhook.refusals_not_stored", error=type(trouble).__name__)
                self._put_back(refused)

    async def run(self) -> None:
        """Flush again and again, until cancelled."""
        while True:
            await asyncio.sleep(EVERY_S)
            await self.flush()

    def _put_back(self, refused: Sequence[RefusedHook]) -> None:
        for each in refused:
            key = (str(each.connection_id), each.reason)
            newer = self._counts.get(key)
            self._counts[key] = replace(newer or each, count=each.count + (newer.count if newer else 0))


@asynccontextmanager
async def counting(store: Store) -> AsyncIterator[RefusalTally]:
    """Give a tally that is stored now and then, and once more at the end."""
    tally = RefusalTally(store)
    flushing = asyncio.create_task(tally.run())
    try:
        yield tally
    finally:
        flushing.cancel()
        await asyncio.gather(flushing, return_exceptions=True)
        await tally.flush()
