"""Shopmonkey's envelope and error bodies."""

from collections.abc import Sequence

import msgspec

from leadcore_simulators.wire.faults import FaultRule
from leadcore_simulators.wire.http import Answer, Fields, RefusalError, Request, json_answer

_DOCS = "https://shopmonkey.dev/error/"
_MESSAGES = {
    401: "Unauthorized",
    403: "Forbidden",
    404: "Not Found",
    429: "Too Many Requests",
    500: "Internal Server Error",
    502: "Bad Gateway",
    503: "Service Unavailable",
    504: "Gateway Timeout",
}
_MINUTE_LIMIT = 300
_WAF_PAGE = (
    b"<!DOCTYPE html><html><head><title>Attention Required! | Cloudflare</title></head><body>"
    b"<h1>Sorry, you have been blocked</h1><p>You are unable to access shopmonkey.cloud</p></body></html>"
)


def shown(record: Fields) -> Fields:
    """Hide what the simulator keeps for itself (names with a leading underscore)."""
    return {name: value for name, value in record.items() if not name.startswith("_")}


def one(record: Fields) -> Answer:
    """Wrap a record."""
    return json_answer({"success": True, "data": shown(record)})


def many(records: Sequence[Fields], *, total: int, has_more: bool) -> Answer:
    """Wrap a list."""
    data = [shown(record) for record in records]
    return json_answer({"success": True, "data": data, "meta": {"hasMore": has_more, "total": total}})


def error(status: int, message: str, *, headers: tuple[tuple[str, str], ...] = ()) -> Answer:
    """Render a refusal; the code's number is our invention, its form is the vendor's."""
    code = f"API-{status}00"
    body = {"success": False, "code": code, "message": message, "documentation_url": f"{_DOCS}{code}"}
    return json_answer(body, status=status, headers=headers)


def refused(status: int, message: str) -> RefusalError:
    """Make the exception that ends a handler with this error."""
    return RefusalError(error(status, message))


def missing(name: str) -> RefusalError:
    """Refuse a body without a required property, in the words of the vendor's validator."""
    return refused(400, f"body must have required property '{name}'")


def by_fault(rule: FaultRule) -> Answer:
    """Render the refusal that a fault asks for; `html` is the firewall in front of the API."""
    if rule.html:
        return Answer(status=rule.status, body=_WAF_PAGE, headers=(("content-type", "text/html; charset=UTF-8"),))
    headers: tuple[tuple[str, str], ...] = ()
    if rule.status == 429:  # noqa: PLR2004 - Too Many Requests
        headers = (
            ("retry-after", str(1 if rule.retry_after is None else rule.retry_after)),
            ("x-ratelimit-limit-minute", str(_MINUTE_LIMIT)),
            ("x-ratelimit-remaining-minute", "0"),
        )
    return error(rule.status, _MESSAGES.get(rule.status, "Error"), headers=headers)


def not_found(request: Request) -> Answer:
    """Answer an unknown route."""
    return error(404, f"Route {request.method}:{request.path} not found")


def bad_json(reason: str) -> Answer:
    """Answer a body that cannot be read."""
    return error(400, f"body is not valid JSON: {reason}")


def body_of(request: Request) -> Fields:
    """Read a body that has to be an object."""
    try:
        return request.json_object()
    except msgspec.DecodeError:
        raise refused(400, "body must be object") from None
