"""Messages, write-ahead attempts and delivery reports."""

from collections.abc import Collection
from datetime import datetime

import msgspec
from sqlalchemy import text

from leadcore.compliance.values import AUTOMATED
from leadcore.kernel.errors import ConflictError, NotFoundError
from leadcore.kernel.ids import AttemptId, ContactPointId, EnrollmentId, LeadId, MessageId, TenantId
from leadcore.messaging.model import Attempt, Message, SenderBucket
from leadcore.messaging.policies.reach import Delivery
from leadcore.messaging.values import OPEN_MESSAGE, StuckState, TextKey
from leadcore.ports.inbound import DeliveryReport
from leadcore.ports.messaging import DeliveryStatus
from leadcore_postgres.rows import Rows
from leadcore_postgres.transaction import Transaction

_MESSAGE = Rows(Message, "message")
_ATTEMPT = Rows(Attempt, "attempt")
_BUCKET = Rows(SenderBucket, "sender_bucket", key=("tenant_id", "sender"))

_ADD = text(f"{_MESSAGE.insert} ON CONFLICT (tenant_id, touch_id, channel) DO NOTHING")
_PEEK = text(f"{_MESSAGE.select} WHERE tenant_id = :tenant_id AND id = :id")
_GET = text(f"{_MESSAGE.select} WHERE tenant_id = :tenant_id AND id = :id FOR NO KEY UPDATE")
_SAVE = text(_MESSAGE.replace)
_CANCEL = "UPDATE message m SET state = 'cancelled', reason = :reason"
_CANCEL_OF_ENROLLMENT = text(f"""
    {_CANCEL} WHERE m.tenant_id = :tenant_id AND m.state = ANY(CAST(:open AS text[]))
    AND m.touch_id = ANY(ARRAY(
        SELECT id FROM touch WHERE tenant_id = :tenant_id AND enrollment_id = :enrollment_id)) RETURNING m.id""")
_CANCEL_OF_LEAD = text(f"""
    {_CANCEL} WHERE m.tenant_id = :tenant_id AND m.lead_id = :lead_id AND m.state = ANY(CAST(:open AS text[]))
    AND m.purpose = ANY(CAST(:automated AS text[])) RETURNING m.id""")
_OF_LEAD = text(f"{_MESSAGE.select} WHERE tenant_id = :tenant_id AND lead_id = :lead_id ORDER BY id")
_TO_POINT = text(f"{_MESSAGE.select} WHERE tenant_id = :tenant_id AND contact_point_id = :point_id ORDER BY id")
_ATTEMPTS_TO_POINT = text(f"""
    {_ATTEMPT.select} WHERE tenant_id = :tenant_id AND message_id IN (
        SELECT id FROM message WHERE tenant_id = :tenant_id AND contact_point_id = :point_id) ORDER BY message_id, n""")

# Without a target every unique key counts, one_open_attempt above all; and the transaction survives the refusal.
_ADD_ATTEMPT = text(f"{_ATTEMPT.insert} ON CONFLICT DO NOTHING")
_ATTEMPT_BY_ID = text(f"{_ATTEMPT.select} WHERE tenant_id = :tenant_id AND id = :id FOR NO KEY UPDATE")
_SAVE_ATTEMPT = text(f"""
    {_ATTEMPT.replace} AND NOT EXISTS (
        SELECT 1 FROM attempt other WHERE other.tenant_id = :tenant_id AND other.id <> :id
        AND other.provider_id = :provider_id AND :provider_id <> '')
    AND NOT EXISTS (
        SELECT 1 FROM attempt other WHERE other.tenant_id = :tenant_id AND other.message_id = :message_id
        AND other.id <> :id AND other.state IN ('started', 'unknown', 'accepted')
        AND :state IN ('started', 'unknown', 'accepted'))
    AND NOT EXISTS (
        SELECT 1 FROM attempt other WHERE other.tenant_id = :tenant_id AND other.contact_hash = :contact_hash
        AND other.content_hash = :content_hash AND other.local_day = :local_day AND other.local_day <> ''
        AND other.id <> :id AND other.state IN ('started', 'unknown', 'accepted')
        AND :state IN ('started', 'unknown', 'accepted'))""")
_ENSURE_BUCKET = text("""
    INSERT INTO sender_bucket (tenant_id, sender) VALUES (:tenant_id, :sender) ON CONFLICT DO NOTHING""")
_LOCK_BUCKET = text(f"{_BUCKET.select} WHERE tenant_id = :tenant_id AND sender = :sender FOR NO KEY UPDATE")
_SAVE_BUCKET = text(_BUCKET.replace)
_HAS_TEXT = text("""
    SELECT EXISTS (
        SELECT 1 FROM attempt WHERE tenant_id = :tenant_id AND contact_hash = :contact_hash
        AND content_hash = :content_hash AND local_day = :local_day AND local_day <> '' AND message_id <> :but
        AND state IN ('started', 'unknown', 'accepted'))""")
_BY_PROVIDER_ID = text(f"""
    {_ATTEMPT.select} WHERE tenant_id = :tenant_id AND provider_id = :provider_id AND provider_id <> ''""")
