"""One migrated database per test process; each test gets a copy."""

import asyncio
from collections.abc import AsyncIterator, Awaitable, Callable
from urllib.parse import quote

import asyncpg
import pytest

from leadcore_localpg import RunningServer
from leadcore_postgres.migration import migrate
from leadcore_postgres.store import PostgresStore
from tests.conftest import APP_PASSWORD

PASSWORD = APP_PASSWORD
MakeDatabase = Callable[..., Awaitable[str]]


@pytest.fixture(scope="session")
def migrated_template(pg_server: RunningServer) -> str:
    async def build() -> None:
        admin = await asyncpg.connect(pg_server.admin_url)
        await admin.execute("CREATE DATABASE leadcore_template")
        await admin.close()
        await migrate(
            pg_server.url_of("leadcore_template"), create_roles=True, app_password=PASSWORD, environment="test"
        )

    asyncio.run(build())
    return "leadcore_template"


@pytest.fixture
async def admin_url(make_database: MakeDatabase, migrated_template: str) -> str:
    """The superuser's URL of a migrated database of this test's own."""
    return await make_database(migrated_template)


@pytest.fixture
def runtime_url(admin_url: str) -> str:
    """The runtime role's URL of the same database."""
    return as_runtime(admin_url)


def as_runtime(admin_url: str) -> str:
    where = admin_url.rpartition("@")[2]
    return f"postgresql://leadcore_app:{quote(PASSWORD, safe='')}@{where}"


@pytest.fixture
async def store(runtime_url: str) -> AsyncIterator[PostgresStore]:
    opened = PostgresStore(runtime_url, application="tests", pool_size=4)
    yield opened
    await opened.aclose()


@pytest.fixture
async def production_store(make_database: MakeDatabase, migrated_template: str) -> AsyncIterator[PostgresStore]:
    admin_url = await make_database(migrated_template)
    await migrate(admin_url, create_roles=False, app_password=PASSWORD, environment="production")
    opened = PostgresStore(as_runtime(admin_url), application="tests", pool_size=2)
    yield opened
    await opened.aclose()


@pytest.fixture
async def admin(admin_url: str) -> AsyncIterator["asyncpg.Connection"]:
    connection = await asyncpg.connect(admin_url, server_settings={"search_path": "leadcore"})
    yield connection
    await connection.close()


@pytest.fixture
async def runtime(runtime_url: str) -> AsyncIterator["asyncpg.Connection"]:
    connection = await asyncpg.connect(runtime_url, server_settings={"search_path": "leadcore"})
    yield connection
    await connection.close()
