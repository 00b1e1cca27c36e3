"""Moving a demo's clock, and saying what became due by that."""

import asyncio
from datetime import datetime, timedelta
from time import monotonic

import msgspec

from leadcore.flows.onboard import list_tenants
from leadcore_cli.session import Session

_PATIENCE_S = 15.0
_POLL_S = 0.2


class DueTouch(msgspec.Struct, frozen=True, kw_only=True):
    """A step of somebody's follow-up that the move has made due, and what became of it."""

    tenant: str
    lead_id: str
    step: str
    due_at: datetime
    state: str
    reason: str


class Moved(msgspec.Struct, frozen=True, kw_only=True):
    """Where the clock stood, where it stands, and what that made due."""

    before: datetime
    now: datetime
    due: tuple[DueTouch, ...]


async def advance(session: Session, by: timedelta, *, wait: bool) -> Moved:
    """Move the clock of the deployment by *by*; with *wait*, give a running scheduler a moment to act.

    Raises `RefusedError` in production.
    """
    deployment = session.seams.store.deployment
    offset_s = (await deployment.state()).clock_offset_s
    before = await _now(session)
    await deployment.set_clock_offset(offset_s + by.total_seconds())
    now = await _now(session)
    deadline = monotonic() + _PATIENCE_S
    while True:
        due = await _due(session, after=before, until=now)
        if not wait or monotonic() > deadline or all(each.state != "due" for each in due):
            return Moved(before=before, now=now, due=due)
        await asyncio.sleep(_POLL_S)


async def _now(session: Session) -> datetime:
    tenants = await session.seams.store.directory.tenant_ids()
    async with session.seams.store.begin(tenants[0]) as uow:
        return await uow.now()


async def _due(session: Session, *, after: datetime, until: datetime) -> tuple[DueTouch, ...]:
    found: list[DueTouch] = []
    for tenant in await list_tenants(session.seams.store):
        async with session.seams.store.begin(tenant.id) as uow:
            for lead in await uow.leads.listing(tenant.id, status=None, limit=200, before=None):
                found += [
                    DueTouch(
                        tenant=tenant.slug,
                        lead_id=str(lead.id),
                        step=each.step,
                        due_at=each.due_at,
                        state=each.state,
                        reason=each.reason,
                    )
                    for each in await uow.cadences.touches_of_lead(lead.id, tenant_id=tenant.id)
                    if after < each.due_at <= until
                ]
    return tuple(sorted(found, key=lambda each: each.due_at))
