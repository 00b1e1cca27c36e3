"""What the shop changes in its catalog itself, and why an entry is read the way it is."""

from collections.abc import Iterable

import msgspec

from leadcore.catalog.model import CatalogEntry, HandSet, Listed, PriceRange, Service
from leadcore.catalog.policies.by_hand import key_of, listed_of, overlaid, read_wish
from leadcore.catalog.policies.import_services import read_entry
from leadcore.catalog.policies.rules import Rules, read_rules
from leadcore.catalog.policies.vocabulary import folded
from leadcore.catalog.values import Category, EntryState, VehicleClass
from leadcore.flows.work import Store, Work
from leadcore.kernel.errors import InvalidInputError, NotFoundError
from leadcore.kernel.ids import TenantId
from leadcore.kernel.money import Money
from leadcore.ports.crm import CrmService


class EntryReading(msgspec.Struct, frozen=True, kw_only=True):
    """How one entry of the CRM is read, and by which rule. `state` is None for a name that is only tried."""

    entry: str
    service: str
    category: Category
    category_because: str
    classes: tuple[VehicleClass, ...]
    classes_because: str
    left_out_because: str = ""
    external_id: str = ""
    price: Money | None = None
    hours: float = 0.0
    state: EntryState | None = None


class Explanation(msgspec.Struct, frozen=True, kw_only=True):
    """A service with what lies under it: what the CRM says, what was set by hand, what waits."""

    readings: tuple[EntryReading, ...]
    service: Service | None = None
    listed: Listed | None = None
    held: dict[VehicleClass, PriceRange] = {}
    by_hand: dict[str, HandSet] = {}


async def set_by_hand(store: Store, tenant_id: TenantId, slug: str, values: dict[str, str], *, by: str) -> Service:
    """Set values of a service by hand, all at once; syncs leave them alone and the next quote follows them.

    Raises `NotFoundError`, or `InvalidInputError` with the key and what fits there.
    """
    keys = {key_of(key): value for key, value in values.items()}
    if not keys:
        raise InvalidInputError("nothing to set", field="value", fix="such as price.suv=599 or name='Full Detail'")
    for key, value in keys.items():
        read_wish(key, value)
    async with store.begin(tenant_id) as uow:
        now = await uow.now()
        new = {key: HandSet(value=value.strip(), by=by, at=now) for key, value in keys.items()}
        changed = await _change(uow, tenant_id, slug, added=new)
        await uow.commit()
    return changed


async def unset(store: Store, tenant_id: TenantId, slug: str, keys: Iterable[str]) -> Service:
    """Give values of a service back to the CRM; without *keys* all. Raises `NotFoundError` for what is not set."""
    wanted = frozenset(key_of(key) for key in keys)
    async with store.begin(tenant_id) as uow:
        changed = await _change(uow, tenant_id, slug, dropped=wanted)
        await uow.commit()
    return changed


async def explain(store: Store, tenant_id: TenantId, name: str) -> Explanation:
    """Say which rules read an entry as what: for a service of the catalog all its entries, else for *name* itself."""
    async with store.begin(tenant_id) as uow:
        rules = read_rules((await uow.tenants.get(tenant_id)).catalog)
        services = await uow.catalog.services(tenant_id, include_inactive=True)
        entries = await uow.catalog.entries(tenant_id)
    wanted = folded(name)
    if not wanted:
        raise InvalidInputError("no name was given", field="name", fix="the slug or name of a service, or of an entry")
    service = next((one for one in services if name == one.slug or wanted == folded(one.name)), None)
    if service is not None:
        own = [entry for entry in entries if entry.external_id in service.external_ids]
        return Explanation(
            readings=tuple(_reading(entry.listed, rules, entry) for entry in own),
            service=service,
            listed=listed_of(service),
            held=service.held,
            by_hand=service.by_hand,
        )
    found = [entry for entry in entries if folded(entry.listed.name) == wanted]
    if found:
        return Explanation(readings=tuple(_reading(entry.listed, rules, entry) for entry in found))
    tried = CrmService(external_id="", name=name, price=Money(minor=1))
    return Explanation(readings=(_reading(tried, rules, None),))


async def _change(
    uow: Work,
    tenant_id: TenantId,
    slug: str,
    *,
    added: dict[str, HandSet] | None = None,
    dropped: frozenset[str] | None = None,
) -> Service:
    every = await uow.catalog.services(tenant_id, include_inactive=True, for_change=True)
    service = next((one for one in every if one.slug == slug), None)
    if service is None:
        raise NotFoundError(
            f"no service is called {slug!r}", field="slug", fix="see `leadcore catalog list --inactive`"
        )
    missing = sorted((dropped or frozenset()) - service.by_hand.keys())
    if missing or (dropped is not None and not service.by_hand):
        what = ", ".join(missing) or "anything"
        raise NotFoundError(
            f"{slug} has not {what} set by hand", field="key", fix=f"see `leadcore catalog explain {slug}`"
        )
    kept = {key: one for key, one in service.by_hand.items() if dropped is None or (dropped and key not in dropped)}
    is_listed = await _is_listed(uow, tenant_id, service)
    changed = overlaid(service, by_hand=kept | (added or {}), is_listed=is_listed)
    others = [one for one in every if one.active and one.slug != slug]
    await uow.catalog.replace_all([*others, changed], tenant_id=tenant_id)
    return changed


async def _is_listed(uow: Work, tenant_id: TenantId, service: Service) -> bool:
    """Whether the CRM still has it: hidden by hand is not gone."""
    entries = await uow.catalog.entries(tenant_id)
    sold = {entry.external_id for entry in entries if entry.state != "retired"}
    return service.active or not sold.isdisjoint(service.external_ids)


def _reading(listed: CrmService, rules: Rules, entry: CatalogEntry | None) -> EntryReading:
    read = read_entry(listed, rules)
    name = read.name if read is not None else ""
    category, rule = rules.category_of(name)
    owner = "the shop's" if rule is not None and rule.is_shops else "our"
    because = "no rule" if rule is None else f"{owner} rule `{rule.text}`"
    left_out = rules.left_out_by(listed.name)
    words = "" if left_out is None else f"the shop leaves out `{left_out.text}`"
    if read is None:
        words = "it has no price" if folded(listed.name) else "it has no name"
    return EntryReading(
        entry=listed.name,
        service=name,
        category=category,
        category_because=because,
        classes=read.classes if read is not None else (),
        classes_because=_class_reason(read.class_part, rules) if read is not None else "",
        left_out_because=words,
        external_id=listed.external_id,
        price=listed.price if entry is not None else None,
        hours=listed.labor_hours,
        state=entry.state if entry is not None else None,
    )


def _class_reason(part: str, rules: Rules) -> str:
    if not part:
        return "no words of a class"
    own = [rule.text for rule in map(rules.class_rule_of, rules.class_words(part)) if rule is not None]
    return f"the shop's rule `{own[0]}`" if own else f"the words `{part}`"
