"""People, leads and the timeline."""

from collections.abc import Collection
from typing import Any

import msgspec
from sqlalchemy import text

from leadcore.kernel.errors import ConflictError, NotFoundError
from leadcore.kernel.ids import ContactPointId, LeadId, PersonId, TenantId
from leadcore.leads.model import Lead, LeadReference, Person
from leadcore.leads.policies.wishes import Wish
from leadcore.leads.repository import TimelineEntry
from leadcore.leads.values import LeadStatus
from leadcore_postgres.rows import Rows
from leadcore_postgres.transaction import Transaction

_PERSON = Rows(Person, "person")
_LEAD = Rows(Lead, "lead")
_REFERENCE = Rows(LeadReference, "lead_reference")
_DETAIL = msgspec.json.Decoder(dict[str, Any])
_NOT_DETAIL = ("type", "at", "tenant_id")

# Two index look-ups; an OR over both columns would read every person.
_PERSON_OF = text(f"""
    SELECT {_PERSON.columns_of("who")} FROM (
        SELECT id, merged_into FROM person
            WHERE tenant_id = :tenant_id AND phone_id = ANY(CAST(:point_ids AS uuid[]))
        UNION ALL
        SELECT id, merged_into FROM person
            WHERE tenant_id = :tenant_id AND email_id = ANY(CAST(:point_ids AS uuid[]))) owners
    JOIN person who ON who.tenant_id = :tenant_id AND who.id = coalesce(owners.merged_into, owners.id)
    WHERE CAST(:except AS uuid) IS NULL OR owners.id <> :except ORDER BY owners.id LIMIT 1""")
_LOCK_PERSON = text(f"{_PERSON.select} WHERE tenant_id = :tenant_id AND id = :id FOR NO KEY UPDATE")
_MERGED_PEOPLE = text(f"{_PERSON.select} WHERE tenant_id = :tenant_id AND merged_into = :person_id ORDER BY id")
_POINTS_OF = text("""
    SELECT DISTINCT point.id FROM (
        SELECT phone_id, email_id FROM person WHERE tenant_id = :tenant_id AND id = :person_id
        UNION ALL
        SELECT phone_id, email_id FROM person WHERE tenant_id = :tenant_id AND merged_into = :person_id) members
    CROSS JOIN LATERAL (VALUES (members.phone_id), (members.email_id)) point (id)
    WHERE point.id IS NOT NULL ORDER BY point.id""")
_NAMESAKES = text(f"""
    WITH named AS (
        SELECT *, lower(btrim(first_name)) AS first, lower(btrim(last_name)) AS last FROM person
        WHERE tenant_id = :tenant_id AND merged_into IS NULL),
    several AS (
        SELECT first, last FROM named WHERE first <> '' AND last <> '' GROUP BY first, last
        HAVING count(*) > 1 ORDER BY max(id::text) DESC LIMIT :limit)
    SELECT {_PERSON.columns_of("named")}, named.first, named.last FROM named JOIN several USING (first, last)
    ORDER BY named.id""")
_GET_PERSON = text(f"{_PERSON.select} WHERE tenant_id = :tenant_id AND id = :id")
_PEOPLE = text(f"{_PERSON.select} WHERE tenant_id = :tenant_id AND id = ANY(CAST(:ids AS uuid[]))")
_ADD_PERSON = text(f"{_PERSON.insert} ON CONFLICT DO NOTHING")
_SAVE_PERSON = text(_PERSON.replace)

# Either key may be taken: the reference's, or the place among the person's open leads.
_ADD = text(f"""
    WITH made AS (
        {_LEAD.insert} ON CONFLICT DO NOTHING RETURNING tenant_id, id, source, external_ref, created_at)
    INSERT INTO lead_reference (tenant_id, id, lead_id, source, external_ref, added_at)
    SELECT tenant_id, id, id, source, external_ref, created_at FROM made""")
_ADD_REFERENCE = text(f"{_REFERENCE.insert} ON CONFLICT (tenant_id, source, external_ref) DO NOTHING")
_REFERENCES = text(f"""
    {_REFERENCE.select} WHERE tenant_id = :tenant_id AND lead_id = :lead_id ORDER BY added_at, id""")
