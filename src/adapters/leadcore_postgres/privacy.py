"""Everything about a person: found, shown and erased by one list of tables (`leadcore.privacy.policies.holdings`)."""

from collections.abc import Sequence
from datetime import datetime
from typing import Any

import msgspec
from sqlalchemy import TextClause, text

from leadcore.compliance.model import ContactPoint, Suppression
from leadcore.intake.model import EntityVersion, InboxItem
from leadcore.kernel.errors import ConflictError, NotFoundError
from leadcore.kernel.ids import ContactPointId, InboxId, PersonId, TenantId
from leadcore.leads.model import Person
from leadcore.privacy.model import Belongings, BlankedRow, ErasedContact, SealedConsent
from leadcore.privacy.policies.holdings import HOLDINGS, Holding
from leadcore_postgres.rows import Rows
from leadcore_postgres.schema import APPEND_ONLY
from leadcore_postgres.transaction import Transaction

_PERSON = Rows(Person, "person")
_POINT = Rows(ContactPoint, "contact_point")
_SUPPRESSION = Rows(Suppression, "suppression")
_ITEM = Rows(InboxItem, "inbox")
_RECORD = Rows(EntityVersion, "entity_version")

_PEOPLE = text(f"""
    WITH owner AS (SELECT coalesce(merged_into, id) AS id FROM person WHERE tenant_id = :tenant_id AND id = :person_id)
    {_PERSON.select} WHERE tenant_id = :tenant_id
    AND (id IN (SELECT id FROM owner) OR merged_into IN (SELECT id FROM owner)) ORDER BY id""")
_LOCK_PEOPLE = text(f"""
    {_PERSON.select} WHERE tenant_id = :tenant_id AND id = ANY(CAST(:ids AS uuid[])) ORDER BY id FOR UPDATE""")
_POINTS = text(
    f"{_POINT.select} WHERE tenant_id = :tenant_id AND id = ANY(CAST(:ids AS uuid[])) ORDER BY id FOR UPDATE"
)
_IDS = text("""
    WITH l AS (SELECT id FROM lead WHERE tenant_id = :tenant_id AND person_id = ANY(CAST(:people AS uuid[]))),
    c AS (SELECT id FROM conversation WHERE tenant_id = :tenant_id AND person_id = ANY(CAST(:people AS uuid[]))),
    m AS (
        SELECT id FROM message WHERE tenant_id = :tenant_id AND contact_point_id = ANY(CAST(:points AS uuid[]))
        UNION SELECT id FROM message WHERE tenant_id = :tenant_id AND lead_id IN (SELECT id FROM l)
        UNION SELECT id FROM message WHERE tenant_id = :tenant_id AND conversation_id IN (SELECT id FROM c))
    SELECT 'leads', id FROM l UNION ALL SELECT 'conversations', id FROM c UNION ALL SELECT 'messages', id FROM m
    UNION ALL SELECT 'enrollments', id FROM enrollment WHERE tenant_id = :tenant_id AND lead_id IN (SELECT id FROM l)
    UNION ALL SELECT 'touches', id FROM touch WHERE tenant_id = :tenant_id AND lead_id IN (SELECT id FROM l)
    UNION ALL SELECT 'turns', id FROM turn WHERE tenant_id = :tenant_id AND conversation_id IN (SELECT id FROM c)
    UNION ALL SELECT 'attempts', id FROM attempt WHERE tenant_id = :tenant_id AND message_id IN (SELECT id FROM m)
    UNION ALL SELECT 'pictures', id FROM picture WHERE tenant_id = :tenant_id
        AND (lead_id IN (SELECT id FROM l) OR conversation_id IN (SELECT id FROM c))
    UNION ALL SELECT 'merges', id FROM person_merge WHERE tenant_id = :tenant_id
        AND (keep_id = ANY(CAST(:people AS uuid[])) OR other_id = ANY(CAST(:people AS uuid[])))
    ORDER BY 1, 2""")
_REFERENCES = text("""
    SELECT source, external_ref FROM lead_reference WHERE tenant_id = :tenant_id
    AND lead_id = ANY(CAST(:leads AS uuid[])) ORDER BY 1, 2""")
_DIGESTS = text("""
    SELECT DISTINCT digest FROM picture p WHERE tenant_id = :tenant_id AND id = ANY(CAST(:pictures AS uuid[]))
    AND digest <> '' AND NOT EXISTS (SELECT FROM picture o WHERE o.tenant_id = p.tenant_id AND o.digest = p.digest
        AND NOT o.id = ANY(CAST(:pictures AS uuid[]))) ORDER BY 1""")


