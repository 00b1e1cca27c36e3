"""Anthropic's failures in the port's words: whose fault, and was anything said before?"""

import anthropic
import httpx2
import msgspec

from leadcore.ports.ai import ModelError, ModelInterruptedError, ModelRefusedError, ModelUnavailableError
from leadcore_anthropic.wire import ReportedError
from leadcore_httpkit.answers import retry_after_s

# What reading a stream can raise: the SDK's errors before the body, the HTTP library's within it, ours for nonsense.
FAILURES = (
    anthropic.AnthropicError,
    httpx2.HTTPError,
    httpx2.StreamError,
    TimeoutError,
    ReportedError,
    msgspec.MsgspecError,
    ValueError,
    TypeError,
)

_FIXES = {
    "authentication_error": "the API key is wrong or revoked: create one in the Anthropic console, connect again",
    "billing_error": "add credit or correct the payment method in the Anthropic console",
    "permission_error": "the API key's workspace may not use this model: allow it, or use another key",
    "not_found_error": "the model does not exist or was retired: set `model` to one that is listed",
    "invalid_request_error": "Anthropic does not accept this request for this model: try another model",
    "request_too_large": "the conversation is too long for one request",
    "spend_limit": "the spend limit is reached: raise it in the Anthropic console",
}
_BY_STATUS = {
    400: "invalid_request_error",
    401: "authentication_error",
    402: "billing_error",
    403: "permission_error",
    404: "not_found_error",
    413: "request_too_large",
    422: "invalid_request_error",
}
_SPENT = frozenset({"enforced_spend_limit_reached", "contract_spend_limit_reached"})


def explained(cause: Exception, *, told: bool, complaint: str) -> ModelError:
    """Return the port's error for *cause*. *told*: something was already handed up. *complaint*: what a timeout is."""
    said = _said(cause, complaint=complaint)
    if told:
        return ModelInterruptedError(f"anthropic: {said}")
    kind = kind_of(cause)
    if kind in _FIXES:
        return ModelRefusedError(f"anthropic: {said}", fix=_FIXES[kind])
    pause_s = retry_after_s(cause.response.headers) if isinstance(cause, anthropic.APIStatusError) else None
    return ModelUnavailableError(f"anthropic: {said}", retry_after_s=pause_s)


def kind_of(cause: Exception) -> str:
    """The vendor's name for what is wrong, `spend_limit` for a 429 that waiting does not cure, else empty."""
    if isinstance(cause, ReportedError):
        return cause.kind
    if isinstance(cause, anthropic.APIStatusError):
        if cause.error_code in _SPENT:
            return "spend_limit"
        return _BY_STATUS.get(cause.status_code, "")
    return ""


def _said(cause: Exception, *, complaint: str) -> str:
    if isinstance(cause, anthropic.APIStatusError):
        kind = cause.type or "no error type"
        detail = f": {cause.api_message[:200]}" if cause.api_message else ""
        return f"{cause.status_code} {kind}{detail} ({cause.request_id or 'no request id'})"
    if isinstance(cause, ReportedError):
        return f"{cause.kind} in the stream"
    if isinstance(cause, TimeoutError):
        return complaint
    return f"{type(cause).__name__}: {cause}"[:200]
