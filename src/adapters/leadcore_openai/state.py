"""What must go back to the vendor unchanged within a tool loop: reasoning items, and the calls they belong to.

Text is rebuilt from the turn's own parts, because guards may have changed what the customer saw, and the model must
not remember words that were never said.
"""

from typing import Any

import msgspec

from leadcore.ports.ai import ModelTurn, TextPart, ToolCall

PROVIDER = "openai"
Item = dict[str, Any]


class _State(msgspec.Struct, frozen=True):
    model: str
    items: list[Item]


def pack(model: str, items: list[Item]) -> bytes:
    """Reasoning and calls whole, places of messages; empty when nothing was reasoned."""
    if not any(item["type"] == "reasoning" for item in items):
        return b""
    kept: list[Item] = [{"type": "message"} if item["type"] == "message" else item for item in items]
    return msgspec.json.encode(_State(model, kept))


def unpack(turn: ModelTurn, *, model: str) -> list[Item]:
    """The input items of an assistant's *turn*; reasoning of another model or provider is left out."""
    text = "".join(part.text for part in turn.parts if isinstance(part, TextPart))
    spoken: list[Item] = [{"role": "assistant", "content": text}] if text.strip() else []
    calls = {part.call_id: _call(part) for part in turn.parts if isinstance(part, ToolCall)}
    ordered: list[Item] = []
    for item in _kept(turn, model=model):
        if item["type"] == "message":
            ordered += spoken
            spoken = []
        elif item["type"] == "reasoning":
            ordered.append(item)
        elif item.get("call_id") in calls:
            del calls[item["call_id"]]
            ordered.append(item)
    return [*ordered, *spoken, *calls.values()]


def _kept(turn: ModelTurn, *, model: str) -> list[Item]:
    # A reasoning item must be followed by what it led to; a call that was dropped would leave it alone.
    wanted = {part.call_id for part in turn.parts if isinstance(part, ToolCall)}
    if turn.provider != PROVIDER or not turn.provider_state or not wanted:
        return []
    try:
        state = msgspec.json.decode(turn.provider_state, type=_State)
    except msgspec.MsgspecError:
        return []
    called = {item.get("call_id") for item in state.items if item["type"] == "function_call"}
    return state.items if state.model == model and called == wanted else []


def _call(call: ToolCall) -> Item:
    return {"type": "function_call", "call_id": call.call_id, "name": call.name, "arguments": call.arguments}
