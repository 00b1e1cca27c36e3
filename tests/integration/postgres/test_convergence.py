"""The same histories on PostgreSQL, applied by four workers at once."""

import asyncio
import os
from datetime import timedelta

import pytest

from leadcore.kernel.errors import ConflictError, StaleClaimError
from leadcore.kernel.ids import TenantId
from leadcore.ports.storage import DueItem
from leadcore.testing.builders import new_id
from leadcore_postgres.store import PostgresStore
from tests.convergence.history import History, Words, a_history
from tests.convergence.oracle import expected, expected_delivery
from tests.convergence.replica import Replica, differences

pytestmark = pytest.mark.postgres

_WORKERS = 4
_SIZE = 5_000 if os.environ.get("LEADCORE_CHAOS") == "full" else 150


async def test_four_workers_come_to_what_the_oracle_says(store: PostgresStore) -> None:
    history = a_history(20261122, size=_SIZE)
    async with store.begin(TenantId(new_id())) as uow:
        base = (await uow.now()).replace(microsecond=0) - timedelta(days=10)
    replica = await Replica(store, base=base).open(history)

    await _ingest(replica, history)
    conflicts = sum(await asyncio.gather(*(_work(replica) for _ in range(_WORKERS))))

    assert await differences(replica, history, expected) == []
    for sent, statuses in replica.reported.items():
        assert await replica.delivery(sent) == expected_delivery(statuses)
    assert conflicts < len(history.deliveries)


async def _ingest(replica: Replica, history: History) -> None:
    """Let everything in: texts in the order they were written, hints in none."""
    waiting = await replica.hears(history)
    for told in history.deliveries:
        if not isinstance(told, Words):
            await replica.ingest(told)
    await replica.store.due.give_back([item for items in waiting.values() for item in items])


async def _work(replica: Replica) -> int:
    """Apply whatever is due until nothing is; return how often somebody else was first."""
    conflicts = 0
    while items := await replica.store.due.claim(("inbox",), limit=5, lease_s=60, worker="replica"):
        for item in items:
            conflicts += not await _applied(replica, item)
    return conflicts


async def _applied(replica: Replica, item: DueItem) -> bool:
    try:
        await replica.apply([item])
    except (ConflictError, StaleClaimError):
        await replica.store.due.give_back([item])
        return False
    return True
