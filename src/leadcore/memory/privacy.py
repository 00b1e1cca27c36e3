"""Everything about a person in memory: found, shown and erased by the list the other stores go by."""

from collections.abc import Sequence
from datetime import datetime
from typing import Any
from uuid import UUID

import msgspec
from msgspec.structs import replace

from leadcore.compliance.model import ContactPoint, Suppression
from leadcore.intake.model import EntityVersion, InboxItem
from leadcore.kernel.errors import NotFoundError
from leadcore.kernel.ids import ContactPointId, InboxId, PersonId, TenantId
from leadcore.memory.database import Changes
from leadcore.memory.tables import Key, View
from leadcore.messaging.model import Message
from leadcore.privacy.model import Belongings, BlankedRow, ErasedContact, SealedConsent
from leadcore.privacy.policies.holdings import HOLDINGS

_TABLES = {
    "decision": "decisions", "delivery_report": "reports", "attempt": "attempts", "message": "messages",
    "segment": "segments", "picture": "pictures", "turn": "turns", "entry": "entries",
    "conversation": "conversations", "write_back": "write_backs", "lead_score": "scores",
    "assignment": "assignments", "lead_reference": "references", "touch": "touches", "enrollment": "enrollments",
    "lead": "leads", "person_merge": "merges", "person": "people", "suppression": "suppressions",
    "consent": "consents", "contact_point": "points", "erased_contact": "erased_contacts",
    "appointment": "appointments", "rollout_move": "rollout_moves",
}  # fmt: skip
_ENDED = {"pending", "held", "dispatching", "unknown"}
_OPEN_ATTEMPT = {"started", "unknown"}


