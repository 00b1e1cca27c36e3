"""Two people with random pasts, for merges: leads, references, threads, follow-up, messages, suppressions, links."""

from datetime import timedelta
from random import Random
from typing import Any
from uuid import UUID

import msgspec
from msgspec.structs import replace

from leadcore.compliance.model import ContactPoint
from leadcore.conversations.model import Conversation
from leadcore.flows.merge_plan import Choices, Whose
from leadcore.flows.seams import PublicUrls, Seams
from leadcore.flows.work import Store, Work
from leadcore.kernel.ids import LeadReferenceId, TenantId
from leadcore.leads.model import Lead, LeadReference, Person
from leadcore.leads.policies.wishes import vehicle_key
from leadcore.leads.values import LeadStatus, Vehicle
from leadcore.memory.chance import SeededChance
from leadcore.memory.storage import MemoryStore
from leadcore.ports.storage import LinkOwner
from leadcore.tenants.model import Tenant
from leadcore.testing.builders import (
    NOON,
    a_cadence,
    a_consent,
    a_conversation,
    a_lead,
    a_message,
    a_point,
    a_suppression,
    a_tenant,
    a_touch,
    a_turn,
    an_enrollment,
    an_entry,
    new_id,
)

VEHICLES = (
    Vehicle(),
    Vehicle(year=2022, make="Tesla", model="Model Y"),
    Vehicle(year=2015, make="Honda", model="Civic"),
)
_EXCEPTED = frozenset({"events", "merges", "due", "due_places"})


class Ids:
    """The builders' ids: newer than whatever they built."""

    def new(self) -> UUID:
        return new_id()


class Pair(msgspec.Struct, frozen=True, kw_only=True):
    """A tenant and two of its people."""

    tenant: Tenant
    keep: Person
    other: Person

    @property
    def id(self) -> TenantId:
        return self.tenant.id


class Nobody:
    """`Adapters` of a shop that no vendor serves: a merge asks none."""

    def __getattr__(self, name: str) -> Any:
        raise AssertionError(f"a merge asked for the {name}")


def seams_of(store: Store) -> Seams:
    return Seams(
        store=store,
        adapters=Nobody(),
        ids=Ids(),
        chance=SeededChance(1),
        urls=PublicUrls(hooks="https://hooks.example.com", chat="https://chat.example.com"),
    )


def choices_of(luck: Random) -> Choices:
    whose: tuple[Whose, ...] = ("keep", "other")
    return Choices(name=luck.choice(whose), phone=luck.choice(whose), email=luck.choice(whose), lead=luck.choice(whose))


async def two_people(store: Store, luck: Random) -> Pair:
    tenant = a_tenant()
    async with store.begin(tenant.id) as uow:
        await uow.tenants.add(tenant)
        await uow.cadences.put_version(a_cadence(tenant))
        keep, other = [await _someone(uow, tenant, luck) for _ in range(2)]
        await uow.commit()
    return Pair(tenant=tenant, keep=keep, other=other)


async def _someone(uow: Work, tenant: Tenant, luck: Random) -> Person:
    phone = await _point(uow, a_point(tenant)) if luck.random() < 0.7 else None
    email_id = new_id().hex
    email = (
        await _point(uow, a_point(tenant, kind="email", value=f"{email_id}@example.com", zones=()))
        if phone is None or luck.random() < 0.6
        else None
    )
    person = await uow.leads.put_person(
        Person(
            id=new_id(),  # type: ignore[arg-type]
            tenant_id=tenant.id,
            first_name=luck.choice(["", "Ana", "Pat"]),
            last_name=luck.choice(["", "Ruiz"]),
            phone_id=phone.id if phone else None,
            email_id=email.id if email else None,
        )
    )
    for point in filter(None, (phone, email)):
        await _permissions(uow, point, luck)
    leads = [await _lead(uow, person, vehicle, luck) for vehicle in luck.sample(VEHICLES, luck.randrange(4))]
    if leads and luck.random() < 0.9:
        await _thread(uow, luck.choice(leads), luck)
    for lead in leads:
        if lead.is_open and luck.random() < 0.6:
            await _follow_up(uow, tenant, lead, phone, luck)
    return person


async def _point(uow: Work, point: ContactPoint) -> ContactPoint:
    return await uow.compliance.ensure_point(point)


