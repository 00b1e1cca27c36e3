"""Twilio's refusals in the port's words (providers.md 2.7, reliability.md T4).

Only codes listed here mean more than their HTTP status: the vendor warns that codes may change, so an unknown 4xx
is shown to a person and never retried.
"""

from leadcore.ports.inbound import Trouble
from leadcore.ports.messaging import (
    CarrierError,
    CarrierUnavailableError,
    MessageRefusedError,
    OutcomeUnknownError,
    RecipientRefusedError,
    SenderRefusedError,
)
from leadcore_httpkit import Answer, retry_after_s

OPTED_OUT = 21610
_UNAUTHORIZED, _FORBIDDEN, _TIMEOUT, _TOO_MANY, _SERVER_ERROR = 401, 403, 408, 429, 500
# 20429 rate limit; 21611 sender's queue full; 30001 queue overflow; 30022, 30023 A2P rate and daily caps
_SLOW_DOWN = frozenset({20429, 21611, 30001, 30022, 30023})
# invalid, unroutable, not a mobile, landline, unreachable
_RECIPIENT = frozenset({21211, 21217, 21401, 21407, 21421, 21612, 21614, 21635, 30005, 30006})
# as ErrorCode of a callback: a landline or no mobile for good; a handset that is off or unknown to its carrier just now
_NEVER = frozenset({"21211", "21612", "21614", "21635", "30006"})
_NOT_NOW = frozenset({"30003", "30005"})
_TOKEN_FIX = "copy the Auth Token from Twilio Console > Account > API keys & tokens"  # noqa: S105 - advice
_SENDER_FIXES = {
    20003: _TOKEN_FIX,
    20005: "the account is not active: see Twilio Console > Account > General settings",
    21212: "the sender is no valid number: set it to one listed in Twilio Console > Phone Numbers > Active numbers",
    21603: "set a sender number",
    21606: "the sender number is not yours or cannot text: pick one with SMS in Twilio Console > Active numbers",
    21659: "the sender number belongs to no Twilio account: pick one in Twilio Console > Active numbers",
    21660: "the sender number belongs to another account: pick one of this account",
    21701: "the Messaging Service does not exist: copy its SID (MG…) from Twilio Console > Messaging > Services",
    21703: "the Messaging Service has no number: add one to its Sender Pool",
    21704: "the Messaging Service has no number: add one to its Sender Pool",
    21705: "the Messaging Service SID is not valid: copy it (MG…) from Twilio Console > Messaging > Services",
    30002: "the account is suspended: contact Twilio support",
    30024: "the sender is not provisioned with the carrier: see Twilio Console > Phone Numbers > Regulatory",
    30034: "register the number for A2P 10DLC in Twilio Console > Messaging > Regulatory Compliance",
}
_MESSAGE_FIXES = {
    21408: "allow the recipient's country in Twilio Console > Messaging > Settings > Geo permissions",
    21608: "a trial account texts verified numbers only: verify this one or upgrade the account",
    90007: "the validity period is out of range",
}


class TwilioRefusalError(Exception):
    """Twilio answered with 4xx or 5xx. `code` is its own number, 0 when the body has none."""

    def __init__(self, *, status: int, code: int, message: str, wait_s: float | None) -> None:
        super().__init__(message)
        self.status = status
        self.code = code
        self.message = message
        self.wait_s = wait_s

    @classmethod
    def of(cls, answer: Answer) -> "TwilioRefusalError":
        """Read the error body, in the old shape or as RFC 9457; HTML and nothing at all are fine too."""
        body = answer.json_object()
        code = body.get("code")
        message = body.get("message") or body.get("detail") or body.get("title") or f"HTTP {answer.status}"
        return cls(
            status=answer.status,
            code=code if isinstance(code, int) else 0,
            message=str(message),
            wait_s=retry_after_s(answer.headers),
        )


def refusal_of(cause: TwilioRefusalError) -> CarrierError:
    """Translate a refusal of a send into the port's closed set."""
    code = str(cause.code or "")
    if cause.status >= _SERVER_ERROR or cause.status == _TIMEOUT:
        return OutcomeUnknownError(f"twilio answered {cause.status}: it may have been sent", provider_code=code)
    if cause.status == _TOO_MANY or cause.code in _SLOW_DOWN:
        return CarrierUnavailableError(
            f"twilio is over its limit: {cause.message}",
            provider_code=code,
            retry_after_s=cause.wait_s,
            over_limit=True,
        )
    if cause.code == OPTED_OUT:
        return RecipientRefusedError("the recipient has opted out at Twilio", provider_code=code, opted_out=True)
    if cause.code in _RECIPIENT:
        return RecipientRefusedError(f"twilio cannot text this recipient: {cause.message}", provider_code=code)
    if cause.code in _SENDER_FIXES or (cause.status in {_UNAUTHORIZED, _FORBIDDEN} and not _is_of_message(cause)):
        return SenderRefusedError(f"twilio refused the sender: {cause.message}", provider_code=code, fix=fix_for(cause))
    return MessageRefusedError(
        f"twilio refused the message: {cause.message}", provider_code=code, fix=_MESSAGE_FIXES.get(cause.code)
    )


def trouble_of(code: str) -> Trouble:
    """Return what the error code of a callback says of the number."""
    return "never" if code in _NEVER else "not_now" if code in _NOT_NOW else ""


def fix_for(cause: TwilioRefusalError) -> str:
    """Return what a person has to do about a refused account or sender."""
    return _SENDER_FIXES.get(cause.code, _TOKEN_FIX)


def is_unauthorized(cause: TwilioRefusalError) -> bool:
    """Whether the credentials themselves are at fault."""
    return cause.status in {_UNAUTHORIZED, _FORBIDDEN} and not _is_of_message(cause)


def _is_of_message(cause: TwilioRefusalError) -> bool:
    return cause.code in _MESSAGE_FIXES
