"""OpenAI's failures in the port's words: whose fault, and was anything said before?"""

import httpx2
import msgspec
import openai

from leadcore.ports.ai import ModelError, ModelInterruptedError, ModelRefusedError, ModelUnavailableError
from leadcore_httpkit.answers import retry_after_s
from leadcore_openai.wire import ReportedError

# What reading a stream can raise: the SDK's errors before the body, the HTTP library's within it, ours for nonsense.
FAILURES = (
    openai.OpenAIError,
    httpx2.HTTPError,
    httpx2.StreamError,
    TimeoutError,
    ReportedError,
    msgspec.MsgspecError,
    ValueError,
    TypeError,
)

_FIXES = {
    400: "OpenAI does not accept this request for this model: try another model or `effort`",
    401: "the API key is wrong or revoked: create one on platform.openai.com, connect again",
    402: "add credit or raise the spend limit on platform.openai.com",
    403: "the API key's project may not use this model: allow it, or use another key",
    404: "the model does not exist or was shut down: set `model` to one that is listed",
    413: "the conversation is too long for one request",
    422: "OpenAI does not accept this request for this model: try another model or `effort`",
}
_NO_MONEY = frozenset({"insufficient_quota", "billing_hard_limit_reached", "billing_not_active"})
# Codes of the error event and of failed responses that another try may cure; every other code is the request's fault.
_PASSING = frozenset({"", "server_error", "rate_limit_exceeded", "server_overloaded", "vector_store_timeout"})


def explained(cause: Exception, *, told: bool, complaint: str) -> ModelError:
    """Return the port's error for *cause*. *told*: something was already handed up. *complaint*: what a timeout is."""
    said = f"openai: {_said(cause, complaint=complaint)}"
    if told:
        return ModelInterruptedError(said)
    if isinstance(cause, ReportedError):
        if cause.code in _PASSING:
            return ModelUnavailableError(said)
        return ModelRefusedError(said, fix=_FIXES[402 if out_of_money(cause.code) else 400])
    if isinstance(cause, openai.APIStatusError):
        status = 402 if cause.status_code == httpx2.codes.TOO_MANY_REQUESTS and out_of_money(cause.code) else None
        if fix := _FIXES.get(status or cause.status_code):
            return ModelRefusedError(said, fix=fix)
        return ModelUnavailableError(said, retry_after_s=retry_after_s(cause.response.headers))
    return ModelUnavailableError(said)


def out_of_money(code: str | None) -> bool:
    """Whether *code* says that waiting will not help: credit or a spend limit is used up."""
    return code is not None and (code in _NO_MONEY or "credit" in code or "spend" in code)


def _said(cause: Exception, *, complaint: str) -> str:
    if isinstance(cause, openai.APIStatusError):
        name = cause.code or cause.type or "no error code"
        return f"{cause.status_code} {name} ({cause.request_id or 'no request id'}): {_message(cause)}"
    if isinstance(cause, ReportedError):
        return f"{cause} in the stream"
    if isinstance(cause, TimeoutError):
        return complaint
    return f"{type(cause).__name__}: {cause}"[:200]


def _message(cause: openai.APIStatusError) -> str:
    # The vendor repeats a part of a wrong key; logs shall hold none of it.
    if cause.status_code == httpx2.codes.UNAUTHORIZED or not isinstance(cause.body, dict):
        return "no details"
    return str(cause.body.get("message"))[:200]
