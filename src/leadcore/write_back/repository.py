"""Storing what was and is to be told to the CRM."""

from typing import Protocol

from leadcore.kernel.ids import LeadId, TenantId
from leadcore.ports.storage import UnitOfWork
from leadcore.write_back.model import WriteBack, WriteBlock
from leadcore.write_back.values import WriteKind, WriteState


class WriteBackRepository(Protocol):
    """Writes to the CRM."""

    async def newest(self, lead_id: LeadId, *, tenant_id: TenantId) -> dict[WriteKind, WriteBack]:
        """Return the lead's write with the highest version of each kind."""
        ...

    async def targets(self, lead_id: LeadId, what: WriteKind, *, tenant_id: TenantId) -> frozenset[str]:
        """Return what the lead's writes of one kind are about, whatever became of them."""
        ...

    async def blocks(self, source: str, *, tenant_id: TenantId) -> dict[WriteKind, WriteBlock]:
        """Return what the CRM *source* may not be told, by kind."""
        ...

    async def put_block(self, block: WriteBlock) -> None:
        """Create or replace it."""
        ...

    async def unblock(self, source: str, what: WriteKind, *, tenant_id: TenantId) -> bool:
        """Forget one; False when there is none."""
        ...

    async def begin(self, row: WriteBack) -> None:
        """Write a try ahead. Raises `ConflictError` unless `tries` follows the stored one (or is the first)."""
        ...

    async def settle(self, row: WriteBack) -> None:
        """Replace it. Raises `ConflictError` when another try has begun since."""
        ...

    async def listing(self, tenant_id: TenantId, *, state: WriteState | None, limit: int) -> list[WriteBack]:
        """Return writes, the most recently tried first."""
        ...


class WriteBackWork(UnitOfWork, Protocol):
    """A unit of work that can reach writes to the CRM."""

    @property
    def write_backs(self) -> WriteBackRepository:
        """Writes to the CRM."""
        ...
