"""Performing the assistant's turns: the machine decides, this streams, times, fails over and hangs up."""

import asyncio
from collections.abc import Callable, Sequence
from typing import Protocol

import msgspec

from leadcore.catalog.model import Quote
from leadcore.conversations.guardrails.stream import Correction
from leadcore.conversations.machine.progress import TurnProgress
from leadcore.conversations.machine.signals import (
    AskCatalog,
    Begin,
    CallModel,
    CatalogAnswered,
    Choice,
    Delta,
    Emit,
    Finish,
    Held,
    ModelFailed,
    Reset,
    RunTools,
    ToolsAnswered,
    TurnEffect,
    TurnInput,
)
from leadcore.conversations.machine.turn import advance, begin
from leadcore.conversations.policies.assistant import catalog_answer
from leadcore.conversations.values import ReplyMetadata, ToolBench, TurnContext
from leadcore.kernel.ids import TenantId
from leadcore.ports.ai import LanguageModel
from leadcore_runtime.turn_breakers import Breakers
from leadcore_runtime.turn_streams import TurnLimits, listen


class TurnSink(Protocol):
    """Where a turn's text goes. It must return quickly: what is awaited here delays the next token."""

    async def append(self, gen: int, text: str) -> None:
        """Show *text*, the next piece of generation *gen*."""
        ...

    async def reset(self, gen: int) -> None:
        """Take back what was shown of this turn; generation *gen* begins."""
        ...

    async def held(self) -> None:
        """Text is being checked before it is shown; nothing is lost if this is ignored."""
        ...


class Candidate(msgspec.Struct, frozen=True, kw_only=True):
    """A model that may answer, in the tenant's order; `model` empty means the provider's default."""

    language_model: LanguageModel
    model: str = ""


class TurnResult(msgspec.Struct, frozen=True, kw_only=True):
    """A whole answer. `text` is exactly what generation `gen` appended to the sink; `corrections` are for operators."""

    gen: int
    text: str
    metadata: ReplyMetadata
    handoff: str | None = None
    disclosed: bool = False
    quotes: tuple[Quote, ...] = ()
    corrections: tuple[Correction, ...] = ()


class TurnRunner:
    """Runs turns for every tenant. *monotonic* (seconds) measures latency; the circuit breakers outlive the turns."""

    def __init__(self, *, breakers: Breakers, monotonic: Callable[[], float], limits: TurnLimits | None = None) -> None:
        self._breakers = breakers
        self._monotonic = monotonic
        self._limits = limits or TurnLimits()

    async def run(
        self,
        context: TurnContext,
        candidates: Sequence[Candidate],
        *,
        bench: ToolBench,
        sink: TurnSink,
        gen: int = 1,
    ) -> TurnResult:
        """Answer, streaming into *sink*; *gen* numbers the first generation. Model failures never raise.

        Cancel the task to stop: the provider's stream is closed before the cancellation goes on. What *sink* or *bench*
        raise goes through, with the stream closed as well.
        """
        turn = _Turn(context, candidates, bench=bench, sink=sink)
        turn.deadline = asyncio.get_running_loop().time() + self._limits.total_s
        choices = tuple(_choice(candidate) for candidate in candidates)
        state, effects = begin(Begin(context=context, choices=choices, gen=gen), now=self._monotonic())
        while True:
            wanted = await turn.perform(effects)
            if isinstance(wanted, Finish):
                return msgspec.convert(wanted, TurnResult, from_attributes=True)
            if isinstance(wanted, CallModel):
                state, effects = await self._converse(turn, state, wanted)
            else:
                state, effects = advance(state, wanted, now=self._monotonic())

    async def _converse(
        self, turn: "_Turn", state: TurnProgress, call: CallModel
    ) -> tuple[TurnProgress, tuple[TurnEffect, ...]]:
        model = turn.candidates[call.choice].language_model
        line = (turn.context.tenant_id, model.provider)
        if asyncio.get_running_loop().time() >= turn.deadline:
            return advance(state, ModelFailed(failure="stalled"), now=self._monotonic())
        if not self._breakers.admits(line):
            return advance(state, ModelFailed(failure="circuit_open"), now=self._monotonic())
        effects: tuple[TurnEffect, ...] = ()

        async def hear(delta: Delta) -> bool:
            nonlocal state, effects
            state, effects = advance(state, delta, now=self._monotonic())
            if state.phase != "model":  # cut off: what is left to do is the caller's
                return False
            if effects:
                await turn.perform(effects)
            return True

        ended = None
        try:
            ended = await listen(model, call.request, hear, limits=self._limits, deadline=turn.deadline)
        finally:
            self._judge(line, ended, was_enough=state.phase != "model")
        return advance(state, ended, now=self._monotonic()) if ended else (state, effects)

    def _judge(self, line: tuple[TenantId, str], ended: TurnInput | None, *, was_enough: bool) -> None:
        if isinstance(ended, ModelFailed):
            self._breakers.failed(line)
        elif ended or was_enough:
            self._breakers.succeeded(line)
        else:
            self._breakers.abandoned(line)


class _Turn:
    """What one turn works with."""

    def __init__(
        self, context: TurnContext, candidates: Sequence[Candidate], *, bench: ToolBench, sink: TurnSink
    ) -> None:
        self.context = context
        self.candidates = candidates
        self.deadline = 0.0
        self._bench = bench
        self._sink = sink

    async def perform(self, effects: tuple[TurnEffect, ...]) -> Finish | CallModel | TurnInput:
        """Do what is asked in order; the last effect of a step says how it goes on, shown text alone that it does."""
        following: Finish | CallModel | TurnInput = Delta(text="")
        for effect in effects:
            match effect:
                case Emit(gen=gen, text=text):
                    await self._sink.append(gen, text)
                case Held():
                    await self._sink.held()
                case Reset(gen=gen):
                    await self._sink.reset(gen)
                case RunTools(calls=calls):
                    following = ToolsAnswered(outcomes=tuple(self._bench.run(call) for call in calls))
                case AskCatalog():
                    reply = catalog_answer(self.context, self._bench)
                    following = CatalogAnswered(text=reply.text, handoff=reply.handoff, quote=reply.quote)
                case CallModel() | Finish():
                    following = effect
        return following


def _choice(candidate: Candidate) -> Choice:
    model = candidate.language_model
    return Choice(provider=model.provider, model=candidate.model or model.default_model, prices=model.prices)
