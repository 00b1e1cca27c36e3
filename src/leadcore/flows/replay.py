"""Trying an inbox row again: what was dead or ignored is applied as if it had just come."""

from msgspec.structs import replace

from leadcore.flows.work import Store
from leadcore.intake.model import InboxItem
from leadcore.kernel.errors import RefusedError
from leadcore.kernel.ids import InboxId, TenantId


class WaitsAlreadyError(RefusedError):
    """The row has not been applied yet: it is tried without our help."""

    code = "waits_already"


async def replay(store: Store, item_id: InboxId, *, tenant_id: TenantId) -> InboxItem:
    """Make the row due now, its tries forgotten. Applying is commutative, so a row that was applied may go again.

    Raises `NotFoundError`, or `WaitsAlreadyError` for a row that waits without an error.
    """
    async with store.begin(tenant_id) as uow:
        row = await uow.inbox.get(item_id, tenant_id=tenant_id)
        if row.state == "new" and not row.error:
            raise WaitsAlreadyError("the row has not been tried yet", fix="is the scheduler running? `leadcore doctor`")
        fresh = replace(row, state="new", tries=0, error="")
        await uow.inbox.settle(fresh)
        await uow.due.arm("inbox", fresh.id, tenant_id=tenant_id, at=await uow.now())
        await uow.commit()
    return fresh
