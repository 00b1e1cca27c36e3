"""Handing one mail to SendGrid, which has no idempotency key and no list of what it accepted."""

from datetime import datetime

from leadcore.ports.messaging import (
    AcceptedMessage,
    CarrierUnavailableError,
    LookupUnsupportedError,
    MessageRefusedError,
    OutboundMessage,
    OutcomeUnknownError,
    Receipt,
)
from leadcore_httpkit import NeverLeftError, NoAnswerError, VendorHttp
from leadcore_sendgrid.errors import refusal_of
from leadcore_sendgrid.letters import payload
from leadcore_sendgrid.settings import SendGridSettings

_ACCEPTED = 202


class SendGridCarrier:
    """`Carrier` over `POST /v3/mail/send`."""

    def __init__(self, http: VendorHttp, settings: SendGridSettings) -> None:
        self._http = http
        self._settings = settings

    async def send(self, message: OutboundMessage) -> Receipt:
        """Hand *message* over once. Raises as the port says."""
        try:
            body = payload(message, self._settings)
        except Exception as cause:  # the SDK's validators raise bare Exceptions, such as for a key in the text
            raise MessageRefusedError(f"sendgrid's library refuses to build this mail: {cause}") from cause
        try:
            answer = await self._http.call("POST", "/v3/mail/send", json=body)
        except NeverLeftError as cause:
            raise CarrierUnavailableError(f"sendgrid could not be reached: {cause.reason}") from cause
        except NoAnswerError as cause:
            raise OutcomeUnknownError(f"sendgrid's answer was lost: {cause.reason}") from cause
        if answer.status != _ACCEPTED:
            raise refusal_of(answer)
        provider_id = answer.headers.get("x-message-id", "")
        if not provider_id:
            raise OutcomeUnknownError("sendgrid's answer has no message id: it may have been sent")
        return Receipt(provider_id=provider_id)

    async def accepted_for(self, recipient: str, *, since: datetime) -> tuple[AcceptedMessage, ...]:
        """Always raises `LookupUnsupportedError`: only events with our attempt id settle an unknown."""
        raise LookupUnsupportedError("sendgrid cannot list what it accepted")
