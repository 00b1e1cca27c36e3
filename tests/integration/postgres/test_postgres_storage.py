"""The promises of storage on PostgreSQL: hundreds of tests in one database, emptied before each of them."""

import asyncio
from collections.abc import Iterator
from uuid import uuid4

import asyncpg
import pytest

from leadcore.testing.contracts.storage import StoreContract
from leadcore_localpg import RunningServer
from leadcore_postgres.store import PostgresStore, SharedStore
from tests.integration.postgres.conftest import as_runtime

pytestmark = pytest.mark.postgres

_REMEMBER = "CREATE TABLE public.deployment_at_first AS TABLE leadcore.deployment"
_EMPTY = """
DO $$
DECLARE name text;
BEGIN
    PERFORM set_config('session_replication_role', 'replica', true); -- no trigger has a say, and no order matters
    FOR name IN SELECT relname FROM pg_class
        WHERE relnamespace = 'leadcore'::regnamespace AND relkind = 'r' AND relname <> 'alembic_version'
    LOOP
        EXECUTE format('DELETE FROM leadcore.%I', name);
    END LOOP;
    INSERT INTO leadcore.deployment TABLE public.deployment_at_first;
END $$
"""


@pytest.fixture(scope="module")
def contract_url(pg_server: RunningServer, migrated_template: str) -> Iterator[str]:
    """The superuser's URL of the one database. To make and drop one for each test is most of what they would take."""
    name = f"t_{uuid4().hex}"
    url = pg_server.url_of(name)
    asyncio.run(_execute(pg_server.admin_url, f'CREATE DATABASE "{name}" TEMPLATE "{migrated_template}"'))
    asyncio.run(_execute(url, _REMEMBER))
    yield url
    asyncio.run(_execute(pg_server.admin_url, f'DROP DATABASE "{name}" WITH (FORCE)'))


@pytest.fixture
async def runtime_url(contract_url: str) -> str:
    await _execute(contract_url, _EMPTY)
    return as_runtime(contract_url)


async def _execute(url: str, statement: str) -> None:
    connection = await asyncpg.connect(url)
    try:
        await connection.execute(statement)
    finally:
        await connection.close()


class TestPostgresStore(StoreContract):
    """The other fixtures come from conftest.py."""

    async def test_nothing_is_left_of_the_test_before(self, runtime_url: str, contract_url: str) -> None:
        connection = await asyncpg.connect(contract_url)
        tables = [
            row[0] for row in await connection.fetch("SELECT tablename FROM pg_tables WHERE schemaname = 'leadcore'")
        ]
        left = {name: await connection.fetchval(f'SELECT count(*) FROM leadcore."{name}"') for name in tables}
        await connection.close()

        assert {name: many for name, many in left.items() if many} == {"alembic_version": 1, "deployment": 1}


class TestSharedStore(StoreContract):
    """The same promises where units of work share transactions."""

    @pytest.fixture
    def store(self, store: PostgresStore) -> SharedStore:
        return store.shared("test")
