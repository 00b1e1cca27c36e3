"""Reading the catalog from the CRM: fetched first, compared, then replaced in one transaction."""

from datetime import timedelta

import msgspec

from leadcore.catalog.model import Service
from leadcore.catalog.policies.import_services import import_services
from leadcore.flows.seams import Seams
from leadcore.kernel.errors import NotFoundError
from leadcore.kernel.ids import TenantId
from leadcore.ports.crm import CrmError
from leadcore.ports.storage import DueItem

CATALOG_EVERY = timedelta(hours=24)
_AFTER_TROUBLE = timedelta(minutes=15)


class CatalogDiff(msgspec.Struct, frozen=True, kw_only=True):
    """What a sync changed, by service name. `repriced` says from what to what."""

    added: tuple[str, ...]
    removed: tuple[str, ...]
    repriced: tuple[str, ...]
    total: int


async def sync_catalog(seams: Seams, tenant_id: TenantId, *, dry_run: bool = False) -> CatalogDiff:
    """Bring the catalog up to date with the CRM; the next quote follows it. Raises what `CatalogSource` raises."""
    crm = await seams.adapters.crm(tenant_id)
    listed = await crm.services()
    async with seams.store.begin(tenant_id) as uow:
        before = await uow.catalog.services(tenant_id)
        after = import_services(listed, tenant_id=tenant_id, ids=seams.ids, now=await uow.now())
        if not dry_run:
            await uow.catalog.replace_all(after, tenant_id=tenant_id)
            await uow.commit()
    return compare(before, after)


async def sync_due_catalog(seams: Seams, item: DueItem) -> None:
    """Do the daily sync of one tenant and arm the next; a CRM in trouble is asked again in a quarter of an hour."""
    wait = CATALOG_EVERY
    try:
        await sync_catalog(seams, item.tenant_id)
    except (CrmError, NotFoundError):
        wait = _AFTER_TROUBLE
    async with seams.store.begin(item.tenant_id) as uow:
        await uow.due.postpone(item, at=await uow.now() + wait)
        await uow.commit()


def compare(before: list[Service], after: list[Service]) -> CatalogDiff:
    """Return the difference between two catalogs."""
    old, new = {each.slug: each for each in before}, {each.slug: each for each in after}
    repriced = [
        f"{service.name} ({kind}): {old[slug].prices[kind].display} -> {price.display}"
        for slug, service in sorted(new.items())
        if slug in old
        for kind, price in sorted(service.prices.items())
        if kind in old[slug].prices and old[slug].prices[kind] != price
    ]
    return CatalogDiff(
        added=tuple(sorted(each.name for slug, each in new.items() if slug not in old)),
        removed=tuple(sorted(each.name for slug, each in old.items() if slug not in new)),
        repriced=tuple(repriced),
        total=len(new),
    )
