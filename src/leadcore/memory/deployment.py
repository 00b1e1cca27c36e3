"""The deployment's own row, the directory and the doorbell, in memory."""

from msgspec.structs import replace

from leadcore.kernel.errors import RefusedError
from leadcore.kernel.ids import ConnectionId, TenantId
from leadcore.memory.tables import Table
from leadcore.ports.storage import ApiKey, DeploymentState, LinkOwner
from leadcore.tenants.model import Connection


class MemoryDeployment:
    """`Deployment` kept in one field."""

    def __init__(self, *, environment: str) -> None:
        self.row = DeploymentState(environment=environment)

    async def state(self) -> DeploymentState:
        """Return it."""
        return self.row

    async def set_clock_offset(self, seconds: float) -> None:
        """Move the clock that decides. Raises `RefusedError` in production."""
        if self.row.environment == "production":
            raise RefusedError("a production deployment runs on real time", fix="use a demo or test deployment")
        self.row = replace(self.row, clock_offset_s=seconds)

    async def set_held(self, *, held: bool, because: str) -> None:
        """Stop or resume all sending."""
        self.row = replace(self.row, held=held, held_because=because if held else "")


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
