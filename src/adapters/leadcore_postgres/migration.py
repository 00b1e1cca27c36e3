"""Bringing a database up to date: roles, schema, migrations, rights."""

from urllib.parse import quote

import asyncpg
import msgspec
from alembic import command
from alembic.config import Config
from alembic.runtime.migration import MigrationContext
from alembic.script import ScriptDirectory
from sqlalchemy import Connection, text
from sqlalchemy.engine import URL
from sqlalchemy.ext.asyncio import create_async_engine

from leadcore.kernel.errors import RefusedError
from leadcore_postgres.engine import SCHEMA, normalised, plain
from leadcore_postgres.schema import (
    APPEND_ONLY,
    OWNER,
    RUNTIME,
    migrations_folder,
)

_LOCK = "SELECT pg_advisory_xact_lock(7305022312)"


class MigrationReport(msgspec.Struct, frozen=True, kw_only=True):
    """What was done. `runtime_url` is the DATABASE_URL for the apps, password included: show it once, log it never."""

    came_from: str | None
    went_to: str | None
    roles_created: bool
    runtime_url: str


async def migrate(
    admin_url: str, *, create_roles: bool, app_password: str, environment: str | None = None
) -> MigrationReport:
    """Bring the database of *admin_url* to the newest revision; safe to run again, and by several at once.

    *admin_url* is a superuser, or a role that may create roles and schemas. With *create_roles* the owner and the
    runtime role are made (or given *app_password* again). *environment* is written down if given.

    Raises:
        RefusedError: the roles are missing, or the database is newer than this program.
    """
    url = normalised(admin_url)
    await _prepare(plain(url), create_roles=create_roles, app_password=app_password, database=str(url.database))
    engine = create_async_engine(
        url, connect_args={"server_settings": {"search_path": SCHEMA, "lock_timeout": "5000", "role": OWNER}}
    )
    try:
        async with engine.begin() as connection:
            came_from, went_to = await connection.run_sync(_upgrade)
            for statement in _rights():
                await connection.execute(text(statement))
            if environment is not None:
                await connection.execute(text("UPDATE deployment SET environment = :name"), {"name": environment})
    finally:
        await engine.dispose()
    return MigrationReport(
        came_from=came_from,
        went_to=went_to,
        roles_created=create_roles,
        runtime_url=_runtime_url(url, app_password=app_password),
    )


def alembic_config() -> Config:
    """Return alembic's configuration, which needs no file."""
    config = Config()
    config.set_main_option("script_location", str(migrations_folder()).replace("%", "%%"))
    return config


def _upgrade(connection: Connection) -> tuple[str | None, str | None]:
    config = alembic_config()
    known = MigrationContext.configure(connection, opts={"version_table_schema": SCHEMA})
    before = known.get_current_revision()
    if before is not None and before not in _known(config):
        raise RefusedError(
            f"the database is at revision {before}, which this program does not know",
            fix="install the newer program, or restore the backup taken before it migrated",
        )
    config.attributes["connection"] = connection
    command.upgrade(config, "head")
    return before, known.get_current_revision()


def _known(config: Config) -> set[str]:
    return {str(script.revision) for script in ScriptDirectory.from_config(config).walk_revisions()}


async def _prepare(admin: str, *, create_roles: bool, app_password: str, database: str) -> None:
    connection = await asyncpg.connect(admin, timeout=5)
    try:
        async with connection.transaction():
            await connection.execute(_LOCK)
            if create_roles:
                await _create_roles(connection, app_password=app_password)
            missing = [name for name in (OWNER, RUNTIME) if not await _exists(connection, name)]
            if missing:
                raise RefusedError(
                    f"the roles {', '.join(missing)} do not exist", fix="run `leadcore migrate --create-roles`"
                )
            await connection.execute(f"CREATE SCHEMA IF NOT EXISTS {SCHEMA} AUTHORIZATION {OWNER}")
            named = await connection.fetchval("SELECT quote_ident($1)", database)
            await connection.execute(f"GRANT CONNECT, TEMPORARY ON DATABASE {named} TO {RUNTIME}")
    finally:
        await connection.close()


async def _create_roles(connection: "asyncpg.Connection", *, app_password: str) -> None:
    if not await _exists(connection, OWNER):
        await connection.execute(f"CREATE ROLE {OWNER} NOLOGIN NOSUPERUSER NOBYPASSRLS NOCREATEDB NOCREATEROLE")
    if not await _exists(connection, RUNTIME):
        await connection.execute(f"CREATE ROLE {RUNTIME} LOGIN NOSUPERUSER NOBYPASSRLS NOCREATEDB NOCREATEROLE")
    # Roles belong to the whole server: a second database's migration must find its own password working.
    password = await connection.fetchval("SELECT quote_literal($1)", app_password)
    await connection.execute(f"ALTER ROLE {RUNTIME} PASSWORD {password}")
    await connection.execute(f"GRANT {OWNER} TO current_user")


async def _exists(connection: "asyncpg.Connection", role: str) -> bool:
    return bool(await connection.fetchval("SELECT true FROM pg_roles WHERE rolname = $1", role))


def _rights() -> list[str]:
    return [
        f"GRANT USAGE ON SCHEMA {SCHEMA} TO {RUNTIME}",
        f"GRANT SELECT, INSERT, UPDATE, DELETE ON ALL TABLES IN SCHEMA {SCHEMA} TO {RUNTIME}",
        f"GRANT USAGE ON ALL SEQUENCES IN SCHEMA {SCHEMA} TO {RUNTIME}",
        f"GRANT EXECUTE ON ALL FUNCTIONS IN SCHEMA {SCHEMA} TO {RUNTIME}",
        # TRUNCATE ignores row level security.
        f"REVOKE TRUNCATE, REFERENCES, TRIGGER ON ALL TABLES IN SCHEMA {SCHEMA} FROM {RUNTIME}",
        f"REVOKE UPDATE, DELETE ON {', '.join(APPEND_ONLY)} FROM {RUNTIME}",
        f"REVOKE INSERT, DELETE ON deployment FROM {RUNTIME}",
        f"REVOKE INSERT, UPDATE, DELETE ON alembic_version FROM {RUNTIME}",
    ]


def _runtime_url(url: URL, *, app_password: str) -> str:
    user, password = quote(RUNTIME), quote(app_password, safe="")
    host = f"{url.host}:{url.port}" if url.port else url.host
    return f"postgresql://{user}:{password}@{host}/{quote(str(url.database), safe='')}"
