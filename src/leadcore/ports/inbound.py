"""What comes in: raw requests, the doors that check their signatures, and neutral events behind them."""

from datetime import datetime
from typing import Literal, Protocol, runtime_checkable

import msgspec
from msgspec.structs import force_setattr

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


class RefusedSubmissionError(LeadcoreError):
    """Somebody may tell us of leads, but this one cannot be used. `field` and `fix` go into the answer."""

    code = "refused_submission"

    def __init__(self, message: str, *, field: str, fix: str) -> None:
        super().__init__(message, field=field, fix=fix)


class TrappedSubmissionError(LeadcoreError):
    """A program filled in a field that people never see. Answer as to a success, count it, and store nothing."""

    code = "trapped"


class SubmissionUnavailableError(LeadcoreError):
    """A lead was announced, but its vendor does not hand it out now. It is asked for again later."""

    code = "submission_unavailable"


class RawRequest(msgspec.Struct, frozen=True, kw_only=True):
    """A request as it arrived. `url` is the public URL from configuration plus the raw path and query.

    `peer` is the address the server saw, empty when it does not say.
    """

    method: str
    url: str
    headers: tuple[tuple[str, str], ...]
    body: bytes
    peer: str = ""

    _by_name: dict[str, str] = {}

    def __post_init__(self) -> None:
        # a door asks for half a dozen of them: one pass over the list, in which the first of a name counts
        force_setattr(self, "_by_name", {key.lower(): value for key, value in reversed(self.headers)})

    def header(self, name: str) -> str:
        """Return the first header called *name* (any case), or an empty string."""
        return self._by_name.get(name.lower(), "")


class AdmittedPicture(msgspec.Struct, frozen=True, kw_only=True):
    """A picture's cleaned bytes, to be put on the shelf under `digest` (hex SHA-256) before the acknowledgement.

    `number` counts from 1 over everything that the sender attached.
    """

    digest: str
    content: bytes
    number: int


class SubmittedPicture(msgspec.Struct, frozen=True, kw_only=True):
    """A picture that came with words. Its bytes are on the shelf under `digest`, or its vendor has them at `url`.

    `refused` says why it is neither. `name` is what the sender calls the file.
    """

    url: str = ""
    digest: str = ""
    media_type: str = ""
    size: int = 0
    name: str = ""
    refused: str = ""


class AdmittedItem(msgspec.Struct, frozen=True, kw_only=True):
    """One authentic thing that happened. `dedupe_key` makes a replay a no-op; `entity_key` keeps order.

    `urgent` marks what must be understood before the acknowledgement: customers' words and unsubscribes.
    """

    dedupe_key: str
    body: bytes
    entity_key: str | None = None
    occurred_at: datetime | None = None
    urgent: bool = False
    pictures: tuple[AdmittedPicture, ...] = ()


class EntityChanged(msgspec.Struct, frozen=True, kw_only=True, tag="entity_changed"):
    """A CRM says that something changed. Only a hint: the entity is fetched before anything is done."""

    kind: EntityKind
    external_id: str
    deleted: bool = False


class NotFollowed(msgspec.Struct, frozen=True, kw_only=True, tag="not_followed"):
    """Authentic, but followed by nothing: of a kind we do not take, or a vendor's own test.

    `reason` stays on the inbox row, for the operator.
    """

    reason: str


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
    pictures: tuple[SubmittedPicture, ...] = ()
    thread_ref: str = ""


Trouble = Literal["", "not_now", "never"]
"""What a report says of the address: this message did not arrive there, or none of its kind ever will."""


class DeliveryReport(msgspec.Struct, frozen=True, kw_only=True, tag="delivery_report"):
    """What a carrier says became of a message. `attempt_id` is ours, echoed; it may be missing."""

    provider_id: str
    status: DeliveryStatus
    attempt_id: AttemptId | None = None
    error_code: str = ""
    detail: str = ""
    trouble: Trouble = ""


