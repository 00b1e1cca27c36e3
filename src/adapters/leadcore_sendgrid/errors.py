"""SendGrid's refusals in the port's words (providers.md 3.1)."""

from typing import Any

from leadcore.ports.messaging import (
    CarrierError,
    CarrierUnavailableError,
    MessageRefusedError,
    OutcomeUnknownError,
    RecipientRefusedError,
    SenderRefusedError,
)
from leadcore_httpkit import Answer, retry_after_s

UNAUTHORIZED, FORBIDDEN, TOO_MANY = 401, 403, 429
_TIMEOUT, _BAD_REQUEST, _NOT_ERRORS, _SERVER_ERROR = 408, 400, 400, 500
KEY_FIX = "make an API key under Settings > API Keys in SendGrid and store it again"
_SENDER_FIX = (
    "verify the sender under Settings > Sender Authentication in SendGrid and give the key the scope mail.send"
)


def refusal_of(answer: Answer) -> CarrierError:
    """Translate an answer that is no acceptance into the port's closed set."""
    code, (message, field) = str(answer.status), first_error(answer)
    if answer.status < _NOT_ERRORS or answer.status >= _SERVER_ERROR or answer.status == _TIMEOUT:
        return OutcomeUnknownError(f"sendgrid answered {code}: it may have been sent", provider_code=code)
    if answer.status == TOO_MANY:
        return CarrierUnavailableError(
            "sendgrid is over its limit",
            provider_code=code,
            retry_after_s=retry_after_s(answer.headers),
            over_limit=True,
        )
    if answer.status == UNAUTHORIZED:
        return SenderRefusedError(f"sendgrid refused the key: {message}", provider_code=code, fix=KEY_FIX)
    if answer.status == FORBIDDEN or field.startswith("from"):
        return SenderRefusedError(f"sendgrid refused the sender: {message}", provider_code=code, fix=_SENDER_FIX)
    if answer.status == _BAD_REQUEST and field.startswith("personalizations") and ".to" in field:
        return RecipientRefusedError(f"sendgrid refused the recipient: {message}", provider_code=code)
    return MessageRefusedError(f"sendgrid refused the message: {message}", provider_code=code)


def first_error(answer: Answer) -> tuple[str, str]:
    """Return the first error's message and field; an unreadable body gives the status."""
    errors = answer.json_object().get("errors")
    first: Any = errors[0] if isinstance(errors, list) and errors else {}
    if not isinstance(first, dict):
        first = {}
    return str(first.get("message") or f"HTTP {answer.status}"), str(first.get("field") or "")
