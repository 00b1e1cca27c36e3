"""Who is meant by an id, a phone number or an address, and where in what came in they are spoken of."""

from uuid import UUID

import msgspec

from leadcore.flows.seams import Seams
from leadcore.flows.work import Work
from leadcore.intake.model import EntityVersion, InboxItem
from leadcore.kernel.contact import ContactKind, parse_email, parse_phone
from leadcore.kernel.errors import NotFoundError
from leadcore.kernel.ids import ContactPointId, InboxId, PersonId, TenantId
from leadcore.privacy.model import Belongings
from leadcore.privacy.policies.mentions import Marks, marks_of

_PAGE = 500
_SETTLED = frozenset({"done", "ignored"})


class Mentions(msgspec.Struct, frozen=True, kw_only=True):
    """What came in about somebody. `namesakes` are rows that wait or are dead and only have the same full name."""

    rows: tuple[InboxItem, ...] = ()
    records: tuple[EntityVersion, ...] = ()
    namesakes: int = 0
    seen_to: InboxId | None = None


async def belongings_of(uow: Work, who: str, *, tenant_id: TenantId) -> Belongings:
    """Return all that belongs to *who*: a person's id, a phone number or an e-mail address; locked.

    Raises `InvalidInputError` when it is none of these, `NotFoundError` when the tenant knows nobody by it.
    """
    person_id, point_id = await _found(uow, who.strip(), tenant_id)
    return await uow.privacy.belongings(person_id, point_id, tenant_id=tenant_id)


async def _found(uow: Work, who: str, tenant_id: TenantId) -> tuple[PersonId | None, ContactPointId | None]:
    try:
        return PersonId(UUID(who)), None
    except ValueError:
        kind: ContactKind = "email" if "@" in who else "phone"
    tenant = await uow.tenants.get(tenant_id)
    value = parse_email(who).address if kind == "email" else parse_phone(who, region=tenant.region).e164
    point = await uow.compliance.point(kind, value, tenant_id=tenant_id)
    if point is None:
        raise NotFoundError("nobody is known by this", field="person", fix="an id, a phone number or an e-mail address")
    person = await uow.leads.person_of([point.id], tenant_id=tenant_id)
    return (person.id if person else None), point.id


def marks_in(belongings: Belongings) -> Marks:
    """Return what they are recognised by."""
    return marks_of(
        (each.value for each in belongings.points), ((each.first_name, each.last_name) for each in belongings.people)
    )


async def mentions_of(seams: Seams, belongings: Belongings, *, tenant_id: TenantId) -> Mentions:
    """Read everything that came in, page by page, and return what is about them."""
    marks = marks_in(belongings)
    records = await _records(seams, belongings, marks, tenant_id)
    keys = frozenset(f"{each.kind}:{each.external_id}" for each in records) | {
        f"{kind}:{ref}" for _, ref in belongings.references for kind in ("order", "import")
    }
    found, after = Mentions(records=tuple(records)), None
    while True:
        async with seams.store.begin(tenant_id) as uow:
            page = await uow.privacy.bodies(tenant_id, after=after, limit=_PAGE)
        if not page:
            return found
        after = page[-1].id
        found = about_them(found, page, marks=marks, keys=keys)


def about_them(found: Mentions, page: list[InboxItem], *, marks: Marks, keys: frozenset[str]) -> Mentions:
    """Return *found* with those of *page* that are about them."""
    rows, namesakes = list(found.rows), found.namesakes
    for row in page:
        told = row.body + b"\n" + f"{row.entity_key}\n{row.dedupe_key}\n{row.error}".encode()
        if row.entity_key in keys or marks.are_in(told):
            rows.append(row)
        elif marks.name_is_in(told):
            if row.state in _SETTLED:
                rows.append(row)
            else:
                namesakes += 1
    seen_to = page[-1].id if page else found.seen_to
    return Mentions(rows=tuple(rows), records=found.records, namesakes=namesakes, seen_to=seen_to)


async def _records(seams: Seams, belongings: Belongings, marks: Marks, tenant_id: TenantId) -> list[EntityVersion]:
    every: list[EntityVersion] = []
    matched: set[tuple[str, str, str]] = set()
    after: tuple[str, str, str] | None = None
    while True:
        async with seams.store.begin(tenant_id) as uow:
            page = await uow.privacy.records(tenant_id, after=after, limit=_PAGE)
        if not page:
            break
        after = key_of(page[-1])
        matched |= {key_of(each) for each in page if marks.are_in(each.body) or marks.name_is_in(each.body)}
        every += [msgspec.structs.replace(each, body=b"") if key_of(each) not in matched else each for each in page]
    orders = {(source, ref) for source, ref in belongings.references}
    customers = {(source, ref) for source, kind, ref in matched if kind == "customer"} | {
        (each.source, each.customer_ref)
        for each in every
        if each.kind == "order" and each.customer_ref and (each.source, each.external_id) in orders
    }
    theirs = {key_of(each) for each in every if _is_theirs(each, orders, customers)} | matched
    vehicles = {
        (each.source, "vehicle", each.vehicle_ref) for each in every if each.kind == "order" and key_of(each) in theirs
    }
    return [each for each in every if key_of(each) in theirs | vehicles]


def _is_theirs(each: EntityVersion, orders: set[tuple[str, str]], customers: set[tuple[str, str]]) -> bool:
    own = (each.source, each.external_id)
    return (
        (each.kind == "order" and own in orders)
        or (each.kind == "customer" and own in customers)
        or (each.source, each.order_ref) in orders
        or (each.source, each.customer_ref) in customers
    )


def key_of(record: EntityVersion) -> tuple[str, str, str]:
    """Return what names the record."""
    return record.source, record.kind, record.external_id
