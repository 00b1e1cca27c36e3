"""What a Messages request may say, and the 400s for what it may not."""

import re
from typing import Any

import msgspec
from msgspec import UNSET, Struct, UnsetType

from leadcore_simulators.models.talk import Prompt, ToolOffer, Turn

OLD, NEW = "2023-06-01", "2026-10-21"
_SAMPLING = ("temperature", "top_p", "top_k")
_TOOL_NAME = re.compile(r"^[a-zA-Z0-9_-]{1,128}$")


class RefusedError(Exception):
    """The request is answered with *status* and an error of *kind*."""

    def __init__(self, message: str, *, status: int = 400, kind: str = "invalid_request_error") -> None:
        super().__init__(message)
        self.status = status
        self.kind = kind


class Block(Struct, frozen=True):
    type: str
    text: str = ""
    id: str = ""
    name: str = ""
    input: dict[str, Any] = {}
    tool_use_id: str = ""
    content: "str | list[Block] | None" = None
    is_error: bool = False
    thinking: str = ""
    signature: str = ""
    citations: list[Any] | None = None
    cache_control: dict[str, Any] | None = None


class WireMessage(Struct, frozen=True):
    role: str
    content: str | list[Block]

    @property
    def blocks(self) -> list[Block]:
        return [Block(type="text", text=self.content)] if isinstance(self.content, str) else self.content


class WireTool(Struct, frozen=True):
    name: str
    description: str = ""
    input_schema: dict[str, Any] = {}
    cache_control: dict[str, Any] | None = None


class ToolChoice(Struct, frozen=True):
    type: str = "auto"
    name: str | None = None


class Thinking(Struct, frozen=True):
    type: str
    budget_tokens: int | None = None
    display: str = "summarized"


class Body(Struct, frozen=True, forbid_unknown_fields=True):
    """The vendor refuses fields it does not know, so does this."""

    model: str
    max_tokens: int
    messages: list[WireMessage]
    system: str | list[Block] | None = None
    tools: list[WireTool] = []
    tool_choice: ToolChoice = ToolChoice()
    stream: bool = False
    thinking: Thinking | None = None
    cache_control: dict[str, Any] | None = None
    stop_sequences: list[str] = []
    temperature: msgspec.Raw | UnsetType = UNSET
    top_p: msgspec.Raw | UnsetType = UNSET
    top_k: msgspec.Raw | UnsetType = UNSET
    metadata: Any = None
    output_config: Any = None
    service_tier: Any = None
    speed: Any = None
    container: Any = None
    inference_geo: Any = None
    diagnostics: Any = None
    user_profile_id: Any = None
    workspace_id: Any = None

    @property
    def system_blocks(self) -> list[Block]:
        if isinstance(self.system, str):
            return [Block(type="text", text=self.system)]
        return self.system or []

    @property
    def newest(self) -> bool:
        """Whether this is a model of the 5 generation, which thinks unasked and takes no sampling parameters."""
        return bool(re.match(r"claude-[a-z]+-5(-|$)", self.model))

    @property
    def thinks(self) -> bool:
        if self.thinking is None:
            return self.newest
        return self.thinking.type != "disabled"


def read_body(raw: bytes) -> Body:
    """The request, or `RefusedError` in the vendor's words."""
    try:
        return msgspec.json.decode(raw, type=Body)
    except msgspec.DecodeError as refusal:
        raise RefusedError(_as_vendor_says(str(refusal))) from refusal


def check(body: Body, *, version: str) -> None:
    """Raises `RefusedError` for what the vendor answers 400 to."""
    _check_parameters(body, version=version)
    _check_tools(body)
    if not body.messages:
        raise RefusedError("messages: at least one message is required")
    for index, message in enumerate(body.messages):
        _check_message(message, f"messages.{index}", version=version)
        _check_pairing(body.messages, index)
    if body.messages[-1].role == "assistant":
        raise RefusedError(
            "This model does not support assistant message prefill. The conversation must end with a user message."
        )


def prompt_of(body: Body) -> Prompt:
    """The same conversation in neutral words."""
    turns: list[Turn] = []
    names: dict[str, str] = {}
    for message in body.messages:
        for block in message.blocks:
            if block.type == "text":
                turns.append(Turn(kind="user" if message.role == "user" else "assistant", text=block.text))
            elif block.type == "tool_use":
                names[block.id] = block.name
                turns.append(Turn(kind="call", call_name=block.name, text=msgspec.json.encode(block.input).decode()))
            elif block.type == "tool_result":
                turns.append(
                    Turn(
                        kind="result",
                        text=text_of(block.content),
                        call_name=names[block.tool_use_id],
                        failed=block.is_error,
                    )
                )
    offers = [ToolOffer(name=tool.name, description=tool.description, schema=tool.input_schema) for tool in body.tools]
    choice = body.tool_choice
    return Prompt(
        system="\n".join(block.text for block in body.system_blocks),
        turns=tuple(turns),
        tools=() if choice.type == "none" else tuple(offers),
        must_call={"any": "*", "tool": choice.name}.get(choice.type),
    )


