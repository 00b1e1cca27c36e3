"""Merges of people in memory, and rewriting rows column by column."""

from collections.abc import Sequence
from operator import attrgetter
from typing import Any, get_type_hints
from uuid import UUID

import msgspec
from msgspec.structs import replace

from leadcore.kernel.errors import ConflictError, NotFoundError
from leadcore.kernel.ids import MergeId, PersonId, TenantId
from leadcore.leads.model import MergedRows, PersonMerge, RowChange
from leadcore.memory.database import Changes, seen
from leadcore.memory.tables import Key, View


class MemoryMerges:
    """`MergeRepository` of one unit of work."""

    _merges = seen(lambda tables: tables.merges)
    _entry_refs = seen(lambda tables: tables.entry_refs)

    def __init__(self, changes: Changes) -> None:
        self._changes = changes
        tables = changes.database
        self._views: dict[MergedRows, View[Any]] = {
            "person": changes.view(tables.people),
            "lead": changes.view(tables.leads),
            "lead_reference": changes.view(tables.references),
            "conversation": changes.view(tables.conversations),
            "entry": changes.view(tables.entries),
            "turn": changes.view(tables.turns),
            "enrollment": changes.view(tables.enrollments),
            "touch": changes.view(tables.touches),
            "message": changes.view(tables.messages),
        }

    async def add(self, merge: PersonMerge) -> None:
        """Store it."""
        if not self._merges.insert(merge, merge.tenant_id, merge.id):
            raise ConflictError(f"the merge {merge.id} exists")

    async def get(self, merge_id: MergeId, *, tenant_id: TenantId) -> PersonMerge:
        """Return one. Raises `NotFoundError`."""
        found = self._merges.get(tenant_id, merge_id)
        if found is None:
            raise NotFoundError(f"no merge {merge_id}")
        return found

    async def save(self, merge: PersonMerge) -> None:
        """Replace it. Raises `NotFoundError`."""
        await self.get(merge.id, tenant_id=merge.tenant_id)
        self._merges.put(merge, merge.tenant_id, merge.id)

    async def of_person(self, person_id: PersonId, *, tenant_id: TenantId) -> list[PersonMerge]:
        """Return the merges the person was part of, newest first."""
        found = [*self._merges.where("keep", tenant_id, person_id), *self._merges.where("other", tenant_id, person_id)]
        return sorted(found, key=attrgetter("id"), reverse=True)

    async def standing(self, changes: Sequence[RowChange], *, tenant_id: TenantId) -> list[RowChange]:
        """Return those of *changes* whose row still has every value of `before`, in their order."""
        return [each for each in changes if self._stands(each, tenant_id)]

    async def rewrite(self, changes: Sequence[RowChange], *, tenant_id: TenantId) -> None:
        """Give every row the values of `after`."""
        old = [(each, self._row(each, tenant_id)) for each in changes]
        for change, row in old:
            if row is not None and change.table == "entry":  # its key is among what changes
                self._views["entry"].drop(tenant_id, row.conversation_id, row.seq)
                self._entry_refs.drop(tenant_id, row.conversation_id, row.source_ref)
        for change, row in old:
            if row is None:
                continue
            current = row if change.table == "entry" else self._row(change, tenant_id)
            new = _with(current, change.after)
            self._views[change.table].put(new, *_key(change.table, new))
            if change.table == "entry":
                self._entry_refs.put(new.id, tenant_id, new.conversation_id, new.source_ref)

    def _stands(self, change: RowChange, tenant_id: TenantId) -> bool:
        row = self._row(change, tenant_id)
        return row is not None and all(
            msgspec.to_builtins(getattr(row, name)) == value for name, value in change.before.items()
        )

    def _row(self, change: RowChange, tenant_id: TenantId) -> Any:
        view = self._views[change.table]
        if change.table != "entry":
            return view.get(tenant_id, change.id)
        place = (UUID(str(change.before["conversation_id"])), change.before["seq"])
        row = view.get(tenant_id, *place)
        return row if row is not None and row.id == change.id else None


def _key(table: MergedRows, row: Any) -> Key:
    return (row.tenant_id, row.conversation_id, row.seq) if table == "entry" else (row.tenant_id, row.id)


def _with(row: Any, values: dict[str, Any]) -> Any:
    hints = get_type_hints(type(row))
    return replace(row, **{name: msgspec.convert(value, hints[name]) for name, value in values.items()})