_GET = text(f"{_LEAD.select} WHERE tenant_id = :tenant_id AND id = :id")
_BY_REF = text(f"""
    SELECT {_LEAD.columns_of("lead")} FROM lead_reference r JOIN lead ON lead.tenant_id = r.tenant_id
    AND lead.id = r.lead_id
    WHERE r.tenant_id = :tenant_id AND r.source = :source AND r.external_ref = :external_ref""")
_NAMED = [name if name not in {"source", "external_ref"} else f"r.{name}" for name in _LEAD.fields]
_AS_NAMED = ", ".join(name if name.startswith("r.") else f"lead.{name}" for name in _NAMED)
_BY_REFS = text(f"""
    SELECT {_AS_NAMED} FROM lead_reference r JOIN lead ON lead.tenant_id = r.tenant_id AND lead.id = r.lead_id
    WHERE r.tenant_id = :tenant_id AND r.source = :source AND r.external_ref = ANY(CAST(:external_refs AS text[]))""")
_OPEN_OF_SOURCE = text(f"""
    SELECT {_AS_NAMED} FROM (
        SELECT * FROM lead l WHERE l.tenant_id = :tenant_id AND l.status NOT IN ('won', 'lost')
        AND (CAST(:after AS uuid) IS NULL OR l.id > :after)
        AND EXISTS (SELECT FROM lead_reference e WHERE e.tenant_id = l.tenant_id AND e.lead_id = l.id
            AND e.source = :source)
        ORDER BY l.id LIMIT :limit) lead
    JOIN lead_reference r ON r.tenant_id = lead.tenant_id AND r.lead_id = lead.id AND r.source = :source
    ORDER BY lead.id, r.added_at, r.id""")
_SAVE = text(f"{_LEAD.replace} AND version = :version - 1")
_OF_PERSON = f"{_LEAD.select} WHERE tenant_id = :tenant_id AND person_id = :person_id"
_OPEN_OF_PERSON = text(f"{_OF_PERSON} AND status NOT IN ('won', 'lost') ORDER BY id DESC")
_ALL_OF_PERSON = text(f"{_OF_PERSON} ORDER BY id DESC")
_WISHES = text(f"""
    SELECT {_LEAD.columns}, coalesce((
        SELECT max(at) FROM outbox WHERE outbox.tenant_id = newest.tenant_id AND outbox.lead_id = newest.id),
        created_at)
    FROM ({_OF_PERSON} ORDER BY id DESC LIMIT 50) newest ORDER BY id DESC""")
_NEWEST_OF_PERSON = text(f"{_OF_PERSON} ORDER BY id DESC LIMIT 1")
_LISTING = text(f"""
    {_LEAD.select} WHERE tenant_id = :tenant_id AND (CAST(:status AS text) IS NULL OR status = :status)
    AND (CAST(:before AS uuid) IS NULL OR id < :before) ORDER BY id DESC LIMIT :limit""")
# What was said and how a message stands lies elsewhere; the index on the lead gives the order, a page at a time.
_TIMELINE = text("""
    SELECT o.id, o.at, o.type, o.body, coalesce(e.text, m.body), m.state, m.reason, m.delivery FROM outbox o
    LEFT JOIN entry e ON o.type = 'conversation.entry' AND e.tenant_id = o.tenant_id
        AND e.id = CAST(o.body ->> 'entry_id' AS uuid)
    LEFT JOIN message m ON o.type = 'message.queued' AND m.tenant_id = o.tenant_id
        AND m.id = CAST(o.body ->> 'message_id' AS uuid)
    WHERE o.tenant_id = :tenant_id AND o.lead_id = :lead_id AND (CAST(:after AS bigint) = 0 OR (o.at, o.id) > (
        SELECT at, id FROM outbox WHERE tenant_id = :tenant_id AND id = CAST(:after AS bigint)))
    ORDER BY o.at, o.id LIMIT CAST(:limit AS bigint)""")


