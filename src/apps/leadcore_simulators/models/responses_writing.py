"""A thought as Responses output items and as the stream of events that spells them."""

from collections.abc import AsyncIterator

import msgspec
from msgspec import Struct

from leadcore_simulators.models import tokens
from leadcore_simulators.models.pacing import Generation, spent
from leadcore_simulators.models.responses_reading import Body, sealed
from leadcore_simulators.models.talk import Thought, ToolCall
from leadcore_simulators.models.wire import Answer

Json = dict[str, object]


class Outcome(Struct, frozen=True, kw_only=True):
    """Everything an answer is made of. `mark` is the hex part of all its ids."""

    mark: str
    body: Body
    created_at: int
    thought: Thought
    input_tokens: int
    cached_tokens: int
    lost: bool = False
    refused: bool = False

    @property
    def id(self) -> str:
        return f"resp_{self.mark}"

    @property
    def reasoned(self) -> bool:
        return bool(self.thought.thinking)

    def call_item_id(self, index: int) -> str:
        return f"fc_{'r' if self.reasoned else 'p'}{self.mark}{index:02d}"


class Narrator:
    """Numbers the events of one stream."""

    def __init__(self, answer: Answer) -> None:
        self._answer = answer
        self._next = 0

    async def tell(self, kind: str, **fields: object) -> None:
        await self._answer.event({"type": kind, "sequence_number": self._next, **fields}, name=kind)
        self._next += 1


def response(outcome: Outcome, *, status: str) -> Json:
    """The response object; its output and usage are there only once it is over."""
    body, over = outcome.body, status != "in_progress"
    return {
        "id": outcome.id,
        "object": "response",
        "created_at": outcome.created_at,
        "status": status,
        "error": None,
        "incomplete_details": {"reason": "max_output_tokens"} if status == "incomplete" else None,
        "instructions": body.instructions,
        "max_output_tokens": body.max_output_tokens,
        "metadata": body.metadata or {},
        "model": body.model,
        "output": output_items(outcome) if over else [],
        "parallel_tool_calls": body.parallel_tool_calls,
        "previous_response_id": body.previous_response_id,
        "reasoning": {"effort": body.effort, "summary": body.reasoning.summary if body.reasoning else None},
        "store": body.store,
        "temperature": None if body.reasons else 1.0,
        "tool_choice": body.tool_choice,
        "tools": msgspec.to_builtins(body.tools),
        "top_p": None if body.reasons else 1.0,
        "truncation": "disabled",
        "usage": _usage(outcome) if over else None,
    }


def output_items(outcome: Outcome) -> list[Json]:
    """The finished items in the order they are streamed."""
    thought = outcome.thought
    items: list[Json] = [_reasoning(outcome)] if outcome.reasoned else []
    if thought.text:
        items.append(_message(outcome, status="incomplete" if outcome.lost else "completed", text=thought.text))
    items.extend(
        _call(outcome, index, status="completed", arguments=call.as_json()) for index, call in enumerate(thought.calls)
    )
    return items


async def stream(outcome: Outcome, *, generation: Generation, answer: Answer) -> None:
    """Writes every event from response.created to the last; the caller writes the terminal one with `conclude`."""
    narrator = Narrator(answer)
    begun = response(outcome, status="in_progress")
    await narrator.tell("response.created", response=begun)
    await narrator.tell("response.in_progress", response=begun)
    place = 0
    if outcome.reasoned:
        opening = _reasoning(outcome) | {"summary": [], "encrypted_content": ""}
        await narrator.tell("response.output_item.added", output_index=place, item=opening)
        for piece in tokens.pieces(outcome.thought.thinking):
            await generation.piece("thinking", piece)
        await narrator.tell("response.output_item.done", output_index=place, item=_reasoning(outcome))
        place += 1
    if outcome.thought.text:
        await _tell_message(outcome, place, narrator=narrator, generation=generation)
        place += 1
    for index, call in enumerate(outcome.thought.calls):
        await _tell_call(outcome, (place + index, index, call), narrator=narrator, generation=generation)
    await generation.before_end()
    status = "incomplete" if outcome.lost else "completed"
    await narrator.tell(f"response.{status}", response=response(outcome, status=status))