_SINCE = text(f"{_ATTEMPT.select} WHERE tenant_id = :tenant_id AND started_at >= :since ORDER BY started_at, id")
_LAST_SETTLED = text("""
    SELECT started_at FROM attempt WHERE tenant_id = :tenant_id AND sender = :sender AND settled_at IS NOT NULL
    ORDER BY started_at DESC LIMIT 1""")
_ADD_REPORT = text("""
    INSERT INTO delivery_report (tenant_id, message_id, status, error_code, provider_id, detail, trouble)
    VALUES (:tenant_id, :message_id, :status, :error_code, :provider_id, :detail, :trouble) ON CONFLICT DO NOTHING""")
_REPORTS = text("""
    SELECT status, error_code FROM delivery_report WHERE tenant_id = :tenant_id AND message_id = :message_id
    ORDER BY status COLLATE "C", error_code COLLATE "C" """)

_STUCK = text(f"""
    {_MESSAGE.select} WHERE tenant_id = :tenant_id AND state IN ('failed', 'held')
    AND state = ANY(CAST(:states AS text[])) ORDER BY id DESC LIMIT :limit""")
_ATTEMPTS_OF = text(f"{_ATTEMPT.select} WHERE tenant_id = :tenant_id AND message_id = :message_id ORDER BY n")
_DELIVERIES_TO = text("""
    SELECT m.id, m.delivery, worst.trouble, worst.error_code FROM message m CROSS JOIN LATERAL (
        SELECT trouble, error_code FROM delivery_report r WHERE r.tenant_id = m.tenant_id AND r.message_id = m.id
        ORDER BY CASE trouble WHEN 'never' THEN 0 WHEN 'not_now' THEN 1 ELSE 2 END, error_code COLLATE "C"
        LIMIT 1) worst
    WHERE m.tenant_id = :tenant_id AND m.contact_point_id = :point_id ORDER BY m.id DESC LIMIT :limit""")


