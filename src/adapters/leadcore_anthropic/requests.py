"""A `ModelRequest` as the parameters of `messages.create`."""

import re
from typing import Any

from leadcore.ports.ai import ModelRequest, ModelTurn, TextPart, ToolResult
from leadcore_anthropic.settings import AnthropicSettings
from leadcore_anthropic.state import Block, unpack

_EPHEMERAL = {"type": "ephemeral"}
# The first message must be the user's; a conversation of ours may begin with the shop's own text.
_OPENING: Block = {"type": "text", "text": "(The shop wrote first.)"}
# The vendor's own pattern; another provider's call ids may not fit it.
_FOREIGN = re.compile(r"[^a-zA-Z0-9_-]")


def parameters(request: ModelRequest, settings: AnthropicSettings) -> dict[str, Any]:
    """Return keyword arguments for the SDK. No sampling parameters: the newest API version refuses them."""
    found: dict[str, Any] = {
        "model": request.model or settings.model,
        "max_tokens": request.max_output_tokens,
        "messages": _messages(request, model=request.model or settings.model),
    }
    if request.system:
        system: Block = {"type": "text", "text": request.system}
        found["system"] = [system | {"cache_control": _EPHEMERAL} if settings.prompt_cache else system]
    if request.tools:
        found["tools"] = [
            {"name": tool.name, "description": tool.description, "input_schema": tool.parameters}
            for tool in request.tools
        ]
    if settings.prompt_cache:
        found["cache_control"] = _EPHEMERAL
    if settings.effort:
        found["output_config"] = {"effort": settings.effort}
    return found


def _messages(request: ModelRequest, *, model: str) -> list[Block]:
    """Turns as messages: neighbours of one role become one, tool results stand first in theirs."""
    messages: list[Block] = []
    for turn in request.turns:
        blocks = unpack(turn, model=model) if turn.role == "assistant" else _from_user(turn)
        blocks = [_with_our_ids(block) for block in blocks]
        if not blocks:
            continue
        if messages and messages[-1]["role"] == turn.role:
            messages[-1]["content"] += blocks
        else:
            messages.append({"role": turn.role, "content": blocks})
    for message in messages:
        if message["role"] == "user":
            message["content"].sort(key=lambda block: block["type"] != "tool_result")
    if messages and messages[0]["role"] == "assistant":
        messages.insert(0, {"role": "user", "content": [_OPENING]})
    return messages


def _from_user(turn: ModelTurn) -> list[Block]:
    blocks: list[Block] = []
    for part in turn.parts:
        if isinstance(part, ToolResult):
            result = {"type": "tool_result", "tool_use_id": part.call_id, "content": part.content}
            blocks.append(result | {"is_error": True} if part.is_error else result)
        elif isinstance(part, TextPart) and part.text.strip():
            blocks.append({"type": "text", "text": part.text})
    return blocks


def _with_our_ids(block: Block) -> Block:
    fixed = {key: _FOREIGN.sub("_", block[key]) for key in ("id", "tool_use_id") if key in block}
    return block | fixed
