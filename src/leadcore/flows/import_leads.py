"""A file of leads against what the shop knows already, and its way into the inbox."""

from collections.abc import Iterable, Sequence
from uuid import uuid5

import msgspec

from leadcore.flows.bulk import bring_in
from leadcore.flows.import_rows import Problem, ReadRow
from leadcore.flows.notes import imported_item
from leadcore.flows.seams import Seams
from leadcore.flows.withhold import never_followed_up
from leadcore.flows.work import Store, Work
from leadcore.intake.model import IMPORTED
from leadcore.kernel.contact import ContactKind
from leadcore.kernel.ids import ConnectionId, LeadId, RunId, TenantId
from leadcore.leads.model import Lead
from leadcore.leads.values import Vehicle
from leadcore.ports.inbound import LeadSubmitted, SubmittedVehicle
from leadcore.tenants.model import Connection


class KnownRow(msgspec.Struct, frozen=True, kw_only=True):
    """A row that makes nothing new, and why."""

    row: int
    why: str
    lead_id: LeadId | None = None


class UsableRow(msgspec.Struct, frozen=True, kw_only=True):
    """A row that becomes a lead."""

    row: int
    lead: LeadSubmitted


class Sifted(msgspec.Struct, frozen=True, kw_only=True):
    """The rows of a file by what they are. `problems` holds warnings of usable rows, too."""

    usable: tuple[UsableRow, ...]
    repeated: tuple[KnownRow, ...]
    refused: int
    problems: tuple[Problem, ...]


def sift(rows: Iterable[ReadRow]) -> Sifted:
    """Part rows that can be used from those that cannot, and from repetitions inside the file. Pure."""
    usable: dict[str, UsableRow] = {}
    repeated: list[KnownRow] = []
    problems: list[Problem] = []
    refused = 0
    for each in rows:
        problems.extend(each.problems)
        if each.lead is None:
            refused += 1
        elif (first := usable.get(each.lead.external_id)) is not None:
            repeated.append(KnownRow(row=each.row, why=f"the same person and vehicle as row {first.row}"))
        else:
            usable[each.lead.external_id] = UsableRow(row=each.row, lead=each.lead)
    return Sifted(usable=tuple(usable.values()), repeated=tuple(repeated), refused=refused, problems=tuple(problems))


async def part_known(
    store: Store, tenant_id: TenantId, rows: Sequence[UsableRow], *, follow_up: bool
) -> tuple[list[UsableRow], list[KnownRow]]:
    """Return the rows that are new to the shop, and those it knows: imported before, or in hand by another way."""
    new: list[UsableRow] = []
    known: list[KnownRow] = []
    async with store.begin(tenant_id) as uow:
        for each in rows:
            found = await _known(uow, tenant_id, each, follow_up=follow_up)
            if found is None:
                new.append(each)
            else:
                known.append(found)
    return new, known


async def bring_in_rows(
    seams: Seams, tenant_id: TenantId, rows: Sequence[UsableRow], *, run_id: RunId, follow_up: bool
) -> int:
    """Put rows into the inbox in one commit and return how many had not been there."""
    async with seams.store.begin(tenant_id) as uow:
        connection_id = await _connection(uow, tenant_id)
        brought = await bring_in(
            uow,
            seams,
            [imported_item(each.lead, follow_up=follow_up) for each in rows],
            connection_id=connection_id,
            tenant_id=tenant_id,
            source=IMPORTED,
            run_id=run_id,
        )
        await uow.commit()
    return brought


def run_of(tenant_id: TenantId, digest: str, *, follow_up: bool) -> RunId:
    """Return the run that a file's bytes and the operator's wish stand for: the same again goes on with it."""
    return RunId(uuid5(tenant_id, f"import|{digest}|{follow_up}"))


async def _known(uow: Work, tenant_id: TenantId, each: UsableRow, *, follow_up: bool) -> KnownRow | None:
    before = await uow.leads.by_external_ref(IMPORTED, each.lead.external_id, tenant_id=tenant_id)
    if before is not None:
        if follow_up and await never_followed_up(uow, before):
            return None
        return KnownRow(row=each.row, why="imported before", lead_id=before.id)
    for lead in await _open_leads(uow, tenant_id, each.lead):
        if _is_same(lead.vehicle, each.lead.vehicle):
            return KnownRow(row=each.row, why=f"an open lead of {lead.source} says the same", lead_id=lead.id)
    return None


async def _open_leads(uow: Work, tenant_id: TenantId, given: LeadSubmitted) -> list[Lead]:
    values: list[tuple[ContactKind, str]] = [("phone", each) for each in given.phones[:1]]
    values += [("email", each) for each in given.emails[:1]]
    found: dict[LeadId, Lead] = {}
    for kind, value in values:
        point = await uow.compliance.point(kind, value, tenant_id=tenant_id)
        person = await uow.leads.person_of([point.id], tenant_id=tenant_id) if point is not None else None
        if person is not None:
            found |= {lead.id: lead for lead in await uow.leads.open_of_person(person.id, tenant_id=tenant_id)}
    return list(found.values())


def _is_same(known: Vehicle, given: SubmittedVehicle) -> bool:
    told = Vehicle(year=given.year, make=given.make, model=given.model)
    return not told.label or told.label.casefold() == known.label.casefold()


async def _connection(uow: Work, tenant_id: TenantId) -> ConnectionId:
    """Return the connection that files come in by: it has no credentials, so nothing can be sent to its address."""
    made = Connection(
        id=ConnectionId(uuid5(tenant_id, "intake:import")),
        tenant_id=tenant_id,
        port="intake",
        plugin=IMPORTED,
        settings={},
        sealed=b"",
    )
    if all(each.id != made.id for each in await uow.tenants.connections(tenant_id)):
        await uow.tenants.put_connection(made)
    return made.id
