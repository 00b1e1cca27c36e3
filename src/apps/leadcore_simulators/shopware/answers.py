"""Shop-Ware's pages and error bodies. The form of its errors is not documented: `error` is our invention."""

import base64
import binascii
from collections.abc import Sequence

import msgspec

from leadcore_simulators.wire.faults import FaultRule
from leadcore_simulators.wire.http import Answer, Fields, RefusalError, Request, json_answer

_MESSAGES = {401: "Unauthorized", 403: "Forbidden", 404: "Not Found", 429: "Too Many Requests"}
_PER_PAGE, _MAX_PER_PAGE = 30, 100


def error(status: int, message: str) -> Answer:
    """Render a refusal."""
    return json_answer({"error": message}, status=status)


def refused(status: int, message: str) -> RefusalError:
    """Make the exception that ends a handler with this error."""
    return RefusalError(error(status, message))


def by_fault(rule: FaultRule) -> Answer:
    """Render the refusal that a fault asks for."""
    answer = error(rule.status, _MESSAGES.get(rule.status, "Internal Server Error"))
    if rule.retry_after is None:
        return answer
    return msgspec.structs.replace(answer, headers=(*answer.headers, ("retry-after", str(rule.retry_after))))


def not_found(request: Request) -> Answer:
    """Answer an unknown route."""
    return error(404, f"no route {request.method} {request.path}")


def bad_json(reason: str) -> Answer:
    """Answer a body that cannot be read."""
    return error(400, f"invalid JSON: {reason}")


def paged(rows: Sequence[Fields], request: Request) -> Answer:
    """Cut one V1 page."""
    size, page = _size(request), _whole(request.asked("page", "1"))
    found = rows[(page - 1) * size : page * size]
    return json_answer(
        {
            "results": found, "limit": size, "limited": len(found) < len(rows), "total_count": len(rows),
            "current_page": page, "total_pages": max(1, -(-len(rows) // size)),
        }
    )  # fmt: skip


def by_cursor(rows: Sequence[Fields], request: Request) -> Answer:
    """Cut the V2 page behind a cursor: it names the last record that was seen, not a place."""
    size, last = _size(request), _decoded(request.asked("cursor"))
    rest = [row for row in rows if row["id"] > last]
    found, more = rest[:size], len(rest) > size
    cursor = base64.urlsafe_b64encode(f"id:{found[-1]['id']}".encode()).decode() if more else None
    return json_answer({"results": found, "limit": size, "cursor": cursor, "has_next_page": more})


def _decoded(cursor: str) -> int:
    if not cursor:
        return 0
    try:
        return int(base64.urlsafe_b64decode(cursor).decode().removeprefix("id:"))
    except (binascii.Error, ValueError):
        raise refused(400, "cursor is invalid") from None


def _size(request: Request) -> int:
    return min(_whole(request.asked("per_page", str(_PER_PAGE))), _MAX_PER_PAGE)


def _whole(text: str) -> int:
    if not (text.isascii() and text.isdigit() and int(text)):
        raise refused(400, "page and per_page must be positive integers")
    return int(text)
