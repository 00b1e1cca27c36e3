"""What operators did to the inbox."""

from leadcore.kernel.events import Event
from leadcore.kernel.ids import InboxId, LeadId


class InboxReplayed(Event, frozen=True, kw_only=True, tag="inbox.replayed"):
    """Somebody had a row applied again. `lead_id` is the lead behind the row's order, where there is one already."""

    item_id: InboxId
    by: str
    was: str
    tries: int
    error: str
    lead_id: LeadId | None = None
