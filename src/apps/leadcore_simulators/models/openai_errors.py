"""The error body of OpenAI's API, and which code goes with which status."""

from leadcore_simulators.models.faults import Rule

_KINDS = {
    400: ("invalid_request_error", None),
    401: ("invalid_request_error", "invalid_api_key"),
    403: ("invalid_request_error", "unsupported_country_region_territory"),
    404: ("invalid_request_error", "model_not_found"),
    429: ("requests", "rate_limit_exceeded"),
    500: ("server_error", None),
    503: ("service_unavailable_error", "server_overloaded"),
}


class RefusedError(Exception):
    """The request is answered with *status* and this error body."""

    def __init__(self, message: str, *, status: int = 400, code: str | None = None, param: str | None = None) -> None:
        super().__init__(message)
        self.status = status
        self.code = code
        self.param = param

    def body(self) -> dict[str, object]:
        return error_body(str(self), kind="invalid_request_error", code=self.code, param=self.param)


def error_body(message: str, *, kind: str, code: str | None = None, param: str | None = None) -> dict[str, object]:
    """The body every error of this vendor has."""
    return {"error": {"message": message, "type": kind, "param": param, "code": code}}


def body_of(rule: Rule) -> dict[str, object]:
    """The body of an ordered failure; the code defaults to the status's usual one."""
    kind, code = _KINDS.get(rule.status, ("server_error", None))
    return error_body(rule.message or "Simulated failure", kind=rule.error_type or kind, code=rule.code or code)
