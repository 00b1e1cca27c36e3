"""Storing messages, attempts and delivery reports."""

from collections.abc import Collection
from datetime import datetime
from typing import Protocol

from leadcore.kernel.ids import AttemptId, ContactPointId, EnrollmentId, LeadId, MessageId, TenantId
from leadcore.messaging.model import Attempt, Message, SenderBucket
from leadcore.messaging.policies.reach import Delivery
from leadcore.messaging.values import StuckState, TextKey
from leadcore.ports.inbound import DeliveryReport
from leadcore.ports.messaging import DeliveryStatus
from leadcore.ports.storage import UnitOfWork


class MessageRepository(Protocol):
    """Messages on their way out."""

    async def add(self, message: Message) -> bool:
        """Store it; False when (tenant, touch, channel) has a message already."""
        ...

    async def get(self, message_id: MessageId, *, tenant_id: TenantId) -> Message:
        """Return one, locked. Raises `NotFoundError`."""
        ...

    async def peek(self, message_id: MessageId, *, tenant_id: TenantId) -> Message:
        """Return one without a lock (the contact point is locked before the message). Raises `NotFoundError`."""
        ...

    async def save(self, message: Message) -> None:
        """Replace it."""
        ...

    async def cancel_of_enrollment(
        self, enrollment_id: EnrollmentId, *, tenant_id: TenantId, reason: str
    ) -> list[MessageId]:
        """Cancel the enrollment's messages that are not with the carrier yet; return which."""
        ...

    async def cancel_open_of_lead(self, lead_id: LeadId, *, tenant_id: TenantId, reason: str) -> list[MessageId]:
        """Cancel the lead's automated messages that are not with the carrier yet; return which."""
        ...

    async def add_attempt(self, attempt: Attempt) -> None:
        """Write it ahead.

        Raises `ConflictError` when the message has an open or accepted attempt already, or another one that is has the
        same text key.
        """
        ...

    async def bucket(self, sender: str, *, tenant_id: TenantId) -> SenderBucket:
        """Return the sender's bucket, made on first sight, locked until the unit of work ends."""
        ...

    async def save_bucket(self, bucket: SenderBucket) -> None:
        """Replace it."""
        ...

    async def has_text(self, key: TextKey, *, but: MessageId, tenant_id: TenantId) -> bool:
        """Return whether an attempt of another message than *but* with this key was or may have been accepted."""
        ...

    async def attempt(self, attempt_id: AttemptId, *, tenant_id: TenantId) -> Attempt:
        """Return one, locked. Raises `NotFoundError`."""
        ...

    async def save_attempt(self, attempt: Attempt) -> None:
        """Replace it. Raises `ConflictError` when its provider id, message or text key is another attempt's by now."""
        ...

    async def attempt_by_provider_id(self, provider_id: str, *, tenant_id: TenantId) -> Attempt | None:
        """Return the attempt a carrier's id is bound to."""
        ...

    async def attempts_since(self, since: datetime, *, tenant_id: TenantId) -> list[Attempt]:
        """Return every attempt begun since then, oldest first."""
        ...

    async def last_settled(self, sender: str, *, tenant_id: TenantId) -> datetime | None:
        """Return when the newest attempt of *sender* that was settled began; None when there is none."""
        ...

    async def add_report(self, report: DeliveryReport, *, message_id: MessageId, tenant_id: TenantId) -> bool:
        """Store it once per (message, status, error code); return whether it is new."""
        ...

    async def reports(self, message_id: MessageId, *, tenant_id: TenantId) -> list[tuple[DeliveryStatus, str]]:
        """Return the set of (status, error code) reported for a message."""
        ...

    async def stuck(self, tenant_id: TenantId, *, states: Collection[StuckState], limit: int) -> list[Message]:
        """Return the tenant's messages that failed or are held, as *states* say, the newest first."""
        ...

    async def attempts_of(self, message_id: MessageId, *, tenant_id: TenantId) -> list[Attempt]:
        """Return every try to send a message, oldest first."""
        ...

    async def deliveries_to(self, point_id: ContactPointId, *, tenant_id: TenantId, limit: int) -> list[Delivery]:
        """Return what became of the newest messages to a contact point that were reported on, the newest first."""
        ...

    async def of_lead(self, lead_id: LeadId, *, tenant_id: TenantId) -> list[Message]:
        """Return the lead's messages, oldest first."""
        ...

    async def to_point(self, point_id: ContactPointId, *, tenant_id: TenantId) -> list[tuple[Message, list[Attempt]]]:
        """Return the messages to a contact point with their attempts, oldest first."""
        ...


class MessagingWork(UnitOfWork, Protocol):
    """A unit of work that can reach messages."""

    @property
    def messages(self) -> MessageRepository:
        """Messages."""
        ...
