"""Reading the catalog from the CRM: fetched first, compared, then replaced in one transaction."""

from datetime import timedelta

import msgspec
from msgspec.structs import replace

from leadcore.catalog.model import Service
from leadcore.catalog.policies.differences import CatalogDiff, compare, held_lines
from leadcore.catalog.policies.entries import Listing, Remembered, remember
from leadcore.catalog.policies.import_services import import_services
from leadcore.catalog.policies.revise import revised
from leadcore.catalog.policies.rules import read_rules
from leadcore.flows.notify import tell_staff
from leadcore.flows.seams import Seams
from leadcore.flows.work import Work
from leadcore.kernel.errors import NotFoundError
from leadcore.kernel.ids import TenantId
from leadcore.ports.crm import CrmError, CrmIncompleteError
from leadcore.ports.storage import DueItem

CATALOG_EVERY = timedelta(hours=24)
_AFTER_TROUBLE = timedelta(minutes=15)


class _Plan(msgspec.Struct, frozen=True, kw_only=True):
    """The catalog as it would be. `news` is what is held now and was not before."""

    diff: CatalogDiff
    remembered: Remembered
    services: list[Service]
    news: tuple[str, ...]


async def sync_catalog(
    seams: Seams, tenant_id: TenantId, *, dry_run: bool = False, accept: bool = False
) -> CatalogDiff:
    """Bring the catalog up to date with the CRM; the next quote follows it. Raises what `CatalogSource` raises.

    Suspicious changes are held unless *accept*. With *dry_run* nothing changes.
    """
    return await take_listing(seams, tenant_id, await read_listing(seams, tenant_id), dry_run=dry_run, accept=accept)


async def read_listing(seams: Seams, tenant_id: TenantId) -> Listing:
    """Return the CRM's price list as it is now. Raises what `CatalogSource` raises, but a list that will not settle."""
    crm = await seams.adapters.crm(tenant_id)
    try:
        return Listing(services=await crm.services())
    except CrmIncompleteError as cause:
        return Listing(services=cause.seen, complete=False)


async def take_listing(
    seams: Seams,
    tenant_id: TenantId,
    listing: Listing,
    *,
    dry_run: bool = False,
    accept: bool = False,
    may_begin: bool = True,
) -> CatalogDiff:
    """Make *listing* the catalog, or say what that would change. Without *may_begin* a first import only says it."""
    async with seams.store.begin(tenant_id) as uow:
        plan = await _plan(uow, seams, tenant_id, listing, accept=accept)
        if dry_run or (plan.diff.first and not may_begin):
            return plan.diff
        await uow.catalog.keep_entries(list(plan.remembered.entries), tenant_id=tenant_id)
        await uow.catalog.replace_all(plan.services, tenant_id=tenant_id)
        if plan.news:
            await _tell(uow, seams, tenant_id, plan.news)
        await uow.commit()
    return replace(plan.diff, applied=True)


async def sync_due_catalog(seams: Seams, item: DueItem) -> None:
    """Do the daily sync of one tenant and arm the next; a CRM in trouble is asked again in a quarter of an hour.

    A first import is left to a person, who is shown what will be quoted.
    """
    wait = CATALOG_EVERY
    try:
        listing = await read_listing(seams, item.tenant_id)
        await take_listing(seams, item.tenant_id, listing, may_begin=False)
    except (CrmError, NotFoundError):
        wait = _AFTER_TROUBLE
    async with seams.store.begin(item.tenant_id) as uow:
        await uow.due.postpone(item, at=await uow.now() + wait)
        await uow.commit()


async def _plan(uow: Work, seams: Seams, tenant_id: TenantId, listing: Listing, *, accept: bool) -> _Plan:
    before = await uow.catalog.services(tenant_id, include_inactive=True, for_change=True)
    known = await uow.catalog.entries(tenant_id)
    rules = read_rules((await uow.tenants.get(tenant_id)).catalog)
    now = await uow.now()
    remembered = remember(known, listing, tenant_id=tenant_id, now=now, accept=accept)
    fresh = import_services(remembered.sold, tenant_id=tenant_id, ids=seams.ids, now=now, rules=rules)
    after = revised(fresh, before, accept=accept)
    diff = compare(before, after)
    missed = tuple(f"{name}: the CRM no longer has it, nor much else" for name in remembered.missed)
    earlier = {line for each in before for line in held_lines(each)}
    was_missed = {entry.external_id for entry in known if entry.state == "missed"}
    is_news = any(each.state == "missed" and each.external_id not in was_missed for each in remembered.entries)
    left_out = (entry.name for entry in remembered.sold if rules.left_out_by(entry.name) is not None)
    return _Plan(
        diff=replace(
            diff,
            held=(*diff.held, *missed),
            unseen=remembered.unseen,
            left_out=tuple(sorted(left_out)),
            complete=listing.complete,
            first=not before,
        ),
        remembered=remembered,
        services=after,
        news=(*(line for line in diff.held if line not in earlier), *(missed if is_news else ())),
    )


async def _tell(uow: Work, seams: Seams, tenant_id: TenantId, news: tuple[str, ...]) -> None:
    tenant = await uow.tenants.get(tenant_id)
    more = f" and {len(news) - 1} more" if len(news) > 1 else ""
    await tell_staff(
        uow,
        seams,
        tenant,
        subject="The price list changed more than usual",
        text=f"{tenant.brand}: the CRM's price list changed more than usual; nothing of it is quoted yet. "
        f"{news[0]}{more}. See all: leadcore catalog sync --dry-run, agree: leadcore catalog sync --accept",
    )
