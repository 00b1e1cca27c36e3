"""Tables with groups to look rows up by, and the private view of them that one unit of work writes to."""

from collections.abc import Callable, Hashable, Iterable, Mapping
from typing import Any, Generic, TypeVar

from leadcore.kernel.errors import ConflictError, NotFoundError
from leadcore.kernel.ids import TenantId

Row = TypeVar("Row")
Key = tuple[Hashable, ...]
Grouping = Callable[[Any], Key]


_NONE: dict[Key, None] = {}


class Table(Generic[Row]):
    """Committed rows by key, in the order they came. `groups` name what rows can be looked up by."""

    def __init__(self, groups: Mapping[str, Grouping] | None = None) -> None:
        self.rows: dict[Key, Row] = {}
        self.groups = dict(groups or {})
        self._members: dict[str, dict[Hashable, dict[Key, None]]] = {name: {} for name in self.groups}
        self._indexes = [(of, self._members[name]) for name, of in self.groups.items()]

    def members(self, group: str, value: Hashable) -> Iterable[Key]:
        """Return the keys of the rows whose *group* is *value*."""
        return self._members[group].get(value, _NONE)

    def put(self, key: Key, row: Row | None) -> None:
        """Store *row* under *key*; None removes it."""
        self.swap(key, row, self.rows.get(key))

    def swap(self, key: Key, row: Row | None, old: Row | None) -> None:
        """Do the same, knowing what lies there: hashing keys is most of the work."""
        if row is None:
            self.rows.pop(key, None)
        else:
            self.rows[key] = row
        for of, members in self._indexes:
            before = of(old) if old is not None else None
            after = of(row) if row is not None else None
            if old is not None:
                if row is not None and before == after:
                    continue
                del members[before][key]
            if row is not None:
                group = members.get(after)
                if group is None:
                    members[after] = {key: None}
                else:
                    group[key] = None


class Unit:
    """What the views of one unit of work share: those that were written to, and whether it is over."""

    def __init__(self) -> None:
        self.is_over = False
        self.written: list[View[Any]] = []


class View(Generic[Row]):
    """What one unit of work sees of a table: what is committed, under its own changes.

    With a tenant, keys and groups start with the tenant's id, and rows of others are neither seen nor written.
    """

    __slots__ = ("_changed", "_rows", "_seen", "_table", "_tenant_id", "_unit")

    def __init__(self, table: Table[Row], *, unit: "Unit", tenant_id: TenantId | None = None) -> None:
        self._table = table
        self._rows = table.rows
        self._tenant_id = tenant_id
        self._unit = unit
        self._changed: dict[Key, Row | None] | None = None  # most views are only read
        self._seen: list[tuple[Key, Row | None]] | None = None

    def get(self, *key: Hashable) -> Row | None:
        """Return the row, None when there is none."""
        if (key[0] is not self._tenant_id or self._unit.is_over) and self._is_foreign(key):
            return None
        changed = self._changed
        return changed[key] if changed and key in changed else self._rows.get(key)

    def put(self, row: Row, *key: Hashable) -> None:
        """Create or replace the row."""
        self._change(key, row)

    def insert(self, row: Row, *key: Hashable) -> bool:
        """Create the row; False when the key is taken."""
        if self.get(*key) is not None:
            return False
        self._change(key, row)
        return True

    def drop(self, *key: Hashable) -> None:
        """Remove the row, if there is one."""
        if self.get(*key) is not None:
            self._change(key, None)

    def where(self, group: str, *value: Hashable) -> list[Row]:
        """Return the rows whose *group* is *value*, in the order they came."""
        keys, rows, changed = self.keys_where(group, *value), self._rows, self._changed
        if not keys:
            return []
        if not changed:
            return [rows[key] for key in keys]
        found = (changed[key] if key in changed else rows[key] for key in keys)
        return [row for row in found if row is not None]

    def keys_where(self, group: str, *value: Hashable) -> list[Key]:
        """Return the keys of the rows whose *group* is *value*, in the order they came."""
        if self._is_foreign(value):
            return []
        old = self._table.members(group, value)
        if not self._changed:
            return list(old)
        of = self._table.groups[group]
        kept = [key for key in old if key not in self._changed]
        return kept + [key for key, row in self._changed.items() if row is not None and of(row) == value]

    def every(self) -> list[tuple[Key, Row]]:
        """Return all rows of the tenant with their keys, in the order they came."""
        changed = self._changed or {}
        keys = [key for key in self._table.rows if key not in changed] + list(changed)
        found = [(key, self.get(*key)) for key in keys if not self._is_foreign(key)]
        return [(key, row) for key, row in found if row is not None]

    def check(self) -> None:
        """Raise `ConflictError` if another unit of work committed a change to a row that this one changed too.

        A database would have made one wait for the other; here nothing waits, so the later one is refused.
        """
        rows = self._table.rows
        for key, seen in self._seen or ():
            if rows.get(key) is not seen:
                raise ConflictError("another unit of work changed the same row")

    def apply(self) -> None:
        """Make the changes visible to everybody. Only after `check`: what was seen is still there."""
        for (key, seen), row in zip(self._seen or (), (self._changed or {}).values(), strict=True):
            self._table.swap(key, row, seen)

    def _is_foreign(self, key: Key) -> bool:
        if self._unit.is_over:
            raise RuntimeError("this unit of work is over")
        tenant_id = self._tenant_id
        return tenant_id is not None and key[0] is not tenant_id and key[0] != tenant_id

    def _change(self, key: Key, row: Row | None) -> None:
        if self._is_foreign(key):
            raise NotFoundError("the unit of work is bound to another tenant")
        if self._changed is None or self._seen is None:
            self._changed, self._seen = {}, []
            self._unit.written.append(self)
        before = len(self._changed)
        self._changed[key] = row
        if len(self._changed) > before:
            self._seen.append((key, self._rows.get(key)))
