"""What shops and people say to each other, and what is sold."""

from datetime import time, timedelta
from typing import Any

from msgspec.structs import replace

from leadcore.cadences.model import (
    CadenceVersion,
    Enrollment,
    MigrationMap,
    Rollout,
    RolloutMove,
    Step,
    Template,
    Thresholds,
    Touch,
)
from leadcore.catalog.model import CatalogEntry, Service
from leadcore.compliance.model import ContactPoint
from leadcore.conversations.model import Conversation, Entry, Turn
from leadcore.kernel.ids import (
    AttemptId,
    ConversationId,
    EnrollmentId,
    EntryId,
    MessageId,
    PictureId,
    RolloutId,
    ServiceId,
    TouchId,
    TurnId,
)
from leadcore.kernel.money import Money
from leadcore.leads.model import Lead
from leadcore.messaging.model import Attempt, Message
from leadcore.pictures.model import Picture
from leadcore.ports.crm import CrmService
from leadcore.ports.messaging import OutboundMessage
from leadcore.tenants.model import Connection, Tenant
from leadcore.testing.builders.people import NOON, new_id
from leadcore.write_back.model import WriteBack, WriteBlock


def a_write_back(lead: Lead, **changes: Any) -> WriteBack:
    """Return a first try to note something on the lead's order."""
    row = WriteBack(
        tenant_id=lead.tenant_id, lead_id=lead.id, what="note", version=1, started_at=NOON,
        not_before=NOON + timedelta(minutes=1),
    )  # fmt: skip
    return replace(row, **changes)


def a_service(tenant: Tenant, **changes: Any) -> Service:
    """Return a service with a price per vehicle class."""
    service = Service(
        id=ServiceId(new_id()),
        tenant_id=tenant.id,
        slug="ceramic-tint",
        name="Ceramic tint",
        category="tint",
        prices={"sedan": Money(minor=39900), "suv": Money(minor=44900)},
        external_ids=("svc-1", "svc-2"),
        hours=3.5,
        synced_at=NOON,
    )
    return replace(service, **changes)


def a_catalog_entry(tenant: Tenant, **changes: Any) -> CatalogEntry:
    """Return an entry of a price list, seen at noon."""
    ref = changes.get("external_id", "svc-1")
    listed = CrmService(external_id=ref, name="Ceramic tint - Sedan", price=Money(minor=39900), labor_hours=3.5)
    return replace(CatalogEntry(tenant_id=tenant.id, external_id=ref, listed=listed, seen_at=NOON), **changes)


def a_cadence(tenant: Tenant, **changes: Any) -> CadenceVersion:
    """Return a cadence of one step."""
    step = Step(id="hello", day=0, at=time(10, 30), templates={"sms": Template(body="Hi {{ first_name }}")})
    cadence = CadenceVersion(tenant_id=tenant.id, name="seven-in-eight", version="abc123", steps=(step,))
    return replace(cadence, **changes)


def an_enrollment(lead: Lead, cadence: CadenceVersion, **changes: Any) -> Enrollment:
    """Return an active enrollment."""
    enrollment = Enrollment(
        id=EnrollmentId(new_id()),
        tenant_id=lead.tenant_id,
        lead_id=lead.id,
        cadence=cadence.name,
        version=cadence.version,
        zone="America/Chicago",
        enrolled_at=NOON,
    )
    return replace(enrollment, **changes)


def a_touch(enrollment: Enrollment, **changes: Any) -> Touch:
    """Return a due touch."""
    touch = Touch(
        id=TouchId(new_id()),
        tenant_id=enrollment.tenant_id,
        enrollment_id=enrollment.id,
        lead_id=enrollment.lead_id,
        step="hello",
        due_at=NOON,
        not_after=NOON + timedelta(hours=36),
        planned_at=NOON,
    )
    return replace(touch, **changes)


def a_rollout(old: CadenceVersion, new: CadenceVersion, **changes: Any) -> Rollout:
    """Return a roll-out that tries *new* on a tenth of the leads."""
    rollout = Rollout(
        id=RolloutId(new_id()),
        tenant_id=old.tenant_id,
        shared_id=new_id(),
        locations=(old.tenant_id,),
        cadence=old.name,
        old_version=old.version,
        new_version=new.version,
        state="canary",
        percent=10,
        moves=MigrationMap(move={"hello": "hallo"}),
        thresholds=Thresholds(),
        started_at=NOON,
        started_by="Sam",
    )
    return replace(rollout, **changes)


