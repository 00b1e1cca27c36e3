"""Merges of people, and rewriting rows column by column."""

from collections.abc import Iterable, Sequence
from functools import cache
from itertools import groupby

import msgspec
from sqlalchemy import TextClause, text

from leadcore.kernel.errors import NotFoundError
from leadcore.kernel.ids import MergeId, PersonId, TenantId
from leadcore.leads.model import Cell, MergedRows, PersonMerge, RowChange
from leadcore_postgres.rows import Rows
from leadcore_postgres.transaction import Transaction

_MERGE = Rows(PersonMerge, "person_merge")
_ADD = text(_MERGE.insert)
_GET = text(f"{_MERGE.select} WHERE tenant_id = :tenant_id AND id = :id FOR NO KEY UPDATE")
_SAVE = text(_MERGE.replace)
_OF_PERSON = text(f"""
    {_MERGE.select} WHERE tenant_id = :tenant_id AND (keep_id = :person_id OR other_id = :person_id)
    ORDER BY id DESC""")

_TYPES = {"seq": "int", "upto_seq": "int", "last_seq": "int", "version": "int"}
_TYPES |= {"ended_at": "timestamptz", "decided_at": "timestamptz"}
# What is unique among the rows that change is parked first: within one statement keys are checked row by row.
# A lead's status and its reason always change together.
_PARKED = tuple(
    (
        table,
        column,
        text(f"UPDATE {table} SET {parked} WHERE tenant_id = :tenant_id AND id = ANY(CAST(:ids AS uuid[]))"),
    )
    for table, column, parked in (
        ("entry", "seq", "seq = -seq"),
        ("person", "phone_id", "phone_id = NULL"),
        ("person", "email_id", "email_id = NULL"),
        ("lead", "status", "status = 'lost', lost_reason = 'duplicate'"),
    )
)


class PostgresMerges:
    """`MergeRepository` of one transaction."""

    def __init__(self, transaction: Transaction) -> None:
        self._db = transaction

    async def add(self, merge: PersonMerge) -> None:
        """Store it."""
        await self._db.run(_ADD, **_MERGE.params(merge))

    async def get(self, merge_id: MergeId, *, tenant_id: TenantId) -> PersonMerge:
        """Return one, locked. Raises `NotFoundError`."""
        row = await self._db.row(_GET, tenant_id=tenant_id, id=merge_id)
        if row is None:
            raise NotFoundError(f"no merge {merge_id}")
        return _MERGE.item(row)

    async def save(self, merge: PersonMerge) -> None:
        """Replace it. Raises `NotFoundError`."""
        if not await self._db.count(_SAVE, **_MERGE.params(merge)):
            raise NotFoundError(f"no merge {merge.id}")

    async def of_person(self, person_id: PersonId, *, tenant_id: TenantId) -> list[PersonMerge]:
        """Return the merges the person was part of, newest first."""
        return _MERGE.items(await self._db.rows(_OF_PERSON, tenant_id=tenant_id, person_id=person_id))

    async def standing(self, changes: Sequence[RowChange], *, tenant_id: TenantId) -> list[RowChange]:
        """Return those of *changes* whose row still has every value of `before`, in their order; locks these rows."""
        stand: set[int] = set()
        for (table, columns), group in _alike(enumerate(changes), before=True):
            rows = await self._db.rows(
                _standing(table, columns),
                tenant_id=tenant_id,
                rows=_json([{"number": number, "id": each.id, **each.before} for number, each in group]),
            )
            stand |= {row[0] for row in rows}
        return [each for number, each in enumerate(changes) if number in stand]

    async def rewrite(self, changes: Sequence[RowChange], *, tenant_id: TenantId) -> None:
        """Give every row the values of `after`; what is unique is parked first."""
        for table, column, parking in _PARKED:
            ids = [each.id for each in changes if each.table == table and column in each.after]
            if ids:
                await self._db.run(parking, tenant_id=tenant_id, ids=ids)
        for (table, columns), group in _alike(enumerate(changes), before=False):
            await self._db.run(
                _rewriting(table, columns),
                tenant_id=tenant_id,
                rows=_json([{"id": each.id, **each.after} for _, each in group]),
            )


Group = list[tuple[int, RowChange]]
Shape = tuple[MergedRows, tuple[str, ...]]


def _alike(changes: Iterable[tuple[int, RowChange]], *, before: bool) -> list[tuple[Shape, Group]]:
    """Return the changes by table and columns, so that each kind is one statement."""

    def shape(numbered: tuple[int, RowChange]) -> Shape:
        change = numbered[1]
        return change.table, tuple(sorted(change.before if before else change.after))

    def order(numbered: tuple[int, RowChange]) -> tuple[bool, Shape]:
        table, columns = shape(numbered)
        return "person_id" not in columns, (table, columns)  # a lead leaves before another takes its place

    return [(each, list(group)) for each, group in groupby(sorted(changes, key=order), key=shape)]


@cache  # tables and columns come from this program, so there are few of them
def _standing(table: MergedRows, columns: tuple[str, ...]) -> TextClause:
    same = " AND ".join(f"t.{name} IS NOT DISTINCT FROM c.{name}" for name in columns)
    return text(f"""
        SELECT c.number FROM {table} t JOIN {_recordset(("number", *columns))} ON c.id = t.id
        WHERE t.tenant_id = :tenant_id AND {same} ORDER BY t.id FOR NO KEY UPDATE OF t""")


@cache
def _rewriting(table: MergedRows, columns: tuple[str, ...]) -> TextClause:
    new = ", ".join(f"{name} = c.{name}" for name in columns)
    return text(f"""
        UPDATE {table} t SET {new} FROM {_recordset(columns)} WHERE t.tenant_id = :tenant_id AND t.id = c.id""")


def _recordset(columns: tuple[str, ...]) -> str:
    typed = ", ".join(f"{name} {_type(name)}" for name in columns)
    return f"jsonb_to_recordset(CAST(:rows AS jsonb)) AS c (id uuid, {typed})"


def _type(column: str) -> str:
    if column == "number":
        return "int"
    return "uuid" if column.endswith("_id") or column == "merged_into" else _TYPES.get(column, "text")


def _json(rows: list[dict[str, Cell | object]]) -> str:
    return msgspec.json.encode(rows).decode()
