"""Twilio's error bodies."""

from leadcore_simulators.wire.faults import FaultRule
from leadcore_simulators.wire.http import Answer, RefusalError, Request, json_answer

_DOCS = "https://www.twilio.com/docs/errors/"
_BY_STATUS = {
    401: (20003, "Authenticate"),
    404: (20404, "The requested resource was not found"),
    429: (20429, "Too Many Requests"),
    500: (20500, "An internal server error has occurred"),
    503: (20503, "Service unavailable"),
}


def error(code: int, message: str, *, status: int = 400, headers: tuple[tuple[str, str], ...] = ()) -> Answer:
    """Render an error."""
    body = {"code": code, "message": message, "more_info": f"{_DOCS}{code}", "status": status}
    return json_answer(body, status=status, headers=headers)


def refused(code: int, message: str, *, status: int = 400) -> RefusalError:
    """Make the exception that ends a handler with this error."""
    return RefusalError(error(code, message, status=status))


def by_fault(rule: FaultRule) -> Answer:
    """Render the refusal that a fault asks for."""
    code, message = _BY_STATUS.get(rule.status, (20500, "An internal server error has occurred"))
    headers: tuple[tuple[str, str], ...] = ()
    if rule.retry_after is not None:
        headers = (("retry-after", str(rule.retry_after)),)
    return error(code, message, status=rule.status, headers=headers)


def not_found(request: Request) -> Answer:
    """Answer an unknown resource."""
    return error(20404, f"The requested resource {request.path} was not found", status=404)


def bad_json(reason: str) -> Answer:
    """Answer a body that cannot be read."""
    return error(20001, f"Unable to read the request: {reason}")