async def _tell_message(outcome: Outcome, place: int, *, narrator: Narrator, generation: Generation) -> None:
    item_id, text = f"msg_{outcome.mark}", outcome.thought.text
    where: Json = {"item_id": item_id, "output_index": place, "content_index": 0}
    kind, field = ("refusal", "refusal") if outcome.refused else ("output_text", "text")
    extra: Json = {} if outcome.refused else {"logprobs": []}
    opening = _message(outcome, status="in_progress", text=None)
    await narrator.tell("response.output_item.added", output_index=place, item=opening)
    await narrator.tell("response.content_part.added", **where, part=_part(outcome, ""))
    async for piece in _paced(text, generation):
        await narrator.tell(f"response.{kind}.delta", **where, delta=piece, **extra)
    await narrator.tell(f"response.{kind}.done", **where, **{field: text}, **extra)
    await narrator.tell("response.content_part.done", **where, part=_part(outcome, text))
    done = _message(outcome, status="incomplete" if outcome.lost else "completed", text=text)
    await narrator.tell("response.output_item.done", output_index=place, item=done)


async def _tell_call(
    outcome: Outcome, what: tuple[int, int, ToolCall], *, narrator: Narrator, generation: Generation
) -> None:
    place, index, call = what
    where: Json = {"item_id": outcome.call_item_id(index), "output_index": place}
    opening = _call(outcome, index, status="in_progress", arguments="")
    await narrator.tell("response.output_item.added", output_index=place, item=opening)
    for piece in tokens.odd_pieces(call.as_json(), seed=generation.serial):
        await generation.piece("tool", piece)
        await narrator.tell("response.function_call_arguments.delta", **where, delta=piece)
    await narrator.tell("response.function_call_arguments.done", **where, name=call.name, arguments=call.as_json())
    done = _call(outcome, index, status="completed", arguments=call.as_json())
    await narrator.tell("response.output_item.done", output_index=place, item=done)


async def _paced(text: str, generation: Generation) -> AsyncIterator[str]:
    for piece in tokens.pieces(text):
        await generation.piece("text", piece)
        yield piece


def _reasoning(outcome: Outcome) -> Json:
    item_id = f"rs_{outcome.mark}"
    wanted = outcome.body.reasoning is not None and outcome.body.reasoning.summary is not None
    summary = [{"type": "summary_text", "text": outcome.thought.thinking}] if wanted else []
    return {"id": item_id, "type": "reasoning", "summary": summary, "encrypted_content": sealed(item_id)}


def _message(outcome: Outcome, *, status: str, text: str | None) -> Json:
    content = [] if text is None else [_part(outcome, text)]
    return {"id": f"msg_{outcome.mark}", "type": "message", "role": "assistant", "status": status, "content": content}


def _part(outcome: Outcome, text: str) -> Json:
    if outcome.refused:
        return {"type": "refusal", "refusal": text}
    return {"type": "output_text", "text": text, "annotations": [], "logprobs": []}


def _call(outcome: Outcome, index: int, *, status: str, arguments: str) -> Json:
    return {
        "id": outcome.call_item_id(index),
        "type": "function_call",
        "call_id": f"call_{outcome.mark}{index:02d}",
        "name": outcome.thought.calls[index].name,
        "arguments": arguments,
        "status": status,
    }


def _usage(outcome: Outcome) -> Json:
    output = spent(outcome.thought)
    return {
        "input_tokens": outcome.input_tokens,
        "input_tokens_details": {"cached_tokens": outcome.cached_tokens, "cache_write_tokens": 0},
        "output_tokens": output,
        "output_tokens_details": {"reasoning_tokens": tokens.count(outcome.thought.thinking)},
        "total_tokens": outcome.input_tokens + output,
    }