def text_of(content: str | list[Block] | None) -> str:
    """The words of a tool result, whichever way it was written."""
    if isinstance(content, list):
        return "\n".join(block.text for block in content if block.type == "text")
    return content or ""


def _check_parameters(body: Body, *, version: str) -> None:
    given = [name for name in _SAMPLING if getattr(body, name) is not UNSET]
    if given and version == NEW:
        raise RefusedError(f"{given[0]}: Extra inputs are not permitted in API version {NEW}")
    if given and body.newest:
        raise RefusedError(f"`{given[0]}` is deprecated for this model.")
    if body.max_tokens < 1:
        raise RefusedError("max_tokens: Input should be greater than or equal to 1")
    if body.thinking:
        _check_thinking(body, body.thinking)


def _check_thinking(body: Body, thinking: Thinking) -> None:
    if thinking.type not in {"adaptive", "between_tools", "disabled", "enabled"}:
        raise RefusedError(f"thinking.type: unknown type '{thinking.type}'")
    if thinking.type == "enabled":
        if body.newest:
            raise RefusedError("thinking.type.enabled is not supported for this model. Use thinking.type.adaptive.")
        if (thinking.budget_tokens or 0) < 1024:  # noqa: PLR2004 - the vendor's minimum
            raise RefusedError("thinking.enabled.budget_tokens: Input should be greater than or equal to 1024")
    if thinking.type == "disabled" and body.model == "claude-opus-5-5":
        raise RefusedError("thinking.type.disabled is not supported for this model.")


def _check_tools(body: Body) -> None:
    for index, tool in enumerate(body.tools):
        if not _TOOL_NAME.match(tool.name):
            raise RefusedError(f"tools.{index}.custom.name: String should match pattern '{_TOOL_NAME.pattern}'")
        if tool.input_schema.get("type") != "object":
            raise RefusedError(f"tools.{index}.custom.input_schema.type: Field required")
    choice = body.tool_choice
    if choice.type in {"any", "tool"} and body.model == "claude-sonnet-5-5":
        raise RefusedError("tool_choice: forcing a tool is not supported for this model.")
    if choice.type == "tool" and choice.name not in {tool.name for tool in body.tools}:
        raise RefusedError(f"Tool '{choice.name}' not found in provided tools")


def _check_message(message: WireMessage, where: str, *, version: str) -> None:
    if message.role not in {"user", "assistant"}:
        raise RefusedError(f"{where}.role: Input should be 'user' or 'assistant'")
    if not message.blocks:
        raise RefusedError(f"{where}: all messages must have non-empty content")
    for block in message.blocks:
        if block.type == "text" and not block.text.strip():
            raise RefusedError(f"{where}: text content blocks must be non-empty")
        if version == NEW and message.role == "assistant" and block.type == "document":
            raise RefusedError(f"{where}: `document` blocks are not permitted in assistant messages")
        if version == NEW and message.role == "user" and block.type == "text" and block.citations:
            raise RefusedError(f"{where}: citations are not permitted in user messages")


def _check_pairing(messages: list[WireMessage], index: int) -> None:
    """Each call is answered in the very next message, results first, and no result comes without its call."""
    earlier = [block.id for block in messages[index - 1].blocks if block.type == "tool_use"] if index else []
    answered = [block.tool_use_id for block in messages[index].blocks if block.type == "tool_result"]
    missing = [call for call in earlier if call not in answered]
    if missing:
        raise RefusedError(
            f"messages.{index - 1}: `tool_use` ids were found without `tool_result` blocks immediately after: "
            f"{', '.join(missing)}. Each `tool_use` block must have a corresponding `tool_result` block in the next "
            "message."
        )
    stray = [call for call in answered if call not in earlier]
    if stray:
        raise RefusedError(f"messages.{index}: unexpected `tool_use_id` found in `tool_result` blocks: {stray[0]}.")
    kinds = [block.type == "tool_result" for block in messages[index].blocks]
    if kinds != sorted(kinds, reverse=True):
        raise RefusedError(f"messages.{index}: `tool_result` blocks must come before other content")


def _as_vendor_says(complaint: str) -> str:
    if found := re.search(r"missing required field `(\w+)`", complaint):
        return f"{found.group(1)}: Field required"
    if found := re.search(r"unknown field `(\w+)`", complaint):
        return f"{found.group(1)}: Extra inputs are not permitted"
    if found := re.search(r"(.*) - at `\$\.?(.*)`", complaint):
        return f"{found.group(2)}: {found.group(1)}"
    return "The request body is not valid JSON"
