"""Conversations, entries and chat links."""

from sqlalchemy import text

from leadcore.conversations.model import Conversation, Entry
from leadcore.kernel.errors import NotFoundError
from leadcore.kernel.ids import ConversationId, LeadId, PersonId, TenantId
from leadcore.ports.storage import LinkOwner
from leadcore_postgres.rows import Rows
from leadcore_postgres.transaction import Transaction
from leadcore_postgres.turns import PostgresTurns

_CONVERSATION = Rows(Conversation, "conversation")
_ENTRY = Rows(Entry, "entry")

_ADD = text(f"{_CONVERSATION.insert} ON CONFLICT (tenant_id, person_id) DO NOTHING")
_GET = text(f"{_CONVERSATION.select} WHERE tenant_id = :tenant_id AND id = :id")
_LOCK = text(f"{_CONVERSATION.select} WHERE tenant_id = :tenant_id AND id = :id FOR NO KEY UPDATE")
_OF_PERSON = f"{_CONVERSATION.select} WHERE tenant_id = :tenant_id AND person_id = :person_id"
_BY_PERSON = text(_OF_PERSON)
_ID_BY_PERSON = text("SELECT id FROM conversation WHERE tenant_id = :tenant_id AND person_id = :person_id")
_LOCK_BY_PERSON = text(f"{_OF_PERSON} FOR NO KEY UPDATE")
_BY_LEAD = text(f"""
    {_CONVERSATION.select} WHERE tenant_id = :tenant_id
    AND person_id = (SELECT person_id FROM lead WHERE tenant_id = :tenant_id AND id = :lead_id)""")
_MERGED = text("""
    WITH RECURSIVE part AS (
        SELECT id FROM conversation WHERE tenant_id = :tenant_id AND merged_into = :id
        UNION
        SELECT c.id FROM conversation c JOIN part ON c.merged_into = part.id WHERE c.tenant_id = :tenant_id)
    SELECT id FROM part ORDER BY id""")
_SAVE = text(_CONVERSATION.replace)
_LISTING = text(f"""
    SELECT {_CONVERSATION.columns_of("c")} FROM conversation c LEFT JOIN LATERAL (
        SELECT at FROM entry e WHERE e.tenant_id = c.tenant_id AND e.conversation_id = c.id
        ORDER BY seq DESC LIMIT 1) newest ON true
    WHERE c.tenant_id = :tenant_id AND c.merged_into IS NULL AND (c.speaker = 'staff' OR NOT :waiting)
    ORDER BY newest.at DESC NULLS LAST, c.id DESC LIMIT :limit""")

_ADD_ENTRY = text(f"{_ENTRY.insert} ON CONFLICT (tenant_id, conversation_id, source_ref) DO NOTHING")
_ENTRIES = text(f"""
    {_ENTRY.select} WHERE tenant_id = :tenant_id AND conversation_id = :conversation_id AND seq > :after_seq
    ORDER BY seq LIMIT :limit""")
_LAST_ENTRIES = text(f"""
    {_ENTRY.select} WHERE tenant_id = :tenant_id AND conversation_id = :conversation_id
    ORDER BY seq DESC LIMIT :limit""")

_PUT_TOKEN = text("""
    INSERT INTO chat_token (digest, tenant_id, target_id, expires_at)
    VALUES (:digest, :tenant_id, :target_id, :expires_at)
    ON CONFLICT (digest) DO UPDATE SET target_id = EXCLUDED.target_id, expires_at = EXCLUDED.expires_at""")
_REVOKE_TOKENS = text("""
    DELETE FROM chat_token WHERE tenant_id = :tenant_id AND target_id IN (
        SELECT CAST(:target_id AS uuid) UNION ALL
        SELECT id FROM conversation WHERE tenant_id = :tenant_id AND merged_into = :target_id)""")


