"""What goes over the wire: history items, documents, and server-sent events.

The id of an event is `<turn>.<gen>.<n>`. A delta has twice the seq of its stored segment, a held the odd number after
the delta before it: so every id stands in order, and a reader that was cut anywhere names exactly what it has.
"""

import re
from datetime import UTC, datetime
from uuid import UUID

import msgspec

from leadcore.conversations.model import Entry, Turn
from leadcore.conversations.values import ReplyMetadata, ShopFacts, Speaker
from leadcore.flows.chat import client_id_of
from leadcore.flows.chat_reading import Reached
from leadcore.flows.chat_session import SessionView
from leadcore.kernel.ids import EntryId, TurnId

OPENING = b"retry: 2000\n\n"
HEARTBEAT = b": still here\n\n"
END = 2_147_483_647
"""Number of the last event of a turn, above any delta's."""

_ID = re.compile(r"([0-9a-f-]{36})\.(\d{1,9})\.(\d{1,10})")


class ReplyMetadataDocument(msgspec.Struct, frozen=True, kw_only=True):
    """The part of an answer's metadata that is promised."""

    provider: str
    model: str
    tokens_used: dict[str, int]
    latency_ms: int
    finish_reason: str
    cost_usd: float | None


class HistoryItem(msgspec.Struct, frozen=True, kw_only=True):
    """One thing said. `metadata`: how an answer came about, or the sender's own id of a message."""

    id: str
    author: str
    channel: str
    text: str
    at: datetime
    metadata: dict[str, object] | None


class ShopDocument(msgspec.Struct, frozen=True, kw_only=True):
    """The shop as its page shows it."""

    brand: str
    phone: str | None
    address: str
    hours_text: str
    open_now: bool


class SessionDocument(msgspec.Struct, frozen=True, kw_only=True):
    """What the page needs to open."""

    lead_id: UUID
    shop: ShopDocument
    customer: dict[str, str | None]
    vehicle: str | None
    disclosure: str
    expires_at: datetime


def item_of(entry: Entry) -> HistoryItem:
    """Return *entry* as history shows it."""
    client_id = client_id_of(entry)
    metadata: dict[str, object] | None = None
    if entry.metadata is not None:
        metadata = msgspec.to_builtins(entry.metadata)
    elif client_id is not None:
        metadata = {"client_message_id": client_id}
    return HistoryItem(
        id=str(entry.id),
        author=entry.author,
        channel=entry.channel,
        text=entry.text,
        at=entry.at.astimezone(UTC),
        metadata=metadata,
    )


def metadata_of(made: ReplyMetadata) -> ReplyMetadataDocument:
    """Return what is promised of *made*."""
    used = made.tokens_used
    return ReplyMetadataDocument(
        provider=made.provider,
        model=made.model,
        tokens_used={"input": used.input, "output": used.output, "total": used.total},
        latency_ms=made.latency_ms,
        finish_reason=made.finish_reason,
        cost_usd=made.cost_usd,
    )


def shop_of(shop: ShopFacts, *, open_now: bool) -> ShopDocument:
    """Return the shop as shown."""
    return ShopDocument(
        brand=shop.brand,
        phone=shop.phone or None,
        address=shop.address,
        hours_text=shop.hours_text(),
        open_now=open_now,
    )


def session_of_view(view: SessionView) -> SessionDocument:
    """Return the session as the page reads it."""
    return SessionDocument(
        lead_id=view.access.lead_id,
        shop=shop_of(view.shop, open_now=view.open_now),
        customer={"first_name": view.first_name or None},
        vehicle=view.vehicle or None,
        disclosure=view.disclosure,
        expires_at=view.expires_at.astimezone(UTC),
    )


def read_id(text: str | None) -> tuple[TurnId, Reached, bool] | None:
    """Return the turn an event id belongs to, how far it says its reader came, and whether to the end."""
    found = _ID.fullmatch(text or "")
    if found is None:
        return None
    try:
        turn_id = TurnId(UUID(found[1]))
    except ValueError:
        return None
    number = int(found[3])
    return turn_id, Reached(gen=int(found[2]), seq=number // 2), number >= END


def turn_event(turn_id: TurnId, *, asked: EntryId | None) -> bytes:
    """An answer begins; *asked* is the customer's message it answers first."""
    data = {"turn_id": str(turn_id), "message_id": str(asked) if asked else None}
    return _frame("turn", data, f"{turn_id}.0.0")


def delta_event(turn_id: TurnId, *, gen: int, seq: int, text: str) -> bytes:
    """More text."""
    return _frame("delta", {"turn_id": str(turn_id), "gen": gen, "text": text}, f"{turn_id}.{gen}.{2 * seq}")


def held_event(turn_id: TurnId, *, gen: int, seq: int) -> bytes:
    """A sentence is being checked."""
    return _frame("held", {"turn_id": str(turn_id), "gen": gen}, f"{turn_id}.{gen}.{2 * seq + 1}")


def reset_event(turn_id: TurnId, *, gen: int, at_end: bool = False) -> bytes:
    """What was shown of the turn is void. At its end nothing follows: somebody else answers."""
    return _frame("reset", {"turn_id": str(turn_id), "gen": gen}, f"{turn_id}.{gen}.{END if at_end else 0}")


def done_event(turn: Turn, entry: Entry) -> bytes:
    """The answer as stored."""
    return _frame("done", {"turn_id": str(turn.id), "message": item_of(entry)}, f"{turn.id}.{turn.gen}.{END}")


def message_event(entry: Entry) -> bytes:
    """Something was said that no turn said. It has no id: where a reader stands is told by turns."""
    return _frame("message", item_of(entry))


def handoff_event(speaker: Speaker, *, ending: Turn | None = None) -> bytes:
    """Somebody else has the word now."""
    number = f"{ending.id}.{ending.gen}.{END + 1}" if ending else None
    return _frame("handoff", {"speaker": speaker}, number)


def bye_event(why: str) -> bytes:
    """The connection ends on purpose: connect again."""
    return _frame("bye", {"reason": why})


def _frame(event: str, data: object, number: str | None = None) -> bytes:
    head = f"id: {number}\nevent: {event}\n" if number else f"event: {event}\n"
    return head.encode() + b"data: " + msgspec.json.encode(data) + b"\n\n"
