"""People and leads in memory."""

from collections.abc import Collection
from datetime import datetime
from operator import attrgetter
from typing import Any, cast

import msgspec
from msgspec.structs import replace

from leadcore.conversations.events import EntryAdded
from leadcore.kernel.errors import ConflictError, NotFoundError
from leadcore.kernel.events import Event
from leadcore.kernel.ids import ContactPointId, LeadId, LeadReferenceId, PersonId, TenantId
from leadcore.leads.model import Lead, LeadReference, Person
from leadcore.leads.policies.wishes import Wish
from leadcore.leads.repository import TimelineEntry
from leadcore.leads.values import LeadStatus
from leadcore.memory.database import Changes, seen
from leadcore.messaging.events import MessageQueued

_BY_ID = attrgetter("id")
_NEWEST = 50


class MemoryLeads:
    """`LeadRepository` of one unit of work. Ids are time-ordered, so they tell what is newer."""

    _people = seen(lambda tables: tables.people)
    _leads = seen(lambda tables: tables.leads)
    _references = seen(lambda tables: tables.references)
    _events = seen(lambda tables: tables.events)
    _entries = seen(lambda tables: tables.entries)
    _messages = seen(lambda tables: tables.messages)

    def __init__(self, changes: Changes) -> None:
        self._changes = changes

    async def person_of(self, point_ids: list[ContactPointId], *, tenant_id: TenantId) -> Person | None:
        """Return the person any of these contact points belongs to (the oldest, if several), or was merged into."""
        owner = min(self._owners(point_ids, tenant_id), key=_BY_ID, default=None)
        return await self.lock_person(owner.id, tenant_id=tenant_id) if owner else None

    async def lock_person(self, person_id: PersonId, *, tenant_id: TenantId) -> Person:
        """Return them, or whom they were merged into. Raises `NotFoundError`."""
        found = await self.person(person_id, tenant_id=tenant_id)
        return await self.person(found.merged_into, tenant_id=tenant_id) if found.merged_into else found

    async def people(self, person_ids: Collection[PersonId], *, tenant_id: TenantId) -> dict[PersonId, Person]:
        """Return those of them who exist, by id."""
        found = (self._people.get(tenant_id, each) for each in set(person_ids))
        return {each.id: each for each in found if each is not None}

    async def merged_people(self, person_id: PersonId, *, tenant_id: TenantId) -> list[Person]:
        """Return who was merged into the person, oldest first."""
        return sorted(self._people.where("merged", tenant_id, person_id), key=_BY_ID)

    async def points_of(self, person_id: PersonId, *, tenant_id: TenantId) -> list[ContactPointId]:
        """Return every contact point of the person and of those merged into them, in id order."""
        own = await self.person(person_id, tenant_id=tenant_id)
        members = [own, *await self.merged_people(person_id, tenant_id=tenant_id)]
        ids = {each for member in members for each in (member.phone_id, member.email_id)}
        return sorted(each for each in ids if each is not None)

    async def namesakes(self, tenant_id: TenantId, *, limit: int) -> list[list[Person]]:
        """Return groups of people with the same first and last name, without case; at most *limit* groups."""
        groups: dict[tuple[str, str], list[Person]] = {}
        for each in sorted(self._people.where("tenant", tenant_id), key=_BY_ID):
            name = (each.first_name.strip().lower(), each.last_name.strip().lower())
            if all(name) and each.merged_into is None:
                groups.setdefault(name, []).append(each)
        several = [people for people in groups.values() if len(people) > 1]
        return sorted(several, key=lambda people: people[-1].id, reverse=True)[:limit]

    async def person(self, person_id: PersonId, *, tenant_id: TenantId) -> Person:
        """Return one. Raises `NotFoundError`."""
        found = self._people.get(tenant_id, person_id)
        if found is None:
            raise NotFoundError(f"no person {person_id}")
        return found

    async def put_person(self, person: Person) -> Person:
        """Create or update; when another person already owns one of its contact points, return that one instead."""
        points = [point_id for point_id in (person.phone_id, person.email_id) if point_id is not None]
        for point_id in points:
            self._changes.must_exist(self._changes.database.points, point_id)
        others = [each for each in self._owners(points, person.tenant_id) if each.id != person.id]
        if not others:
            self._people.put(person, person.tenant_id, person.id)
            return person
        return await self.lock_person(min(others, key=_BY_ID).id, tenant_id=person.tenant_id)

    async def add(self, lead: Lead) -> Lead | None:
        """Create it with its reference; None when its reference or its place among the open leads is taken."""
        await self.person(lead.person_id, tenant_id=lead.tenant_id)
        theirs = await self.open_of_person(lead.person_id, tenant_id=lead.tenant_id) if lead.is_open else []
        if self._leads.where("ref", lead.tenant_id, lead.source, lead.external_ref) or (
            lead.vehicle_key and any(each.vehicle_key == lead.vehicle_key for each in theirs)
        ):
            return None
        own = LeadReference(
            id=LeadReferenceId(lead.id),
            tenant_id=lead.tenant_id,
            lead_id=lead.id,
            source=lead.source,
            external_ref=lead.external_ref,
            added_at=lead.created_at,
        )
        if not self._leads.insert(lead, lead.tenant_id, lead.id) or not await self.add_reference(own):
            raise ConflictError(f"the lead {lead.id}, or its reference, exists")
        return lead

    async def add_reference(self, reference: LeadReference) -> bool:
        """Let one more source name the lead; False when the source's reference names a lead already."""
        await self.get(reference.lead_id, tenant_id=reference.tenant_id)
        if self._references.where("ref", reference.tenant_id, reference.source, reference.external_ref):
            return False
        return self._references.insert(reference, reference.tenant_id, reference.id)

    async def references(self, lead_id: LeadId, *, tenant_id: TenantId) -> list[LeadReference]:
        """Return what names the lead, in the order it came."""
        return sorted(self._references.where("lead", tenant_id, lead_id), key=attrgetter("added_at", "id"))

    async def get(self, lead_id: LeadId, *, tenant_id: TenantId) -> Lead:
        """Return one. Raises `NotFoundError`."""
        found = self._leads.get(tenant_id, lead_id)
        if found is None:
            raise NotFoundError(f"no lead {lead_id}")
        return found

    async def by_external_ref(self, source: str, external_ref: str, *, tenant_id: TenantId) -> Lead | None:
        """Return the lead that a source's reference made or joined."""
        found = next(iter(self._references.where("ref", tenant_id, source, external_ref)), None)
        return self._leads.get(tenant_id, found.lead_id) if found else None

    async def by_external_refs(self, source: str, external_refs: list[str], *, tenant_id: TenantId) -> dict[str, Lead]:
        """Return the leads behind these CRM orders, by the order's id, each as that order names it."""
        found = [each for ref in external_refs for each in self._references.where("ref", tenant_id, source, ref)]
        return {each.external_ref: await self._as_named(each) for each in found}

    async def open_of_source(self, source: str, *, tenant_id: TenantId, after: LeadId | None, limit: int) -> list[Lead]:
        """Return open leads that *source* names, oldest first, each as often and as it names them."""
        leads = sorted(self._leads.where("tenant", tenant_id), key=_BY_ID)
        named = [
            theirs
            for lead in leads
            if lead.is_open and (after is None or lead.id > after)
            if (
                theirs := [
                    each for each in await self.references(lead.id, tenant_id=tenant_id) if each.source == source
                ]
            )
        ]
        return [await self._as_named(each) for theirs in named[:limit] for each in theirs]

    async def _as_named(self, reference: LeadReference) -> Lead:
        lead = await self.get(reference.lead_id, tenant_id=reference.tenant_id)
        return replace(lead, source=reference.source, external_ref=reference.external_ref)

    async def save(self, lead: Lead) -> None:
        """Replace it. Raises `ConflictError` unless its version follows the stored one."""
        stored = await self.get(lead.id, tenant_id=lead.tenant_id)
        if lead.version != stored.version + 1:
            raise ConflictError(f"the lead is at version {stored.version} now")
        theirs = await self.open_of_person(lead.person_id, tenant_id=lead.tenant_id) if lead.is_open else []
        if lead.vehicle_key and any(each.vehicle_key == lead.vehicle_key and each.id != lead.id for each in theirs):
            raise ConflictError("something with this key exists already")
        self._leads.put(lead, lead.tenant_id, lead.id)

    async def open_of_person(self, person_id: PersonId, *, tenant_id: TenantId) -> list[Lead]:
        """Return the person's open leads, newest first."""
        leads = self._leads.where("person", tenant_id, person_id)
        return sorted((lead for lead in leads if lead.is_open), key=_BY_ID, reverse=True)

    async def newest_of_person(self, person_id: PersonId, *, tenant_id: TenantId) -> Lead | None:
        """Return the person's newest lead, open or not."""
        return max(self._leads.where("person", tenant_id, person_id), key=_BY_ID, default=None)

    async def of_person(self, person_id: PersonId, *, tenant_id: TenantId) -> list[Lead]:
        """Return all leads of the person, newest first."""
        return sorted(self._leads.where("person", tenant_id, person_id), key=_BY_ID, reverse=True)

    async def wishes(self, person_id: PersonId, *, tenant_id: TenantId) -> list[Wish]:
        """Return the person's newest leads, each with the instant of its newest event."""
        leads = (await self.of_person(person_id, tenant_id=tenant_id))[:_NEWEST]
        return [Wish(lead=lead, active_at=self._active_at(lead)) for lead in leads]

    async def listing(
        self, tenant_id: TenantId, *, status: LeadStatus | None, limit: int, before: LeadId | None
    ) -> list[Lead]:
        """Return leads, newest first, older than *before*."""
        leads = [
            lead
            for lead in self._leads.where("tenant", tenant_id)
            if status in (None, lead.status) and (before is None or lead.id < before)
        ]
        return sorted(leads, key=_BY_ID, reverse=True)[:limit]

    async def timeline(
        self, lead_id: LeadId, *, tenant_id: TenantId, after: int = 0, limit: int | None = None
    ) -> list[TimelineEntry]:
        """Return the stored events that name the lead, oldest first, from behind the one with the id *after*."""
        keys = self._events.keys_where("lead", tenant_id, lead_id)
        numbered = [(cast("int", key[1]), event) for key in keys if (event := self._events.get(*key)) is not None]
        numbered.sort(key=lambda each: (each[1].at, each[0]))
        first = next((index + 1 for index, (number, _) in enumerate(numbered) if number == after), 0)
        if after and not first:
            return []
        page = numbered[first:] if limit is None else numbered[first : first + limit]
        return [
            TimelineEntry(id=number, at=event.at, type=event.name, detail=_detail(event) | self._standing(event))
            for number, event in page
        ]

    def _standing(self, event: Event) -> dict[str, object]:
        """What was said, and how a message stands now."""
        found: dict[str, object] = {}
        if isinstance(event, EntryAdded):
            entries = self._entries.where("conversation", event.tenant_id, event.conversation_id)
            found["text"] = next((each.text for each in entries if each.id == event.entry_id), None)
        elif isinstance(event, MessageQueued):
            message = self._messages.get(event.tenant_id, event.message_id)
            if message is not None:
                found = {"text": message.body, "state": message.state, "state_reason": message.reason}
                found["delivery"] = message.delivery
        return {name: value for name, value in found.items() if value}

    def _active_at(self, lead: Lead) -> datetime:
        events = self._events.where("lead", lead.tenant_id, lead.id)
        return max((event.at for event in events), default=lead.created_at)

    def _owners(self, point_ids: list[ContactPointId], tenant_id: TenantId) -> list[Person]:
        return [
            owner
            for point_id in point_ids
            for group in ("phone", "email")
            for owner in self._people.where(group, tenant_id, point_id)
        ]


def _detail(event: msgspec.Struct) -> dict[str, object]:
    fields: dict[str, Any] = msgspec.to_builtins(event)
    return {name: value for name, value in fields.items() if name not in {"type", "at", "tenant_id"}}
