"""Answers in the making, inside one process: whoever generates publishes, whoever shows subscribes.

Nothing here is the truth. Every delta is stored as a segment too, so a reader that was cut, or that sits in another
process, misses nothing: it looks into the database.
"""

import asyncio
from collections import OrderedDict, deque
from types import TracebackType
from typing import Literal, Self

import msgspec

from leadcore.conversations.model import Entry
from leadcore.kernel.ids import ConversationId, TurnId

PieceKind = Literal["delta", "reset", "held", "done", "message", "handoff"]


class TurnPiece(msgspec.Struct, frozen=True, kw_only=True):
    """Something a reader should know at once.

    `gen` is the turn's stored generation; a delta's (gen, seq, text) is exactly that of its stored segment, counted
    from 1 in each generation. A held has the seq of the delta before it. A reset begins `gen` and has seq 0. `done`,
    `message` and `handoff` only ring: readers then look into the database, so publish them after the commit.
    """

    kind: PieceKind
    turn_id: TurnId | None = None
    gen: int = 0
    seq: int = 0
    text: str = ""


class Reader:
    """One subscription: an async iterator that ends when it is closed or was cut for being slow."""

    def __init__(self, hub: "TurnHub", conversation_id: ConversationId, *, told: list[TurnPiece], depth: int) -> None:
        self.conversation_id = conversation_id
        self.was_cut = False
        self._hub = hub
        self._told = deque(told)
        self._live: deque[TurnPiece] = deque()
        self._depth = depth
        self._rung = asyncio.Event()
        self._is_over = False

    def offer(self, piece: TurnPiece) -> bool:
        """Take *piece* without ever waiting; False when this reader is too slow and was cut."""
        if len(self._live) >= self._depth:
            self.was_cut = True
            self._told.clear()
            self._live.clear()
            self.close()
            return False
        self._live.append(piece)
        self._rung.set()
        return True

    async def next(self, *, timeout_s: float) -> TurnPiece | None:
        """Return the next piece; None after *timeout_s* without one, or at once when the subscription is over."""
        if not self._has_piece and not self._is_over:
            self._rung.clear()
            try:
                async with asyncio.timeout(timeout_s):
                    await self._rung.wait()
            except TimeoutError:
                return None
        return self._take() if self._has_piece else None

    def close(self) -> None:
        """End the subscription. Idempotent."""
        self._is_over = True
        self._rung.set()
        self._hub.leave(self)

    def __aiter__(self) -> Self:
        return self

    async def __anext__(self) -> TurnPiece:
        while not self._has_piece:
            if self._is_over:
                raise StopAsyncIteration
            self._rung.clear()
            await self._rung.wait()
        return self._take()

    def __enter__(self) -> Self:
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        self.close()

    @property
    def _has_piece(self) -> bool:
        return bool(self._told or self._live)

    def _take(self) -> TurnPiece:
        return self._told.popleft() if self._told else self._live.popleft()


class TurnHub:
    """Fans pieces out to the readers of a conversation. Belongs to one event loop; publishing never waits.

    It remembers the pieces of running turns, so that a reader who comes late gets them from the first one: stored
    segments lag behind by a batch. `delta`, `reset`, `held` and `done` make it the `Watchers` of a `TurnKeeper`.
    """

    def __init__(self, *, depth: int = 256, remembered: int = 512) -> None:
        self._depth = depth
        self._remembered = remembered
        self._readers: dict[ConversationId, set[Reader]] = {}
        self._running: OrderedDict[tuple[ConversationId, TurnId], list[TurnPiece]] = OrderedDict()

    def publish(self, conversation_id: ConversationId, piece: TurnPiece) -> None:
        """Tell every reader of the conversation, and whoever subscribes before the turn is done."""
        self._remember(conversation_id, piece)
        for reader in tuple(self._readers.get(conversation_id, ())):
            reader.offer(piece)

    def subscribe(self, conversation_id: ConversationId) -> Reader:
        """Return a reader that begins with the pieces of the turns that run now. Close it, or use it in `with`."""
        told = [piece for (where, _), pieces in self._running.items() if where == conversation_id for piece in pieces]
        reader = Reader(self, conversation_id, told=told, depth=self._depth)
        self._readers.setdefault(conversation_id, set()).add(reader)
        return reader

    def delta(self, conversation: ConversationId, turn: TurnId, *, gen: int, seq: int, text: str) -> None:
        """Text was said."""
        self.publish(conversation, TurnPiece(kind="delta", turn_id=turn, gen=gen, seq=seq, text=text))

    def reset(self, conversation: ConversationId, turn: TurnId, *, gen: int) -> None:
        """What was shown is void; generation *gen* begins."""
        self.publish(conversation, TurnPiece(kind="reset", turn_id=turn, gen=gen))

    def held(self, conversation: ConversationId, turn: TurnId, *, gen: int) -> None:
        """A sentence is being checked."""
        said = self._running.get((conversation, turn), [])
        seq = said[-1].seq if said and said[-1].gen == gen else 0
        self.publish(conversation, TurnPiece(kind="held", turn_id=turn, gen=gen, seq=seq))

    def done(self, conversation: ConversationId, turn: TurnId, *, gen: int, entry: Entry | None) -> None:
        """The turn ended; whoever reads finds how in the database."""
        self.publish(conversation, TurnPiece(kind="done", turn_id=turn, gen=gen))

    def forget(self, conversation_id: ConversationId, turn_id: TurnId) -> None:
        """Let go of a turn that ended without `done`: it failed here, or was dropped."""
        self._running.pop((conversation_id, turn_id), None)

    def leave(self, reader: Reader) -> None:
        """Tell *reader* nothing more."""
        there = self._readers.get(reader.conversation_id, set())
        there.discard(reader)
        if not there:
            self._readers.pop(reader.conversation_id, None)

    @property
    def reader_count(self) -> int:
        """How many read now."""
        return sum(map(len, self._readers.values()))

    def _remember(self, conversation_id: ConversationId, piece: TurnPiece) -> None:
        if piece.turn_id is None or piece.kind in {"message", "handoff"}:
            return
        key = (conversation_id, piece.turn_id)
        if piece.kind == "done":
            self._running.pop(key, None)
            return
        pieces = self._running.setdefault(key, [])
        if pieces and pieces[-1].gen < piece.gen:
            pieces.clear()
        pieces.append(piece)
        while len(self._running) > self._remembered:
            self._running.popitem(last=False)
