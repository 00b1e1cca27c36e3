"""What must go back to the vendor unchanged within a tool loop: thinking blocks, and where they stood.

Only thinking is kept word for word. Text and tool calls are rebuilt from the turn's own parts, because guards may
have changed what the customer saw, and the model must not remember words that were never said.
"""

from typing import Any

import msgspec

from leadcore.ports.ai import ModelTurn, TextPart, ToolCall

PROVIDER = "anthropic"
Block = dict[str, Any]

_OPAQUE = frozenset({"thinking", "redacted_thinking"})


class _State(msgspec.Struct, frozen=True):
    model: str
    blocks: list[Block]


def pack(model: str, blocks: list[Block]) -> bytes:
    """Thinking blocks whole, places of text and calls; empty when there was no thinking."""
    if not any(block["type"] in _OPAQUE for block in blocks):
        return b""
    kept: list[Block] = [block if block["type"] in _OPAQUE else _place_of(block) for block in blocks]
    return msgspec.json.encode(_State(model, kept))


def unpack(turn: ModelTurn, *, model: str) -> list[Block]:
    """The content blocks of an assistant's *turn*; thinking of another model or provider is left out."""
    spoken: list[Block] = [{"type": "text", "text": p.text} for p in turn.parts if isinstance(p, TextPart) and p.text]
    calls = {p.call_id: _call(p) for p in turn.parts if isinstance(p, ToolCall)}
    ordered: list[Block] = []
    for block in _kept(turn, model=model):
        if block["type"] in _OPAQUE:
            ordered.append(block)
        elif block["type"] == "text":
            ordered += spoken
            spoken = []
        elif block.get("id") in calls:
            ordered.append(calls.pop(block["id"]))
    return [*ordered, *spoken, *calls.values()]


def _place_of(block: Block) -> Block:
    return {key: block[key] for key in ("type", "id") if key in block}


def _kept(turn: ModelTurn, *, model: str) -> list[Block]:
    # Outside a tool loop thinking is not needed, and without calls it would stand alone where a guard took the text.
    if turn.provider != PROVIDER or not turn.provider_state or not any(isinstance(p, ToolCall) for p in turn.parts):
        return []
    try:
        state = msgspec.json.decode(turn.provider_state, type=_State)
    except msgspec.MsgspecError:
        return []
    return state.blocks if state.model == model else []


def _call(call: ToolCall) -> Block:
    return {"type": "tool_use", "id": call.call_id, "name": call.name, "input": msgspec.json.decode(call.arguments)}
