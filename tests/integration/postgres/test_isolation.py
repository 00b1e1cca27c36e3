import asyncio
from typing import Any
from uuid import UUID

import asyncpg
import pytest
from sqlalchemy import text

from leadcore_postgres.schema import ROUTING_TABLES, SHARED_TABLES
from leadcore_postgres.store import PostgresStore
from tests.integration.postgres.full_shop import open_full_shop

pytestmark = pytest.mark.postgres

_TENANT_TABLES = """
    SELECT c.relname FROM pg_class c JOIN pg_attribute a ON a.attrelid = c.oid AND a.attname = 'tenant_id'
    WHERE c.relnamespace = 'leadcore'::regnamespace AND c.relkind = 'r' ORDER BY 1"""
_TABLES_WITHOUT_RLS = """
    SELECT relname FROM pg_class WHERE relnamespace = 'leadcore'::regnamespace AND relkind = 'r'
    AND NOT (relrowsecurity AND relforcerowsecurity)"""
_KEYS_NOT_LED_BY_TENANT = """
    SELECT i.indexrelid::regclass::text FROM pg_index i JOIN pg_class c ON c.oid = i.indrelid
    JOIN pg_attribute a ON a.attrelid = c.oid AND a.attnum = i.indkey[0]
    WHERE c.relnamespace = 'leadcore'::regnamespace AND i.indisunique AND a.attname <> 'tenant_id'
    AND NOT c.relname = ANY($1)"""


async def _touched(connection: Any, statement: str) -> int:
    try:
        tag = await connection.execute(statement)
    except asyncpg.InsufficientPrivilegeError:  # append-only for the runtime role
        return 0
    return int(tag.split()[-1])


async def _tenant_tables(admin: Any) -> list[str]:
    names = [row[0] for row in await admin.fetch(_TENANT_TABLES)]
    return [name for name in names if name not in SHARED_TABLES]


async def test_only_the_listed_tables_stand_outside_row_level_security(admin: Any) -> None:
    open_tables = {row[0] for row in await admin.fetch(_TABLES_WITHOUT_RLS)}

    assert open_tables == SHARED_TABLES | {"alembic_version"}


async def test_every_unique_key_of_a_tenant_table_begins_with_the_tenant(admin: Any) -> None:
    exempt = sorted(ROUTING_TABLES | SHARED_TABLES | {"alembic_version"})

    assert await admin.fetch(_KEYS_NOT_LED_BY_TENANT, exempt) == []


async def test_unfiltered_statements_touch_no_row_of_another_tenant(
    store: PostgresStore, admin: Any, runtime: Any
) -> None:
    ours, theirs = await open_full_shop(store), await open_full_shop(store)
    tables = await _tenant_tables(admin)

    for table in tables:
        count = f"SELECT count(*) FROM {table} WHERE tenant_id = $1"
        before = await admin.fetchval(count, theirs.id)
        assert before > 0, f"{table} has no row to protect"

        transaction = runtime.transaction()
        await transaction.start()
        await runtime.execute("SELECT set_config('app.tenant', $1, true)", str(ours.id))
        if table not in ROUTING_TABLES:
            seen = {row[0] for row in await runtime.fetch(f"SELECT tenant_id FROM {table}")}
            assert seen == {ours.id}, table
        await transaction.rollback()

        for statement in (f"UPDATE {table} SET tenant_id = tenant_id", f"DELETE FROM {table}"):
            transaction = runtime.transaction()
            await transaction.start()
            await runtime.execute("SELECT set_config('app.tenant', $1, true)", str(UUID(int=9)))
            assert await _touched(runtime, statement) == 0, (table, statement)
            await transaction.rollback()
        assert await admin.fetchval(count, theirs.id) == before


async def test_our_own_unfiltered_update_and_delete_leave_the_others_alone(
    store: PostgresStore, admin: Any, runtime: Any
) -> None:
    ours, theirs = await open_full_shop(store), await open_full_shop(store)

    for table in await _tenant_tables(admin):
        own = await admin.fetchval(f"SELECT count(*) FROM {table} WHERE tenant_id = $1", ours.id)
        transaction = runtime.transaction()
        await transaction.start()
        await runtime.execute("SELECT set_config('app.tenant', $1, true)", str(ours.id))
        updated = await _touched(runtime, f"UPDATE {table} SET tenant_id = tenant_id")
        await transaction.rollback()
        assert updated in {0, own}, table

    assert await store.directory.tenant_by_slug(theirs.tenant.slug) == theirs.id


