"""A thought as Messages content blocks and as the stream of events that spells them."""

from collections.abc import AsyncIterator
from hashlib import blake2b

from msgspec import Struct

from leadcore_simulators.models import tokens
from leadcore_simulators.models.pacing import Generation, spent
from leadcore_simulators.models.talk import Thought
from leadcore_simulators.models.wire import Answer

Json = dict[str, object]


class Outcome(Struct, frozen=True, kw_only=True):
    """Everything an answer is made of; `shown` is False when thinking is to be omitted but still counts."""

    id: str
    model: str
    thought: Thought
    stop_reason: str
    input_tokens: int
    cache_write: int
    cache_read: int
    shown: bool = True
    refused: bool = False

    def tool_id(self, index: int) -> str:
        return f"toolu_01{_hex(f'{self.id}:{index}')[:22]}"

    @property
    def stop_details(self) -> Json | None:
        return {"type": "refusal", "category": "general_harms", "explanation": None} if self.refused else None


def signature_for(thinking: str) -> str:
    """Stands for the vendor's proof that a thinking block is its own; recomputed when the block comes back."""
    return "sim" + _hex(f"thinking:{thinking}")


def message(outcome: Outcome) -> Json:
    """The whole unstreamed answer."""
    content: list[Json] = []
    thought = outcome.thought
    if thought.thinking:
        visible = thought.thinking if outcome.shown else ""
        content.append({"type": "thinking", "thinking": visible, "signature": signature_for(visible)})
    if thought.text:
        content.append({"type": "text", "text": thought.text})
    for index, call in enumerate(thought.calls):
        content.append({"type": "tool_use", "id": outcome.tool_id(index), "name": call.name, "input": call.arguments})
    return _envelope(outcome) | {
        "content": content,
        "stop_reason": outcome.stop_reason,
        "stop_details": outcome.stop_details,
        "usage": _usage(outcome, spent(thought)),
    }


async def stream(outcome: Outcome, *, generation: Generation, answer: Answer) -> None:
    """Writes every event from message_start to message_stop, pieces at the generation's pace."""
    start = _envelope(outcome) | {"content": [], "stop_reason": None, "stop_details": None, "usage": _usage(outcome, 1)}
    await _send(answer, {"type": "message_start", "message": start})
    index = -1
    async for opening, deltas in _blocks(outcome, generation):
        index += 1
        await _send(answer, {"type": "content_block_start", "index": index, "content_block": opening})
        if index == 0:
            await _send(answer, {"type": "ping"})
        async for delta in deltas:
            await _send(answer, {"type": "content_block_delta", "index": index, "delta": delta})
        await _send(answer, {"type": "content_block_stop", "index": index})
    await generation.before_end()
    delta = {"stop_reason": outcome.stop_reason, "stop_sequence": None, "stop_details": outcome.stop_details}
    totals = _usage(outcome, spent(outcome.thought))
    cumulative = {
        name: totals[name]
        for name in ("input_tokens", "cache_creation_input_tokens", "cache_read_input_tokens", "output_tokens")
    }
    await _send(answer, {"type": "message_delta", "delta": delta, "usage": cumulative})
    await _send(answer, {"type": "message_stop"})


async def _blocks(outcome: Outcome, generation: Generation) -> AsyncIterator[tuple[Json, AsyncIterator[Json]]]:
    thought = outcome.thought
    if thought.thinking:
        yield {"type": "thinking", "thinking": "", "signature": ""}, _thinking(outcome, generation)
    if thought.text:
        yield {"type": "text", "text": ""}, _text(thought.text, generation)
    for index, call in enumerate(thought.calls):
        opening: Json = {"type": "tool_use", "id": outcome.tool_id(index), "name": call.name, "input": {}}
        yield opening, _arguments(call.as_json() if call.arguments else "", generation)


async def _thinking(outcome: Outcome, generation: Generation) -> AsyncIterator[Json]:
    thinking = outcome.thought.thinking
    for piece in tokens.pieces(thinking):
        await generation.piece("thinking", piece)
        if outcome.shown:
            yield {"type": "thinking_delta", "thinking": piece}
    yield {"type": "signature_delta", "signature": signature_for(thinking if outcome.shown else "")}


async def _text(text: str, generation: Generation) -> AsyncIterator[Json]:
    for piece in tokens.pieces(text):
        await generation.piece("text", piece)
        yield {"type": "text_delta", "text": piece}


async def _arguments(arguments: str, generation: Generation) -> AsyncIterator[Json]:
    for piece in tokens.odd_pieces(arguments, seed=generation.serial):
        await generation.piece("tool", piece)
        yield {"type": "input_json_delta", "partial_json": piece}


async def _send(answer: Answer, event: Json) -> None:
    await answer.event(event, name=str(event["type"]))


def _envelope(outcome: Outcome) -> Json:
    return {"id": outcome.id, "type": "message", "role": "assistant", "model": outcome.model, "stop_sequence": None}


def _usage(outcome: Outcome, output: int) -> dict[str, object]:
    return {
        "input_tokens": outcome.input_tokens,
        "cache_creation_input_tokens": outcome.cache_write,
        "cache_read_input_tokens": outcome.cache_read,
        "cache_creation": {"ephemeral_5m_input_tokens": outcome.cache_write, "ephemeral_1h_input_tokens": 0},
        "output_tokens": output,
        "service_tier": "standard",
    }


def _hex(text: str) -> str:
    return blake2b(text.encode(), digest_size=16).hexdigest()