def _chosen(verb: str, each: Holding, *, alias: str = "") -> TextClause:
    return text(
        f"{verb} {each.table}{alias} WHERE tenant_id = :tenant_id AND {each.column} = ANY(CAST(:ids AS uuid[]))"
    )


_SHOWN = [(each, _chosen("SELECT to_jsonb(t)::text FROM", each, alias=" t")) for each in HOLDINGS]
_ERASED = [
    (each, _chosen("DELETE FROM", each)) for each in HOLDINGS if each.fate == "erased" and each.table not in APPEND_ONLY
]
_EVENTS = text("""
    SELECT to_jsonb(o)::text FROM outbox o WHERE tenant_id = :tenant_id AND (lead_id = ANY(CAST(:leads AS uuid[]))
    OR EXISTS (SELECT FROM unnest(CAST(:named AS text[])) AS name WHERE position(name IN body::text) > 0))
    ORDER BY id""")
_ERASE_PAST = text("""
    SELECT what, erased FROM erase_past(CAST(:leads AS uuid[]), CAST(:messages AS uuid[]), CAST(:touches AS uuid[]),
        CAST(:named AS text[]))""")
_BLANK_ATTEMPTS = text("""
    UPDATE attempt SET recipient = '', error = '', provider_id = '', body_digest = '', how = 'erased',
        contact_hash = '', content_hash = '', local_day = '',
        settled_at = coalesce(settled_at, :at),
        state = CASE WHEN state IN ('started', 'unknown') THEN 'abandoned' ELSE state END
    WHERE tenant_id = :tenant_id AND message_id = ANY(CAST(:ids AS uuid[]))""")
_BLANK_MESSAGES = text("""
    UPDATE message SET recipient = '', body = '', subject = '', html = '', thread_ref = '', provider_id = '',
        reason = :reason, lead_id = NULL, touch_id = NULL, conversation_id = NULL,
        state = CASE WHEN state IN ('pending', 'held', 'dispatching', 'unknown') THEN 'cancelled' ELSE state END
    WHERE tenant_id = :tenant_id AND id = ANY(CAST(:ids AS uuid[]))""")
_BLANK_SUPPRESSIONS = text("""
    UPDATE suppression SET words = '' WHERE tenant_id = :tenant_id
    AND contact_point_id = ANY(CAST(:ids AS uuid[]))""")
_FORGET_TOKENS = text("""
    DELETE FROM chat_token WHERE tenant_id = :tenant_id AND target_id = ANY(CAST(:ids AS uuid[]))""")
_FORGET_WORK = text("DELETE FROM due WHERE tenant_id = :tenant_id AND item_id = ANY(CAST(:ids AS uuid[]))")
_BLANK_POINT = text("""
    UPDATE contact_point SET value = 'erased:' || id, zones = '{}', last_inbound_at = NULL, state = '',
        postal_code = '', browser_zone = '', browser_zone_at = NULL, unreachable_at = NULL, unreachable_why = ''
    WHERE tenant_id = :tenant_id AND id = :id""")
_KEEP = text("""
    INSERT INTO erased_contact (tenant_id, contact_point_id, digest, erased_at)
    VALUES (:tenant_id, :id, :digest, :at) ON CONFLICT DO NOTHING""")
_SEAL = text("SELECT seal_consent(CAST(:ids AS uuid[]), CAST(:seals AS bytea[]))")
_HAS_ERASED = text("SELECT EXISTS (SELECT FROM erased_contact WHERE tenant_id = :tenant_id)")
_OF_ERASED = text(f"""
    SELECT {_SUPPRESSION.columns_of("s")} FROM erased_contact e
    JOIN suppression s ON s.tenant_id = e.tenant_id AND s.contact_point_id = e.contact_point_id
    WHERE e.tenant_id = :tenant_id AND e.digest = ANY(CAST(:digests AS bytea[])) AND s.lifted_at IS NULL
    ORDER BY s.since, s.channel, s.contact_point_id""")
_BODIES = text(f"""
    {_ITEM.select} WHERE tenant_id = :tenant_id AND blanked_at IS NULL
    AND (CAST(:after AS uuid) IS NULL OR id > :after) ORDER BY id LIMIT :limit""")
