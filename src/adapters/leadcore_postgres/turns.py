"""The assistant's turns and their streamed segments."""

from sqlalchemy import text

from leadcore.conversations.model import Segment, Turn
from leadcore.kernel.errors import ConflictError, NotFoundError
from leadcore.kernel.ids import ConversationId, TenantId, TurnId
from leadcore_postgres.rows import Rows
from leadcore_postgres.transaction import Transaction

_TURN = Rows(Turn, "turn")
_SEGMENT = Rows(Segment, "segment")

_ADD = text(f"{_TURN.insert} ON CONFLICT (tenant_id, conversation_id, client_ref) DO NOTHING")
_BY_CLIENT_REF = text(f"""
    {_TURN.select} WHERE tenant_id = :tenant_id AND conversation_id = :conversation_id
    AND client_ref = :client_ref""")
_GET = text(f"{_TURN.select} WHERE tenant_id = :tenant_id AND id = :id FOR NO KEY UPDATE")
_OPEN = text(f"""
    {_TURN.select} WHERE tenant_id = :tenant_id AND conversation_id = :conversation_id
    AND state IN ('pending', 'running') ORDER BY id DESC LIMIT 1 FOR NO KEY UPDATE""")
_NEWEST = text(f"""
    {_TURN.select} WHERE tenant_id = :tenant_id AND conversation_id = :conversation_id
    ORDER BY id DESC LIMIT :limit""")
_ALL = text(f"""
    {_TURN.select} WHERE tenant_id = :tenant_id AND conversation_id = :conversation_id ORDER BY id""")
_SAVE = text(_TURN.replace)
# FOR SHARE: whoever bumps the generation waits, and segments that come after it find no turn.
_ADD_SEGMENTS = text("""
    WITH fence AS (
        SELECT id, gen FROM turn
        WHERE tenant_id = :tenant_id AND state = 'running' AND id = ANY(CAST(:turn_id AS uuid[])) FOR SHARE)
    INSERT INTO segment (tenant_id, turn_id, gen, seq, text)
    SELECT CAST(:tenant_id AS uuid), s.turn_id, s.gen, s.seq, s.text
    FROM unnest(CAST(:turn_id AS uuid[]), CAST(:gen AS int[]), CAST(:seq AS int[]), CAST(:text AS text[]))
        AS s (turn_id, gen, seq, text)
    JOIN fence ON fence.id = s.turn_id AND fence.gen = s.gen
    ON CONFLICT DO NOTHING""")
_SEGMENTS = text(f"""
    {_SEGMENT.select} WHERE tenant_id = :tenant_id AND turn_id = :turn_id AND gen = :gen AND seq > :after_seq
    ORDER BY seq""")


class PostgresTurns:
    """The part of `ConversationRepository` about turns."""

    def __init__(self, transaction: Transaction) -> None:
        self._turns_db = transaction

    async def add_turn(self, turn: Turn) -> Turn:
        """Store it unless its `client_ref` exists in the conversation; return the stored one."""
        if await self._turns_db.count(_ADD, **_TURN.params(turn)):
            return turn
        row = await self._turns_db.row(
            _BY_CLIENT_REF,
            tenant_id=turn.tenant_id,
            conversation_id=turn.conversation_id,
            client_ref=turn.client_ref,
        )
        return turn if row is None else _TURN.item(row)

    async def turn(self, turn_id: TurnId, *, tenant_id: TenantId) -> Turn:
        """Return one, locked. Raises `NotFoundError`."""
        row = await self._turns_db.row(_GET, tenant_id=tenant_id, id=turn_id)
        if row is None:
            raise NotFoundError(f"no turn {turn_id}")
        return _TURN.item(row)

    async def open_turn(self, conversation_id: ConversationId, *, tenant_id: TenantId) -> Turn | None:
        """Return the newest turn that is pending or running, locked."""
        row = await self._turns_db.row(_OPEN, tenant_id=tenant_id, conversation_id=conversation_id)
        return None if row is None else _TURN.item(row)

    async def turns(self, conversation_id: ConversationId, *, tenant_id: TenantId) -> list[Turn]:
        """Return all its turns, oldest first, without a lock."""
        return _TURN.items(await self._turns_db.rows(_ALL, tenant_id=tenant_id, conversation_id=conversation_id))

    async def turns_since(self, conversation_id: ConversationId, *, tenant_id: TenantId, limit: int) -> list[Turn]:
        """Return the newest *limit* turns, oldest first."""
        rows = await self._turns_db.rows(_NEWEST, tenant_id=tenant_id, conversation_id=conversation_id, limit=limit)
        return _TURN.items(reversed(rows))

    async def save_turn(self, turn: Turn) -> None:
        """Replace it. Raises `NotFoundError`."""
        if not await self._turns_db.count(_SAVE, **_TURN.params(turn)):
            raise NotFoundError(f"no turn {turn.id}")

    async def add_segments(self, segments: list[Segment], *, tenant_id: TenantId) -> None:
        """Append segments. Raises `ConflictError` unless each turn is running at the segment's generation."""
        if not segments:
            return
        added = await self._turns_db.count(_ADD_SEGMENTS, tenant_id=tenant_id, **_SEGMENT.params_by_column(segments))
        if added != len(segments):
            raise ConflictError("the turn has another generation by now, or a segment exists")

    async def segments(self, turn_id: TurnId, *, tenant_id: TenantId, gen: int, after_seq: int) -> list[Segment]:
        """Return a generation's segments with a higher seq, in order."""
        rows = await self._turns_db.rows(_SEGMENTS, tenant_id=tenant_id, turn_id=turn_id, gen=gen, after_seq=after_seq)
        return _SEGMENT.items(rows)