@pytest.mark.parametrize("setting", [None, ""])
async def test_without_a_tenant_there_are_no_rows(
    store: PostgresStore, admin: Any, runtime: Any, setting: str | None
) -> None:
    await open_full_shop(store)
    if setting is not None:
        await runtime.execute("SELECT set_config('app.tenant', $1, false)", setting)

    for table in await _tenant_tables(admin):
        if table not in ROUTING_TABLES:
            assert await runtime.fetchval(f"SELECT count(*) FROM {table}") == 0, table
        assert await _touched(runtime, f"UPDATE {table} SET tenant_id = tenant_id") == 0, table
        assert await _touched(runtime, f"DELETE FROM {table}") == 0, table


async def test_a_foreign_key_cannot_reach_into_another_tenant(store: PostgresStore, runtime: Any) -> None:
    ours, theirs = await open_full_shop(store), await open_full_shop(store)

    async with runtime.transaction():
        await runtime.execute("SELECT set_config('app.tenant', $1, true)", str(ours.id))
        with pytest.raises(asyncpg.ForeignKeyViolationError):
            await runtime.execute("UPDATE conversation SET lead_id = $1", theirs.lead.id)


async def test_a_row_cannot_be_given_to_another_tenant(store: PostgresStore, runtime: Any) -> None:
    ours, theirs = await open_full_shop(store), await open_full_shop(store)

    async with runtime.transaction():
        await runtime.execute("SELECT set_config('app.tenant', $1, true)", str(ours.id))
        with pytest.raises(asyncpg.InsufficientPrivilegeError, match="row-level security"):
            await runtime.execute("UPDATE api_key SET tenant_id = $1", theirs.id)


async def test_the_runtime_role_cannot_truncate_alter_or_rewrite_the_past(runtime: Any) -> None:
    for statement in (
        "TRUNCATE segment",
        "ALTER TABLE lead DISABLE ROW LEVEL SECURITY",
        "DROP POLICY tenant ON lead",
        "CREATE TABLE leadcore.mine (id int)",
        "UPDATE consent SET wording = 'other'",
        "DELETE FROM decision",
        "SET ROLE leadcore_owner",
    ):
        with pytest.raises(asyncpg.InsufficientPrivilegeError):
            await runtime.execute(statement)


async def test_one_pooled_connection_serves_one_tenant_after_the_other(runtime_url: str) -> None:
    store = PostgresStore(runtime_url, application="one connection", pool_size=1)
    ours, theirs = await open_full_shop(store), await open_full_shop(store)

    pids = []
    for shop, other in ((ours, theirs), (theirs, ours)):
        async with store.begin(shop.id) as uow:
            pids.append((await uow._db.row(text("SELECT pg_backend_pid()")))[0])
            assert await uow.leads.listing(shop.id, status=None, limit=9, before=None) == [shop.lead]
            assert await uow.leads.listing(other.id, status=None, limit=9, before=None) == []
    await store.aclose()

    assert len(set(pids)) == 1


async def test_after_cancelled_tasks_the_pooled_connection_carries_no_tenant(runtime_url: str) -> None:
    store = PostgresStore(runtime_url, application="cancelled", pool_size=1)
    shop = await open_full_shop(store)

    async def work() -> None:
        async with store.begin(shop.id) as uow:
            await uow.compliance.lock_point(shop.point.id, tenant_id=shop.id)
            await uow.compliance.mark_inbound(shop.point.id, tenant_id=shop.id, at=await uow.now())
            await uow.commit()

    for steps in range(40):
        task = asyncio.create_task(work())
        for _ in range(steps):
            await asyncio.sleep(0)
        task.cancel()
        await asyncio.gather(task, return_exceptions=True)

        async with store._engine.connect() as connection:
            row = (
                await connection.execute(
                    text("SELECT coalesce(current_setting('app.tenant', true), ''), (SELECT count(*) FROM lead)")
                )
            ).one()
        assert tuple(row) == ("", 0), steps
    await store.aclose()
