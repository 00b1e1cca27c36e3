"""The deployment's own row, and the directory that finds a tenant before there is one."""

from typing import Any

from sqlalchemy import TextClause, text
from sqlalchemy.ext.asyncio import AsyncEngine

from leadcore.kernel.errors import RefusedError
from leadcore.kernel.ids import ConnectionId, TenantId
from leadcore.ports.storage import ApiKey, DeploymentState, LinkOwner
from leadcore_postgres.tenants import api_key_of

_STATE = text("SELECT environment, clock_offset_s, held, held_because FROM deployment")
_SET_OFFSET = text("UPDATE deployment SET clock_offset_s = :seconds WHERE environment <> 'production'")
_SET_HELD = text("UPDATE deployment SET held = :held, held_because = :because")

_TENANTS = text("SELECT tenant_id FROM tenant_route ORDER BY tenant_id")
_BY_SLUG = text("SELECT tenant_id FROM tenant_route WHERE slug = :slug")
_BY_CONNECTION = text("SELECT tenant_id FROM connection_route WHERE connection_id = :connection_id")
_API_KEY = text("""
    SELECT key_id, tenant_id, digest, '' AS label, scopes, created_at, last_used_at, revoked_at
    FROM api_key_route WHERE key_id = :key_id""")
_CHAT_TOKEN = text("SELECT tenant_id, target_id, expires_at FROM chat_token WHERE digest = :digest")


class PostgresDeployment:
    """`Deployment` in its one row. *engine* must commit each statement by itself."""

    def __init__(self, engine: AsyncEngine) -> None:
        self._engine = engine

    async def state(self) -> DeploymentState:
        """Return it."""
        environment, clock_offset_s, held, held_because = await _row(self._engine, _STATE)
        return DeploymentState(
            environment=environment, clock_offset_s=clock_offset_s, held=held, held_because=held_because
        )

    async def set_clock_offset(self, seconds: float) -> None:
        """Move the clock that decides. Raises `RefusedError` in production."""
        async with self._engine.connect() as connection:
            moved = (await connection.execute(_SET_OFFSET, {"seconds": seconds})).rowcount
        if not moved:
            raise RefusedError("a production deployment runs on real time", fix="use a demo or test deployment")

    async def set_held(self, *, held: bool, because: str) -> None:
        """Stop or resume all sending."""
        async with self._engine.connect() as connection:
            await connection.execute(_SET_HELD, {"held": held, "because": because if held else ""})


class PostgresDirectory:
    """`Directory` over the routing tables. *engine* must commit each statement by itself."""

    def __init__(self, engine: AsyncEngine) -> None:
        self._engine = engine

    async def tenant_ids(self) -> list[TenantId]:
        """Return every tenant, oldest first."""
        async with self._engine.connect() as connection:
            return [TenantId(row[0]) for row in (await connection.execute(_TENANTS)).all()]

    async def tenant_by_slug(self, slug: str) -> TenantId | None:
        """Return the tenant that goes by *slug*."""
        row = await _row(self._engine, _BY_SLUG, slug=slug)
        return TenantId(row[0]) if row else None

    async def tenant_of_connection(self, connection_id: ConnectionId) -> TenantId | None:
        """Return whose connection this is."""
        row = await _row(self._engine, _BY_CONNECTION, connection_id=connection_id)
        return TenantId(row[0]) if row else None

    async def api_key(self, key_id: str) -> ApiKey | None:
        """Return the key without its label, which only its tenant may see."""
        row = await _row(self._engine, _API_KEY, key_id=key_id)
        return api_key_of(row) if row else None

    async def chat_token(self, digest: bytes) -> LinkOwner | None:
        """Return whose chat link or chat session has this digest, None if revoked."""
        row = await _row(self._engine, _CHAT_TOKEN, digest=digest)
        return LinkOwner(tenant_id=row[0], target_id=row[1], expires_at=row[2]) if row else None


async def _row(engine: AsyncEngine, statement: TextClause, **params: Any) -> Any:
    async with engine.connect() as connection:
        return (await connection.execute(statement, params)).first()
