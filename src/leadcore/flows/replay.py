"""Trying inbox rows again: what was dead or ignored is applied as if it had just come. Every replay is told."""

from datetime import datetime

from msgspec.structs import replace

from leadcore.flows.work import Store, Work
from leadcore.intake.events import InboxReplayed
from leadcore.intake.model import InboxItem, InboxState
from leadcore.intake.policies import lane_of
from leadcore.kernel.errors import RefusedError
from leadcore.kernel.ids import InboxId, LeadId, TenantId

BATCH = 200


class WaitsAlreadyError(RefusedError):
    """The row has not been applied yet: it is tried without our help."""

    code = "waits_already"


class BlankedError(RefusedError):
    """The row's bytes were forgotten: there is nothing left to apply."""

    code = "blanked"


async def replay(store: Store, item_id: InboxId, *, tenant_id: TenantId, by: str = "operator") -> InboxItem:
    """Make the row due now, its tries forgotten. Applying is commutative, so a row that was applied may go again.

    Raises `NotFoundError`, `BlankedError`, or `WaitsAlreadyError` for a row that waits without an error.
    """
    async with store.begin(tenant_id) as uow:
        row = await uow.inbox.get(item_id, tenant_id=tenant_id)
        if row.state == "new" and not row.error:
            raise WaitsAlreadyError("the row has not been tried yet", fix="is the scheduler running? `leadcore doctor`")
        if row.blanked_at is not None:
            raise BlankedError(
                f"its bytes were forgotten on {row.blanked_at:%Y-%m-%d}",
                fix="let the vendor send it again, or read the past: `leadcore leads backfill`",
            )
        fresh = await _again(uow, row, by=by)
        await uow.commit()
    return fresh


async def replayable(
    store: Store, tenant_id: TenantId, *, state: InboxState, source: str | None, since: datetime | None, limit: int
) -> list[InboxItem]:
    """Return rows that `replay_all` would try again, the newest first."""
    async with store.begin(tenant_id) as uow:
        found = await uow.inbox.listing(tenant_id, state=state, source=source, since=since, limit=limit)
    return [row for row in found if row.blanked_at is None and (row.state != "new" or row.error)]


async def replay_all(store: Store, rows: list[InboxItem], *, tenant_id: TenantId, by: str = "operator") -> int:
    """Replay these in batches, the oldest first; rows that changed meanwhile are left alone. Returns how many went."""
    ordered = sorted(rows, key=lambda row: (row.received_at, row.id))
    replayed = 0
    for start in range(0, len(ordered), BATCH):
        async with store.begin(tenant_id) as uow:
            for known in ordered[start : start + BATCH]:
                row = await uow.inbox.get(known.id, tenant_id=tenant_id)
                if (row.state, row.error, row.blanked_at) == (known.state, known.error, None):
                    await _again(uow, row, by=by)
                    replayed += 1
            await uow.commit()
    return replayed


async def _again(uow: Work, row: InboxItem, *, by: str) -> InboxItem:
    fresh = replace(row, state="new", tries=0, error="")
    now = await uow.now()
    await uow.inbox.settle(fresh)
    lane = lane_of(row.entity_key, tenant_id=row.tenant_id)
    await uow.due.arm("inbox", fresh.id, tenant_id=row.tenant_id, at=now, lane=lane)
    uow.publish(
        InboxReplayed(
            tenant_id=row.tenant_id,
            at=now,
            item_id=row.id,
            by=by,
            was=row.state,
            tries=row.tries,
            error=row.error,
            lead_id=await _lead_of(uow, row),
        )
    )
    return fresh


async def _lead_of(uow: Work, row: InboxItem) -> LeadId | None:
    kind, _, reference = (row.entity_key or "").partition(":")
    if kind != "order":
        return None
    connection = await uow.tenants.connection(row.connection_id, tenant_id=row.tenant_id)
    lead = await uow.leads.by_external_ref(connection.plugin, reference, tenant_id=row.tenant_id)
    return None if lead is None else lead.id
