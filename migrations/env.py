"""Runs migrations over a connection that `leadcore migrate` hands in, or over `sqlalchemy.url` for alembic alone."""

import asyncio

from alembic import context
from sqlalchemy import Connection, text
from sqlalchemy.ext.asyncio import create_async_engine

_LOCK = 7_305_022_311  # any number that nobody else locks in this database


def migrate(connection: Connection) -> None:
    context.configure(connection=connection, version_table_schema="leadcore", transaction_per_migration=False)
    with context.begin_transaction():
        # In the transaction that does the work: a session lock would not survive a transaction pooler.
        connection.execute(text("SELECT pg_advisory_xact_lock(:lock)"), {"lock": _LOCK})
        context.run_migrations()


async def migrate_by_url(url: str) -> None:
    engine = create_async_engine(url, connect_args={"server_settings": {"search_path": "leadcore"}})
    async with engine.begin() as connection:
        await connection.run_sync(migrate)
    await engine.dispose()


handed_in = context.config.attributes.get("connection")
if handed_in is not None:
    migrate(handed_in)
else:
    asyncio.run(migrate_by_url(context.config.get_main_option("sqlalchemy.url", "")))
