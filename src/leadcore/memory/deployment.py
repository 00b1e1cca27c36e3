"""The deployment's own row, the directory and the doorbell, in memory."""

from collections.abc import Callable
from datetime import datetime

from msgspec.structs import replace

from leadcore.kernel.errors import ConflictError, RefusedError
from leadcore.kernel.ids import ConnectionId, TenantId
from leadcore.memory.tables import Table
from leadcore.ports.storage import ApiKey, DeploymentState, HeldBy, HoldEntry, LinkOwner, ServerSight
from leadcore.tenants.model import Connection


class MemoryDeployment:
    """`Deployment` kept in one field. `server` is what the server says of itself; `past` its history, oldest first."""

    def __init__(self, *, environment: str, now: Callable[[], datetime]) -> None:
        self.row = DeploymentState(environment=environment)
        self.server = ServerSight(system_id="memory", timeline=1, lsn=1)
        self.past: list[HoldEntry] = []
        self._now = now

    async def state(self) -> DeploymentState:
        """Return it."""
        return self.row

    async def set_clock_offset(self, seconds: float) -> None:
        """Move the clock that decides. Raises `RefusedError` in production."""
        if self.row.environment == "production":
            raise RefusedError("a production deployment runs on real time", fix="use a demo or test deployment")
        self.row = replace(self.row, clock_offset_s=seconds)

    async def hold(
        self, because: str, *, by: HeldBy, name: str = "", epoch: int | None = None, epoch_at_least: int = 1
    ) -> None:
        """Stop all sending."""
        before = self.row
        if epoch is not None and before.epoch != epoch:
            return
        if before.held_by == "witness" or (before.held and by == "operator"):
            self.row = replace(before, epoch=max(before.epoch, epoch_at_least))
            return
        self.row = replace(
            before, held=True, held_because=because, held_by=by, held_at=self._now(),
            epoch=max(before.epoch, epoch_at_least),
        )  # fmt: skip
        self._note("held", name or by, because)

    async def lift(self, *, because: str, name: str) -> None:
        """Take back an operator's hold. Raises `ConflictError` when it is not one."""
        if self.row.held_by != "operator":
            raise ConflictError("sending is not held by an operator")
        self.row = replace(self.row, held=False, held_because="", held_by="", held_at=None)
        self._note("released", name, because)

    async def release(self, sight: ServerSight, *, deployment_id: str, because: str, name: str, epoch: int) -> None:
        """End a witness's hold. Raises `ConflictError` unless it is held by a witness in *epoch*."""
        if self.row.held_by != "witness" or self.row.epoch != epoch:
            raise ConflictError("sending is not held by a witness, or somebody else released it")
        self.row = replace(
            self.row, held=False, held_because="", held_by="", held_at=None, gap_until=self.row.held_at,
            epoch=epoch + 1, deployment_id=deployment_id, system_id=sight.system_id, timeline=sight.timeline,
            adopted_at=self._now(),
        )  # fmt: skip
        self._note("released", name, because)

    async def adopt(self, sight: ServerSight, *, deployment_id: str) -> bool:
        """Take this database for the deployment's own, for the first time."""
        if self.row.adopted_at is not None:
            return False
        self.row = replace(
            self.row, deployment_id=deployment_id, system_id=sight.system_id, timeline=sight.timeline,
            adopted_at=self._now(),
        )  # fmt: skip
        self._note("adopted", deployment_id, "first boot")
        return True

    async def sight(self) -> ServerSight:
        """Return what the test says the server is."""
        return self.server

    async def tick(self) -> int:
        """Count on."""
        self.row = replace(self.row, ticks=self.row.ticks + 1)
        self.server = replace(self.server, lsn=self.server.lsn + 1)
        return self.row.ticks

    async def history(self, *, limit: int = 20) -> list[HoldEntry]:
        """Return the newest lines, newest first."""
        return self.past[::-1][:limit]

    def _note(self, what: str, by: str, because: str) -> None:
        self.past.append(HoldEntry(at=self._now(), what=what, by=by, because=because, epoch=self.row.epoch))


class MemoryDirectory:
    """`Directory` over the committed routing tables."""

    def __init__(
        self,
        *,
        slugs: Table[TenantId],
        connections: Table[Connection],
        api_keys: Table[ApiKey],
        tokens: Table[LinkOwner],
    ) -> None:
        self._slugs = slugs
        self._connections = connections
        self._api_keys = api_keys
        self._tokens = tokens

    async def tenant_ids(self) -> list[TenantId]:
        """Return every tenant, oldest first."""
        return sorted(self._slugs.rows.values())

    async def tenant_by_slug(self, slug: str) -> TenantId | None:
        """Return the tenant that goes by *slug*."""
        return self._slugs.rows.get((slug,))

    async def tenant_of_connection(self, connection_id: ConnectionId) -> TenantId | None:
        """Return whose connection this is."""
        found = self._connections.rows.get((connection_id,))
        return found.tenant_id if found else None

    async def api_key(self, key_id: str) -> ApiKey | None:
        """Return the key without its label, which only its tenant may see."""
        found = self._api_keys.rows.get((key_id,))
        return replace(found, label="") if found else None

    async def chat_token(self, digest: bytes) -> LinkOwner | None:
        """Return whose chat link or chat session has this digest, None if revoked."""
        return self._tokens.rows.get((digest,))


class MemoryDoorbell:
    """`Doorbell` that never waits."""

    def __init__(self) -> None:
        self._rung = False

    def ring(self) -> None:
        """Say that due work was committed."""
        self._rung = True

    async def wait(self, timeout_s: float) -> bool:
        """Return at once whether it rang since the last call."""
        rung, self._rung = self._rung, False
        return rung
