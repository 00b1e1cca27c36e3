"""Carriers: handing one message to the outside, once, and finding out later what became of it."""

from datetime import datetime
from typing import Literal, Protocol, runtime_checkable

import msgspec

from leadcore.kernel.errors import LeadcoreError
from leadcore.kernel.ids import AttemptId

SendChannel = Literal["sms", "email"]
DeliveryStatus = Literal["accepted", "queued", "sending", "sent", "delivered", "undelivered", "failed", "canceled"]


class CarrierError(LeadcoreError):
    """Base of the closed set that `Carrier.send` raises."""

    code = "carrier"

    def __init__(self, message: str, *, provider_code: str = "", fix: str | None = None) -> None:
        super().__init__(message, fix=fix)
        self.provider_code = provider_code


class RecipientRefusedError(CarrierError):
    """Permanent: this recipient will never accept. Do not retry."""

    code = "recipient_refused"

    def __init__(self, message: str, *, provider_code: str = "", opted_out: bool = False) -> None:
        super().__init__(message, provider_code=provider_code)
        self.opted_out = opted_out


class MessageRefusedError(CarrierError):
    """Certainly not accepted, and sending the same again will not help: a person has to look."""

    code = "message_refused"


class SenderRefusedError(CarrierError):
    """Certainly not accepted: credentials, sender or account are at fault. Hold the connection, tell the tenant."""

    code = "sender_refused"


class CarrierUnavailableError(CarrierError):
    """Certainly not accepted, nothing wrong with the message. Safe to try again after `retry_after_s`.

    `over_limit`: the carrier is there, but takes no more of them just now.
    """

    code = "carrier_unavailable"

    def __init__(
        self, message: str, *, provider_code: str = "", retry_after_s: float | None = None, over_limit: bool = False
    ) -> None:
        super().__init__(message, provider_code=provider_code)
        self.retry_after_s = retry_after_s
        self.over_limit = over_limit


class OutcomeUnknownError(CarrierError):
    """The answer was lost: it may have been sent. Reconcile, never blindly retry."""

    code = "outcome_unknown"


class LookupUnsupportedError(CarrierError):
    """This carrier cannot list what it accepted; only its events can settle an unknown attempt."""

    code = "lookup_unsupported"


class OutboundMessage(msgspec.Struct, frozen=True, kw_only=True):
    """One message on the wire's side of the gate.

    `status_url` carries our attempt id, so that a callback proves acceptance even when the answer was lost.
    `validity_s` is how long the carrier may queue it before it must give up (the rest of the legal window).
    """

    attempt_id: AttemptId
    channel: SendChannel
    sender: str
    recipient: str
    body: str
    status_url: str
    validity_s: int | None = None
    sender_name: str = ""
    subject: str = ""
    html: str = ""
    reply_to: str = ""
    unsubscribe_url: str = ""
    thread_ref: str = ""


class Receipt(msgspec.Struct, frozen=True, kw_only=True):
    """Proof of acceptance: the carrier's own id."""

    provider_id: str
    status: DeliveryStatus = "accepted"


class AcceptedMessage(msgspec.Struct, frozen=True, kw_only=True):
    """A message the carrier says it has accepted, from its own records."""

    provider_id: str
    sender: str
    recipient: str
    body: str
    created_at: datetime
    status: DeliveryStatus


class Carrier(Protocol):
    """Carries messages of one channel for one tenant's connection."""

    async def send(self, message: OutboundMessage) -> Receipt:
        """Hand *message* over once. Retrying is never the adapter's job.

        Raises only `RecipientRefusedError`, `MessageRefusedError`, `SenderRefusedError`, `CarrierUnavailableError`,
        `OutcomeUnknownError`.
        """
        ...

    async def accepted_for(self, recipient: str, *, since: datetime) -> tuple[AcceptedMessage, ...]:
        """List what was accepted for *recipient* since *since* (with slack: callers match exactly).

        Raises `LookupUnsupportedError`, `CarrierUnavailableError` or `SenderRefusedError`.
        """
        ...

    async def aclose(self) -> None:
        """Give back sockets. Idempotent."""
        ...


@runtime_checkable
class SenderHistory(Protocol):
    """What a carrier can besides, that keeps a list by sender. Asked for where it is wanted; others lack the method."""

    async def accepted_from(
        self, sender: str, *, since: datetime, limit: int | None = None
    ) -> tuple[AcceptedMessage, ...]:
        """List what an API call made *sender* send since *since*, newest first; without *limit* complete or not at all.

        What the carrier answers by itself (to STOP, say) is not in it. Raises `CarrierUnavailableError` or
        `SenderRefusedError`.
        """
        ...