class PostgresMessages:
    """`MessageRepository` of one transaction."""

    def __init__(self, transaction: Transaction) -> None:
        self._db = transaction

    async def add(self, message: Message) -> bool:
        """Store it; False when (tenant, touch, channel) has a message already."""
        return await self._db.count(_ADD, **_MESSAGE.params(message)) == 1

    async def get(self, message_id: MessageId, *, tenant_id: TenantId) -> Message:
        """Return one, locked. Raises `NotFoundError`."""
        await self._db.hold("message", message_id)
        row = await self._db.row(_GET, tenant_id=tenant_id, id=message_id)
        if row is None:
            raise NotFoundError(f"no message {message_id}")
        return _MESSAGE.item(row)

    async def peek(self, message_id: MessageId, *, tenant_id: TenantId) -> Message:
        """Return one without a lock. Raises `NotFoundError`."""
        row = await self._db.row(_PEEK, tenant_id=tenant_id, id=message_id)
        if row is None:
            raise NotFoundError(f"no message {message_id}")
        return _MESSAGE.item(row)

    async def save(self, message: Message) -> None:
        """Replace it. Raises `NotFoundError`."""
        if not await self._db.count(_SAVE, **_MESSAGE.params(message)):
            raise NotFoundError(f"no message {message.id}")

    async def cancel_of_enrollment(
        self, enrollment_id: EnrollmentId, *, tenant_id: TenantId, reason: str
    ) -> list[MessageId]:
        """Cancel the enrollment's messages that are not with the carrier yet; return which."""
        rows = await self._db.rows(
            _CANCEL_OF_ENROLLMENT,
            tenant_id=tenant_id,
            enrollment_id=enrollment_id,
            reason=reason,
            open=sorted(OPEN_MESSAGE),
        )
        return sorted(row[0] for row in rows)

    async def cancel_open_of_lead(self, lead_id: LeadId, *, tenant_id: TenantId, reason: str) -> list[MessageId]:
        """Cancel the lead's automated messages that are not with the carrier yet; return which."""
        rows = await self._db.rows(
            _CANCEL_OF_LEAD,
            tenant_id=tenant_id,
            lead_id=lead_id,
            reason=reason,
            open=sorted(OPEN_MESSAGE),
            automated=sorted(AUTOMATED),
        )
        return sorted(row[0] for row in rows)

    async def add_attempt(self, attempt: Attempt) -> None:
        """Write it ahead. Raises `ConflictError` when its message or text has an open or accepted one already."""
        if not await self._db.count(_ADD_ATTEMPT, **_ATTEMPT.params(attempt)):
            raise ConflictError(f"the message {attempt.message_id} has an attempt that may have been accepted")

    async def bucket(self, sender: str, *, tenant_id: TenantId) -> SenderBucket:
        """Return the sender's bucket, made on first sight, locked until the transaction ends."""
        await self._db.hold("sender_bucket", sender)
        await self._db.run(_ENSURE_BUCKET, tenant_id=tenant_id, sender=sender)
        await self._db.hold("sender_bucket", sender)
        row = await self._db.row(_LOCK_BUCKET, tenant_id=tenant_id, sender=sender)
        self._db.locks += 1
        return _BUCKET.item(row)

    async def save_bucket(self, bucket: SenderBucket) -> None:
        """Replace it."""
        await self._db.run(_SAVE_BUCKET, **_BUCKET.params(bucket))

    async def has_text(self, key: TextKey, *, but: MessageId, tenant_id: TenantId) -> bool:
        """Return whether an attempt of another message than *but* with this key was or may have been accepted."""
        row = await self._db.only(_HAS_TEXT, tenant_id=tenant_id, but=but, **msgspec.structs.asdict(key))
        return bool(row[0])

    async def attempt(self, attempt_id: AttemptId, *, tenant_id: TenantId) -> Attempt:
        """Return one, locked. Raises `NotFoundError`."""
        await self._db.hold("attempt", attempt_id)
        row = await self._db.row(_ATTEMPT_BY_ID, tenant_id=tenant_id, id=attempt_id)
        if row is None:
            raise NotFoundError(f"no attempt {attempt_id}")
        return _ATTEMPT.item(row)

    async def save_attempt(self, attempt: Attempt) -> None:
        """Replace it. Raises `ConflictError` when its provider id, or its message, is another attempt's by now."""
        if not await self._db.count(_SAVE_ATTEMPT, **_ATTEMPT.params(attempt)):
            await self.attempt(attempt.id, tenant_id=attempt.tenant_id)
            raise ConflictError("another attempt has this provider id, or this message")

    async def attempt_by_provider_id(self, provider_id: str, *, tenant_id: TenantId) -> Attempt | None:
        """Return the attempt a carrier's id is bound to."""
        row = await self._db.row(_BY_PROVIDER_ID, tenant_id=tenant_id, provider_id=provider_id)
        return None if row is None else _ATTEMPT.item(row)

    async def attempts_since(self, since: datetime, *, tenant_id: TenantId) -> list[Attempt]:
        """Return every attempt begun since then, oldest first."""
        return _ATTEMPT.items(await self._db.rows(_SINCE, tenant_id=tenant_id, since=since))

    async def last_settled(self, sender: str, *, tenant_id: TenantId) -> datetime | None:
        """Return when the newest settled attempt of *sender* began."""
        row = await self._db.row(_LAST_SETTLED, tenant_id=tenant_id, sender=sender)
        return None if row is None else row[0]

    async def add_report(self, report: DeliveryReport, *, message_id: MessageId, tenant_id: TenantId) -> bool:
        """Store it once per (message, status, error code); return whether it is new."""
        added = await self._db.count(
            _ADD_REPORT,
            tenant_id=tenant_id,
            message_id=message_id,
            status=report.status,
            error_code=report.error_code,
            provider_id=report.provider_id,
            detail=report.detail,
            trouble=report.trouble,
        )
        return added == 1

    async def reports(self, message_id: MessageId, *, tenant_id: TenantId) -> list[tuple[DeliveryStatus, str]]:
        """Return the set of (status, error code) reported for a message."""
        rows = await self._db.rows(_REPORTS, tenant_id=tenant_id, message_id=message_id)
        return [(status, error_code) for status, error_code in rows]

    async def stuck(self, tenant_id: TenantId, *, states: Collection[StuckState], limit: int) -> list[Message]:
        """Return the tenant's messages that failed or are held, as *states* say, the newest first."""
        rows = await self._db.rows(_STUCK, tenant_id=tenant_id, states=sorted(states), limit=limit)
        return _MESSAGE.items(rows)

    async def attempts_of(self, message_id: MessageId, *, tenant_id: TenantId) -> list[Attempt]:
        """Return every try to send a message, oldest first."""
        return _ATTEMPT.items(await self._db.rows(_ATTEMPTS_OF, tenant_id=tenant_id, message_id=message_id))

    async def deliveries_to(self, point_id: ContactPointId, *, tenant_id: TenantId, limit: int) -> list[Delivery]:
        """Return what became of the newest messages to a contact point that were reported on, the newest first."""
        rows = await self._db.rows(_DELIVERIES_TO, tenant_id=tenant_id, point_id=point_id, limit=limit)
        return [Delivery(message_id=row[0], delivery=row[1], trouble=row[2], code=row[3]) for row in rows]

    async def of_lead(self, lead_id: LeadId, *, tenant_id: TenantId) -> list[Message]:
        """Return the lead's messages, oldest first."""
        return _MESSAGE.items(await self._db.rows(_OF_LEAD, tenant_id=tenant_id, lead_id=lead_id))

    async def to_point(self, point_id: ContactPointId, *, tenant_id: TenantId) -> list[tuple[Message, list[Attempt]]]:
        """Return the messages to a contact point with their attempts, oldest first."""
        messages = _MESSAGE.items(await self._db.rows(_TO_POINT, tenant_id=tenant_id, point_id=point_id))
        tried = _ATTEMPT.items(await self._db.rows(_ATTEMPTS_TO_POINT, tenant_id=tenant_id, point_id=point_id))
        by_message: dict[MessageId, list[Attempt]] = {}
        for attempt in tried:
            by_message.setdefault(attempt.message_id, []).append(attempt)
        return [(message, by_message.get(message.id, [])) for message in messages]
