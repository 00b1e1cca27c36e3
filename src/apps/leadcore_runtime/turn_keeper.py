"""Keeping a turn: its pieces shown at once to whoever watches here, stored in batches, and its end written once."""

import asyncio
import time
from typing import Protocol

import structlog

from leadcore.conversations.model import Entry
from leadcore.flows.seams import Seams
from leadcore.flows.turn import Answered, OpenTurn, begin_turn, finish_turn, keep_segments, next_generation
from leadcore.kernel.errors import ConflictError
from leadcore.kernel.ids import ConversationId, TenantId, TurnId
from leadcore.ports.storage import DueItem
from leadcore_runtime.metrics import Metrics
from leadcore_runtime.turn_breakers import Breakers
from leadcore_runtime.turns import Candidate, TurnRunner

_FLUSH_S = 0.1


class Watchers(Protocol):
    """Whoever shows a turn while it is spoken. None of these may wait."""

    def delta(self, conversation: ConversationId, turn: TurnId, *, gen: int, seq: int, text: str) -> None:
        """Text was said."""
        ...

    def reset(self, conversation: ConversationId, turn: TurnId, *, gen: int) -> None:
        """What was shown is void; generation *gen* begins."""
        ...

    def held(self, conversation: ConversationId, turn: TurnId, *, gen: int) -> None:
        """A sentence is being checked."""
        ...

    def done(self, conversation: ConversationId, turn: TurnId, *, gen: int, entry: Entry | None) -> None:
        """The turn ended; without an entry somebody else has the word."""
        ...


class NobodyWatches:
    """`Watchers` of a process without browsers."""

    def delta(self, conversation: ConversationId, turn: TurnId, *, gen: int, seq: int, text: str) -> None:
        """Text was said."""

    def reset(self, conversation: ConversationId, turn: TurnId, *, gen: int) -> None:
        """What was shown is void."""

    def held(self, conversation: ConversationId, turn: TurnId, *, gen: int) -> None:
        """A sentence is being checked."""

    def done(self, conversation: ConversationId, turn: TurnId, *, gen: int, entry: Entry | None) -> None:
        """The turn ended."""


class TurnTakenError(Exception):
    """A person took over, or another worker answers: stop speaking."""


class TurnKeeper:
    """Answers turns for the scheduler (`perform`) and for the chat app (`answer`)."""

    def __init__(self, *, seams: Seams, metrics: Metrics, watchers: Watchers | None = None) -> None:
        self._seams = seams
        self._metrics = metrics
        self._watchers = watchers or NobodyWatches()
        self._runner = TurnRunner(breakers=Breakers(monotonic=time.monotonic), monotonic=time.monotonic)
        self._log = structlog.get_logger()

    async def perform(self, item: DueItem) -> None:
        """Answer a turn that is due; nobody else answered it in time, or it came by text or e-mail."""
        await self.answer(TurnId(item.item_id), tenant_id=item.tenant_id)

    async def answer(self, turn_id: TurnId, *, tenant_id: TenantId) -> Entry | None:
        """Answer the turn and return what was said. None when the turn is not ours (any more)."""
        opened = await begin_turn(self._seams, turn_id, tenant_id=tenant_id)
        if opened is None:
            return None
        sink = _KeepingSink(self._seams, opened, self._watchers)
        flusher = asyncio.create_task(sink.keep_flushing())
        try:
            result = await self._runner.run(
                opened.context,
                [Candidate(language_model=model, model=name) for model, name in opened.models],
                bench=opened.bench,
                sink=sink,
                gen=opened.turn.gen,
            )
            await sink.flush()
            entry = await finish_turn(
                self._seams,
                sink.opened,
                Answered(
                    text=result.text,
                    metadata=result.metadata,
                    handoff=result.handoff,
                    quoted=bool(result.quotes),
                    disclosed=result.disclosed,
                ),
            )
        except (TurnTakenError, ConflictError):
            entry = None
        else:
            self._observe(opened, result.metadata.provider, result.metadata.first_token_ms, len(result.corrections))
        finally:
            flusher.cancel()
        self._watchers.done(opened.turn.conversation_id, turn_id, gen=sink.opened.turn.gen, entry=entry)
        return entry

    def _observe(self, opened: OpenTurn, provider: str, first_token_ms: int | None, corrected: int) -> None:
        self._metrics.turns.labels(provider).inc()
        if first_token_ms is not None:
            self._metrics.first_token.observe(first_token_ms / 1000)
        self._log.info(
            "turn.answered",
            tenant_id=str(opened.turn.tenant_id),
            turn_id=str(opened.turn.id),
            provider=provider,
            count=corrected,
        )


class _KeepingSink:
    """`TurnSink` that shows first and stores behind; the last pieces are stored before the turn is finished."""

    def __init__(self, seams: Seams, opened: OpenTurn, watchers: Watchers) -> None:
        self.opened = opened
        self._seams = seams
        self._watchers = watchers
        self._seq = 0
        self._waiting: list[tuple[int, str]] = []
        self._storing = asyncio.Lock()
        self._log = structlog.get_logger()
        self._lost = False

    async def append(self, gen: int, text: str) -> None:
        if self._lost:
            raise TurnTakenError
        self._seq += 1
        self._waiting.append((self._seq, text))
        turn = self.opened.turn
        self._watchers.delta(turn.conversation_id, turn.id, gen=gen, seq=self._seq, text=text)

    async def reset(self, gen: int) -> None:
        async with self._storing:
            self._waiting.clear()
            self._seq = 0
            newer = await next_generation(self._seams, self.opened)
            if newer is None or newer.turn.gen != gen:
                raise TurnTakenError
            self.opened = newer
        turn = self.opened.turn
        self._watchers.reset(turn.conversation_id, turn.id, gen=gen)

    async def held(self) -> None:
        turn = self.opened.turn
        self._watchers.held(turn.conversation_id, turn.id, gen=turn.gen)

    async def flush(self) -> None:
        async with self._storing:
            pieces = list(self._waiting)
            if pieces:
                await keep_segments(self._seams, self.opened, pieces)
                del self._waiting[: len(pieces)]  # only now: what was not stored is stored with the next batch

    async def keep_flushing(self) -> None:
        """Store every tenth of a second, so that another process can show (and resume) what is being said."""
        while True:
            await asyncio.sleep(_FLUSH_S)
            try:
                await self.flush()
            except ConflictError:
                self._lost = True
                return
            except Exception as trouble:  # noqa: BLE001 - the database may be away for a moment; nothing is dropped
                self._log.warning("turn.not_stored_yet", turn_id=str(self.opened.turn.id), exc_info=trouble)
