"""Conditions over a lead: a small typed expression, `not replied and status in ["new", "contacted"]`.

It is read with Python's own grammar, of which only what is named here is allowed; nothing of it is ever run.
"""

import ast
from functools import lru_cache

import msgspec

from leadcore.kernel.errors import InvalidInputError

Value = str | int | bool


class Facts(msgspec.Struct, frozen=True, kw_only=True):
    """What a condition may ask, as it stands at the instant of asking."""

    status: str = "new"
    service: str = ""
    source: str = ""
    vehicle_known: bool = False
    quoted: bool = False
    replied: bool = False
    booked: bool = False
    sms_available: bool = False
    email_available: bool = False
    rotation: int = 0
    arm: str = ""


_TYPES: dict[str, type] = {field.name: field.type for field in msgspec.structs.fields(Facts)}
STATUSES = ("new", "contacted", "engaged", "quoted", "booked", "won", "lost")


class ConditionError(InvalidInputError):
    """A condition that cannot be asked; `column` counts from 1 inside it."""

    code = "condition"

    def __init__(self, message: str, *, column: int, fix: str) -> None:
        super().__init__(message, field="when", fix=fix)
        self.column = column


def holds(source: str, facts: Facts) -> bool:
    """Whether the condition holds; an empty one always does. Raises `ConditionError`."""
    return not source.strip() or _truth(_parsed(source), facts)


def check_condition(source: str, *, arms: frozenset[str]) -> None:
    """Raise `ConditionError` unless every name, type and value of the condition is known."""
    if source.strip():
        _check(_parsed(source), arms)


@lru_cache(maxsize=1024)
def _parsed(source: str) -> ast.expr:
    try:
        return ast.parse(source.strip(), mode="eval").body
    except (SyntaxError, ValueError, RecursionError, MemoryError) as cause:
        column = getattr(cause, "offset", None) or 1
        raise ConditionError(f"not a condition: {source!r}", column=column, fix="see cadence-files.md") from cause


def _check(node: ast.expr, arms: frozenset[str]) -> None:
    match node:
        case ast.BoolOp(values=values):
            for value in values:
                _check(value, arms)
        case ast.UnaryOp(op=ast.Not(), operand=operand):
            _check(operand, arms)
        case ast.Name():
            if _type_of(node) is not bool:
                raise _wrong(node, f"{node.id} is not yes or no", f'compare it: {node.id} == "…"')
        case ast.Compare(left=ast.Name() as left, ops=[op], comparators=[right]):
            _check_comparison(left, op, right, arms)
        case _:
            raise _wrong(node, f"{ast.unparse(node)!r} is not allowed here", "use and, or, not, ==, !=, <, >, in")


def _check_comparison(left: ast.Name, op: ast.cmpop, right: ast.expr, arms: frozenset[str]) -> None:
    wanted = _type_of(left)
    many = isinstance(op, ast.In | ast.NotIn)
    if many and not isinstance(right, ast.List | ast.Tuple):
        raise _wrong(right, "in needs a list", 'write in ["one", "two"]')
    if isinstance(op, ast.Is | ast.IsNot) or (
        isinstance(op, ast.Lt | ast.LtE | ast.Gt | ast.GtE) and wanted is not int
    ):
        raise _wrong(left, f"{left.id} cannot be compared so", "use == or !=")
    for each in right.elts if many and isinstance(right, ast.List | ast.Tuple) else [right]:
        if not isinstance(each, ast.Constant) or type(each.value) is not wanted:
            raise _wrong(each, f"{left.id} is compared with {ast.unparse(each)}", f"use a {wanted.__name__}")
        known = {"status": frozenset(STATUSES), "arm": arms}.get(left.id)
        if known is not None and each.value not in known:
            raise _wrong(each, f"there is no {left.id} {each.value!r}", f"known: {', '.join(sorted(known)) or 'none'}")


def _type_of(name: ast.Name) -> type:
    if name.id not in _TYPES:
        raise _wrong(name, f"unknown fact {name.id}", f"known: {', '.join(_TYPES)}")
    return _TYPES[name.id]


def _wrong(node: ast.expr, message: str, fix: str) -> ConditionError:
    return ConditionError(message, column=node.col_offset + 1, fix=fix)


def _truth(node: ast.expr, facts: Facts) -> bool:
    match node:
        case ast.BoolOp(op=ast.And(), values=values):
            return all(_truth(value, facts) for value in values)
        case ast.BoolOp(values=values):
            return any(_truth(value, facts) for value in values)
        case ast.UnaryOp(op=ast.Not(), operand=operand):
            return not _truth(operand, facts)
        case ast.Name(id=name) if name in _TYPES:
            return bool(getattr(facts, name))
        case ast.Compare(left=ast.Name(id=name), ops=[op], comparators=[right]) if name in _TYPES:
            return _compares(getattr(facts, name), op, ast.literal_eval(right))
        case _:
            raise _wrong(node, f"{ast.unparse(node)!r} is not allowed here", "run `leadcore cadence check`")


def _compares(value: Value, op: ast.cmpop, other: object) -> bool:
    match op, other:
        case ast.Eq(), _:
            return value == other
        case ast.NotEq(), _:
            return value != other
        case ast.In(), list() | tuple():
            return value in other
        case ast.NotIn(), list() | tuple():
            return value not in other
        case _, int() if isinstance(value, int):
            ordered = {ast.Lt: value < other, ast.LtE: value <= other, ast.Gt: value > other, ast.GtE: value >= other}
            return ordered[type(op)]
        case _:
            return False
