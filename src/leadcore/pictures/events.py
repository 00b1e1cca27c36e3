"""What became of a picture."""

from leadcore.compliance.values import Channel
from leadcore.kernel.events import Event
from leadcore.kernel.ids import ConversationId, EntryId, LeadId, PictureId


class PictureReceived(Event, frozen=True, kw_only=True, tag="picture.received"):
    """A customer's picture is kept and can be shown. `number` counts within the message or form it came with."""

    picture_id: PictureId
    lead_id: LeadId
    conversation_id: ConversationId
    number: int
    channel: Channel
    media_type: str
    size: int
    entry_id: EntryId | None = None


class PictureRefused(Event, frozen=True, kw_only=True, tag="picture.refused"):
    """A customer's picture was not kept, and why."""

    picture_id: PictureId
    lead_id: LeadId
    conversation_id: ConversationId
    number: int
    channel: Channel
    reason: str
    entry_id: EntryId | None = None
