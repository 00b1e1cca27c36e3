"""What a database's schema is made of, and ways up and down between revisions."""

from typing import Any

import asyncpg
from alembic import command
from alembic.config import Config
from sqlalchemy import Connection
from sqlalchemy.ext.asyncio import create_async_engine

from leadcore_postgres.engine import normalised
from leadcore_postgres.migration import alembic_config

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
    "SELECT pg_get_functiondef(oid) FROM pg_proc WHERE pronamespace = 'leadcore'::regnamespace ORDER BY 1",
)
_RIGHTS = """
    SELECT table_name, privilege_type FROM information_schema.role_table_grants
    WHERE table_schema = 'leadcore' AND grantee = 'leadcore_app' ORDER BY 1, 2"""


async def schema_of(url: str) -> list[list[tuple[Any, ...]]]:
    """Return tables, indexes, constraints, policies and functions, in one order."""
    connection = await asyncpg.connect(url)
    try:
        return [[tuple(row) for row in await connection.fetch(query)] for query in _SCHEMA]
    finally:
        await connection.close()


async def rights_on(url: str) -> list[tuple[Any, ...]]:
    """Return what the runtime role may do with which table."""
    connection = await asyncpg.connect(url)
    try:
        return [tuple(row) for row in await connection.fetch(_RIGHTS)]
    finally:
        await connection.close()


async def down(url: str, *, revision: str = "base") -> None:
    """Take the schema back to *revision*, as its owner."""
    await _moved(url, lambda config: command.downgrade(config, revision))


async def up(url: str, *, revision: str) -> None:
    """Bring the schema up to *revision*, as its owner. Rights of the runtime role are `migrate`'s."""
    await _moved(url, lambda config: command.upgrade(config, revision))


async def _moved(url: str, move: Any) -> None:
    def run(connection: Connection) -> None:
        config: Config = alembic_config()
        config.attributes["connection"] = connection
        move(config)

    settings = {"search_path": "leadcore", "role": "leadcore_owner"}
    engine = create_async_engine(normalised(url), connect_args={"server_settings": settings})
    async with engine.begin() as connection:
        await connection.run_sync(run)
    await engine.dispose()
