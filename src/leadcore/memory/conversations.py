"""Conversations, entries, turns and segments in memory."""

from datetime import UTC, datetime
from operator import attrgetter

from leadcore.conversations.model import Conversation, Entry, Segment, Turn
from leadcore.kernel.errors import ConflictError, NotFoundError
from leadcore.kernel.ids import ConversationId, LeadId, PersonId, TenantId, TurnId
from leadcore.memory.database import Changes, seen, shared
from leadcore.ports.storage import LinkOwner

_BY_ID = attrgetter("id")
_NEVER = datetime.min.replace(tzinfo=UTC)


class MemoryConversations:
    """`ConversationRepository` of one unit of work."""

    _conversations = seen(lambda tables: tables.conversations)
    _entries = seen(lambda tables: tables.entries)
    _entry_refs = seen(lambda tables: tables.entry_refs)
    _turns = seen(lambda tables: tables.turns)
    _segments = seen(lambda tables: tables.segments)
    _leads = seen(lambda tables: tables.leads)
    _tokens = shared(lambda tables: tables.tokens)

    def __init__(self, changes: Changes) -> None:
        self._changes = changes
        self._bound_to = changes.tenant_id

    async def ensure(self, conversation: Conversation) -> Conversation:
        """Create it unless the person has one; return the stored one."""
        stored = await self.of_person(conversation.person_id, tenant_id=conversation.tenant_id)
        if stored is None:
            self._changes.must_exist(self._changes.database.people, conversation.person_id)
            self._changes.must_exist(self._changes.database.leads, conversation.lead_id)
            self._conversations.put(conversation, conversation.tenant_id, conversation.id)
        return await self.get(stored.id, tenant_id=stored.tenant_id) if stored else conversation

    async def lock(self, conversation_id: ConversationId, *, tenant_id: TenantId) -> Conversation:
        """Return it. Raises `NotFoundError`."""
        return await self.get(conversation_id, tenant_id=tenant_id)

    async def get(self, conversation_id: ConversationId, *, tenant_id: TenantId) -> Conversation:
        """Return it. Raises `NotFoundError`."""
        found = self._conversations.get(tenant_id, conversation_id)
        if found is None:
            raise NotFoundError(f"no conversation {conversation_id}")
        return await self.get(found.merged_into, tenant_id=tenant_id) if found.merged_into else found

    async def of_person(self, person_id: PersonId, *, tenant_id: TenantId) -> Conversation | None:
        """Return the person's conversation."""
        found = next(iter(self._conversations.where("person", tenant_id, person_id)), None)
        return await self.get(found.id, tenant_id=tenant_id) if found else None

    async def of_lead(self, lead_id: LeadId, *, tenant_id: TenantId) -> Conversation | None:
        """Return the conversation of the person behind the lead."""
        lead = self._leads.get(tenant_id, lead_id)
        return await self.of_person(lead.person_id, tenant_id=tenant_id) if lead else None

    async def merged_threads(self, conversation_id: ConversationId, *, tenant_id: TenantId) -> list[ConversationId]:
        """Return the conversations that became part of this one, also by way of others, in id order."""
        found, unread = [], [conversation_id]
        while unread:
            parts = [each.id for each in self._conversations.where("merged", tenant_id, unread.pop())]
            found += parts
            unread += parts
        return sorted(found)

    async def save(self, conversation: Conversation) -> None:
        """Replace it. Raises `NotFoundError`."""
        await self.get(conversation.id, tenant_id=conversation.tenant_id)
        self._conversations.put(conversation, conversation.tenant_id, conversation.id)

    async def listing(self, tenant_id: TenantId, *, waiting_for_staff: bool, limit: int) -> list[Conversation]:
        """Return conversations, most recently active first; only those that staff must answer if asked so."""
        chosen = [
            each
            for each in self._conversations.where("tenant", tenant_id)
            if each.merged_into is None and (each.speaker == "staff" or not waiting_for_staff)
        ]
        return sorted(chosen, key=lambda each: (self._last_active(each), each.id), reverse=True)[:limit]

    async def add_entry(self, entry: Entry) -> bool:
        """Append it; False when `source_ref` is there already."""
        await self.get(entry.conversation_id, tenant_id=entry.tenant_id)
        if not self._entry_refs.insert(entry.id, entry.tenant_id, entry.conversation_id, entry.source_ref):
            return False
        if not self._entries.insert(entry, entry.tenant_id, entry.conversation_id, entry.seq):
            raise ConflictError(f"entry {entry.seq} of the conversation exists")
        return True

    async def entries(
        self, conversation_id: ConversationId, *, tenant_id: TenantId, after_seq: int, limit: int
    ) -> list[Entry]:
        """Return entries with a higher seq, oldest first."""
        return [each for each in self._in_order(conversation_id, tenant_id) if each.seq > after_seq][:limit]

    async def last_entries(self, conversation_id: ConversationId, *, tenant_id: TenantId, limit: int) -> list[Entry]:
        """Return the newest *limit* entries, oldest first."""
        return self._in_order(conversation_id, tenant_id)[-limit:] if limit > 0 else []

    async def add_turn(self, turn: Turn) -> Turn:
        """Store it unless its `client_ref` exists in the conversation; return the stored one."""
        await self.get(turn.conversation_id, tenant_id=turn.tenant_id)
        for stored in self._turns.where("conversation", turn.tenant_id, turn.conversation_id):
            if stored.client_ref == turn.client_ref:
                return stored
        self._turns.put(turn, turn.tenant_id, turn.id)
        return turn

    async def turn(self, turn_id: TurnId, *, tenant_id: TenantId) -> Turn:
        """Return one. Raises `NotFoundError`."""
        found = self._turns.get(tenant_id, turn_id)
        if found is None:
            raise NotFoundError(f"no turn {turn_id}")
        return found

    async def open_turn(self, conversation_id: ConversationId, *, tenant_id: TenantId) -> Turn | None:
        """Return the newest turn that is pending or running."""
        turns = self._turns.where("conversation", tenant_id, conversation_id)
        return max((each for each in turns if each.state in {"pending", "running"}), key=_BY_ID, default=None)

    async def turns(self, conversation_id: ConversationId, *, tenant_id: TenantId) -> list[Turn]:
        """Return all its turns, oldest first."""
        return sorted(self._turns.where("conversation", tenant_id, conversation_id), key=_BY_ID)

    async def turns_since(self, conversation_id: ConversationId, *, tenant_id: TenantId, limit: int) -> list[Turn]:
        """Return the newest *limit* turns, oldest first."""
        turns = sorted(self._turns.where("conversation", tenant_id, conversation_id), key=_BY_ID)
        return turns[-limit:] if limit > 0 else []

    async def save_turn(self, turn: Turn) -> None:
        """Replace it. Raises `NotFoundError`."""
        await self.turn(turn.id, tenant_id=turn.tenant_id)
        self._turns.put(turn, turn.tenant_id, turn.id)

    async def add_segments(self, segments: list[Segment], *, tenant_id: TenantId) -> None:
        """Append segments. Raises `ConflictError` unless each turn is running at the segment's generation."""
        for segment in segments:
            turn = self._turns.get(tenant_id, segment.turn_id)
            if turn is None or turn.state != "running" or turn.gen != segment.gen:
                raise ConflictError(f"generation {segment.gen} of the turn is over")
            known = self._segments.get(tenant_id, segment.turn_id, segment.gen) or ()
            if any(each.seq == segment.seq for each in known):
                raise ConflictError(f"segment {segment.seq} of the turn exists")
            self._segments.put((*known, segment), tenant_id, segment.turn_id, segment.gen)

    async def segments(self, turn_id: TurnId, *, tenant_id: TenantId, gen: int, after_seq: int) -> list[Segment]:
        """Return a generation's segments with a higher seq, in order."""
        known = self._segments.get(tenant_id, turn_id, gen) or ()
        return sorted((each for each in known if each.seq > after_seq), key=attrgetter("seq"))

    async def put_token(self, digest: bytes, owner: LinkOwner) -> None:
        """Remember a chat link or chat session by the digest of its token."""
        stored = self._tokens.get(digest) or owner
        if not stored.tenant_id == owner.tenant_id == self._bound_to:
            raise NotFoundError("the unit of work is bound to another tenant")
        self._tokens.put(owner, digest)

    async def revoke_tokens(self, conversation_id: ConversationId, *, tenant_id: TenantId) -> None:
        """Forget every chat link and chat session of the conversation and of those merged into it."""
        if tenant_id == self._bound_to:
            merged = [each.id for each in self._conversations.where("merged", tenant_id, conversation_id)]
            for target in (conversation_id, *merged):
                for digest in self._tokens.keys_where("target", tenant_id, target):
                    self._tokens.drop(*digest)

    def _in_order(self, conversation_id: ConversationId, tenant_id: TenantId) -> list[Entry]:
        return sorted(self._entries.where("conversation", tenant_id, conversation_id), key=attrgetter("seq"))

    def _last_active(self, conversation: Conversation) -> datetime:
        entries = self._entries.where("conversation", conversation.tenant_id, conversation.id)
        return max((entry.at for entry in entries), default=_NEVER)
