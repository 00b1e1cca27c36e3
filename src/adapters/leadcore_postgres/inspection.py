"""The checks at boot: a database that could mix tenants or lose what was acknowledged is refused."""

from typing import Any

import asyncpg

from leadcore.ports.plugin import Finding
from leadcore_postgres.engine import SCHEMA, SERVER_SETTINGS, normalised, plain
from leadcore_postgres.schema import OWNER, ROUTING_TABLES, RUNTIME, SHARED_TABLES, newest_revision

_OLDEST = 15
_USE_RUNTIME = (
    f"let DATABASE_URL name the role {RUNTIME}; `leadcore migrate --create-roles` makes it and prints the URL"
)
_MIGRATE = "run `leadcore migrate` with DATABASE_ADMIN_URL set"

_ROLE = f"""
    SELECT current_user AS name, rolsuper, rolbypassrls,
        rolsuper OR EXISTS (SELECT FROM pg_class c JOIN pg_namespace n ON n.oid = c.relnamespace
            WHERE n.nspname = '{SCHEMA}' AND pg_has_role(current_user, c.relowner, 'MEMBER'))
        OR EXISTS (SELECT FROM pg_roles o WHERE o.rolname = '{OWNER}'
            AND pg_has_role(current_user, o.oid, 'MEMBER')) AS owns
    FROM pg_roles WHERE rolname = current_user"""
_TABLES = f"""
    SELECT c.relname AS name, c.relrowsecurity AS enabled, c.relforcerowsecurity AS forced,
        EXISTS (SELECT FROM pg_attribute a WHERE a.attrelid = c.oid AND a.attname = 'tenant_id'
            AND NOT a.attisdropped) AS has_tenant,
        (SELECT count(*) FROM pg_policy p WHERE p.polrelid = c.oid AND p.polpermissive) AS policies,
        ARRAY(SELECT p.polname::text FROM pg_policy p WHERE p.polrelid = c.oid AND p.polpermissive
            AND NOT (concat(pg_get_expr(p.polqual, c.oid), pg_get_expr(p.polwithcheck, c.oid)) LIKE '%app.tenant%')
            AND NOT (c.relname = ANY($1) AND p.polcmd = 'r')) AS open
    FROM pg_class c JOIN pg_namespace n ON n.oid = c.relnamespace
    WHERE n.nspname = '{SCHEMA}' AND c.relkind IN ('r', 'p') ORDER BY c.relname"""
_FOREIGN_KEYS = f"""
    SELECT conname AS name, conrelid::regclass::text AS source FROM pg_constraint k
    JOIN pg_namespace n ON n.oid = k.connamespace
    WHERE k.contype = 'f' AND n.nspname = '{SCHEMA}'
    AND EXISTS (SELECT FROM pg_attribute a WHERE a.attrelid = k.conrelid AND a.attname = 'tenant_id')
    AND EXISTS (SELECT FROM pg_attribute a WHERE a.attrelid = k.confrelid AND a.attname = 'tenant_id')
    AND NOT EXISTS (SELECT FROM pg_attribute a WHERE a.attrelid = k.conrelid AND a.attname = 'tenant_id'
        AND a.attnum = ANY(k.conkey))"""
_VIEWS = f"""
    SELECT c.relname AS name FROM pg_class c JOIN pg_namespace n ON n.oid = c.relnamespace
    WHERE n.nspname = '{SCHEMA}' AND c.relkind IN ('v', 'm')
    AND NOT coalesce(c.reloptions && ARRAY['security_invoker=true', 'security_invoker=on', 'security_invoker=1'], false)
    ORDER BY c.relname"""
_REVISION = f"SELECT version_num FROM {SCHEMA}.alembic_version"
_DEPLOYMENT = f"SELECT environment, clock_offset_s FROM {SCHEMA}.deployment"


