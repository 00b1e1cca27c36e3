"""Search: typed comparisons over an index that is some seconds behind."""

import time
from datetime import datetime
from typing import Any

from leadcore_simulators.hubspot.answers import page, refused, whole
from leadcore_simulators.hubspot.objects import DEFAULT_PROPERTIES, Objects
from leadcore_simulators.wire.http import Answer, Fields, Request

_MAX_PAGE = 100
_MOST_ROWS = 10_000
_MOST_GROUPS, _MOST_FILTERS = 5, 6
_ORDERS = frozenset({"GT", "GTE", "LT", "LTE", "BETWEEN"})


def searched(objects: Objects, kind: str, request: Request) -> Answer:
    """Answer a search. The fault `list_lag_s` hides objects younger than that; replies have no rate limit headers."""
    body = request.json_object()
    groups = body.get("filterGroups") or []
    if len(groups) > _MOST_GROUPS or any(len(group.get("filters", ())) > _MOST_FILTERS for group in groups):
        raise refused(400, f"at most {_MOST_GROUPS} filterGroups with {_MOST_FILTERS} filters each")
    lag = request.faults.first("list_lag_s")
    rows = objects.all(kind, created_before=time.time() - lag.s if lag else None)
    rows = [row for row in rows if not groups or any(_fits_all(row, group["filters"]) for group in groups)]
    for sort in reversed(body.get("sorts") or []):
        rows.sort(key=lambda row, sort=sort: _key(row, sort), reverse=sort.get("direction") == "DESCENDING")  # type: ignore[misc]
    start = whole(body.get("after"), 0, most=_MOST_ROWS - 1)
    names = body.get("properties") or DEFAULT_PROPERTIES[kind]
    found = [_shown(row, [*names, "hs_object_id"]) for row in rows[:_MOST_ROWS]]
    return page(found, start=start, size=whole(body.get("limit"), 10, most=_MAX_PAGE), total=True)


def _shown(row: Fields, names: list[str]) -> Fields:
    values = {name: row["properties"].get(name) for name in names}
    return {name: row[name] for name in ("id", "createdAt", "updatedAt", "archived")} | {"properties": values}


def _key(row: Fields, sort: Fields) -> tuple[bool, float, str]:
    value = row["properties"].get(sort["propertyName"])
    number = _number(value)
    return value is not None, number if number is not None else 0.0, str(value)


def _fits_all(row: Fields, filters: list[Fields]) -> bool:
    return all(_fits(row["properties"].get(each["propertyName"]), each) for each in filters)


def _fits(have: str | None, asked: Fields) -> bool:
    operator = str(asked.get("operator"))
    if operator.removeprefix("NOT_") == "HAS_PROPERTY":
        return (have not in {None, ""}) != operator.startswith("NOT_")
    if operator in {"EQ", "NEQ"}:
        return _among(have, [asked.get("value")]) == (operator == "EQ")
    if operator in {"IN", "NOT_IN"}:
        return _among(have, asked.get("values") or []) == (operator == "IN")
    if operator.removeprefix("NOT_") == "CONTAINS_TOKEN":
        holds = str(asked.get("value")).strip("*").lower() in (have or "").lower()
        return holds != operator.startswith("NOT_")
    if operator not in _ORDERS:
        raise refused(400, f"operator {operator} is not one of the allowed values")
    return _ordered(operator, _number(have), _number(asked.get("value")), _number(asked.get("highValue")))


def _ordered(operator: str, have: float | None, low: float | None, high: float | None) -> bool:
    if have is None or low is None:
        return False
    return {
        "GT": have > low,
        "GTE": have >= low,
        "LT": have < low,
        "LTE": have <= low,
        "BETWEEN": high is not None and low <= have <= high,
    }[operator]


def _among(have: str | None, wanted: list[object]) -> bool:
    return have is not None and have.lower() in {str(each).lower() for each in wanted}


def _number(value: Any) -> float | None:
    """Read a number or a date; dates are compared as epoch milliseconds."""
    try:
        return float(value)
    except (TypeError, ValueError):
        pass
    try:
        return datetime.fromisoformat(str(value)).timestamp() * 1000
    except ValueError:
        return None
