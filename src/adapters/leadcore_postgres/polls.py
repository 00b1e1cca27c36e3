"""What the poll of each tenant's CRM remembers between passes."""

from typing import Any

from sqlalchemy import text

from leadcore.intake.model import PollState
from leadcore.kernel.ids import TenantId
from leadcore_postgres.rows import Rows
from leadcore_postgres.transaction import Transaction

_STATE = Rows(PollState, "poll_state", key=("tenant_id",))
_CHANGES = ", ".join(f"{name} = EXCLUDED.{name}" for name in _STATE.fields if name != "tenant_id")
_GET = text(f"{_STATE.select} WHERE tenant_id = :tenant_id")
_PUT = text(f"{_STATE.insert} ON CONFLICT (tenant_id) DO UPDATE SET {_CHANGES}")


class PostgresPolls:
    """`PollRepository` of one transaction."""

    def __init__(self, transaction: Transaction) -> None:
        self._db = transaction

    async def get(self, tenant_id: TenantId) -> PollState:
        """Return the tenant's, a fresh one before its first pass."""
        row = await self._db.row(_GET, tenant_id=tenant_id)
        return PollState(tenant_id=tenant_id) if row is None else _STATE.item(row)

    async def put(self, state: PollState) -> None:
        """Store it."""
        params: dict[str, Any] = _STATE.params(state)
        await self._db.run(_PUT, **params)