async def inspect(url: str, *, environment: str | None = None) -> tuple[Finding, ...]:
    """Check the database as the role of *url* sees it. Boot is refused when any finding is not ok.

    *environment* decides whether a moved clock is allowed; without it the database's own says. Never raises for what
    it finds, nor for a server that cannot be reached.
    """
    try:
        connection = await asyncpg.connect(plain(normalised(url)), timeout=5, server_settings=SERVER_SETTINGS)
    except (OSError, TimeoutError, asyncpg.PostgresError, ValueError) as cause:
        fix = "check DATABASE_URL (host, port, password) and that the server runs"
        return (Finding(ok=False, what=f"cannot connect: {type(cause).__name__}: {cause}", fix=fix, code="connect"),)
    try:
        about_server = [_version(connection.get_server_version()), await _acknowledgement(connection)]
        role = _role(await connection.fetchrow(_ROLE))
        if not await connection.fetchval(f"SELECT to_regclass('{SCHEMA}.alembic_version') IS NOT NULL"):
            missing = Finding(ok=False, what="the database has no leadcore tables", fix=_MIGRATE, code="revision")
            return (*about_server, role, missing)
        if not role.ok:
            return (*about_server, role)
        deployment = await connection.fetchrow(_DEPLOYMENT)
        named = environment or deployment["environment"]
        clock = _clock(deployment["clock_offset_s"], named)
        return (*about_server, role, *await _schema(connection), await _disk(connection, named), clock)
    except asyncpg.InsufficientPrivilegeError as cause:
        return (Finding(ok=False, what=f"the role may not read: {cause}", fix=_USE_RUNTIME, code="role"),)
    finally:
        await connection.close()


def _version(version: Any) -> Finding:
    fix = None if version.major >= _OLDEST else f"use PostgreSQL {_OLDEST} or later"
    return Finding(ok=fix is None, what=f"PostgreSQL {version.major}", fix=fix, code="version")


def _role(row: Any) -> Finding:
    powers = [
        power
        for power, has in (
            ("is a superuser", row["rolsuper"]),
            ("bypasses row level security", row["rolbypassrls"]),
            ("owns the tables", row["owns"] and not row["rolsuper"]),
        )
        if has
    ]
    what = f"the role {row['name']} {' and '.join(powers) or 'is an ordinary one that owns nothing'}"
    return Finding(ok=not powers, what=what, fix=_USE_RUNTIME if powers else None, code="role")


async def _acknowledgement(connection: Any) -> Finding:
    # As the apps' own connections have it: only a pooler that drops their settings can leave it off.
    value = await connection.fetchval("SELECT current_setting('synchronous_commit')")
    fix = f"ALTER ROLE {RUNTIME} SET synchronous_commit = on" if value == "off" else None
    return Finding(ok=fix is None, what=f"synchronous_commit is {value}", fix=fix, code="durability")


async def _disk(connection: Any, environment: str) -> Finding:
    off = [
        name
        for name in ("fsync", "full_page_writes")
        if await connection.fetchval("SELECT current_setting($1)", name) == "off"
    ]
    fix = "switch them on in postgresql.conf" if off and environment == "production" else None
    what = f"a power failure may lose data: off are {', '.join(off)}" if off else "a power failure loses nothing"
    return Finding(ok=fix is None, what=what, fix=fix, code="durability")


async def _schema(connection: Any) -> list[Finding]:
    revision, newest = await connection.fetchval(_REVISION), newest_revision()
    tables = await connection.fetch(_TABLES, sorted(ROUTING_TABLES))
    return [
        Finding(
            ok=revision == newest,
            what=f"the schema is at revision {revision}, this program needs {newest}",
            fix=None if revision == newest else _MIGRATE,
            code="revision",
        ),
        _listed("tables without forced row level security", _open_tables(tables), code="rls"),
        _listed(
            "references between tenants' tables without tenant_id",
            [f"{row['source']}.{row['name']}" for row in await connection.fetch(_FOREIGN_KEYS)],
            code="foreign_key",
        ),
        _listed(
            "views that read with their owner's rights",
            [row["name"] for row in await connection.fetch(_VIEWS)],
            code="view",
            fix="ALTER VIEW … SET (security_invoker = true), or drop it",
        ),
    ]


def _open_tables(tables: Any) -> list[str]:
    exempt = SHARED_TABLES | {"alembic_version"}
    return [
        row["name"]
        for row in tables
        if row["name"] not in exempt
        and not (row["has_tenant"] and row["enabled"] and row["forced"] and row["policies"] and not row["open"])
    ]


def _listed(what: str, names: list[str], *, code: str, fix: str | None = None) -> Finding:
    remedy = fix or f"{_MIGRATE}; if it stays, somebody changed the schema by hand: compare it with migrations/"
    return Finding(ok=not names, what=f"{what}: {', '.join(names) or 'none'}", fix=remedy if names else None, code=code)


def _clock(offset_s: float, environment: str) -> Finding:
    fix = "set the offset back to 0, or use the database for a demo only"
    moved = offset_s != 0 and environment == "production"
    what = f"the clock of this {environment} deployment is off by {offset_s:g} s"
    return Finding(ok=not moved, what=what, fix=fix if moved else None, code="clock")