def a_rollout_move(rollout: Rollout, touch: Touch, **changes: Any) -> RolloutMove:
    """Return how *rollout* moved the enrollment that waited for *touch*."""
    move = RolloutMove(
        tenant_id=rollout.tenant_id,
        rollout_id=rollout.id,
        enrollment_id=touch.enrollment_id,
        from_version=rollout.old_version,
        from_step=touch.step,
        from_due_at=touch.due_at,
        from_not_after=touch.not_after,
        to_step="hallo",
        to_due_at=touch.due_at,
        moved_at=NOON,
    )
    return replace(move, **changes)


def a_message(point: ContactPoint, **changes: Any) -> Message:
    """Return a text that waits to be sent."""
    message = Message(
        id=MessageId(new_id()),
        tenant_id=point.tenant_id,
        channel="sms",
        purpose="marketing",
        contact_point_id=point.id,
        recipient=point.value,
        body="Hi Ana, still thinking about tint?",
        decided_at=NOON,
        not_after=NOON + timedelta(hours=1),
    )
    return replace(message, **changes)


def an_attempt(message: Message, **changes: Any) -> Attempt:
    """Return an attempt that was just written ahead."""
    attempt = Attempt(
        id=AttemptId(new_id()),
        tenant_id=message.tenant_id,
        message_id=message.id,
        n=1,
        state="started",
        started_at=NOON,
        sender="+15125550100",
        recipient=message.recipient,
        body_digest=b"\x01\x02",
        rules_version="2026-11-22",
    )
    return replace(attempt, **changes)


def an_outbound_message(**changes: Any) -> OutboundMessage:
    """Return a text on the wire's side of the gate."""
    message = OutboundMessage(
        attempt_id=AttemptId(new_id()),
        channel="sms",
        sender="+15125550100",
        recipient="+15125550142",
        body="Hi Ana, still thinking about tint?",
        status_url="http://127.0.0.1:1/status",
    )
    return replace(message, **changes)


def a_conversation(lead: Lead, **changes: Any) -> Conversation:
    """Return the thread with the person behind *lead*."""
    conversation = Conversation(
        id=ConversationId(new_id()), tenant_id=lead.tenant_id, person_id=lead.person_id, lead_id=lead.id
    )
    return replace(conversation, **changes)


def an_entry(conversation: Conversation, **changes: Any) -> Entry:
    """Return something the customer texted."""
    entry_id = EntryId(new_id())
    entry = Entry(
        id=entry_id,
        tenant_id=conversation.tenant_id,
        conversation_id=conversation.id,
        seq=1,
        author="customer",
        channel="sms",
        text="How much for ceramic?",
        at=NOON,
        source_ref=entry_id.hex,
    )
    return replace(entry, **changes)


def a_turn(conversation: Conversation, **changes: Any) -> Turn:
    """Return a pending answer."""
    turn_id = TurnId(new_id())
    turn = Turn(
        id=turn_id,
        tenant_id=conversation.tenant_id,
        conversation_id=conversation.id,
        channel="sms",
        client_ref=turn_id.hex,
        upto_seq=1,
        created_at=NOON,
        answers_at=NOON,
    )
    return replace(turn, **changes)


def a_picture(conversation: Conversation, connection: Connection, **changes: Any) -> Picture:
    """Return a picture that its carrier still has."""
    picture_id = PictureId(new_id())
    picture = Picture(
        id=picture_id,
        tenant_id=conversation.tenant_id,
        lead_id=conversation.lead_id,
        conversation_id=conversation.id,
        connection_id=connection.id,
        channel="sms",
        source_ref=f"sms:{conversation.id}",
        number=1,
        received_at=NOON,
        url="https://media.example.com/1",
    )
    return replace(picture, **changes)


def a_write_block(lead: Lead, **changes: Any) -> WriteBlock:
    """Return that the lead's CRM may be told no notes for the next quarter of an hour."""
    block = WriteBlock(
        tenant_id=lead.tenant_id,
        source=lead.source,
        what="note",
        since=NOON,
        until=NOON + timedelta(minutes=15),
        error="it may not write",
    )
    return replace(block, **changes)
