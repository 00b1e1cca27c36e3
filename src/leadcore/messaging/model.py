"""A message and its attempts."""

from datetime import datetime

import msgspec

from leadcore.compliance.values import Purpose
from leadcore.kernel.ids import AttemptId, ContactPointId, ConversationId, LeadId, MessageId, TenantId, TouchId
from leadcore.messaging.values import AttemptState, MessageState, SpokenBy, TextKey
from leadcore.ports.messaging import DeliveryStatus, SendChannel


class Message(msgspec.Struct, frozen=True, kw_only=True):
    """What is sent to one contact point on one channel.

    `decided_at` is when it was written; `not_after` when it would be stale. `answers` is the instant of the inbound
    message it replies to; `requested_at` the request it is the first response to. `delivery` is computed from the set
    of reports, never from their order. `spoken_by` tells a person's words from ours. `released_at` is when a person let
    it be tried again, which they may once. `slot_at` is the sending slot that was promised to it.
    """

    id: MessageId
    tenant_id: TenantId
    channel: SendChannel
    purpose: Purpose
    contact_point_id: ContactPointId
    recipient: str
    body: str
    decided_at: datetime
    not_after: datetime
    subject: str = ""
    html: str = ""
    lead_id: LeadId | None = None
    touch_id: TouchId | None = None
    conversation_id: ConversationId | None = None
    answers: datetime | None = None
    requested_at: datetime | None = None
    thread_ref: str = ""
    state: MessageState = "pending"
    reason: str = ""
    attempts: int = 0
    provider_id: str = ""
    delivery: DeliveryStatus | None = None
    spoken_by: SpokenBy = "automation"
    released_at: datetime | None = None
    slot_at: datetime | None = None


class SenderBucket(msgspec.Struct, frozen=True, kw_only=True):
    """How far a sender's slots are promised: the theoretical arrival time of GCRA, None before the first."""

    tenant_id: TenantId
    sender: str
    tat: datetime | None = None


class Attempt(msgspec.Struct, frozen=True, kw_only=True):
    """One try, written ahead of the call. At most one attempt of a message may be open or accepted.

    Marketing has the key of its text (`policies.sameness`): of those that were or may have been accepted there is one
    per contact, text and local day. Other purposes leave `local_day` empty.
    """

    id: AttemptId
    tenant_id: TenantId
    message_id: MessageId
    n: int
    state: AttemptState
    started_at: datetime
    sender: str
    recipient: str
    body_digest: bytes
    rules_version: str
    settled_at: datetime | None = None
    provider_id: str = ""
    how: str = ""
    error: str = ""
    looks: int = 0
    contact_hash: bytes = b""
    content_hash: bytes = b""
    local_day: str = ""

    def with_key(self, key: TextKey) -> "Attempt":
        """Return the attempt bound to the key of its text."""
        return msgspec.structs.replace(
            self, contact_hash=key.contact_hash, content_hash=key.content_hash, local_day=key.local_day
        )

    @property
    def text_key(self) -> TextKey | None:
        """The key of its text, None when its purpose has none."""
        if not self.local_day:
            return None
        return TextKey(contact_hash=self.contact_hash, content_hash=self.content_hash, local_day=self.local_day)
