"""Storing conversations, entries, turns and streamed segments."""

from typing import Protocol

from leadcore.conversations.model import Conversation, Entry, Segment, Turn
from leadcore.kernel.ids import ConversationId, LeadId, PersonId, TenantId, TurnId
from leadcore.ports.storage import LinkOwner, UnitOfWork


class ConversationRepository(Protocol):
    """Threads with people. Whoever asks for a thread that was merged into another one is given the other one."""

    async def ensure(self, conversation: Conversation) -> Conversation:
        """Create it unless the person has one; return the stored one, locked."""
        ...

    async def lock(self, conversation_id: ConversationId, *, tenant_id: TenantId) -> Conversation:
        """Return it, locked until the unit of work ends. Raises `NotFoundError`."""
        ...

    async def get(self, conversation_id: ConversationId, *, tenant_id: TenantId) -> Conversation:
        """Return it without a lock. Raises `NotFoundError`."""
        ...

    async def of_person(self, person_id: PersonId, *, tenant_id: TenantId) -> Conversation | None:
        """Return the person's conversation."""
        ...

    async def of_lead(self, lead_id: LeadId, *, tenant_id: TenantId) -> Conversation | None:
        """Return the conversation of the person behind the lead."""
        ...

    async def merged_threads(self, conversation_id: ConversationId, *, tenant_id: TenantId) -> list[ConversationId]:
        """Return the conversations that became part of this one, also by way of others, in id order."""
        ...

    async def save(self, conversation: Conversation) -> None:
        """Replace it (it must be locked by this unit of work)."""
        ...

    async def listing(self, tenant_id: TenantId, *, waiting_for_staff: bool, limit: int) -> list[Conversation]:
        """Return conversations, most recently active first; only those a person must answer if asked so."""
        ...

    async def add_entry(self, entry: Entry) -> bool:
        """Append it (its conversation must be locked); False when `source_ref` is there already."""
        ...

    async def entries(
        self, conversation_id: ConversationId, *, tenant_id: TenantId, after_seq: int, limit: int
    ) -> list[Entry]:
        """Return entries with a higher seq, oldest first."""
        ...

    async def last_entries(self, conversation_id: ConversationId, *, tenant_id: TenantId, limit: int) -> list[Entry]:
        """Return the newest *limit* entries, oldest first."""
        ...

    async def add_turn(self, turn: Turn) -> Turn:
        """Store it unless its `client_ref` exists in the conversation; return the stored one."""
        ...

    async def turn(self, turn_id: TurnId, *, tenant_id: TenantId) -> Turn:
        """Return one, locked. Raises `NotFoundError`."""
        ...

    async def open_turn(self, conversation_id: ConversationId, *, tenant_id: TenantId) -> Turn | None:
        """Return the newest turn that is pending or running, locked."""
        ...

    async def turns(self, conversation_id: ConversationId, *, tenant_id: TenantId) -> list[Turn]:
        """Return all its turns, oldest first, without a lock."""
        ...

    async def turns_since(self, conversation_id: ConversationId, *, tenant_id: TenantId, limit: int) -> list[Turn]:
        """Return the newest *limit* turns, oldest first."""
        ...

    async def save_turn(self, turn: Turn) -> None:
        """Replace it."""
        ...

    async def add_segments(self, segments: list[Segment], *, tenant_id: TenantId) -> None:
        """Append segments. Raises `ConflictError` when the turn has a newer generation or is no longer running."""
        ...

    async def segments(self, turn_id: TurnId, *, tenant_id: TenantId, gen: int, after_seq: int) -> list[Segment]:
        """Return a generation's segments with a higher seq, in order."""
        ...

    async def put_token(self, digest: bytes, owner: LinkOwner) -> None:
        """Remember a public link by its digest; its target is a conversation or a contact point."""
        ...

    async def revoke_tokens(self, conversation_id: ConversationId, *, tenant_id: TenantId) -> None:
        """Forget every chat link and chat session of the conversation and of those merged into it."""
        ...


class ConversationWork(UnitOfWork, Protocol):
    """A unit of work that can reach conversations."""

    @property
    def conversations(self) -> ConversationRepository:
        """Conversations."""
        ...
