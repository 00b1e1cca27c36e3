"""What comes in: raw requests, the doors that check their signatures, and neutral events behind them."""

from datetime import datetime
from typing import Literal, Protocol

import msgspec

from leadcore.kernel.errors import LeadcoreError
from leadcore.kernel.ids import AttemptId
from leadcore.ports.messaging import DeliveryStatus

EntityKind = Literal["order", "customer", "vehicle", "appointment", "service", "message"]


class ForgedRequestError(LeadcoreError):
    """The signature is missing or wrong. Answer 401 without detail; the operator reads the reason in the log."""

    code = "forged_request"


class StaleRequestError(LeadcoreError):
    """Signed correctly, but too long ago to be believed (replay window)."""

    code = "stale_request"


class UnreadableBodyError(LeadcoreError):
    """The bytes are authentic but cannot be understood. They are kept, and marked dead."""

    code = "unreadable_body"


class RawRequest(msgspec.Struct, frozen=True, kw_only=True):
    """A request as it arrived. `url` is the public URL from configuration plus the raw path and query."""

    method: str
    url: str
    headers: tuple[tuple[str, str], ...]
    body: bytes

    def header(self, name: str) -> str:
        """Return the first header called *name* (any case), or an empty string."""
        wanted = name.lower()
        return next((value for key, value in self.headers if key.lower() == wanted), "")


class AdmittedItem(msgspec.Struct, frozen=True, kw_only=True):
    """One authentic thing that happened. `dedupe_key` makes a replay a no-op; `entity_key` keeps order.

    `urgent` marks what must be understood before the acknowledgement: customers' words and unsubscribes.
    """

    dedupe_key: str
    body: bytes
    entity_key: str | None = None
    occurred_at: datetime | None = None
    urgent: bool = False


class EntityChanged(msgspec.Struct, frozen=True, kw_only=True, tag="entity_changed"):
    """A CRM says that something changed. Only a hint: the entity is fetched before anything is done."""

    kind: EntityKind
    external_id: str
    deleted: bool = False


class CustomerMessage(msgspec.Struct, frozen=True, kw_only=True, tag="customer_message"):
    """Words from a customer. `sender` is E.164 or an e-mail address; `provider_id` is unique per carrier."""

    channel: Literal["sms", "email"]
    sender: str
    recipient: str
    text: str
    provider_id: str
    subject: str = ""
    sender_name: str = ""
    automatic: bool = False
    provider_opt_out: Literal["STOP", "START", "HELP"] | None = None
    media_urls: tuple[str, ...] = ()
    thread_ref: str = ""


class DeliveryReport(msgspec.Struct, frozen=True, kw_only=True, tag="delivery_report"):
    """What a carrier says became of a message. `attempt_id` is ours, echoed; it may be missing."""

    provider_id: str
    status: DeliveryStatus
    attempt_id: AttemptId | None = None
    error_code: str = ""
    detail: str = ""


class UnsubscribeRequested(msgspec.Struct, frozen=True, kw_only=True, tag="unsubscribe_requested"):
    """A mailbox asked to receive no more (list-unsubscribe, spam report)."""

    email: str
    reason: Literal["unsubscribe", "complaint", "bounce"]


InboundEvent = EntityChanged | CustomerMessage | DeliveryReport | UnsubscribeRequested


class InboundDoor(Protocol):
    """Checks and reads what one vendor connection sends us. Pure: no I/O, no clock."""

    def admit(self, request: RawRequest, *, now: datetime) -> tuple[AdmittedItem, ...]:
        """Check the signature over the raw bytes and split the request into items.

        *now* is the wall clock (vendors sign with theirs). Raises `ForgedRequestError`, `StaleRequestError` or
        `UnreadableBodyError`; nothing else.
        """
        ...

    def read(self, item: AdmittedItem) -> tuple[InboundEvent, ...]:
        """Understand an admitted item. Things of no interest give an empty tuple. Raises `UnreadableBodyError`."""
        ...
