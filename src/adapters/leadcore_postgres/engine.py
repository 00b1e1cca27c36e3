"""The engine, and transactions that know their tenant."""

from typing import Any

from sqlalchemy import Connection, event, make_url, text
from sqlalchemy.engine import URL
from sqlalchemy.ext.asyncio import AsyncEngine, AsyncSession, create_async_engine
from sqlalchemy.orm import Session, SessionTransaction

SCHEMA = "leadcore"
_SET_TENANT = text("SELECT set_config('app.tenant', :tenant, true)")
SERVER_SETTINGS = {
    "search_path": SCHEMA,
    "synchronous_commit": "on",
    "statement_timeout": "10000",
    "lock_timeout": "2000",
    "idle_in_transaction_session_timeout": "15000",
    "jit": "off",
    "timezone": "UTC",
}


def normalised(url: str) -> URL:
    """Return *url* with our driver: SQLAlchemy takes a bare `postgresql://` for psycopg."""
    made = make_url(url)
    if made.get_backend_name() not in {"postgresql", "postgres"}:
        raise ValueError("DATABASE_URL must begin with postgresql://")
    return made.set(drivername="postgresql+asyncpg")


def plain(url: URL) -> str:
    """Return *url* as asyncpg and people write it."""
    return url.set(drivername="postgresql").render_as_string(hide_password=False)


def make_engine(url: str, *, application: str, pool_size: int, pool_timeout_s: float) -> AsyncEngine:
    """Return an engine; it connects when first used."""
    return create_async_engine(
        normalised(url),
        pool_size=pool_size,
        max_overflow=0,
        pool_timeout=pool_timeout_s,
        json_deserializer=_as_it_came,
        pool_recycle=1800,
        connect_args={
            "timeout": 5,
            "command_timeout": 15,
            "prepared_statement_cache_size": 500,
            "statement_cache_size": 500,
            "server_settings": {**SERVER_SETTINGS, "application_name": application},
        },
    )


class TenantSession(Session):
    """A session whose every transaction begins by naming its tenant."""


@event.listens_for(TenantSession, "after_begin")
def _name_tenant(session: Session, _transaction: SessionTransaction, connection: Connection) -> None:
    # Not in a cursor hook: a task cancelled inside one could return the connection with its transaction open.
    connection.execute(_SET_TENANT, {"tenant": str(session.info["tenant"])})


def tenant_session(engine: AsyncEngine, tenant_id: object) -> AsyncSession:
    """Return a session bound to the tenant."""
    options: dict[str, Any] = {"sync_session_class": TenantSession, "info": {"tenant": tenant_id}}
    return AsyncSession(engine, expire_on_commit=False, autoflush=False, **options)


def _as_it_came(document: str) -> str:
    # JSON goes straight into Structs: msgspec decodes and checks it in one step.
    return document
