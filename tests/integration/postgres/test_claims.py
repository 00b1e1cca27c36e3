import asyncio
from collections import Counter
from datetime import timedelta
from typing import Any
from uuid import uuid4

import pytest

from leadcore.kernel.ids import TenantId
from leadcore.ports.storage import DueItem
from leadcore_postgres.due import CLAIM
from leadcore_postgres.store import PostgresStore

pytestmark = pytest.mark.postgres

_FILL = """
    INSERT INTO due (kind, item_id, tenant_id, due_at, visible_at)
    SELECT $1, gen_random_uuid(), md5('tenant ' || n % 7)::uuid, at, at
    FROM generate_series(1, $2::int) n, LATERAL (SELECT leadcore_now() + n * $3::interval) AS t (at)"""


async def test_many_workers_claim_each_item_once(store: PostgresStore, admin: Any) -> None:
    await admin.execute(_FILL, "touch", 2000, timedelta(microseconds=-1))
    claimed: list[DueItem] = []

    async def work(name: str) -> None:
        while batch := await store.due.claim(("touch", "message"), limit=50, lease_s=60, worker=name):
            claimed.extend(batch)

    await asyncio.gather(*(work(f"worker {number}") for number in range(4)))

    while rest := await store.due.claim(("touch",), limit=50, lease_s=60, worker="sweep"):
        claimed.extend(rest)
    assert max(Counter(item.item_id for item in claimed).values()) == 1
    assert len(claimed) == 2000
    assert len({item.generation for item in claimed}) == 2000


async def test_a_lease_that_ran_out_is_claimed_by_one_other(store: PostgresStore, admin: Any) -> None:
    await admin.execute(_FILL, "touch", 40, timedelta(microseconds=-1))
    first = await store.due.claim(("touch",), limit=100, lease_s=30, worker="killed")

    await store.deployment.set_clock_offset(31)
    batches = await asyncio.gather(
        *(store.due.claim(("touch",), limit=100, lease_s=30, worker=f"heir {number}") for number in range(4))
    )

    again = [item for batch in batches for item in batch]
    assert sorted(item.item_id for item in again) == sorted(item.item_id for item in first)
    assert min(item.generation for item in again) > max(item.generation for item in first)


async def test_a_backlog_of_one_tenant_leaves_room_for_the_others(store: PostgresStore, admin: Any) -> None:
    await admin.execute(_FILL, "touch", 700, timedelta(microseconds=-1))

    batch = await store.due.claim(("touch",), limit=70, lease_s=30, worker="w")

    per_tenant = Counter(item.tenant_id for item in batch)
    assert len(per_tenant) == 7
    assert max(per_tenant.values()) <= 11


async def test_claiming_reads_the_index_however_long_the_queue_is(admin: Any) -> None:
    await admin.execute(_FILL, "touch", 30000, timedelta(seconds=1))
    await admin.execute(_FILL, "message", 500, timedelta(microseconds=-1))
    await admin.execute("ANALYZE due")
    params = {":kinds": "ARRAY['touch','message','turn']", ":window": "200", ":limit": "50", ":lease_s": "30"}
    statement = str(CLAIM)
    for name, value in params.items():
        statement = statement.replace(name, value)

    plan = "\n".join(row[0] for row in await admin.fetch(f"EXPLAIN (ANALYZE, COSTS OFF) {statement}"))

    assert "Index Scan using due_next" in plan, plan
    assert "Seq Scan on due" not in plan, plan


