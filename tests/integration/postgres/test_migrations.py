from collections.abc import Awaitable, Callable
from typing import Any

import asyncpg
import pytest
from alembic import command
from alembic.script import ScriptDirectory
from sqlalchemy import Connection
from sqlalchemy.ext.asyncio import create_async_engine

from leadcore.kernel.errors import RefusedError
from leadcore.testing.contracts.shop import open_shop
from leadcore_localpg import RunningServer
from leadcore_postgres.engine import normalised
from leadcore_postgres.migration import alembic_config, migrate
from leadcore_postgres.schema import newest_revision
from leadcore_postgres.store import PostgresStore
from tests.conftest import APP_PASSWORD

pytestmark = pytest.mark.postgres

_SCHEMA = (
    """SELECT c.relname, a.attname, format_type(a.atttypid, a.atttypmod), a.attnotnull, c.relrowsecurity,
       c.relforcerowsecurity, c.reloptions, pg_get_expr(d.adbin, d.adrelid)
       FROM pg_class c JOIN pg_attribute a ON a.attrelid = c.oid AND a.attnum > 0 AND NOT a.attisdropped
       LEFT JOIN pg_attrdef d ON d.adrelid = c.oid AND d.adnum = a.attnum
       WHERE c.relnamespace = 'leadcore'::regnamespace AND c.relkind IN ('r', 'S', 'v') ORDER BY 1, 2""",
    "SELECT indexdef FROM pg_indexes WHERE schemaname = 'leadcore' ORDER BY 1",
    """SELECT conrelid::regclass::text, pg_get_constraintdef(oid) FROM pg_constraint
       WHERE connamespace = 'leadcore'::regnamespace ORDER BY 1, 2""",
    """SELECT tablename, policyname, cmd, qual, with_check FROM pg_policies
       WHERE schemaname = 'leadcore' ORDER BY 1, 2""",
    """SELECT table_name, privilege_type FROM information_schema.role_table_grants
       WHERE table_schema = 'leadcore' AND grantee = 'leadcore_app' ORDER BY 1, 2""",
    "SELECT pg_get_functiondef(oid) FROM pg_proc WHERE pronamespace = 'leadcore'::regnamespace ORDER BY 1",
)


async def _schema(url: str) -> list[list[tuple[Any, ...]]]:
    connection = await asyncpg.connect(url)
    try:
        return [[tuple(row) for row in await connection.fetch(query)] for query in _SCHEMA]
    finally:
        await connection.close()


async def _down(url: str, *, revision: str = "base") -> None:
    def downgrade(connection: Connection) -> None:
        config = alembic_config()
        config.attributes["connection"] = connection
        command.downgrade(config, revision)

    settings = {"search_path": "leadcore", "role": "leadcore_owner"}
    engine = create_async_engine(normalised(url), connect_args={"server_settings": settings})
    async with engine.begin() as connection:
        await connection.run_sync(downgrade)
    await engine.dispose()


async def test_leads_that_are_older_than_references_get_theirs(
    admin_url: str, store: PostgresStore, admin: Any
) -> None:
    shop = await open_shop(store)
    await store.aclose()
    before = ScriptDirectory.from_config(alembic_config()).get_revision("0005").down_revision
    await _down(admin_url, revision=str(before))

    await migrate(admin_url, create_roles=False, app_password=APP_PASSWORD)

    rows = await admin.fetch("SELECT tenant_id, id, lead_id, source, external_ref FROM lead_reference")
    lead = shop.lead
    assert [tuple(row) for row in rows] == [(shop.id, lead.id, lead.id, lead.source, lead.external_ref)]
    forced = await admin.fetchval("SELECT relforcerowsecurity FROM pg_class WHERE oid = 'lead'::regclass")
    assert forced is True


async def test_up_down_up_gives_the_same_schema(admin_url: str) -> None:
    before = await _schema(admin_url)

    await _down(admin_url)
    emptied = await _schema(admin_url)
    report = await migrate(admin_url, create_roles=False, app_password="p")

    assert {row[0] for row in emptied[0]} == {"alembic_version"}
    assert (report.came_from, report.went_to) == (None, newest_revision())
    assert await _schema(admin_url) == before


async def test_migrating_again_changes_nothing(admin_url: str) -> None:
    before = await _schema(admin_url)

    report = await migrate(admin_url, create_roles=False, app_password="p")

    assert (report.came_from, report.went_to) == (newest_revision(), newest_revision())
    assert await _schema(admin_url) == before


async def test_the_runtime_url_it_returns_works(
    migrated_template: str, make_database: Callable[..., Awaitable[str]], pg_server: RunningServer
) -> None:
    empty = await make_database()

    report = await migrate(empty, create_roles=True, app_password=APP_PASSWORD, environment="demo")

    connection = await asyncpg.connect(report.runtime_url)
    user, environment = await connection.fetchrow("SELECT current_user, (SELECT environment FROM leadcore.deployment)")
    await connection.close()
    assert (user, environment) == ("leadcore_app", "demo")


async def test_a_newer_database_is_refused(admin_url: str, admin: Any) -> None:
    await admin.execute("UPDATE alembic_version SET version_num = '9999'")

    with pytest.raises(RefusedError, match="9999") as refusal:
        await migrate(admin_url, create_roles=False, app_password="p")

    assert refusal.value.fix


def test_the_newest_revision_is_alembics_head() -> None:
    assert newest_revision() == ScriptDirectory.from_config(alembic_config()).get_current_head()
