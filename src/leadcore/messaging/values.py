"""States of a message and of one attempt to send it, and what makes two texts the same."""

from typing import Literal

import msgspec

MessageState = Literal[
    "pending", "dispatching", "unknown", "accepted", "failed", "suppressed", "expired", "cancelled", "held"
]
StuckState = Literal["failed", "held"]
"""States of a message that did not go, from which a person may let it be tried again."""
AttemptState = Literal["started", "unknown", "accepted", "rejected", "not_sent", "abandoned"]
SpokenBy = Literal["automation", "staff"]
OPEN_MESSAGE: frozenset[MessageState] = frozenset({"pending", "held"})
"""States from which a message may still be cancelled; later it is (or may be) with the carrier."""


class TextKey(msgspec.Struct, frozen=True, kw_only=True):
    """What may be accepted once: this text, for this contact, on this local day (ISO). Hashes are SHA-256."""

    contact_hash: bytes
    content_hash: bytes
    local_day: str
