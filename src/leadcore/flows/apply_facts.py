"""What a CRM says, applied so that order and repetition cannot matter.

Each record we read is joined into what is known of it (`EntityVersion`): the newest version wins, an end outlives late
changes, and what was ever seen to hold stays noted. Where a lead stands is then computed from all that is known of it,
never from the version that happened to come last. So a stale answer of the CRM can add to what we know, and that can
only make us stricter (end follow-up, suppress); it cannot bring back what a newer version took away.
"""

from collections.abc import Sequence

import msgspec

from leadcore.flows.apply_fetch import Fetched
from leadcore.flows.apply_order import welcome_order
from leadcore.flows.apply_people import follow_customer
from leadcore.flows.apply_standing import stand
from leadcore.flows.apply_versions import versions_of
from leadcore.flows.lead_changes import open_twin, save_lead
from leadcore.flows.seams import Seams
from leadcore.flows.withhold import BULK, KNOWN, follow_up_after_all
from leadcore.flows.work import Work
from leadcore.intake.model import EntityVersion
from leadcore.intake.repository import RefKind
from leadcore.leads.events import FoundBy
from leadcore.leads.model import Lead
from leadcore.leads.policies.wishes import vehicle_key
from leadcore.leads.values import Vehicle
from leadcore.ports.crm import CrmCustomer, CrmMessage, CrmOrder, CrmVehicle
from leadcore.tenants.model import Tenant

_ORDER_OF_LOCKS = ("order", "appointment", "customer", "vehicle", "thread")
_VEHICLE = msgspec.json.Decoder(Vehicle)


async def receive_facts(
    uow: Work,
    seams: Seams,
    tenant: Tenant,
    facts: Sequence[Fetched],
    *,
    source: str,
    found_by: FoundBy,
    follow_up: bool = True,
) -> list[str]:
    """Apply what was fetched. Returns for each thing why it came to nothing, or an empty string."""
    notes: list[str] = []
    versions: list[EntityVersion] = []
    for fact in facts:
        why = await _doubt(uow, tenant, fact, source=source)
        notes.append(why)
        if not why:
            versions += versions_of(fact, tenant, source=source)
    orders = await _orders_behind(uow, tenant, versions, source=source)
    for order_id in sorted(orders):  # orders are locked first, always: who changes parts of one waits here
        await uow.inbox.entity(source, "order", order_id, tenant_id=tenant.id)
    versions.sort(key=lambda each: (_ORDER_OF_LOCKS.index(each.kind), each.external_id))
    news = [each for each in versions if await uow.inbox.advance(each)]
    for fact in facts:
        if isinstance(fact.record, CrmOrder):
            why, is_new = await _welcome(
                uow, seams, tenant, fact.record, facts, source=source, found_by=found_by, follow_up=follow_up
            )
            notes.append(why)
            news += [each for each in versions if is_new and each.external_id == fact.external_id]
    if news:
        orders |= await _orders_behind(uow, tenant, versions, source=source)
        for order_id in sorted(orders):
            await _follow(uow, seams, tenant, order_id, source=source)
    return notes if orders else [*notes, "no order we know of is behind it"]


async def _doubt(uow: Work, tenant: Tenant, fact: Fetched, *, source: str) -> str:
    """Say why a fact is left out, if it is."""
    match fact.record:
        case None if fact.missed:
            return ""
        case None if fact.kind == "message":
            return "the message is gone, or was none between the shop and a customer"
        case None:
            known = fact.kind in _ORDER_OF_LOCKS and await _is_known(uow, tenant, fact, source=source)
            return "" if known else f"the {fact.kind} is gone and was never seen"
        case CrmMessage(author="staff", text=text, order_id=order_id) if order_id:
            lead = await uow.leads.by_external_ref(source, order_id, tenant_id=tenant.id)
            sent = await uow.messages.of_lead(lead.id, tenant_id=tenant.id) if lead else []
            ours = {each.body.strip() for each in sent}
            return "our own message, kept in the CRM" if text.strip() in ours else ""
        case _:
            return ""