class UnsubscribeRequested(msgspec.Struct, frozen=True, kw_only=True, tag="unsubscribe_requested"):
    """A mailbox asked to receive no more (list-unsubscribe, spam report)."""

    email: str
    reason: Literal["unsubscribe", "complaint", "bounce"]


class SubmittedVehicle(msgspec.Struct, frozen=True, kw_only=True):
    """A vehicle as somebody typed it. `body` is a word such as SUV or sedan."""

    year: int | None = None
    make: str = ""
    model: str = ""
    body: str = ""


class SubmittedConsent(msgspec.Struct, frozen=True, kw_only=True):
    """What the customer agreed to, with the evidence 16 CFR 310.5(a)(8) wants: the wording exactly as shown, and when.

    `reported_by` says whose word it is that this happened: the customer's browser, the server of a form or a vendor, or
    the shop's own people, who have it in a file.
    """

    sms: bool
    email: bool
    wording: str
    at: datetime
    reported_by: Literal["browser", "server", "vendor", "operator"]
    ip: str = ""
    user_agent: str = ""
    page_url: str = ""


class LeadSubmitted(msgspec.Struct, frozen=True, kw_only=True, tag="lead_submitted"):
    """A customer asked for something through a form or an ad. `external_id` is unique per source.

    `name` is the full name for sources that do not tell first and last apart. Phones and addresses are as typed.
    """

    external_id: str
    submitted_at: datetime
    name: str = ""
    first_name: str = ""
    last_name: str = ""
    phones: tuple[str, ...] = ()
    emails: tuple[str, ...] = ()
    vehicle: SubmittedVehicle = SubmittedVehicle()
    services: tuple[str, ...] = ()
    message: str = ""
    consent: SubmittedConsent | None = None
    pictures: tuple[SubmittedPicture, ...] = ()


class SubmissionAnnounced(msgspec.Struct, frozen=True, kw_only=True, tag="submission_announced"):
    """A vendor has a lead for us and says only its id; a `SubmissionSource` hands it out."""

    external_id: str


InboundEvent = (
    EntityChanged
    | NotFollowed
    | CustomerMessage
    | DeliveryReport
    | UnsubscribeRequested
    | LeadSubmitted
    | SubmissionAnnounced
)


class InboundDoor(Protocol):
    """Checks and reads what one vendor connection sends us. Pure: no I/O, no clock."""

    def admit(self, request: RawRequest, *, now: datetime) -> tuple[AdmittedItem, ...]:
        """Check the signature over the raw bytes and split the request into items.

        *now* is the wall clock (vendors sign with theirs). Raises `ForgedRequestError`, `StaleRequestError`,
        `UnreadableBodyError`, `RefusedSubmissionError` or `TrappedSubmissionError`; nothing else.
        """
        ...

    def read(self, item: AdmittedItem) -> tuple[InboundEvent, ...]:
        """Understand an admitted item. Raises `UnreadableBodyError`.

        Things of no interest give an empty tuple, or `NotFollowed` when an operator should see why.
        """
        ...


@runtime_checkable
class BrowserDoor(Protocol):
    """A door that customers' browsers call from pages of other origins (WHATWG Fetch, CORS)."""

    def allows_origin(self, origin: str) -> bool:
        """Whether pages of *origin* may call this door. Says nothing about who else may."""
        ...


@runtime_checkable
class FileDoor(Protocol):
    """A door that takes files, so that its requests may be larger than others."""

    def takes_files(self, content_type: str) -> bool:
        """Whether a request of this content type may carry files."""
        ...


@runtime_checkable
class ChallengedDoor(Protocol):
    """A door whose vendor asks for an echo before it sends anything."""

    def echo(self, request: RawRequest) -> str:
        """Return the text to answer a GET with. Raises `ForgedRequestError`."""
        ...


@runtime_checkable
class SubmissionSource(Protocol):
    """Hands out leads that were only announced."""

    async def fetch(self, external_id: str) -> LeadSubmitted:
        """Return the lead. Raises `SubmissionUnavailableError`."""
        ...
