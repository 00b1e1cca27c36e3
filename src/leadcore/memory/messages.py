"""Messages, attempts and delivery reports in memory."""

from collections.abc import Collection, Iterable
from datetime import datetime
from operator import attrgetter

from msgspec.structs import replace

from leadcore.compliance.values import AUTOMATED
from leadcore.kernel.errors import ConflictError, NotFoundError
from leadcore.kernel.ids import AttemptId, ContactPointId, EnrollmentId, LeadId, MessageId, TenantId
from leadcore.memory.database import Changes, seen
from leadcore.messaging.model import Attempt, Message, SenderBucket
from leadcore.messaging.policies.reach import Delivery
from leadcore.messaging.values import OPEN_MESSAGE, StuckState, TextKey
from leadcore.ports.inbound import DeliveryReport
from leadcore.ports.messaging import DeliveryStatus

_WORST = ("never", "not_now", "")
_CLAIMS_THE_MESSAGE = frozenset({"started", "unknown", "accepted"})


class MemoryMessages:
    """`MessageRepository` of one unit of work."""

    _messages = seen(lambda tables: tables.messages)
    _attempts = seen(lambda tables: tables.attempts)
    _reports = seen(lambda tables: tables.reports)
    _touches = seen(lambda tables: tables.touches)
    _buckets = seen(lambda tables: tables.buckets)

    def __init__(self, changes: Changes) -> None:
        self._changes = changes

    async def add(self, message: Message) -> bool:
        """Store it; False when (tenant, touch, channel) has a message already."""
        tables = self._changes.database
        self._changes.must_exist(tables.points, message.contact_point_id)
        self._changes.must_exist(tables.leads, message.lead_id)
        self._changes.must_exist(tables.touches, message.touch_id)
        self._changes.must_exist(tables.conversations, message.conversation_id)
        if message.touch_id is not None:
            siblings = self._messages.where("touch", message.tenant_id, message.touch_id)
            if any(sibling.channel == message.channel for sibling in siblings):
                return False
        if not self._messages.insert(message, message.tenant_id, message.id):
            raise ConflictError(f"the message {message.id} exists")
        return True

    async def get(self, message_id: MessageId, *, tenant_id: TenantId) -> Message:
        """Return one. Raises `NotFoundError`."""
        found = self._messages.get(tenant_id, message_id)
        if found is None:
            raise NotFoundError(f"no message {message_id}")
        return found

    async def peek(self, message_id: MessageId, *, tenant_id: TenantId) -> Message:
        """Return one. Raises `NotFoundError`."""
        return await self.get(message_id, tenant_id=tenant_id)

    async def save(self, message: Message) -> None:
        """Replace it. Raises `NotFoundError`."""
        await self.get(message.id, tenant_id=message.tenant_id)
        self._messages.put(message, message.tenant_id, message.id)

    async def cancel_of_enrollment(
        self, enrollment_id: EnrollmentId, *, tenant_id: TenantId, reason: str
    ) -> list[MessageId]:
        """Cancel the enrollment's messages that are not with the carrier yet; return which."""
        touches = self._touches.where("enrollment", tenant_id, enrollment_id)
        messages = [each for touch in touches for each in self._messages.where("touch", tenant_id, touch.id)]
        return self._cancel(messages, reason=reason)

    async def cancel_open_of_lead(self, lead_id: LeadId, *, tenant_id: TenantId, reason: str) -> list[MessageId]:
        """Cancel the lead's automated messages that are not with the carrier yet; return which."""
        messages = self._messages.where("lead", tenant_id, lead_id)
        return self._cancel((each for each in messages if each.purpose in AUTOMATED), reason=reason)

    async def add_attempt(self, attempt: Attempt) -> None:
        """Write it ahead. Raises `ConflictError` when the message has an open or accepted attempt already."""
        await self.get(attempt.message_id, tenant_id=attempt.tenant_id)
        siblings = self._attempts.where("message", attempt.tenant_id, attempt.message_id)
        if any(each.state in _CLAIMS_THE_MESSAGE or each.n == attempt.n for each in siblings):
            raise ConflictError(f"the message {attempt.message_id} has an attempt that may have been accepted")
        await self._must_be_alone(attempt)
        if not self._attempts.insert(attempt, attempt.tenant_id, attempt.id):
            raise ConflictError(f"the attempt {attempt.id} exists")

    async def bucket(self, sender: str, *, tenant_id: TenantId) -> SenderBucket:
        """Return the sender's bucket."""
        return self._buckets.get(tenant_id, sender) or SenderBucket(tenant_id=tenant_id, sender=sender)

    async def save_bucket(self, bucket: SenderBucket) -> None:
        """Replace it."""
        self._buckets.put(bucket, bucket.tenant_id, bucket.sender)

    async def has_text(self, key: TextKey, *, but: MessageId, tenant_id: TenantId) -> bool:
        """Return whether an attempt of another message than *but* with this key was or may have been accepted."""
        found = self._attempts.where("text", tenant_id, key)
        return any(each.message_id != but and each.state in _CLAIMS_THE_MESSAGE for each in found)

    async def _must_be_alone(self, attempt: Attempt) -> None:
        key = attempt.text_key
        if key is None or attempt.state not in _CLAIMS_THE_MESSAGE:
            return
        if await self.has_text(key, but=attempt.message_id, tenant_id=attempt.tenant_id):
            raise ConflictError("the same text was or may have been accepted for this contact today")

    async def attempt(self, attempt_id: AttemptId, *, tenant_id: TenantId) -> Attempt:
        """Return one. Raises `NotFoundError`."""
        found = self._attempts.get(tenant_id, attempt_id)
        if found is None:
            raise NotFoundError(f"no attempt {attempt_id}")
        return found

    async def save_attempt(self, attempt: Attempt) -> None:
        """Replace it. Raises `ConflictError` when its provider id, or its message, is another attempt's by now."""
        await self.attempt(attempt.id, tenant_id=attempt.tenant_id)
        bound = await self.attempt_by_provider_id(attempt.provider_id, tenant_id=attempt.tenant_id)
        if bound is not None and bound.id != attempt.id:
            raise ConflictError(f"{attempt.provider_id} is bound to another attempt")
        siblings = self._attempts.where("message", attempt.tenant_id, attempt.message_id)
        if attempt.state in _CLAIMS_THE_MESSAGE and any(
            each.id != attempt.id and each.state in _CLAIMS_THE_MESSAGE for each in siblings
        ):
            raise ConflictError(f"the message {attempt.message_id} has another open or accepted attempt")
        await self._must_be_alone(attempt)
        self._attempts.put(attempt, attempt.tenant_id, attempt.id)

    async def attempt_by_provider_id(self, provider_id: str, *, tenant_id: TenantId) -> Attempt | None:
        """Return the attempt a carrier's id is bound to."""
        if not provider_id:
            return None
        return next(iter(self._attempts.where("provider_id", tenant_id, provider_id)), None)

    async def attempts_since(self, since: datetime, *, tenant_id: TenantId) -> list[Attempt]:
        """Return every attempt begun since then, oldest first."""
        found = [each for each in self._attempts.where("tenant", tenant_id) if each.started_at >= since]
        return sorted(found, key=attrgetter("started_at", "id"))

    async def last_settled(self, sender: str, *, tenant_id: TenantId) -> datetime | None:
        """Return when the newest settled attempt of *sender* began."""
        found = self._attempts.where("tenant", tenant_id)
        return max(
            (each.started_at for each in found if each.sender == sender and each.settled_at is not None), default=None
        )

    async def add_report(self, report: DeliveryReport, *, message_id: MessageId, tenant_id: TenantId) -> bool:
        """Store it once per (message, status, error code); return whether it is new."""
        await self.get(message_id, tenant_id=tenant_id)
        known = self._reports.get(tenant_id, message_id) or ()
        if any(each[:2] == (report.status, report.error_code) for each in known):
            return False
        self._reports.put((*known, (report.status, report.error_code, report.trouble)), tenant_id, message_id)
        return True

    async def reports(self, message_id: MessageId, *, tenant_id: TenantId) -> list[tuple[DeliveryStatus, str]]:
        """Return the set of (status, error code) reported for a message."""
        return sorted((status, code) for status, code, _ in self._reports.get(tenant_id, message_id) or ())

    async def stuck(self, tenant_id: TenantId, *, states: Collection[StuckState], limit: int) -> list[Message]:
        """Return the tenant's messages that failed or are held, as *states* say, the newest first."""
        found = [row for _, row in self._messages.every() if row.state in states and row.tenant_id == tenant_id]
        return sorted(found, key=attrgetter("id"), reverse=True)[:limit]

    async def attempts_of(self, message_id: MessageId, *, tenant_id: TenantId) -> list[Attempt]:
        """Return every try to send a message, oldest first."""
        return sorted(self._attempts.where("message", tenant_id, message_id), key=attrgetter("n"))

    async def deliveries_to(self, point_id: ContactPointId, *, tenant_id: TenantId, limit: int) -> list[Delivery]:
        """Return what became of the newest messages to a contact point that were reported on, the newest first."""
        found = []
        for message in self._messages.where("point", tenant_id, point_id):
            reports = self._reports.get(tenant_id, message.id) or ()
            if reports:
                _, code, trouble = min(reports, key=lambda each: (_WORST.index(each[2]), each[1]))
                found.append(Delivery(message_id=message.id, delivery=message.delivery, trouble=trouble, code=code))
        return sorted(found, key=attrgetter("message_id"), reverse=True)[:limit]

    async def of_lead(self, lead_id: LeadId, *, tenant_id: TenantId) -> list[Message]:
        """Return the lead's messages, oldest first."""
        return sorted(self._messages.where("lead", tenant_id, lead_id), key=attrgetter("id"))

    async def to_point(self, point_id: ContactPointId, *, tenant_id: TenantId) -> list[tuple[Message, list[Attempt]]]:
        """Return the messages to a contact point with their attempts, oldest first."""
        found = sorted(self._messages.where("point", tenant_id, point_id), key=attrgetter("id"))
        return [
            (each, sorted(self._attempts.where("message", tenant_id, each.id), key=attrgetter("n"))) for each in found
        ]

    def _cancel(self, messages: Iterable[Message], *, reason: str) -> list[MessageId]:
        open_ones = [message for message in messages if message.state in OPEN_MESSAGE]
        for message in open_ones:
            cancelled = replace(message, state="cancelled", reason=reason)
            self._messages.put(cancelled, message.tenant_id, message.id)
        return sorted(message.id for message in open_ones)
