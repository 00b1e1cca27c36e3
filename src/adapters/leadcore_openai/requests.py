"""A `ModelRequest` as the parameters of `responses.create`."""

from typing import Any

from leadcore.ports.ai import ModelRequest, ModelTurn, TextPart, ToolResult
from leadcore_openai.settings import OpenAISettings
from leadcore_openai.state import Item, unpack

# The vendor refuses less.
_LEAST_OUTPUT = 16


def parameters(request: ModelRequest, settings: OpenAISettings) -> dict[str, Any]:
    """Return keyword arguments for the SDK. Nothing is stored with the vendor, so reasoning comes back sealed."""
    model = request.model or settings.model
    found: dict[str, Any] = {
        "model": model,
        "input": _input(request, model=model),
        "max_output_tokens": max(request.max_output_tokens, _LEAST_OUTPUT),
        "store": False,
    }
    if request.system:
        found["instructions"] = request.system
    if request.cache_key:
        found["prompt_cache_key"] = request.cache_key
    if settings.effort:
        found["reasoning"] = {"effort": settings.effort}
        found["include"] = ["reasoning.encrypted_content"]
    if request.tools:
        # Not strict: strict schemas must list every property as required, and ours are the caller's own.
        found["tools"] = [
            {
                "type": "function",
                "name": tool.name,
                "description": tool.description,
                "parameters": tool.parameters,
                "strict": False,
            }
            for tool in request.tools
        ]
    return found


def _input(request: ModelRequest, *, model: str) -> list[Item]:
    items: list[Item] = []
    for turn in request.turns:
        items += unpack(turn, model=model) if turn.role == "assistant" else _from_user(turn)
    return items


def _from_user(turn: ModelTurn) -> list[Item]:
    items: list[Item] = [
        {"type": "function_call_output", "call_id": part.call_id, "output": part.content}
        for part in turn.parts
        if isinstance(part, ToolResult)
    ]
    text = "\n".join(part.text for part in turn.parts if isinstance(part, TextPart) and part.text.strip())
    return [*items, {"role": "user", "content": text}] if text else items
