"""People and leads in memory."""

from operator import attrgetter
from typing import Any, cast

import msgspec

from leadcore.conversations.events import EntryAdded
from leadcore.kernel.errors import ConflictError, NotFoundError
from leadcore.kernel.events import Event
from leadcore.kernel.ids import ContactPointId, LeadId, PersonId, TenantId
from leadcore.leads.model import Lead, Person
from leadcore.leads.repository import TimelineEntry
from leadcore.leads.values import LeadStatus
from leadcore.memory.database import Changes
from leadcore.messaging.events import MessageQueued

_BY_ID = attrgetter("id")


class MemoryLeads:
    """`LeadRepository` of one unit of work. Ids are time-ordered, so they tell what is newer."""

    def __init__(self, changes: Changes) -> None:
        self._changes = changes
        self._people = changes.view(changes.database.people)
        self._leads = changes.view(changes.database.leads)
        self._events = changes.view(changes.database.events)
        self._entries = changes.view(changes.database.entries)
        self._messages = changes.view(changes.database.messages)

    async def person_of(self, point_ids: list[ContactPointId], *, tenant_id: TenantId) -> Person | None:
        """Return the person any of these contact points belongs to (the oldest, if several)."""
        owners = [
            owner
            for point_id in point_ids
            for group in ("phone", "email")
            for owner in self._people.where(group, tenant_id, point_id)
        ]
        return min(owners, key=_BY_ID, default=None)

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
        owner = await self._other_owner(points, person)
        if owner is None:
            self._people.put(person, person.tenant_id, person.id)
        return owner or person

    async def add(self, lead: Lead) -> Lead | None:
        """Create it; None when (tenant, source, external_ref) exists already."""
        await self.person(lead.person_id, tenant_id=lead.tenant_id)
        if self._leads.where("ref", lead.tenant_id, lead.source, lead.external_ref):
            return None
        if not self._leads.insert(lead, lead.tenant_id, lead.id):
            raise ConflictError(f"the lead {lead.id} exists")
        return lead

    async def get(self, lead_id: LeadId, *, tenant_id: TenantId) -> Lead:
        """Return one. Raises `NotFoundError`."""
        found = self._leads.get(tenant_id, lead_id)
        if found is None:
            raise NotFoundError(f"no lead {lead_id}")
        return found

    async def by_external_ref(self, source: str, external_ref: str, *, tenant_id: TenantId) -> Lead | None:
        """Return the lead behind a CRM order."""
        return next(iter(self._leads.where("ref", tenant_id, source, external_ref)), None)

    async def by_external_refs(self, source: str, external_refs: list[str], *, tenant_id: TenantId) -> dict[str, Lead]:
        """Return the leads behind these CRM orders, by the order's id."""
        found = [lead for ref in external_refs for lead in self._leads.where("ref", tenant_id, source, ref)]
        return {lead.external_ref: lead for lead in found}

    async def open_of_source(self, source: str, *, tenant_id: TenantId, after: LeadId | None, limit: int) -> list[Lead]:
        """Return open leads that came from *source*, oldest first, newer than *after*."""
        leads = [
            lead
            for lead in self._leads.where("tenant", tenant_id)
            if lead.is_open and lead.source == source and (after is None or lead.id > after)
        ]
        return sorted(leads, key=_BY_ID)[:limit]

    async def save(self, lead: Lead) -> None:
        """Replace it. Raises `ConflictError` unless its version follows the stored one."""
        stored = await self.get(lead.id, tenant_id=lead.tenant_id)
        if lead.version != stored.version + 1:
            raise ConflictError(f"the lead is at version {stored.version} now")
        self._leads.put(lead, lead.tenant_id, lead.id)

    async def open_of_person(self, person_id: PersonId, *, tenant_id: TenantId) -> list[Lead]:
        """Return the person's open leads, newest first."""
        leads = self._leads.where("person", tenant_id, person_id)
        return sorted((lead for lead in leads if lead.is_open), key=_BY_ID, reverse=True)

    async def newest_of_person(self, person_id: PersonId, *, tenant_id: TenantId) -> Lead | None:
        """Return the person's newest lead, open or not."""
        return max(self._leads.where("person", tenant_id, person_id), key=_BY_ID, default=None)

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

    async def _other_owner(self, point_ids: list[ContactPointId], person: Person) -> Person | None:
        owners = [
            owner
            for point_id in point_ids
            for group in ("phone", "email")
            for owner in self._people.where(group, person.tenant_id, point_id)
            if owner.id != person.id
        ]
        return min(owners, key=_BY_ID, default=None)


def _detail(event: msgspec.Struct) -> dict[str, object]:
    fields: dict[str, Any] = msgspec.to_builtins(event)
    return {name: value for name, value in fields.items() if name not in {"type", "at", "tenant_id"}}