async def _permissions(uow: Work, point: ContactPoint, luck: Random) -> None:
    channel = "sms" if point.kind == "phone" else "email"
    if luck.random() < 0.7:
        await uow.compliance.add_consent(a_consent(point, channel=channel))
    if luck.random() < 0.2:
        await uow.compliance.suppress(a_suppression(point, channel=channel))


async def _lead(uow: Work, person: Person, vehicle: Vehicle, luck: Random) -> Lead:
    status = luck.choice(list(LeadStatus))
    lead = a_lead(
        person,
        vehicle=vehicle,
        vehicle_key=vehicle_key(vehicle),
        status=status,
        lost_reason="price" if status is LeadStatus.LOST else None,
        version=luck.randrange(1, 9),
    )
    await uow.leads.add(lead)
    for n in range(luck.randrange(3)):
        reference = LeadReference(
            id=LeadReferenceId(new_id()),
            tenant_id=lead.tenant_id,
            lead_id=lead.id,
            source="webform",
            external_ref=f"{lead.id}-{n}",
            added_at=NOON,
        )
        await uow.leads.add_reference(reference)
    return lead


async def _thread(uow: Work, lead: Lead, luck: Random) -> Conversation:
    said = luck.randrange(7)
    is_staffed = luck.random() < 0.2
    thread = a_conversation(
        lead, last_seq=said, speaker="staff" if is_staffed else "assistant", taken_by="Dana" if is_staffed else ""
    )
    await uow.conversations.ensure(thread)
    at = NOON - timedelta(minutes=luck.randrange(90))
    for seq in range(1, said + 1):
        at += timedelta(minutes=luck.randrange(20))
        author = luck.choice(["customer", "assistant", "staff"])
        ref = f"staff:{seq}" if luck.random() < 0.3 else new_id().hex  # both threads may have the same
        entry = an_entry(thread, seq=seq, author=author, at=at, source_ref=ref)
        await uow.conversations.add_entry(entry)
        if author == "assistant":
            turn = a_turn(thread, state="done", upto_seq=seq - 1, entry_id=entry.id, client_ref=f"turn:{ref}")
            await uow.conversations.add_turn(turn)
    owner = LinkOwner(tenant_id=lead.tenant_id, target_id=thread.id, expires_at=NOON + timedelta(days=30))
    await uow.conversations.put_token(new_id().bytes, owner)
    return thread


async def _follow_up(uow: Work, tenant: Tenant, lead: Lead, phone: ContactPoint | None, luck: Random) -> None:
    at = NOON + timedelta(minutes=luck.randrange(-200, 200))
    enrollment = an_enrollment(lead, a_cadence(tenant), enrolled_at=at)
    await uow.cadences.enroll(enrollment)
    done = a_touch(enrollment, step="first", state="decided", decided_at=at)
    due = a_touch(enrollment, step="second", due_at=at + timedelta(days=1), not_after=at + timedelta(days=2))
    for touch in (done, due):
        await uow.cadences.add_touch(touch)
    await uow.due.arm("touch", due.id, tenant_id=tenant.id, at=due.due_at)
    if phone is not None:
        state = luck.choice(["pending", "accepted", "held"])
        await uow.messages.add(a_message(phone, lead_id=lead.id, touch_id=done.id, state=state))


def memory_dump(store: MemoryStore, tenant_id: TenantId) -> dict[str, list[bytes]]:
    """Every row of the tenant, byte for byte. The outbox, the journal of merges and the due queue are left out."""
    found: dict[str, list[bytes]] = {}
    for name, table in vars(store.database).items():
        if name not in _EXCEPTED:
            rows = [
                (key, row) for key, row in table.rows.items() if tenant_id in (key[0], getattr(row, "tenant_id", 0))
            ]
            found[name] = sorted(repr(each).encode() for each in rows)
    return found


async def say_since(uow: Work, thread: Conversation, *, author: str) -> None:
    """Add words to a thread as the flows do: the next seq, saved with it."""
    longer = replace(thread, last_seq=thread.last_seq + 1)
    await uow.conversations.add_entry(
        an_entry(thread, seq=longer.last_seq, author=author, at=await uow.now() + timedelta(days=1))
    )
    await uow.conversations.save(longer)
