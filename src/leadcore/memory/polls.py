"""What the poll remembers, in memory."""

from leadcore.intake.model import PollState
from leadcore.kernel.errors import NotFoundError
from leadcore.kernel.ids import TenantId
from leadcore.memory.database import Changes, seen


class MemoryPolls:
    """`PollRepository` of one unit of work."""

    _tenants = seen(lambda tables: tables.tenants)
    _states = seen(lambda tables: tables.polls)

    def __init__(self, changes: Changes) -> None:
        self._changes = changes

    async def get(self, tenant_id: TenantId) -> PollState:
        """Return the tenant's, a fresh one before its first pass."""
        return self._states.get(tenant_id) or PollState(tenant_id=tenant_id)

    async def put(self, state: PollState) -> None:
        """Store it. Raises `NotFoundError` when there is no such tenant."""
        if self._tenants.get(state.tenant_id) is None:
            raise NotFoundError(f"no tenant {state.tenant_id}")
        self._states.put(state, state.tenant_id)
