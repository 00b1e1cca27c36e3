"""What was done with everything known of a person. Neither event says who they were."""

from leadcore.kernel.events import Event
from leadcore.kernel.ids import PersonId


class PersonExported(Event, frozen=True, kw_only=True, tag="privacy.exported"):
    """Everything known of a person was handed out; `rows` says how many of which table."""

    by: str
    rows: dict[str, int]
    person_id: PersonId | None = None


class PersonErased(Event, frozen=True, kw_only=True, tag="privacy.erased"):
    """A person was forgotten. `sends_ended` had not left; `contacts` stay behind as keyed hashes, suppressed."""

    by: str
    reason: str
    rows: dict[str, int]
    contacts: int
    sends_ended: int
