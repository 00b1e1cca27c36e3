"""What a chat shows: history, context, and whatever is new since a reader looked last. Reads only, no locks."""

import re
from collections.abc import Mapping

import msgspec

from leadcore.conversations.model import Entry, Segment, Turn
from leadcore.conversations.values import ShopFacts, Speaker
from leadcore.flows.chat_session import ChatAccess, facts_shown
from leadcore.flows.seams import Seams
from leadcore.kernel.errors import InvalidInputError
from leadcore.kernel.ids import EntryId, TurnId

_LIST = re.compile(r"\s*[,;/]\s*")
_TURNS = 20
_ENTRIES = 200
_LONGEST_CURSOR = 12


class HistoryPage(msgspec.Struct, frozen=True, kw_only=True):
    """Entries, oldest first. `next_cursor` is None at the end."""

    entries: list[Entry]
    speaker: Speaker
    next_cursor: str | None


class ChatContext(msgspec.Struct, frozen=True, kw_only=True):
    """What the conversation is about. `services` are names only: a price comes from a quote alone."""

    shop: ShopFacts
    open_now: bool
    vehicle: str
    services_of_interest: tuple[str, ...]
    services: tuple[str, ...]


class Reached(msgspec.Struct, frozen=True, kw_only=True):
    """How far into a turn a reader has come. Generation 0 is before the first word."""

    gen: int = 0
    seq: int = 0


class Look(msgspec.Struct, frozen=True, kw_only=True):
    """What is new.

    `segments` are those of each live or just finished turn's newest generation that are not reached yet; `asked` are
    the customer's entries those turns answer, where they are still near.
    """

    speaker: Speaker
    last_seq: int
    entries: list[Entry]
    turns: list[Turn]
    segments: dict[TurnId, list[Segment]]
    asked: dict[TurnId, EntryId]


async def history(seams: Seams, access: ChatAccess, *, limit: int, after: str | None) -> HistoryPage:
    """Return a page of what was said, on every channel. Raises `InvalidInputError` for a made-up cursor."""
    if after is not None and not (after.isdecimal() and len(after) < _LONGEST_CURSOR):
        raise InvalidInputError("this cursor is none of ours", field="after", fix="pass `next_cursor` unchanged")
    async with seams.store.begin(access.tenant_id) as uow:
        conversation = await uow.conversations.get(access.conversation_id, tenant_id=access.tenant_id)
        found = await uow.conversations.entries(
            conversation.id, tenant_id=access.tenant_id, after_seq=int(after or 0), limit=limit + 1
        )
    page = found[:limit]
    cursor = str(page[-1].seq) if len(found) > limit else None
    return HistoryPage(entries=page, speaker=conversation.speaker, next_cursor=cursor)


async def context(seams: Seams, access: ChatAccess) -> ChatContext:
    """Return what the conversation is about."""
    async with seams.store.begin(access.tenant_id) as uow:
        tenant = await uow.tenants.get(access.tenant_id)
        lead = await uow.leads.get(access.lead_id, tenant_id=access.tenant_id)
        services = await uow.catalog.services(access.tenant_id)
        now = await uow.now()
    shop = facts_shown(tenant)
    return ChatContext(
        shop=shop,
        open_now=shop.is_open(now),
        vehicle=lead.vehicle.label,
        services_of_interest=tuple(name for name in _LIST.split(lead.interest.strip()) if name),
        services=tuple(service.name for service in services),
    )


async def look(seams: Seams, access: ChatAccess, *, after_seq: int | None, reached: Mapping[TurnId, Reached]) -> Look:
    """Return what is new after entry *after_seq* (None: entries so far are known) and beyond *reached*.

    Entries are read before turns, turns before segments: whoever finishes a turn stores them the other way round, so
    a turn whose entry is here is here whole.
    """
    tenant_id = access.tenant_id
    async with seams.store.begin(tenant_id) as uow:
        thread = uow.conversations
        conversation = await thread.get(access.conversation_id, tenant_id=tenant_id)
        known = conversation.last_seq if after_seq is None else after_seq
        entries = await thread.entries(conversation.id, tenant_id=tenant_id, after_seq=known, limit=_ENTRIES)
        turns = await thread.turns_since(conversation.id, tenant_id=tenant_id, limit=_TURNS)
        fresh = {entry.turn_id for entry in entries}
        told = [turn for turn in turns if turn.state == "running" or turn.id in fresh or turn.id in reached]
        segments: dict[TurnId, list[Segment]] = {}
        for turn in told:
            at = reached.get(turn.id, Reached())
            after = at.seq if at.gen == turn.gen else 0
            segments[turn.id] = await thread.segments(turn.id, tenant_id=tenant_id, gen=turn.gen, after_seq=after)
        unasked = {turn.client_ref: turn.id for turn in told if turn.id not in reached}
        near = await thread.last_entries(conversation.id, tenant_id=tenant_id, limit=_ENTRIES) if unasked else []
    return Look(
        speaker=conversation.speaker,
        last_seq=conversation.last_seq,
        entries=entries,
        turns=turns,
        segments=segments,
        asked={unasked[entry.source_ref]: entry.id for entry in near if entry.source_ref in unasked},
    )


async def turns_of(seams: Seams, access: ChatAccess) -> dict[TurnId, Turn]:
    """Return the conversation's newest turns."""
    async with seams.store.begin(access.tenant_id) as uow:
        conversation = await uow.conversations.get(access.conversation_id, tenant_id=access.tenant_id)
        found = await uow.conversations.turns_since(conversation.id, tenant_id=access.tenant_id, limit=_TURNS)
    return {turn.id: turn for turn in found}
