"""SendGrid's error bodies."""

import time

from leadcore_simulators.wire.faults import FaultRule
from leadcore_simulators.wire.http import Answer, RefusalError, Request, json_answer

_MESSAGES = {
    401: "The provided authorization grant is invalid, expired, or revoked",
    403: "access forbidden",
    404: "not found",
    429: "too many requests",
}
_WINDOW_S = 2
_LIMIT = 600


def error(status: int, message: str, *, field: str | None = None, headers: tuple[tuple[str, str], ...] = ()) -> Answer:
    """Render an error."""
    return json_answer({"errors": [{"message": message, "field": field, "help": None}]}, status=status, headers=headers)


def refused(status: int, message: str, *, field: str | None = None) -> RefusalError:
    """Make the exception that ends a handler with this error."""
    return RefusalError(error(status, message, field=field))


def by_fault(rule: FaultRule) -> Answer:
    """Render the refusal that a fault asks for; a 429 has no Retry-After, only the reset instant."""
    if rule.status != 429:  # noqa: PLR2004 - Too Many Requests
        return error(rule.status, _MESSAGES.get(rule.status, "internal error"))
    reset_at = int(time.time()) + (_WINDOW_S if rule.retry_after is None else rule.retry_after)
    limits = (
        ("x-ratelimit-limit", str(_LIMIT)),
        ("x-ratelimit-remaining", "0"),
        ("x-ratelimit-reset", str(reset_at)),
    )
    return json_answer({"errors": [{"field": None, "message": _MESSAGES[429]}]}, status=429, headers=limits)


def not_found(_: Request) -> Answer:
    """Answer an unknown route."""
    return error(404, "not found")


def bad_json(_: str) -> Answer:
    """Answer a body that cannot be read."""
    return error(400, "Bad Request")
