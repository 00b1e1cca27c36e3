"""What became of a write, on the lead's timeline."""

from leadcore.kernel.events import Event
from leadcore.kernel.ids import LeadId
from leadcore.write_back.values import HowWritten, WriteKind


class WrittenBack(Event, frozen=True, kw_only=True, tag="write_back.done"):
    """The CRM has it: `target` is the column, the picture's id or the appointment's span, where it is about one."""

    lead_id: LeadId
    what: WriteKind
    how: HowWritten
    target: str = ""


class WriteBackRefused(Event, frozen=True, kw_only=True, tag="write_back.refused"):
    """The CRM does not take it and it is not tried again by itself; `fix` is for a person."""

    lead_id: LeadId
    what: WriteKind
    reason: str
    fix: str
    target: str = ""
