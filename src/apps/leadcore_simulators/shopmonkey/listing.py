"""List calls and their trap: clamped limits, operators that are dropped, rows that come and go."""

import operator
import time
from collections.abc import Callable
from typing import Any

import msgspec

from leadcore_simulators.shopmonkey.answers import many, refused
from leadcore_simulators.shopmonkey.records import Records
from leadcore_simulators.wire.faults import FiredFaults
from leadcore_simulators.wire.http import Answer, Request

Fields = dict[str, Any]

_MAX_LIMIT = 100
_COMPARISONS: dict[str, Callable[[Any, Any], bool]] = {
    "gte": operator.ge,
    "gt": operator.gt,
    "lte": operator.le,
    "lt": operator.lt,
    "ne": operator.ne,
    "in": lambda have, want: bool(have in want),
}


def listed(records: Records, table: str, request: Request, *, owner: str | None = None) -> Answer:
    """Answer a GET list."""
    query = dict(request.query)
    if "orderby" in query:
        raise refused(400, "querystring must NOT have additional properties: orderby")
    try:
        where = msgspec.json.decode(query.get("where") or "{}", type=dict[str, Any])
    except msgspec.MsgspecError:
        raise refused(400, "querystring/where must be a JSON object") from None
    rows = _visible(records, table, request.faults, owner=owner)
    if ids := query.get("ids"):
        rows = [row for row in rows if row["id"] in ids.split(",")]
    if location_id := query.get("locationId"):
        rows = [row for row in rows if row.get("locationId") == location_id]
    if query.get("orderBy") == "id":  # ordering by a date is accepted and has no effect
        rows = sorted(rows, key=lambda row: str(row["id"]))
    if request.faults.first("ignore_filters") is None:
        rows = matching(rows, where)
    return _page(rows, limit=query.get("limit"), skip=query.get("skip"), faults=request.faults)


def searched(records: Records, table: str, request: Request) -> Answer:
    """Answer a POST search `{where, limit, skip}`: its filters work on the server."""
    body = request.json_object()
    rows = matching(_visible(records, table, request.faults), body.get("where") or {}, ignored=("locationId",))
    return _page(rows, limit=body.get("limit"), skip=body.get("skip"), faults=request.faults)


def matching(rows: list[Fields], where: Fields, *, ignored: tuple[str, ...] = ()) -> list[Fields]:
    """Filter; an operator written with `$` is silently dropped, as the vendor does."""
    for name, wanted in where.items():
        if name.startswith("$") or name in ignored:
            continue
        rows = [row for row in rows if _fits(row.get(name), wanted)]
    return rows


def _fits(have: object, wanted: object) -> bool:
    if not isinstance(wanted, dict):
        return have == wanted
    for name, value in wanted.items():
        compare = _COMPARISONS.get(name)
        if compare is not None and (have is None or not compare(have, value)):
            return False
    return True


def _visible(records: Records, table: str, faults: FiredFaults, *, owner: str | None = None) -> list[Fields]:
    lag = faults.first("list_lag_s")
    return records.all(table, owner=owner, created_before=time.time() - lag.s if lag else None)


def _page(rows: list[Fields], *, limit: object, skip: object, faults: FiredFaults) -> Answer:
    size = min(_whole(limit, _MAX_LIMIT), _MAX_LIMIT)
    start = _whole(skip, 0)
    if shuffle := faults.first("shuffle"):
        chance = faults.chance()
        kept = chance.sample(rows, max(1, round(len(rows) * shuffle.keep))) if rows else []
        return many(kept[start : start + size], total=chance.randint(0, 2 * len(rows)), has_more=chance.random() < 0.5)  # noqa: PLR2004 - a coin
    page = rows[start : start + size]
    return many(page, total=len(rows), has_more=start + size < len(rows))


def _whole(value: object, otherwise: int) -> int:
    if value is None:
        return otherwise
    try:
        found = int(str(value))
    except ValueError:
        raise refused(400, "limit and skip must be integer") from None
    if found < 0:
        raise refused(400, "limit and skip must be >= 0")
    return found