async def _is_known(uow: Work, tenant: Tenant, fact: Fetched, *, source: str) -> bool:
    match fact.kind:
        case "order" | "customer" | "vehicle" | "appointment" as kind:
            return await uow.inbox.entity(source, kind, fact.external_id, tenant_id=tenant.id) is not None
        case _:
            return False


async def _orders_behind(uow: Work, tenant: Tenant, versions: Sequence[EntityVersion], *, source: str) -> set[str]:
    """Return the ids of the orders that any of *versions* bears on, by what is known now."""
    found: set[str] = set()
    for each in versions:
        match each.kind:
            case "order":
                found.add(each.external_id)
            case "appointment":
                known = await uow.inbox.entity(source, "appointment", each.external_id, tenant_id=tenant.id)
                found |= {each.order_ref, known.order_ref if known else ""} - {""}
            case "customer" | "vehicle" as kind:
                ref: RefKind = kind
                referring = await uow.inbox.entities_of(
                    source, "order", ref=ref, value=each.external_id, tenant_id=tenant.id
                )
                found |= {order.external_id for order in referring}
            case _:
                continue
    return found


async def _welcome(
    uow: Work,
    seams: Seams,
    tenant: Tenant,
    order: CrmOrder,
    facts: Sequence[Fetched],
    *,
    source: str,
    found_by: FoundBy,
    follow_up: bool,
) -> tuple[str, bool]:
    """Make the lead that *order* is, unless it was made; return why not, and whether one was."""
    known = await uow.leads.by_external_ref(source, order.external_id, tenant_id=tenant.id)
    if known is not None and found_by in BULK:
        return await follow_up_after_all(uow, seams, tenant, known) if follow_up else KNOWN, False
    if known is not None:
        return "", False
    records = {(fact.kind, fact.external_id): fact.record for fact in facts}  # an id is one of its kind alone
    customer = records.get(("customer", order.customer_id or ""))
    vehicle = records.get(("vehicle", order.vehicle_id or ""))
    why = await welcome_order(
        uow,
        seams,
        tenant,
        order=order,
        customer=customer if isinstance(customer, CrmCustomer) else None,
        vehicle=vehicle if isinstance(vehicle, CrmVehicle) else None,
        source=source,
        found_by=found_by,
        follow_up=follow_up,
    )
    return why, not why


async def _follow(uow: Work, seams: Seams, tenant: Tenant, order_id: str, *, source: str) -> None:
    """Bring the lead behind an order to what is known: its person, its vehicle, where it stands."""
    lead = await uow.leads.by_external_ref(source, order_id, tenant_id=tenant.id)
    order = await uow.inbox.entity(source, "order", order_id, tenant_id=tenant.id)
    if lead is None or order is None:
        return
    if order.customer_ref:
        customer = await uow.inbox.entity(source, "customer", order.customer_ref, tenant_id=tenant.id)
        if customer is not None:
            await follow_customer(uow, seams, lead, customer)
    await stand(uow, await _with_vehicle(uow, lead, order))


async def _with_vehicle(uow: Work, lead: Lead, order: EntityVersion) -> Lead:
    if not order.vehicle_ref:
        return lead
    known = await uow.inbox.entity(order.source, "vehicle", order.vehicle_ref, tenant_id=lead.tenant_id)
    vehicle = _VEHICLE.decode(known.body) if known is not None and known.body else lead.vehicle
    if vehicle == lead.vehicle:
        return lead
    keyed = msgspec.structs.replace(lead, vehicle=vehicle, vehicle_key=vehicle_key(vehicle), version=lead.version + 1)
    twin = await open_twin(uow, keyed) if lead.is_open else None  # two wishes turn out to be one: a person merges them
    changed = keyed if twin is None else msgspec.structs.replace(keyed, vehicle_key=lead.vehicle_key)
    await save_lead(uow, changed)
    return changed
