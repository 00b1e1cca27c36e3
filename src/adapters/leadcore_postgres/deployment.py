"""The deployment's own row, and the directory that finds a tenant before there is one."""

from typing import Any

from sqlalchemy import TextClause, text
from sqlalchemy.ext.asyncio import AsyncEngine

from leadcore.kernel.errors import ConflictError, RefusedError
from leadcore.kernel.ids import ConnectionId, TenantId
from leadcore.ports.storage import ApiKey, DeploymentState, HeldBy, HoldEntry, LinkOwner, ServerSight
from leadcore_postgres.tenants import api_key_of

_STATE_COLUMNS = ", ".join(DeploymentState.__struct_fields__)
_STATE = text(f"SELECT {_STATE_COLUMNS} FROM deployment")
_SET_OFFSET = text("UPDATE deployment SET clock_offset_s = :seconds WHERE environment <> 'production'")
_NOTED = """
    INSERT INTO hold_history (at, what, by, because, epoch)
    SELECT leadcore_now(), :what, :name, :because, epoch FROM changed"""
_HOLD = text(f"""
    WITH changed AS (
        UPDATE deployment SET held = true, held_because = :because, held_by = :held_by, held_at = leadcore_now(),
            epoch = greatest(epoch, :epoch_at_least)
        WHERE (held_by = '' OR (held_by = 'operator' AND :held_by = 'witness'))
            AND (CAST(:epoch AS bigint) IS NULL OR epoch = :epoch) RETURNING epoch)
    {_NOTED}""")
_RAISE_EPOCH = text("""
    UPDATE deployment SET epoch = :epoch_at_least WHERE held AND epoch < :epoch_at_least
    AND (CAST(:epoch AS bigint) IS NULL OR epoch = :epoch)""")
_LIFT = text(f"""
    WITH changed AS (
        UPDATE deployment SET held = false, held_because = '', held_by = '', held_at = NULL
        WHERE held_by = 'operator' RETURNING epoch)
    {_NOTED}""")
_RELEASE = text(f"""
    WITH changed AS (
        UPDATE deployment SET held = false, held_because = '', held_by = '', gap_until = held_at, held_at = NULL,
            epoch = epoch + 1, deployment_id = :deployment_id, system_id = :system_id, timeline = :timeline,
            adopted_at = leadcore_now()
        WHERE held_by = 'witness' AND epoch = :epoch RETURNING epoch)
    {_NOTED}""")
_ADOPT = text(f"""
    WITH changed AS (
        UPDATE deployment SET deployment_id = :deployment_id, system_id = :system_id, timeline = :timeline,
            adopted_at = leadcore_now()
        WHERE adopted_at IS NULL RETURNING epoch)
    {_NOTED}""")
# The insert position is read before a commit that is waited for: no crash can take the log back behind it.
_SIGHT = text("""
    SELECT (SELECT system_identifier::text FROM pg_control_system()),
        ('x' || substr(pg_walfile_name(pg_current_wal_insert_lsn()), 1, 8))::bit(32)::int,
        CAST(pg_current_wal_insert_lsn() - CAST('0/0' AS pg_lsn) AS bigint)""")
_TICK = text("UPDATE deployment SET ticks = ticks + 1 RETURNING ticks")
_HISTORY = text("SELECT at, what, by, because, epoch FROM hold_history ORDER BY id DESC LIMIT :limit")

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
        row = await _row(self._engine, _STATE)
        return DeploymentState(**dict(zip(DeploymentState.__struct_fields__, row, strict=True)))

    async def set_clock_offset(self, seconds: float) -> None:
        """Move the clock that decides. Raises `RefusedError` in production."""
        async with self._engine.connect() as connection:
            moved = (await connection.execute(_SET_OFFSET, {"seconds": seconds})).rowcount
        if not moved:
            raise RefusedError("a production deployment runs on real time", fix="use a demo or test deployment")

    async def hold(
        self, because: str, *, by: HeldBy, name: str = "", epoch: int | None = None, epoch_at_least: int = 1
    ) -> None:
        """Stop all sending."""
        words = {"because": because, "held_by": by, "what": "held", "name": name or by}
        if not await self._changed(_HOLD, epoch=epoch, epoch_at_least=epoch_at_least, **words):
            await self._changed(_RAISE_EPOCH, epoch=epoch, epoch_at_least=epoch_at_least)

    async def lift(self, *, because: str, name: str) -> None:
        """Take back an operator's hold. Raises `ConflictError` when it is not one."""
        if not await self._changed(_LIFT, what="released", because=because, name=name):
            raise ConflictError("sending is not held by an operator")

    async def release(self, sight: ServerSight, *, deployment_id: str, because: str, name: str, epoch: int) -> None:
        """End a witness's hold. Raises `ConflictError` unless it is held by a witness in *epoch*."""
        words = {"deployment_id": deployment_id, "what": "released", "because": because, "name": name}
        if not await self._changed(_RELEASE, system_id=sight.system_id, timeline=sight.timeline, epoch=epoch, **words):
            raise ConflictError("sending is not held by a witness, or somebody else released it")

    async def adopt(self, sight: ServerSight, *, deployment_id: str) -> bool:
        """Take this database for the deployment's own, for the first time."""
        words = {"deployment_id": deployment_id, "what": "adopted", "because": "first boot", "name": deployment_id}
        return await self._changed(_ADOPT, system_id=sight.system_id, timeline=sight.timeline, **words)

    async def sight(self) -> ServerSight:
        """Ask the server who it is."""
        system_id, timeline, lsn = await _row(self._engine, _SIGHT)
        return ServerSight(system_id=system_id, timeline=timeline, lsn=lsn)

    async def tick(self) -> int:
        """Vouch for the database by a durable commit; return its number."""
        return int((await _row(self._engine, _TICK))[0])

    async def history(self, *, limit: int = 20) -> list[HoldEntry]:
        """Return the newest lines, newest first."""
        async with self._engine.connect() as connection:
            rows = (await connection.execute(_HISTORY, {"limit": limit})).all()
        return [
            HoldEntry(at=at, what=what, by=by, because=because, epoch=epoch) for at, what, by, because, epoch in rows
        ]

    async def _changed(self, statement: TextClause, **params: Any) -> bool:
        async with self._engine.connect() as connection:
            return bool((await connection.execute(statement, params)).rowcount)


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
