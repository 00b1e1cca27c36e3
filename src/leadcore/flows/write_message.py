"""Writing a message: stored, queued, and due, in the caller's transaction."""

from datetime import datetime

import msgspec

from leadcore.compliance.values import Purpose
from leadcore.flows.seams import Seams
from leadcore.flows.work import Work
from leadcore.kernel.ids import ContactPointId, ConversationId, LeadId, MessageId, TenantId, TouchId
from leadcore.messaging.events import MessageQueued
from leadcore.messaging.model import Message
from leadcore.messaging.values import SpokenBy
from leadcore.ports.messaging import SendChannel


class Draft(msgspec.Struct, frozen=True, kw_only=True):
    """What shall be said to whom, and until when it makes sense."""

    tenant_id: TenantId
    channel: SendChannel
    purpose: Purpose
    contact_point_id: ContactPointId
    recipient: str
    body: str
    not_after: datetime
    subject: str = ""
    html: str = ""
    lead_id: LeadId | None = None
    touch_id: TouchId | None = None
    conversation_id: ConversationId | None = None
    answers: datetime | None = None
    requested_at: datetime | None = None
    thread_ref: str = ""
    spoken_by: SpokenBy = "automation"


async def write_message(
    uow: Work, seams: Seams, draft: Draft, *, at: datetime, decided_at: datetime | None = None
) -> MessageId | None:
    """Queue *draft* to be decided and sent from *at* on. None when its touch has a message on this channel already.

    `decided_at` is the instant any later word of the customer overrules it (default: now).
    """
    now = await uow.now()
    message = Message(id=MessageId(seams.ids.new()), decided_at=decided_at or now, **msgspec.structs.asdict(draft))
    if not await uow.messages.add(message):
        return None
    await uow.due.arm("message", message.id, tenant_id=message.tenant_id, at=at)
    uow.publish(
        MessageQueued(
            tenant_id=message.tenant_id,
            at=now,
            message_id=message.id,
            channel=message.channel,
            purpose=message.purpose,
            lead_id=message.lead_id,
        )
    )
    return message.id
