"""HubSpot's pages and error bodies."""

from collections.abc import Sequence
from uuid import uuid4

import msgspec

from leadcore_simulators.wire.faults import FaultRule
from leadcore_simulators.wire.http import Answer, Fields, RefusalError, Request, json_answer

_TEN_SECONDS_LIMIT = 100
_CATEGORIES = {
    401: ("INVALID_AUTHENTICATION", "Authentication credentials not found."),
    403: ("MISSING_SCOPES", "This app hasn't been granted all required scopes to make this call."),
    404: ("OBJECT_NOT_FOUND", "resource not found"),
    429: ("RATE_LIMITS", "You have reached your ten_secondly_rolling limit."),
}


def error(status: int, message: str, *, category: str = "VALIDATION_ERROR", **more: object) -> Answer:
    """Render a refusal."""
    body = {"status": "error", "message": message, "correlationId": str(uuid4()), "category": category, **more}
    return json_answer(body, status=status)


def refused(status: int, message: str, *, category: str = "VALIDATION_ERROR") -> RefusalError:
    """Make the exception that ends a handler with this error."""
    return RefusalError(error(status, message, category=category))


def by_fault(rule: FaultRule) -> Answer:
    """Render the refusal that a fault asks for; a 429 without `retry_after` names its policy and no pause."""
    category, message = _CATEGORIES.get(rule.status, ("INTERNAL_ERROR", "internal error"))
    if rule.status != 429:  # noqa: PLR2004 - Too Many Requests
        return error(rule.status, message, category=category)
    answer = error(429, message, category=category, errorType="RATE_LIMIT", policyName="TEN_SECONDLY_ROLLING")
    headers = (
        ("x-hubspot-ratelimit-interval-milliseconds", "10000"),
        ("x-hubspot-ratelimit-max", str(_TEN_SECONDS_LIMIT)),
        ("x-hubspot-ratelimit-remaining", "0"),
        *((("retry-after", str(rule.retry_after)),) if rule.retry_after is not None else ()),
    )
    return msgspec.structs.replace(answer, headers=(*answer.headers, *headers))


def not_found(request: Request) -> Answer:
    """Answer an unknown route."""
    return error(404, f"Unable to find {request.path}", category="OBJECT_NOT_FOUND")


def bad_json(reason: str) -> Answer:
    """Answer a body that cannot be read."""
    return error(400, f"Invalid input JSON: {reason}")


def page(rows: Sequence[Fields], *, start: int, size: int, total: bool = False) -> Answer:
    """Cut one page out of rows; `after` is a place in them."""
    body: Fields = {"total": len(rows)} if total else {}
    body["results"] = list(rows[start : start + size])
    if start + size < len(rows):
        after = str(start + size)
        body["paging"] = {"next": {"after": after, "link": f"?after={after}"}}
    return json_answer(body)


def batch(results: Sequence[Fields], errors: Sequence[Fields], *, at: str, good: int) -> Answer:
    """Wrap the outcome of a batch: 207 when some of it failed."""
    body: Fields = {"status": "COMPLETE", "results": list(results), "startedAt": at, "completedAt": at}
    if errors:
        body |= {"numErrors": len(errors), "errors": list(errors)}
    return json_answer(body, status=207 if errors else good)


def whole(value: object, otherwise: int, *, most: int) -> int:
    """Read a limit or a place, or refuse with 400."""
    text = str(otherwise if value in (None, "") else value)
    if not (text.isascii() and text.isdigit()) or int(text) > most:
        raise refused(400, f"the value {text} is not between 0 and {most}")
    return int(text)
