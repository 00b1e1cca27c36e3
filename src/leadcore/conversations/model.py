"""Conversation, its entries, and the assistant's turns."""

from datetime import datetime

import msgspec
from msgspec.structs import replace

from leadcore.compliance.values import Channel
from leadcore.conversations.events import SpeakerChanged
from leadcore.conversations.values import Author, ReplyMetadata, Speaker, TurnState
from leadcore.kernel.errors import RefusedError
from leadcore.kernel.ids import ConversationId, EntryId, LeadId, PersonId, TenantId, TurnId


class NotTheSpeakerError(RefusedError):
    """Only the one who speaks may answer: the conversation must be taken (or released) first."""

    code = "not_the_speaker"


class Conversation(msgspec.Struct, frozen=True, kw_only=True):
    """The thread with one person. `lead_id` is the lead it is about now; `taken_by` names the staff member.

    `disclosed_at` is when the customer was last told that an AI answers (Cal. B&P 17940, Utah 13-75). `merged_into` is
    the thread that took this one's entries when its person was merged: whoever asks for this one is given that one.
    """

    id: ConversationId
    tenant_id: TenantId
    person_id: PersonId
    lead_id: LeadId
    speaker: Speaker = "assistant"
    taken_by: str = ""
    handoff_reason: str = ""
    disclosed_at: datetime | None = None
    last_seq: int = 0
    merged_into: ConversationId | None = None

    def handed_to(
        self, speaker: Speaker, *, by: str, at: datetime, reason: str = ""
    ) -> tuple["Conversation", SpeakerChanged]:
        """Give the word to *speaker*; `by` is a staff member, `assistant` or `customer`."""
        changed = SpeakerChanged(
            tenant_id=self.tenant_id,
            conversation_id=self.id,
            speaker=speaker,
            by=by,
            reason=reason,
            at=at,
            lead_id=self.lead_id,
        )
        taken_by = by if speaker == "staff" and by not in {"assistant", "customer"} else ""
        return replace(self, speaker=speaker, taken_by=taken_by, handoff_reason=reason), changed


class Entry(msgspec.Struct, frozen=True, kw_only=True):
    """One thing said. `seq` counts from 1 per conversation; `source_ref` makes adding it twice a no-op."""

    id: EntryId
    tenant_id: TenantId
    conversation_id: ConversationId
    seq: int
    author: Author
    channel: Channel
    text: str
    at: datetime
    source_ref: str
    turn_id: TurnId | None = None
    metadata: ReplyMetadata | None = None


class Turn(msgspec.Struct, frozen=True, kw_only=True):
    """The assistant's answer to what was said up to `upto_seq`, on `channel`.

    `gen` fences generations: only the newest may add segments or finish. `client_ref` is the sender's own id of the
    message (idempotency), unique per conversation.
    """

    id: TurnId
    tenant_id: TenantId
    conversation_id: ConversationId
    channel: Channel
    client_ref: str
    upto_seq: int
    created_at: datetime
    answers_at: datetime
    state: TurnState = "pending"
    gen: int = 0
    entry_id: EntryId | None = None
    finished_at: datetime | None = None


class Segment(msgspec.Struct, frozen=True, kw_only=True):
    """A piece of streamed text; the concatenation over `seq` of the winning `gen` is the transcript's text."""

    turn_id: TurnId
    gen: int
    seq: int
    text: str
