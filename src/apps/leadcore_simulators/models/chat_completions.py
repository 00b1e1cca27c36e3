"""The small part of Chat Completions that is simulated: text and function tools, streamed or not."""

import re
from typing import Any

import msgspec
from msgspec import Struct

from leadcore_simulators.models import tokens
from leadcore_simulators.models.openai_errors import RefusedError
from leadcore_simulators.models.pacing import Generation, spent
from leadcore_simulators.models.responses_reading import Part, accepts_no_effort, as_vendor_says, forced_tool, joined
from leadcore_simulators.models.talk import Prompt, Thought, ToolOffer, Turn
from leadcore_simulators.models.wire import Answer

Json = dict[str, object]


class Called(Struct, frozen=True):
    name: str
    arguments: str = ""


class ToolCallPart(Struct, frozen=True):
    id: str
    function: Called
    type: str = "function"


class ChatMessage(Struct, frozen=True):
    role: str
    content: str | list[Part] | None = None
    tool_calls: list[ToolCallPart] | None = None
    tool_call_id: str = ""


class ChatFunction(Struct, frozen=True):
    name: str
    description: str = ""
    parameters: dict[str, Any] = {}


class ChatTool(Struct, frozen=True):
    type: str
    function: ChatFunction


class StreamOptions(Struct, frozen=True):
    include_usage: bool = False


class ChatBody(Struct, frozen=True):
    model: str
    messages: list[ChatMessage]
    stream: bool = False
    stream_options: StreamOptions | None = None
    tools: list[ChatTool] = []
    tool_choice: Any = "auto"
    reasoning_effort: str | None = None
    max_completion_tokens: int | None = None
    max_tokens: int | None = None


class ChatOutcome(Struct, frozen=True, kw_only=True):
    mark: str
    model: str
    created: int
    thought: Thought
    input_tokens: int
    lost: bool
    with_usage: bool

    @property
    def finish_reason(self) -> str:
        if self.lost:
            return "length"
        return "tool_calls" if self.thought.calls else "stop"


def read_chat(raw: bytes) -> ChatBody:
    """The request, or `RefusedError`: tools with reasoning are not served on this endpoint from gpt-5.4 on."""
    try:
        body = msgspec.json.decode(raw, type=ChatBody)
    except msgspec.DecodeError as refusal:
        raise as_vendor_says(str(refusal)) from refusal
    newest = re.match(r"gpt-(5\.[4-9]|6)", body.model)
    efforts = body.reasoning_effort not in {None, "none"} or not accepts_no_effort(body.model)
    if body.tools and newest and efforts:
        raise RefusedError(
            f"Function tools with reasoning_effort are not supported for {body.model} in /v1/chat/completions. "
            "To use function tools, use /v1/responses or set reasoning_effort to 'none'.",
            param="reasoning_effort",
        )
    return body


def chat_prompt(body: ChatBody) -> Prompt:
    """The same conversation in neutral words."""
    names: dict[str, str] = {}
    turns: list[Turn] = []
    for message in body.messages:
        words = joined(message.content)
        if message.role in {"user", "assistant"} and words:
            turns.append(Turn(kind="user" if message.role == "user" else "assistant", text=words))
        for call in message.tool_calls or []:
            names[call.id] = call.function.name
            turns.append(Turn(kind="call", call_name=call.function.name, text=call.function.arguments))
        if message.role == "tool":
            if message.tool_call_id not in names:
                raise RefusedError(
                    "messages with role 'tool' must be a response to a preceeding message with 'tool_calls'.",
                    param="messages",
                )
            turns.append(Turn(kind="result", text=words, call_name=names[message.tool_call_id]))
    offers = [
        ToolOffer(name=t.function.name, description=t.function.description, schema=t.function.parameters)
        for t in body.tools
    ]
    return Prompt(
        system="\n".join(joined(m.content) for m in body.messages if m.role in {"system", "developer"}),
        turns=tuple(turns),
        tools=() if body.tool_choice == "none" else tuple(offers),
        must_call=forced_tool(body.tool_choice),
    )


def completion(outcome: ChatOutcome) -> Json:
    """The whole unstreamed answer."""
    message: Json = {"role": "assistant", "content": outcome.thought.text or None, "refusal": None}
    if outcome.thought.calls:
        message["tool_calls"] = [
            {"id": _call_id(outcome, i), "type": "function", "function": {"name": c.name, "arguments": c.as_json()}}
            for i, c in enumerate(outcome.thought.calls)
        ]
    choice = {"index": 0, "message": message, "logprobs": None, "finish_reason": outcome.finish_reason}
    return _head(outcome, "chat.completion") | {"choices": [choice], "usage": _usage(outcome)}


async def stream_chat(outcome: ChatOutcome, *, generation: Generation, answer: Answer) -> None:
    """Writes the chunks, the usage chunk if it was asked for, and `[DONE]`; there are no event names on this wire."""
    await _chunk(outcome, answer, {"role": "assistant", "content": ""})
    for piece in tokens.pieces(outcome.thought.text):
        await generation.piece("text", piece)
        await _chunk(outcome, answer, {"content": piece})
    for index, call in enumerate(outcome.thought.calls):
        opening: Json = {"name": call.name, "arguments": ""}
        head: Json = {"index": index, "id": _call_id(outcome, index), "type": "function", "function": opening}
        await _chunk(outcome, answer, {"tool_calls": [head]})
        for piece in tokens.odd_pieces(call.as_json(), seed=generation.serial):
            await generation.piece("tool", piece)
            await _chunk(outcome, answer, {"tool_calls": [{"index": index, "function": {"arguments": piece}}]})
    await generation.before_end()
    await _chunk(outcome, answer, {}, finish=outcome.finish_reason)
    if outcome.with_usage:
        await answer.event(_head(outcome, "chat.completion.chunk") | {"choices": [], "usage": _usage(outcome)})
    await answer.text(data=b"[DONE]")


async def _chunk(outcome: ChatOutcome, answer: Answer, delta: Json, *, finish: str | None = None) -> None:
    choice: Json = {"index": 0, "delta": delta, "logprobs": None, "finish_reason": finish}
    await answer.event(_head(outcome, "chat.completion.chunk") | {"choices": [choice], "usage": None})


def _call_id(outcome: ChatOutcome, index: int) -> str:
    return f"call_{outcome.mark}{index:02d}"


def _head(outcome: ChatOutcome, kind: str) -> Json:
    return {"id": f"chatcmpl-{outcome.mark}", "object": kind, "created": outcome.created, "model": outcome.model}


def _usage(outcome: ChatOutcome) -> Json:
    output = spent(outcome.thought)
    return {
        "prompt_tokens": outcome.input_tokens,
        "completion_tokens": output,
        "total_tokens": outcome.input_tokens + output,
        "prompt_tokens_details": {"cached_tokens": 0},
        "completion_tokens_details": {"reasoning_tokens": tokens.count(outcome.thought.thinking)},
    }