class PostgresLeads:
    """`LeadRepository` of one transaction. Ids are time-ordered, so they tell what is newer."""

    def __init__(self, transaction: Transaction) -> None:
        self._db = transaction

    async def person_of(self, point_ids: list[ContactPointId], *, tenant_id: TenantId) -> Person | None:
        """Return the person any of these contact points belongs to (the oldest, if several), or was merged into."""
        return await self._owner(list(point_ids), tenant_id=tenant_id, other_than=None)

    async def person(self, person_id: PersonId, *, tenant_id: TenantId) -> Person:
        """Return one. Raises `NotFoundError`."""
        row = await self._db.row(_GET_PERSON, tenant_id=tenant_id, id=person_id)
        if row is None:
            raise NotFoundError(f"no person {person_id}")
        return _PERSON.item(row)

    async def people(self, person_ids: Collection[PersonId], *, tenant_id: TenantId) -> dict[PersonId, Person]:
        """Return those of them who exist, by id."""
        rows = await self._db.rows(_PEOPLE, tenant_id=tenant_id, ids=list(set(person_ids)))
        return {each.id: each for each in _PERSON.items(rows)}

    async def lock_person(self, person_id: PersonId, *, tenant_id: TenantId) -> Person:
        """Return them (or whom they were merged into), locked until the transaction ends. Raises `NotFoundError`."""
        await self._db.hold("person", person_id)
        row = await self._db.row(_LOCK_PERSON, tenant_id=tenant_id, id=person_id)
        if row is None:
            raise NotFoundError(f"no person {person_id}")
        found = _PERSON.item(row)
        # Read after the lock, so it has waited for a merge; and nobody is merged into somebody who is merged.
        return await self.lock_person(found.merged_into, tenant_id=tenant_id) if found.merged_into else found

    async def merged_people(self, person_id: PersonId, *, tenant_id: TenantId) -> list[Person]:
        """Return who was merged into the person, oldest first."""
        return _PERSON.items(await self._db.rows(_MERGED_PEOPLE, tenant_id=tenant_id, person_id=person_id))

    async def points_of(self, person_id: PersonId, *, tenant_id: TenantId) -> list[ContactPointId]:
        """Return every contact point of the person and of those merged into them, in id order."""
        return [row[0] for row in await self._db.rows(_POINTS_OF, tenant_id=tenant_id, person_id=person_id)]

    async def namesakes(self, tenant_id: TenantId, *, limit: int) -> list[list[Person]]:
        """Return groups of people with the same first and last name, without case; at most *limit* groups."""
        groups: dict[tuple[str, str], list[Person]] = {}
        for row in await self._db.rows(_NAMESAKES, tenant_id=tenant_id, limit=limit):
            *columns, first, last = row
            groups.setdefault((first, last), []).append(_PERSON.item(columns))
        return sorted(groups.values(), key=lambda people: people[-1].id, reverse=True)

    async def put_person(self, person: Person) -> Person:
        """Create or update; when another person already owns one of its contact points, return that one instead."""
        points = [point_id for point_id in (person.phone_id, person.email_id) if point_id is not None]
        params = _PERSON.params(person)
        if await self._db.count(_ADD_PERSON, **params):
            return person
        # Asked after the insert: it has waited for whoever was about to take the contact point.
        owner = await self._owner(points, tenant_id=person.tenant_id, other_than=person.id)
        if owner is None:
            await self._db.run(_SAVE_PERSON, **params)
        return owner or person

    async def add(self, lead: Lead) -> Lead | None:
        """Create it with its reference; None when its reference or its place among the open leads is taken."""
        return lead if await self._db.count(_ADD, **_LEAD.params(lead)) else None

    async def get(self, lead_id: LeadId, *, tenant_id: TenantId) -> Lead:
        """Return one. Raises `NotFoundError`."""
        await self._db.hold("lead", lead_id)  # it is saved only if nobody else did meanwhile
        row = await self._db.row(_GET, tenant_id=tenant_id, id=lead_id)
        if row is None:
            raise NotFoundError(f"no lead {lead_id}")
        return _LEAD.item(row)

    async def by_external_ref(self, source: str, external_ref: str, *, tenant_id: TenantId) -> Lead | None:
        """Return the lead that a source's reference made or joined."""
        row = await self._db.row(_BY_REF, tenant_id=tenant_id, source=source, external_ref=external_ref)
        return None if row is None else _LEAD.item(row)

    async def by_external_refs(self, source: str, external_refs: list[str], *, tenant_id: TenantId) -> dict[str, Lead]:
        """Return the leads behind these CRM orders, by the order's id, each as that order names it."""
        if not external_refs:
            return {}
        rows = await self._db.rows(_BY_REFS, tenant_id=tenant_id, source=source, external_refs=list(external_refs))
        return {lead.external_ref: lead for lead in _LEAD.items(rows)}

    async def open_of_source(self, source: str, *, tenant_id: TenantId, after: LeadId | None, limit: int) -> list[Lead]:
        """Return open leads that *source* names, oldest first, each as often and as it names them."""
        return _LEAD.items(
            await self._db.rows(_OPEN_OF_SOURCE, tenant_id=tenant_id, source=source, after=after, limit=limit)
        )

    async def add_reference(self, reference: LeadReference) -> bool:
        """Let one more source name the lead; False when the source's reference names a lead already."""
        return await self._db.count(_ADD_REFERENCE, **_REFERENCE.params(reference)) == 1

    async def references(self, lead_id: LeadId, *, tenant_id: TenantId) -> list[LeadReference]:
        """Return what names the lead, in the order it came."""
        return _REFERENCE.items(await self._db.rows(_REFERENCES, tenant_id=tenant_id, lead_id=lead_id))

    async def save(self, lead: Lead) -> None:
        """Replace it. Raises `ConflictError` unless its version follows the stored one, `NotFoundError`."""
        if await self._db.count(_SAVE, **_LEAD.params(lead)):
            return
        stored = await self.get(lead.id, tenant_id=lead.tenant_id)
        raise ConflictError(f"the lead is at version {stored.version} now")

    async def open_of_person(self, person_id: PersonId, *, tenant_id: TenantId) -> list[Lead]:
        """Return the person's open leads, newest first."""
        return _LEAD.items(await self._db.rows(_OPEN_OF_PERSON, tenant_id=tenant_id, person_id=person_id))

    async def newest_of_person(self, person_id: PersonId, *, tenant_id: TenantId) -> Lead | None:
        """Return the person's newest lead, open or not."""
        row = await self._db.row(_NEWEST_OF_PERSON, tenant_id=tenant_id, person_id=person_id)
        return None if row is None else _LEAD.item(row)

    async def of_person(self, person_id: PersonId, *, tenant_id: TenantId) -> list[Lead]:
        """Return all leads of the person, newest first."""
        return _LEAD.items(await self._db.rows(_ALL_OF_PERSON, tenant_id=tenant_id, person_id=person_id))

    async def wishes(self, person_id: PersonId, *, tenant_id: TenantId) -> list[Wish]:
        """Return the person's newest leads, each with the instant of its newest event."""
        rows = await self._db.rows(_WISHES, tenant_id=tenant_id, person_id=person_id)
        return [Wish(lead=_LEAD.item(tuple(row)[:-1]), active_at=row[len(row) - 1]) for row in rows]

    async def listing(
        self, tenant_id: TenantId, *, status: LeadStatus | None, limit: int, before: LeadId | None
    ) -> list[Lead]:
        """Return leads, newest first, older than *before*."""
        wanted = None if status is None else status.value
        return _LEAD.items(
            await self._db.rows(_LISTING, tenant_id=tenant_id, status=wanted, before=before, limit=limit)
        )

    async def timeline(
        self, lead_id: LeadId, *, tenant_id: TenantId, after: int = 0, limit: int | None = None
    ) -> list[TimelineEntry]:
        """Return the stored events that name the lead, oldest first, from behind the one with the id *after*."""
        rows = await self._db.rows(_TIMELINE, tenant_id=tenant_id, lead_id=lead_id, after=after, limit=limit)
        return [
            TimelineEntry(
                id=number,
                at=at,
                type=tag,
                detail=_detail(body)
                | {
                    name: value
                    for name, value in (
                        ("text", said),
                        ("state", state),
                        ("state_reason", reason),
                        ("delivery", delivery),
                    )
                    if value
                },
            )
            for number, at, tag, body, said, state, reason, delivery in rows
        ]

    async def _owner(
        self, point_ids: list[ContactPointId], *, tenant_id: TenantId, other_than: PersonId | None
    ) -> Person | None:
        params: dict[str, Any] = {"tenant_id": tenant_id, "point_ids": point_ids, "except": other_than}
        row = await self._db.row(_PERSON_OF, **params)
        return None if row is None else _PERSON.item(row)


def _detail(body: str) -> dict[str, object]:
    return {name: value for name, value in _DETAIL.decode(body).items() if name not in _NOT_DETAIL}