async def test_a_committed_arm_rings_and_an_undone_or_distant_one_does_not(store: PostgresStore) -> None:
    tenant_id = TenantId(uuid4())
    while await store.doorbell.wait(0.05):
        pass

    async with store.begin(tenant_id) as uow:
        await uow.due.arm("turn", uuid4(), tenant_id=tenant_id, at=await uow.now())
    async with store.begin(tenant_id) as uow:
        await uow.due.arm("turn", uuid4(), tenant_id=tenant_id, at=await uow.now() + timedelta(hours=1))
        await uow.commit()
    silent = await store.doorbell.wait(0.1)
    waiting = asyncio.create_task(store.doorbell.wait(5))
    async with store.begin(tenant_id) as uow:
        await uow.due.arm("turn", uuid4(), tenant_id=tenant_id, at=await uow.now() + timedelta(seconds=30))
        await uow.commit()

    assert not silent
    assert await waiting


async def test_the_doorbell_survives_the_loss_of_its_connection(store: PostgresStore, admin: Any) -> None:
    while await store.doorbell.wait(0.05):
        pass

    await admin.execute(
        "SELECT pg_terminate_backend(pid) FROM pg_stat_activity WHERE application_name = $1", "tests doorbell"
    )

    assert await store.doorbell.wait(5)
    while await store.doorbell.wait(0.05):
        pass
    await admin.execute("SELECT pg_notify('leadcore_due', '')")
    assert await store.doorbell.wait(5)


_FILL_LANES = """
    INSERT INTO due (kind, item_id, tenant_id, due_at, visible_at, lane)
    SELECT 'inbox', gen_random_uuid(), md5('tenant')::uuid, at, at, md5('lane ' || n % $1::int)::uuid
    FROM generate_series(1, $2::int) n, LATERAL (SELECT leadcore_now() - interval '1 second') AS t (at)"""


async def _overlaps_and_disorder(store: PostgresStore, admin: Any, *, rows: int) -> tuple[int, int]:
    """Let four workers empty the queue; count items that shared a lane in work, and items overtaken in their lane."""
    queued = await admin.fetch("SELECT item_id, place, coalesce(lane, md5('one')::uuid) FROM due")
    place, lane = {row[0]: row[1] for row in queued}, {row[0]: row[2] for row in queued}
    in_work, last, wrong = Counter[Any](), dict[Any, int](), [0, 0]
    left = rows

    async def work(name: str) -> None:
        nonlocal left
        while left > 0:
            batch = await store.due.claim(("inbox",), limit=4, lease_s=60, worker=name)
            for item in batch:
                in_work[lane[item.item_id]] += 1
                wrong[0] += in_work[lane[item.item_id]] > 1
                wrong[1] += last.get(lane[item.item_id], -1) > place[item.item_id]
                last[lane[item.item_id]] = place[item.item_id]
            await asyncio.sleep(0)
            for item in batch:
                async with store.begin(item.tenant_id) as uow:
                    await uow.due.finish(item)
                    in_work[lane[item.item_id]] -= 1  # the next one may be claimed from the commit on
                    await uow.commit()
                left -= 1

    await asyncio.gather(*(work(f"worker {number}") for number in range(4)))
    return wrong[0], wrong[1]


async def test_four_workers_never_meet_in_a_lane_and_keep_its_order(store: PostgresStore, admin: Any) -> None:
    await admin.execute(_FILL_LANES, 5, 120)

    assert await _overlaps_and_disorder(store, admin, rows=120) == (0, 0)


async def test_negative_control_without_lanes_workers_do_meet(store: PostgresStore, admin: Any) -> None:
    await admin.execute(_FILL_LANES, 5, 120)
    await admin.execute("UPDATE due SET lane = NULL")

    overlaps, _ = await _overlaps_and_disorder(store, admin, rows=120)

    assert overlaps > 0


async def test_a_lane_of_thousands_hides_no_other_work(store: PostgresStore, admin: Any) -> None:
    await admin.execute(_FILL_LANES, 1, 3000)
    await admin.execute(_FILL, "inbox", 100, timedelta(microseconds=-1))

    claimed: list[DueItem] = []
    for _ in range(100):
        claimed += await store.due.claim(("inbox",), limit=50, lease_s=60, worker="w")
        if len(claimed) == 101:
            break

    assert len(claimed) == 101
