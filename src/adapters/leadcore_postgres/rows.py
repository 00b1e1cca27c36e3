"""Between a core Struct and its row: one column per field, the same name."""

from collections.abc import Callable, Iterable, Sequence
from datetime import datetime
from enum import Enum
from types import NoneType, UnionType
from typing import Any, Generic, Literal, TypeVar, Union, get_args, get_origin, get_type_hints
from uuid import UUID

import msgspec

S = TypeVar("S", bound=msgspec.Struct)
_PLAIN = (UUID, datetime, str, int, float, bool, bytes)
_TEXTS = tuple[str, ...]


class Rows(Generic[S]):
    """How *struct* lies in *table*. Texts, numbers, ids and instants are columns; everything deeper is JSONB."""

    def __init__(self, struct: type[S], table: str, *, key: tuple[str, ...] = ("tenant_id", "id")) -> None:
        self._struct = struct
        self.table = table
        self.fields = struct.__struct_fields__
        hints = get_type_hints(struct)
        self._encoders = [_encoder(hints[name]) for name in self.fields]
        self._decoders = [_decoder(hints[name]) for name in self.fields]
        self.columns = ", ".join(self.fields)
        values = ", ".join(f":{name}" for name in self.fields)
        changes = ", ".join(f"{name} = :{name}" for name in self.fields if name not in key)
        self.insert = f"INSERT INTO {table} ({self.columns}) VALUES ({values})"
        self.replace = f"UPDATE {table} SET {changes} WHERE {' AND '.join(f'{name} = :{name}' for name in key)}"
        self.select = f"SELECT {self.columns} FROM {table}"

    def columns_of(self, alias: str) -> str:
        """Return the columns, each behind *alias*."""
        return ", ".join(f"{alias}.{name}" for name in self.fields)

    def params(self, item: S) -> dict[str, Any]:
        """Return the row of *item* as parameters by field name."""
        return {
            name: encode(getattr(item, name)) if encode else getattr(item, name)
            for name, encode in zip(self.fields, self._encoders, strict=True)
        }

    def params_by_column(self, items: Iterable[S]) -> dict[str, list[Any]]:
        """Return one list per field, for `unnest`."""
        rows = [self.params(item) for item in items]
        return {name: [row[name] for row in rows] for name in self.fields}

    def item(self, row: Sequence[Any]) -> S:
        """Return the Struct of a row that was selected with `columns`."""
        return self._struct(
            **{
                name: decode(value) if decode is not None and value is not None else value
                for name, decode, value in zip(self.fields, self._decoders, row, strict=True)
            }
        )

    def items(self, rows: Iterable[Sequence[Any]]) -> list[S]:
        """Return the Structs of rows that were selected with `columns`."""
        return [self.item(row) for row in rows]


def _bare(hint: Any) -> Any:
    if get_origin(hint) in (Union, UnionType):
        kept = [each for each in get_args(hint) if each is not NoneType]
        return _bare(kept[0]) if len(kept) == 1 else hint
    return getattr(hint, "__supertype__", hint)


def _is_plain(hint: Any) -> bool:
    bare = _bare(hint)
    return bare in _PLAIN or get_origin(bare) is Literal


def _encoder(hint: Any) -> Callable[[Any], Any] | None:
    if _is_plain(hint):
        return None
    if hint == _TEXTS:
        return list
    bare = _bare(hint)
    if isinstance(bare, type) and issubclass(bare, Enum):
        return lambda member: member.value
    return as_json


def _decoder(hint: Any) -> Callable[[Any], Any] | None:
    if _is_plain(hint):
        return None
    if hint == _TEXTS:
        return tuple
    bare = _bare(hint)
    if isinstance(bare, type) and issubclass(bare, Enum):
        return bare
    return msgspec.json.Decoder(bare).decode


def as_json(value: Any) -> str | None:
    """Return *value* as JSON text, NULL for None."""
    return None if value is None else msgspec.json.encode(value).decode()
