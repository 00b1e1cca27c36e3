"""What the poll found that no webhook told, day by day."""

from datetime import timedelta
from zoneinfo import ZoneInfo

import msgspec

from leadcore.flows.work import Store
from leadcore.intake.model import PollFinding
from leadcore.kernel.ids import TenantId
from leadcore.tenants.model import Tenant


class Finding(msgspec.Struct, frozen=True, kw_only=True):
    """One change of one order. `late_by_s` is how long after the poll a webhook told of it (None: never)."""

    order_id: str
    outcome: str
    changed_at: str
    found_at: str
    found_after_s: float
    late_by_s: float | None


class DayOfFindings(msgspec.Struct, frozen=True, kw_only=True):
    """What the poll found on one day of the shop's own calendar.

    `missed`: no webhook has told; `late`: one did, after the poll had found it.
    """

    day: str
    missed: int
    late: int
    worst_found_after_s: float
    findings: tuple[Finding, ...]


class MissReport(msgspec.Struct, frozen=True, kw_only=True):
    """A tenant's days, the newest first; days without findings are left out."""

    tenant: str
    days: int
    missed: int
    late: int
    by_day: tuple[DayOfFindings, ...]


async def misses(store: Store, tenant_id: TenantId, *, days: int) -> MissReport:
    """Return what the poll found in the last *days* days and no webhook had told in time.

    What is of the CRM's past, from before it was connected, is left out: no webhook could tell of it.
    """
    async with store.begin(tenant_id) as uow:
        tenant = await uow.tenants.get(tenant_id)
        found = await uow.inbox.poll_findings(tenant_id, since=await uow.now() - timedelta(days=days))
        state = await uow.polls.get(tenant_id)
    return report(tenant, [each for each in found if not state.is_past(each.changed_at)], days=days)


def report(tenant: Tenant, found: list[PollFinding], *, days: int) -> MissReport:
    """Sort findings by the days of the tenant's calendar. Pure."""
    zone = ZoneInfo(tenant.zone)
    by_day: dict[str, list[PollFinding]] = {}
    for each in found:
        by_day.setdefault(each.found_at.astimezone(zone).date().isoformat(), []).append(each)
    return MissReport(
        tenant=tenant.slug,
        days=days,
        missed=_count(found, "missed"),
        late=_count(found, "late"),
        by_day=tuple(_day(day, by_day[day]) for day in sorted(by_day, reverse=True)),
    )


def _day(day: str, found: list[PollFinding]) -> DayOfFindings:
    return DayOfFindings(
        day=day,
        missed=_count(found, "missed"),
        late=_count(found, "late"),
        worst_found_after_s=max(each.found_after_s for each in found),
        findings=tuple(_finding(each) for each in found),
    )


def _finding(each: PollFinding) -> Finding:
    return Finding(
        order_id=each.order_id,
        outcome=each.outcome,
        changed_at=each.changed_at.isoformat(),
        found_at=each.found_at.isoformat(),
        found_after_s=each.found_after_s,
        late_by_s=(each.told_at - each.found_at).total_seconds() if each.told_at else None,
    )


def _count(found: list[PollFinding], outcome: str) -> int:
    return sum(each.outcome == outcome for each in found)
