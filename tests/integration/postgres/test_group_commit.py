"""Many requests, one commit; one bad request, its own trouble."""

import asyncio
from typing import Any

import pytest
from sqlalchemy import make_url

from leadcore.kernel.errors import NotFoundError
from leadcore.testing.builders import an_arrival, new_id
from leadcore.testing.contracts.shop import open_shop
from leadcore_postgres.inbox_writer import PostgresInboxWriter, _columns
from leadcore_postgres.store import PostgresStore

pytestmark = pytest.mark.postgres


async def test_requests_of_one_moment_share_commits(store: PostgresStore, admin: Any) -> None:
    shop = await open_shop(store)
    arrivals = [an_arrival(shop.connection) for _ in range(200)]

    fresh = await asyncio.gather(*(store.inbox_writer.take_in([each]) for each in arrivals))

    assert [each for (each,) in fresh] == arrivals
    transactions = await admin.fetchval("SELECT count(DISTINCT xmin::text) FROM inbox")
    assert transactions < 20


async def test_one_bad_caller_of_a_batch_fails_alone(store: PostgresStore) -> None:
    shop, other = await open_shop(store), await open_shop(store)
    good = [an_arrival(each.connection) for each in (shop, other) for _ in range(5)]
    foreign = an_arrival(shop.connection, connection_id=new_id())
    unstorable = an_arrival(shop.connection, dedupe_key="nul\0")

    answers = await asyncio.gather(
        *(store.inbox_writer.take_in([each]) for each in (*good, foreign, unstorable)), return_exceptions=True
    )

    assert answers[:-2] == [[each] for each in good]
    assert isinstance(answers[-2], NotFoundError)
    assert isinstance(answers[-1], Exception)


async def test_a_batch_that_is_held_up_holds_up_nobody_else(store: PostgresStore, runtime: Any) -> None:
    shop = await open_shop(store)
    contested = an_arrival(shop.connection)
    unsettled = runtime.transaction()
    await unsettled.start()
    values = [column[0] for column in _columns([contested])]
    await runtime.fetch("SELECT take_one_in($1, $2, $3, $4, $5, $6, $7, $8, $9, $10)", *values)
    stuck = asyncio.create_task(store.inbox_writer.take_in([contested]))
    await asyncio.wait([stuck], timeout=0.1)

    good = an_arrival(shop.connection)
    answer = await asyncio.wait_for(store.inbox_writer.take_in([good]), 1)

    assert answer == [good]
    assert not stuck.done()
    await unsettled.rollback()
    assert await stuck == [contested]


async def test_a_caller_that_goes_away_leaves_the_others_in_peace(store: PostgresStore) -> None:
    shop = await open_shop(store)
    tasks = [asyncio.create_task(store.inbox_writer.take_in([an_arrival(shop.connection)])) for _ in range(20)]
    await asyncio.wait(tasks, timeout=0)

    for task in tasks[::2]:
        task.cancel()
    answers = await asyncio.gather(*tasks, return_exceptions=True)

    assert all(isinstance(answer, asyncio.CancelledError) for answer in answers[::2])
    assert all(isinstance(answer, list) and len(answer) == 1 for answer in answers[1::2])


async def test_the_tenant_of_a_batch_is_forgotten_with_it(store: PostgresStore, runtime: Any) -> None:
    """What a pooled connection would show of a tenant after the statement that named several."""
    shop = await open_shop(store)
    arrival = an_arrival(shop.connection)

    await runtime.fetch(
        "SELECT take_in($1, $2, $3, $4, $5, $6, $7, $8, $9, $10)",
        [arrival.id], [arrival.tenant_id], [arrival.connection_id], [arrival.source], [arrival.dedupe_key],
        [arrival.entity_key], [arrival.occurred_at], [arrival.body], [0.0], [None],
    )  # fmt: skip

    assert await runtime.fetchval("SELECT count(*) FROM inbox") == 0
    assert not await runtime.fetchval("SELECT current_setting('app.tenant', true)")


async def test_the_tenant_of_a_single_row_is_forgotten_with_it(store: PostgresStore, runtime: Any) -> None:
    shop = await open_shop(store)
    arrival = an_arrival(shop.connection)

    new = await runtime.fetch(
        "SELECT take_one_in($1, $2, $3, $4, $5, $6, $7, $8, $9, $10)",
        arrival.id, arrival.tenant_id, arrival.connection_id, arrival.source, arrival.dedupe_key,
        arrival.entity_key, arrival.occurred_at, arrival.body, 0.0, None,
    )  # fmt: skip

    assert [row[0] for row in new] == [arrival.id]
    assert await runtime.fetchval("SELECT count(*) FROM inbox") == 0
    assert not await runtime.fetchval("SELECT current_setting('app.tenant', true)")


async def test_the_writer_survives_the_loss_of_its_connections(store: PostgresStore, admin: Any) -> None:
    shop = await open_shop(store)
    await store.inbox_writer.take_in([an_arrival(shop.connection)])

    await admin.execute(
        "SELECT pg_terminate_backend(pid) FROM pg_stat_activity "
        "WHERE application_name = 'tests inbox' AND datname = current_database()"
    )
    arrival = an_arrival(shop.connection)
    assert await store.inbox_writer.take_in([arrival]) == [arrival]

    async with store.begin(shop.id) as uow:
        assert len(await uow.inbox.listing(shop.id, state=None, limit=9)) == 2


async def test_nobody_is_forgotten_while_the_database_is_away(store: PostgresStore) -> None:
    """Every caller is told at once, also one that comes while the last failures are being told."""
    shop = await open_shop(store)
    writer = PostgresInboxWriter(make_url("postgresql://nobody@127.0.0.1:1/nothing"), application="tests")

    async def caller() -> int:
        refused = 0
        for _ in range(25):
            with pytest.raises(OSError, match="1"):
                await writer.take_in([an_arrival(shop.connection)])
            refused += 1
        return refused

    async with asyncio.timeout(20):
        assert sum(await asyncio.gather(*(caller() for _ in range(8)))) == 200