_BLANK_BODIES = text("""
    UPDATE inbox SET body = '', digest = '', blanked_at = :at, dedupe_key = given.dedupe_key,
        entity_key = given.entity_key, error = CASE WHEN state = 'done' THEN '' ELSE 'erased' END,
        state = CASE WHEN state = 'done' THEN state ELSE 'ignored' END
    FROM unnest(CAST(:ids AS uuid[]), CAST(:dedupe_keys AS text[]), CAST(:entity_keys AS text[]))
        AS given (id, dedupe_key, entity_key) WHERE inbox.tenant_id = :tenant_id AND inbox.id = given.id""")
_RECORDS = text(f"""
    {_RECORD.select} WHERE tenant_id = :tenant_id AND (NOT :is_later OR (source, kind, external_id)
        > (CAST(:source AS text), CAST(:kind AS text), CAST(:external_id AS text)))
    ORDER BY source, kind, external_id LIMIT :limit""")
_FORGET_RECORDS = text("""
    DELETE FROM entity_version e USING unnest(CAST(:sources AS text[]), CAST(:kinds AS text[]),
        CAST(:external_ids AS text[])) AS given (source, kind, external_id)
    WHERE e.tenant_id = :tenant_id AND e.source = given.source AND e.kind = given.kind
    AND e.external_id = given.external_id""")


