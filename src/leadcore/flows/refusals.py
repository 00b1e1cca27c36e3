"""Webhooks that were refused: how often, for which reason, whether anything was taken in since, and what to do."""

from collections.abc import Sequence
from datetime import datetime, timedelta

import msgspec
from msgspec.structs import replace

from leadcore.flows.work import Store
from leadcore.intake.model import RefusedHook
from leadcore.kernel.ids import TenantId

_FIX = {
    "forged_request": "compare the connection's secret with the vendor's, then `leadcore connect {vendor} --force`",
    "stale_request": "set the clocks: what is signed minutes ago is not believed",
    "unreadable_body": "ask the vendor what it sends; the address may belong to another product of theirs",
    "refused_submission": "compare the form's fields with docs/howto/take-leads-from-a-web-form.md",
}


class RefusedConnection(msgspec.Struct, frozen=True, kw_only=True):
    """Refusals of one connection for one reason. `detail` and `fix` are our own words; of the request nothing is kept.

    `accepted_since`: whether a webhook of this connection was taken in after the last refusal. If none was, the vendor
    is probably shut out; if some were, somebody else is probably trying the door.
    """

    vendor: str
    connection_id: str
    reason: str
    count: int
    last_at: datetime
    last_accepted_at: datetime | None
    detail: str
    fix: str

    @property
    def accepted_since(self) -> bool:
        """Whether the connection works although something was refused."""
        return self.last_accepted_at is not None and self.last_accepted_at >= self.last_at


async def note_refusals(store: Store, refused: Sequence[RefusedHook], *, tenant_id: TenantId) -> None:
    """Add what a process counted since it last did so. The day is that of the database's clock, as all others are."""
    async with store.begin(tenant_id) as uow:
        now = await uow.now()
        dated = [replace(each, day=now.date(), last_at=now) for each in refused]
        await uow.refusals.count(dated)
        await uow.commit()


async def refusals(store: Store, tenant_id: TenantId, *, days: float = 1) -> list[RefusedConnection]:
    """Return what was refused in the last *days* days, by connection and reason, the newest first."""
    async with store.begin(tenant_id) as uow:
        counted = await uow.refusals.since(await uow.now() - timedelta(days=days), tenant_id=tenant_id)
        accepted = await uow.refusals.last_accepted(tenant_id=tenant_id)
        vendors = {str(each.id): each.plugin for each in await uow.tenants.connections(tenant_id)}
    found: dict[tuple[str, str], RefusedConnection] = {}
    for each in counted:  # the newest day first
        key = (str(each.connection_id), each.reason)
        if key in found:
            found[key] = replace(found[key], count=found[key].count + each.count)
            continue
        vendor = vendors.get(key[0], "unknown")
        found[key] = RefusedConnection(
            vendor=vendor,
            connection_id=key[0],
            reason=each.reason,
            count=each.count,
            last_at=each.last_at,
            last_accepted_at=accepted.get(key[0]),
            detail=each.detail,
            fix=each.fix or _FIX.get(each.reason, "see the orchestrator's log").format(vendor=vendor),
        )
    return list(found.values())
