"""Which tables hold something of a person, by which column, and what becomes of it. Both stores go by this list.

A new table with personal data gets a line here; a test over the catalog of PostgreSQL fails until it has one.
"""

from typing import Literal

import msgspec

Fate = Literal["erased", "blanked", "kept"]
"""`erased`: the row goes. `blanked`: it stays without what is personal. `kept`: nothing in it is personal then."""


class Holding(msgspec.Struct, frozen=True):
    """Rows of *table* whose *column* is one of the ids that `Belongings` has under *of*."""

    table: str
    column: str
    of: str
    fate: Fate = "erased"


HOLDINGS: tuple[Holding, ...] = (
    # Referring rows before those they refer to.
    Holding("decision", "lead_id", "leads"),
    Holding("decision", "message_id", "messages"),
    Holding("decision", "touch_id", "touches"),
    Holding("delivery_report", "message_id", "messages"),
    Holding("attempt", "message_id", "messages", "blanked"),
    Holding("message", "id", "messages", "blanked"),
    Holding("segment", "turn_id", "turns"),
    Holding("picture", "lead_id", "leads"),
    Holding("picture", "conversation_id", "conversations"),
    Holding("turn", "conversation_id", "conversations"),
    Holding("entry", "conversation_id", "conversations"),
    Holding("conversation", "person_id", "people"),
    Holding("write_back", "lead_id", "leads"),
    Holding("lead_score", "lead_id", "leads"),
    Holding("assignment", "lead_id", "leads"),
    Holding("lead_reference", "lead_id", "leads"),
    Holding("appointment", "lead_id", "leads"),
    Holding("touch", "lead_id", "leads"),
    Holding("rollout_move", "enrollment_id", "enrollments"),
    Holding("enrollment", "lead_id", "leads"),
    Holding("lead", "person_id", "people"),
    Holding("person_merge", "keep_id", "people"),
    Holding("person_merge", "other_id", "people"),
    Holding("person", "id", "people"),
    Holding("suppression", "contact_point_id", "points", "blanked"),
    Holding("consent", "contact_point_id", "points", "blanked"),
    Holding("contact_point", "id", "points", "blanked"),
    Holding("erased_contact", "contact_point_id", "points", "kept"),
)
TABLES: tuple[str, ...] = tuple(dict.fromkeys(each.table for each in HOLDINGS))
ELSEWHERE: frozenset[str] = frozenset({"inbox", "entity_version", "outbox", "picture_content", "chat_token", "due"})
"""Tables that hold something of a person and are cleaned by other means: by what bytes say, by digest, by target."""