class PostgresPrivacy:
    """`PrivacyRepository` of one transaction."""

    def __init__(self, transaction: Transaction) -> None:
        self._db = transaction

    async def belongings(
        self, person_id: PersonId | None, point_id: ContactPointId | None, *, tenant_id: TenantId
    ) -> Belongings:
        """Return all that belongs to the person, or to a point that is nobody's, locked. Raises `NotFoundError`."""
        people: list[Person] = []
        if person_id is not None:
            people = _PERSON.items(await self._db.rows(_PEOPLE, tenant_id=tenant_id, person_id=person_id))
            if not people:
                raise NotFoundError(f"no person {person_id}")
        point_ids = {each for person in people for each in (person.phone_id, person.email_id)} | {point_id}
        wanted = sorted(each for each in point_ids if each is not None)
        points = _POINT.items(await self._db.rows(_POINTS, tenant_id=tenant_id, ids=wanted))
        self._db.locks += len(points)  # points before people, as everybody does
        locked = _PERSON.items(await self._db.rows(_LOCK_PEOPLE, tenant_id=tenant_id, ids=[each.id for each in people]))
        if locked != people:
            raise ConflictError("somebody else is changing this person")
        found: dict[str, list[Any]] = {}
        for name, item_id in await self._db.rows(
            _IDS, tenant_id=tenant_id, people=[each.id for each in people], points=[each.id for each in points]
        ):
            found.setdefault(name, []).append(item_id)
        references = await self._db.rows(_REFERENCES, tenant_id=tenant_id, leads=found.get("leads", []))
        digests = await self._db.rows(_DIGESTS, tenant_id=tenant_id, pictures=found.get("pictures", []))
        return Belongings(
            people=tuple(people),
            points=tuple(points),
            references=tuple((row[0], row[1]) for row in references),
            digests=tuple(row[0] for row in digests),
            **{name: tuple(ids) for name, ids in found.items()},
        )

    async def rows_of(self, belongings: Belongings, *, tenant_id: TenantId) -> dict[str, list[dict[str, Any]]]:
        """Return every row about them by table."""
        found: dict[str, list[dict[str, Any]]] = {}
        for each, statement in _SHOWN:
            shown = [
                msgspec.json.decode(row[0])
                for row in await self._db.rows(statement, tenant_id=tenant_id, ids=list(belongings.ids(each.of)))
            ]
            known = found.setdefault(each.table, [])
            known += [row for row in shown if row not in known]
        events = await self._db.rows(
            _EVENTS, tenant_id=tenant_id, leads=list(belongings.leads), named=_named(belongings)
        )
        found["outbox"] = [msgspec.json.decode(row[0]) for row in events]
        return {table: rows for table, rows in found.items() if rows}

    async def erase(self, belongings: Belongings, *, tenant_id: TenantId, reason: str, at: datetime) -> dict[str, int]:
        """Erase or blank all of it but the ledger, and return how many rows of which table."""
        counts: dict[str, int] = {}
        past = await self._db.rows(
            _ERASE_PAST,
            leads=list(belongings.leads),
            messages=list(belongings.messages),
            touches=list(belongings.touches),
            named=_named(belongings),
        )
        counts.update({row[0]: row[1] for row in past})
        messages, points = list(belongings.messages), list(belongings.ids("points"))
        counts["attempt"] = await self._db.count(_BLANK_ATTEMPTS, tenant_id=tenant_id, ids=messages, at=at)
        counts["message"] = await self._db.count(_BLANK_MESSAGES, tenant_id=tenant_id, ids=messages, reason=reason)
        counts["suppression"] = await self._db.count(_BLANK_SUPPRESSIONS, tenant_id=tenant_id, ids=points)
        for each, statement in _ERASED:
            gone = await self._db.count(statement, tenant_id=tenant_id, ids=list(belongings.ids(each.of)))
            counts[each.table] = counts.get(each.table, 0) + gone
        counts["chat_token"] = await self._db.count(
            _FORGET_TOKENS, tenant_id=tenant_id, ids=list(belongings.conversations)
        )
        counts["due"] = await self._db.count(_FORGET_WORK, tenant_id=tenant_id, ids=list(belongings.every_id))
        return {table: count for table, count in counts.items() if count}

    async def keep_erased(self, contacts: Sequence[ErasedContact], *, tenant_id: TenantId) -> None:
        """Take the value and the whereabouts off these contact points, and keep their hashes."""
        for each in contacts:
            await self._db.run(_BLANK_POINT, tenant_id=tenant_id, id=each.contact_point_id)
            await self._db.run(
                _KEEP, tenant_id=tenant_id, id=each.contact_point_id, digest=each.digest, at=each.erased_at
            )

    async def seal_consents(self, sealed: Sequence[SealedConsent], *, tenant_id: TenantId) -> None:
        """Take the evidence off lines of the ledger of erased contact points; the function keeps to *tenant_id*."""
        if sealed and tenant_id == self._db.tenant_id:
            await self._db.run(_SEAL, ids=[each.id for each in sealed], seals=[each.seal for each in sealed])

    async def has_erased(self, tenant_id: TenantId) -> bool:
        """Return whether anybody was ever erased."""
        return bool((await self._db.row(_HAS_ERASED, tenant_id=tenant_id))[0])

    async def suppressions_of_erased(self, digests: Sequence[bytes], *, tenant_id: TenantId) -> list[Suppression]:
        """Return the open suppressions of erased contact points with one of these hashes."""
        return _SUPPRESSION.items(await self._db.rows(_OF_ERASED, tenant_id=tenant_id, digests=list(digests)))

    async def bodies(self, tenant_id: TenantId, *, after: InboxId | None, limit: int) -> list[InboxItem]:
        """Return inbox rows that still have their bytes, by id, from behind *after*."""
        return _ITEM.items(await self._db.rows(_BODIES, tenant_id=tenant_id, after=after, limit=limit))

    async def blank_bodies(self, rows: Sequence[BlankedRow], *, tenant_id: TenantId, at: datetime) -> None:
        """Take bytes, digest and error off these rows, and them off the queue."""
        ids = [each.id for each in rows]
        if ids:
            keys = [each.dedupe_key for each in rows], [each.entity_key for each in rows]
            await self._db.run(
                _BLANK_BODIES, tenant_id=tenant_id, ids=ids, dedupe_keys=keys[0], entity_keys=keys[1], at=at
            )
            await self._db.run(_FORGET_WORK, tenant_id=tenant_id, ids=ids)

    async def records(
        self, tenant_id: TenantId, *, after: tuple[str, str, str] | None, limit: int
    ) -> list[EntityVersion]:
        """Return what is known of records elsewhere, by (source, kind, id), from behind *after*."""
        source, kind, external_id = after or ("", "", "")
        return _RECORD.items(
            await self._db.rows(
                _RECORDS,
                tenant_id=tenant_id,
                is_later=after is not None,
                source=source,
                kind=kind,
                external_id=external_id,
                limit=limit,
            )
        )

    async def forget_records(self, keys: Sequence[tuple[str, str, str]], *, tenant_id: TenantId) -> int:
        """Forget what is known of these records, and return how many there were."""
        return await self._db.count(
            _FORGET_RECORDS,
            tenant_id=tenant_id,
            sources=[each[0] for each in keys],
            kinds=[each[1] for each in keys],
            external_ids=[each[2] for each in keys],
        )


def _named(belongings: Belongings) -> list[str]:
    return [str(each) for each in belongings.every_id]
