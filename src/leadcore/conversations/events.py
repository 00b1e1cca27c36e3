"""What happened in a conversation."""

from leadcore.conversations.values import Author, Speaker
from leadcore.kernel.events import Event
from leadcore.kernel.ids import ConversationId, EntryId, LeadId


class EntryAdded(Event, frozen=True, kw_only=True, tag="conversation.entry"):
    """Somebody said something; `by` names the staff member."""

    conversation_id: ConversationId
    entry_id: EntryId
    author: Author
    channel: str
    by: str = ""
    lead_id: LeadId | None = None


class SpeakerChanged(Event, frozen=True, kw_only=True, tag="conversation.speaker"):
    """The assistant handed over, or a person took over or gave back."""

    conversation_id: ConversationId
    speaker: Speaker
    by: str
    reason: str = ""
    lead_id: LeadId | None = None