class MemoryPrivacy:
    """`PrivacyRepository` of one unit of work."""

    def __init__(self, changes: Changes) -> None:
        self._changes = changes
        self._tenant_id = changes.tenant_id

    async def belongings(
        self, person_id: PersonId | None, point_id: ContactPointId | None, *, tenant_id: TenantId
    ) -> Belongings:
        """Return all that belongs to the person, or to a point that is nobody's. Raises `NotFoundError`."""
        people = self._people(person_id, tenant_id)
        point_ids = {each for person in people for each in (person.phone_id, person.email_id)} | {point_id}
        points = [row for _, row in self._view("contact_point").every() if row.id in point_ids]
        known: dict[str, set[UUID]] = {
            "people": {each.id for each in people},
            "points": {each.id for each in points},
        }
        known["leads"] = self._ids("lead", person_id=known["people"])
        known["conversations"] = self._ids("conversation", person_id=known["people"])
        known["messages"] = self._ids(
            "message",
            contact_point_id=known["points"], lead_id=known["leads"], conversation_id=known["conversations"],
        )  # fmt: skip
        known["enrollments"] = self._ids("enrollment", lead_id=known["leads"])
        known["touches"] = self._ids("touch", lead_id=known["leads"])
        known["turns"] = self._ids("turn", conversation_id=known["conversations"])
        known["attempts"] = self._ids("attempt", message_id=known["messages"])
        known["pictures"] = self._ids("picture", lead_id=known["leads"], conversation_id=known["conversations"])
        known["merges"] = self._ids("person_merge", keep_id=known["people"], other_id=known["people"])
        references = [row for _, row in self._view("lead_reference").every() if row.lead_id in known["leads"]]
        return Belongings(
            people=tuple(sorted(people, key=lambda each: each.id)),
            points=tuple(sorted(points, key=lambda each: each.id)),
            references=tuple(sorted((each.source, each.external_ref) for each in references)),
            digests=self._own_digests(known["pictures"]),
            **{name: tuple(sorted(ids)) for name, ids in known.items() if name not in {"people", "points"}},
        )

    async def rows_of(self, belongings: Belongings, *, tenant_id: TenantId) -> dict[str, list[dict[str, Any]]]:
        """Return every row about them by table."""
        found: dict[str, list[dict[str, Any]]] = {}
        for each in HOLDINGS:
            known = found.setdefault(each.table, [])
            for key, row in self._chosen(each.table, each.column, belongings.ids(each.of)):
                shown = [_told(key, part) for part in (row if isinstance(row, tuple) else (row,))]
                known += [part for part in shown if part not in known]
        found["outbox"] = [msgspec.to_builtins(event) for _, event in self._events(belongings)]
        return {table: rows for table, rows in found.items() if rows}

    async def erase(self, belongings: Belongings, *, tenant_id: TenantId, reason: str, at: datetime) -> dict[str, int]:
        """Erase or blank all of it but the ledger, and return how many rows of which table."""
        counts: dict[str, int] = {}
        for key, _ in self._events(belongings):
            self._changes.view(self._changes.database.events).drop(*key)
            counts["outbox"] = counts.get("outbox", 0) + 1
        for each in HOLDINGS:
            view = self._view(each.table)
            for key, row in self._chosen(each.table, each.column, belongings.ids(each.of)):
                if each.fate == "erased":
                    view.drop(*key)
                elif each.table in {"attempt", "message", "suppression"}:
                    view.put(_blanked(row, reason=reason, at=at), *key)
                else:
                    continue
                parts = len(row) if isinstance(row, tuple) else 1
                counts[each.table] = counts.get(each.table, 0) + parts
        self._forget_keys(belongings)
        counts["chat_token"] = self._drop("tokens", lambda row: row.target_id in belongings.conversations)
        counts["due"] = self._drop("due", lambda row: row.item_id in belongings.every_id)
        return {table: count for table, count in counts.items() if count}

    async def keep_erased(self, contacts: Sequence[ErasedContact], *, tenant_id: TenantId) -> None:
        """Take the value and the whereabouts off these contact points, and keep their hashes."""
        points = self._view("contact_point")
        for each in contacts:
            known = points.get(tenant_id, each.contact_point_id)
            if known is None:
                continue
            bare = ContactPoint(id=known.id, tenant_id=tenant_id, kind=known.kind, value=f"erased:{known.id}")
            points.put(bare, tenant_id, known.id)
            self._view("erased_contact").insert(each, tenant_id, each.contact_point_id)

    async def seal_consents(self, sealed: Sequence[SealedConsent], *, tenant_id: TenantId) -> None:
        """Take the evidence off lines of the ledger of erased contact points."""
        consents = self._view("consent")
        for each in sealed:
            line = consents.get(tenant_id, each.id)
            if line is not None and self._view("erased_contact").get(tenant_id, line.contact_point_id) is not None:
                consents.put(replace(line, evidence={}, seal=each.seal), tenant_id, each.id)

    async def has_erased(self, tenant_id: TenantId) -> bool:
        """Return whether anybody was ever erased."""
        return bool(self._view("erased_contact").where("tenant", tenant_id))

    async def suppressions_of_erased(self, digests: Sequence[bytes], *, tenant_id: TenantId) -> list[Suppression]:
        """Return the open suppressions of erased contact points with one of these hashes."""
        found: list[Suppression] = []
        for each in self._view("erased_contact").where("tenant", tenant_id):
            if each.digest in digests:
                rows = self._view("suppression").get(tenant_id, each.contact_point_id) or ()
                found += [row for row in rows if row.lifted_at is None]
        return sorted(found, key=lambda each: (each.since, each.channel, each.contact_point_id))

    async def bodies(self, tenant_id: TenantId, *, after: InboxId | None, limit: int) -> list[InboxItem]:
        """Return inbox rows that still have their bytes, by id, from behind *after*."""
        rows = self._changes.view(self._changes.database.inbox).where("tenant", tenant_id)
        found = [row for row in rows if row.blanked_at is None and (after is None or row.id > after)]
        return sorted(found, key=lambda row: row.id)[:limit]

    async def blank_bodies(self, rows: Sequence[BlankedRow], *, tenant_id: TenantId, at: datetime) -> None:
        """Take bytes, digest and error off these rows, and them off the queue."""
        inbox = self._changes.view(self._changes.database.inbox)
        keys = self._changes.view(self._changes.database.inbox_keys)
        for each in rows:
            row = inbox.get(tenant_id, each.id)
            if row is None:
                continue
            done = row.state == "done"
            if row.dedupe_key != each.dedupe_key:
                keys.drop(tenant_id, row.connection_id, row.source, row.dedupe_key)
                keys.insert(row.id, tenant_id, row.connection_id, row.source, each.dedupe_key)
            blank = replace(
                row, body=b"", digest=b"", blanked_at=at, dedupe_key=each.dedupe_key, entity_key=each.entity_key,
                error="" if done else "erased", state=row.state if done else "ignored",
            )  # fmt: skip
            inbox.put(blank, tenant_id, row.id)
        ids = {each.id for each in rows}
        self._drop("due", lambda row: row.item_id in ids)

    async def records(
        self, tenant_id: TenantId, *, after: tuple[str, str, str] | None, limit: int
    ) -> list[EntityVersion]:
        """Return what is known of records elsewhere, by (source, kind, id), from behind *after*."""
        rows = [row for _, row in self._changes.view(self._changes.database.entities).every()]
        found = [row for row in rows if after is None or (row.source, row.kind, row.external_id) > after]
        return sorted(found, key=lambda row: (row.source, row.kind, row.external_id))[:limit]

    async def forget_records(self, keys: Sequence[tuple[str, str, str]], *, tenant_id: TenantId) -> int:
        """Forget what is known of these records, and return how many there were."""
        entities = self._changes.view(self._changes.database.entities)
        known = [key for key in dict.fromkeys(keys) if entities.get(tenant_id, *key) is not None]
        for key in known:
            entities.drop(tenant_id, *key)
        return len(known)

    def _people(self, person_id: PersonId | None, tenant_id: TenantId) -> list[Any]:
        if person_id is None:
            return []
        person = self._view("person").get(tenant_id, person_id)
        if person is None:
            raise NotFoundError(f"no person {person_id}")
        owner = person.merged_into or person.id
        return [row for _, row in self._view("person").every() if owner in {row.id, row.merged_into}]

    def _view(self, table: str) -> View[Any]:
        return self._changes.view(getattr(self._changes.database, _TABLES[table]))

    def _ids(self, table: str, **columns: set[UUID]) -> set[UUID]:
        return {
            row.id
            for _, row in self._view(table).every()
            if any(getattr(row, name) in ids for name, ids in columns.items())
        }

    def _chosen(self, table: str, column: str, ids: Sequence[UUID]) -> list[tuple[Key, Any]]:
        """Rows by a column; where several rows of a database are one tuple here, that column is in the key."""
        return [
            (key, row)
            for key, row in self._view(table).every()
            if (key[1] if isinstance(row, tuple) else getattr(row, column)) in ids
        ]

    def _events(self, belongings: Belongings) -> list[tuple[Key, Any]]:
        named = [str(each).encode() for each in belongings.every_id]
        return [
            (key, event)
            for key, event in self._changes.view(self._changes.database.events).every()
            if getattr(event, "lead_id", None) in belongings.leads
            or any(name in msgspec.json.encode(event) for name in named)
        ]

    def _own_digests(self, pictures: set[UUID]) -> tuple[str, ...]:
        rows = [row for _, row in self._view("picture").every() if row.digest]
        others = {row.digest for row in rows if row.id not in pictures}
        return tuple(sorted({row.digest for row in rows if row.id in pictures} - others))

    def _forget_keys(self, belongings: Belongings) -> None:
        database = self._changes.database
        for table in (database.entry_refs, database.picture_keys):
            view = self._changes.view(table)
            owner = self._view("entry" if table is database.entry_refs else "picture")
            for key, row_id in view.every():
                if owner.get(self._tenant_id, row_id) is None:
                    view.drop(*key)

    def _drop(self, table: str, chosen: Any) -> int:
        view = self._changes.shared_view(getattr(self._changes.database, table))
        keys = [key for key, row in view.every() if row.tenant_id == self._tenant_id and chosen(row)]
        for key in keys:
            view.drop(*key)
        return len(keys)


def _told(key: Key, part: Any) -> dict[str, Any]:
    told: Any = msgspec.to_builtins(part)
    return told if isinstance(told, dict) else {"message_id": str(key[1]), "status": told[0], "error_code": told[1]}


def _blanked(row: Any, *, reason: str, at: datetime) -> Any:
    if isinstance(row, tuple):
        return tuple(replace(each, words="") for each in row)
    if isinstance(row, Message):
        return replace(
            row, recipient="", body="", subject="", html="", thread_ref="", provider_id="", reason=reason,
            lead_id=None, touch_id=None, conversation_id=None, state="cancelled" if row.state in _ENDED else row.state,
        )  # fmt: skip
    return replace(
        row, recipient="", error="", provider_id="", body_digest=b"", contact_hash=b"", content_hash=b"", local_day="",
        how="erased", settled_at=row.settled_at or at,
        state="abandoned" if row.state in _OPEN_ATTEMPT else row.state,
    )  # fmt: skip