class PostgresConversations(PostgresTurns):
    """`ConversationRepository` of one transaction."""

    def __init__(self, transaction: Transaction) -> None:
        super().__init__(transaction)
        self._db = transaction

    async def ensure(self, conversation: Conversation) -> Conversation:
        """Create it unless the person has one; return the stored one, locked."""
        by_person = {"tenant_id": conversation.tenant_id, "person_id": conversation.person_id}
        await self._db.hold_each("conversation", _ID_BY_PERSON, **by_person)
        row = await self._db.row(_LOCK_BY_PERSON, **by_person)
        if row is None:
            if await self._db.count(_ADD, **_CONVERSATION.params(conversation)):
                return conversation
            await self._db.hold_each("conversation", _ID_BY_PERSON, **by_person)
            row = await self._db.row(_LOCK_BY_PERSON, **by_person)
        return conversation if row is None else await self._itself(_CONVERSATION.item(row), locked=True)

    async def lock(self, conversation_id: ConversationId, *, tenant_id: TenantId) -> Conversation:
        """Return it, locked until the transaction ends. Raises `NotFoundError`."""
        await self._db.hold("conversation", conversation_id)
        row = await self._db.row(_LOCK, tenant_id=tenant_id, id=conversation_id)
        if row is None:
            raise NotFoundError(f"no conversation {conversation_id}")
        return await self._itself(_CONVERSATION.item(row), locked=True)

    async def get(self, conversation_id: ConversationId, *, tenant_id: TenantId) -> Conversation:
        """Return it without a lock. Raises `NotFoundError`."""
        row = await self._db.row(_GET, tenant_id=tenant_id, id=conversation_id)
        if row is None:
            raise NotFoundError(f"no conversation {conversation_id}")
        return await self._itself(_CONVERSATION.item(row), locked=False)

    async def of_person(self, person_id: PersonId, *, tenant_id: TenantId) -> Conversation | None:
        """Return the person's conversation."""
        row = await self._db.row(_BY_PERSON, tenant_id=tenant_id, person_id=person_id)
        return None if row is None else await self._itself(_CONVERSATION.item(row), locked=False)

    async def of_lead(self, lead_id: LeadId, *, tenant_id: TenantId) -> Conversation | None:
        """Return the conversation of the person behind the lead."""
        row = await self._db.row(_BY_LEAD, tenant_id=tenant_id, lead_id=lead_id)
        return None if row is None else await self._itself(_CONVERSATION.item(row), locked=False)

    async def merged_threads(self, conversation_id: ConversationId, *, tenant_id: TenantId) -> list[ConversationId]:
        """Return the conversations that became part of this one, also by way of others, in id order."""
        return [ConversationId(row[0]) for row in await self._db.rows(_MERGED, tenant_id=tenant_id, id=conversation_id)]

    async def save(self, conversation: Conversation) -> None:
        """Replace it. Raises `NotFoundError`."""
        if not await self._db.count(_SAVE, **_CONVERSATION.params(conversation)):
            raise NotFoundError(f"no conversation {conversation.id}")

    async def listing(self, tenant_id: TenantId, *, waiting_for_staff: bool, limit: int) -> list[Conversation]:
        """Return conversations, most recently active first; only those that staff must answer if asked so."""
        rows = await self._db.rows(_LISTING, tenant_id=tenant_id, waiting=waiting_for_staff, limit=limit)
        return _CONVERSATION.items(rows)

    async def add_entry(self, entry: Entry) -> bool:
        """Append it; False when `source_ref` is there already. Raises `ConflictError` when the seq is taken."""
        return await self._db.count(_ADD_ENTRY, **_ENTRY.params(entry)) == 1

    async def entries(
        self, conversation_id: ConversationId, *, tenant_id: TenantId, after_seq: int, limit: int
    ) -> list[Entry]:
        """Return entries with a higher seq, oldest first."""
        rows = await self._db.rows(
            _ENTRIES, tenant_id=tenant_id, conversation_id=conversation_id, after_seq=after_seq, limit=limit
        )
        return _ENTRY.items(rows)

    async def last_entries(self, conversation_id: ConversationId, *, tenant_id: TenantId, limit: int) -> list[Entry]:
        """Return the newest *limit* entries, oldest first."""
        rows = await self._db.rows(_LAST_ENTRIES, tenant_id=tenant_id, conversation_id=conversation_id, limit=limit)
        return _ENTRY.items(reversed(rows))

    async def put_token(self, digest: bytes, owner: LinkOwner) -> None:
        """Remember a chat link or chat session by the digest of its token."""
        if owner.tenant_id != self._db.tenant_id:
            raise NotFoundError("the unit of work is bound to another tenant")
        await self._db.run(
            _PUT_TOKEN,
            digest=digest,
            tenant_id=owner.tenant_id,
            target_id=owner.target_id,
            expires_at=owner.expires_at,
        )

    async def revoke_tokens(self, conversation_id: ConversationId, *, tenant_id: TenantId) -> None:
        """Forget every chat link and chat session of the conversation and of those merged into it."""
        await self._db.run(_REVOKE_TOKENS, tenant_id=tenant_id, target_id=conversation_id)

    async def _itself(self, found: Conversation, *, locked: bool) -> Conversation:
        """Return the thread, or the one that took its entries."""
        if found.merged_into is None:
            return found
        ask = self.lock if locked else self.get
        return await ask(found.merged_into, tenant_id=found.tenant_id)
