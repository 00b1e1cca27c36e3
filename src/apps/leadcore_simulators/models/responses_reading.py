"""What a Responses request may say, and the 400s for what it may not."""

import re
from hashlib import blake2b
from typing import Any

import msgspec
from msgspec import UNSET, Struct, UnsetType

from leadcore_simulators.models.openai_errors import RefusedError
from leadcore_simulators.models.talk import Prompt, ToolOffer, Turn


class Part(Struct, frozen=True):
    type: str
    text: str = ""
    refusal: str = ""


class Item(Struct, frozen=True):
    """One input item; which fields count depends on `type` (a message may leave it out)."""

    type: str = "message"
    role: str = ""
    content: str | list[Part] | None = None
    id: str | None = None
    call_id: str = ""
    name: str = ""
    arguments: str = ""
    output: str | list[Part] = ""
    encrypted_content: str | None = None
    summary: list[Part] = []

    @property
    def words(self) -> str:
        return joined(self.content)


class FunctionTool(Struct, frozen=True):
    type: str
    name: str = ""
    description: str | None = None
    parameters: dict[str, Any] | None = None
    strict: bool | None = None


class Reasoning(Struct, frozen=True):
    effort: str | None = None
    summary: str | None = None


class Body(Struct, frozen=True, forbid_unknown_fields=True):
    """The vendor refuses fields it does not know, so does this."""

    model: str
    input: str | list[Item]
    instructions: str | None = None
    tools: list[FunctionTool] = []
    tool_choice: Any = "auto"
    max_output_tokens: int | None = None
    stream: bool = False
    store: bool = True
    reasoning: Reasoning | None = None
    include: list[str] | None = None
    previous_response_id: str | None = None
    parallel_tool_calls: bool = True
    metadata: dict[str, str] | None = None
    prompt_cache_key: str | None = None
    safety_identifier: str | None = None
    temperature: msgspec.Raw | UnsetType = UNSET
    top_p: msgspec.Raw | UnsetType = UNSET
    text: Any = None
    truncation: Any = None
    service_tier: Any = None
    stream_options: Any = None
    user: Any = None
    background: Any = None
    max_tool_calls: Any = None
    prompt_cache_retention: Any = None
    prompt_cache_options: Any = None

    @property
    def items(self) -> list[Item]:
        return [Item(role="user", content=self.input)] if isinstance(self.input, str) else self.input

    @property
    def effort(self) -> str:
        return (self.reasoning.effort if self.reasoning else None) or "low"

    @property
    def reasons(self) -> bool:
        return bool(re.match(r"gpt-(5|6)", self.model)) and self.effort != "none"


def read_body(raw: bytes) -> Body:
    """The request, or `RefusedError` in the vendor's words."""
    try:
        return msgspec.json.decode(raw, type=Body)
    except msgspec.DecodeError as refusal:
        raise as_vendor_says(str(refusal)) from refusal


def check(body: Body, items: list[Item]) -> None:
    """Raises `RefusedError` for what the vendor answers 400 to. *items* include those of earlier stored responses."""
    for name in ("temperature", "top_p"):
        if getattr(body, name) is not UNSET and body.reasons:
            raise RefusedError(
                f"Unsupported parameter: '{name}' is not supported with this model.",
                code="unsupported_parameter",
                param=name,
            )
    if body.effort == "none" and not accepts_no_effort(body.model):
        raise RefusedError(
            f"Unsupported value: 'none' is not supported with the '{body.model}' model.",
            code="unsupported_value",
            param="reasoning.effort",
        )
    if body.max_output_tokens is not None and body.max_output_tokens < 16:  # noqa: PLR2004 - the vendor's minimum
        raise RefusedError(
            "Invalid 'max_output_tokens': integer below minimum value. Expected a value >= 16.",
            code="integer_below_min_value",
            param="max_output_tokens",
        )
    for index, tool in enumerate(body.tools):
        if tool.type == "function" and not re.match(r"^[a-zA-Z0-9_-]{1,64}$", tool.name):
            raise RefusedError(f"Invalid 'tools[{index}].name'.", code="invalid_value", param=f"tools[{index}].name")
    _check_items(items)


def prompt_of(body: Body, items: list[Item]) -> Prompt:
    """The same conversation in neutral words."""
    system = [body.instructions or ""]
    turns: list[Turn] = []
    names: dict[str, str] = {}
    for item in items:
        if item.type == "message" and item.role in {"system", "developer"}:
            system.append(item.words)
        elif item.type == "message":
            turns.append(Turn(kind="user" if item.role == "user" else "assistant", text=item.words))
        elif item.type == "function_call":
            names[item.call_id] = item.name
            turns.append(Turn(kind="call", call_name=item.name, text=item.arguments))
        elif item.type == "function_call_output":
            turns.append(Turn(kind="result", text=joined(item.output), call_name=names[item.call_id]))
    offers = tuple(
        ToolOffer(name=tool.name, description=tool.description or "", schema=tool.parameters or {})
        for tool in body.tools
        if tool.type == "function"
    )
    forced = forced_tool(body.tool_choice)
    return Prompt(
        system="\n".join(filter(None, system)),
        turns=tuple(turns),
        tools=() if body.tool_choice == "none" else offers,
        must_call=forced,
    )


def forced_tool(choice: object) -> str | None:
    """`*` for "required", a name for one function, else None; both the flat and the nested spelling."""
    if choice == "required":
        return "*"
    if isinstance(choice, dict) and choice.get("type") == "function":
        nested = choice.get("function")
        return str(nested.get("name")) if isinstance(nested, dict) else str(choice.get("name"))
    return None


def joined(content: str | list[Part] | None) -> str:
    """The words of some content, whichever way it was written."""
    if isinstance(content, list):
        return "\n".join(part.text or part.refusal for part in content)
    return content or ""


def accepts_no_effort(model: str) -> bool:
    """Whether reasoning can be switched off for *model*."""
    return model not in {"gpt-6-astra", "gpt-6.1-sol", "gpt-6.2-sol", "gpt-6.2-astra"}


def sealed(item_id: str) -> str:
    """Stands for the encrypted reasoning of *item_id*; only the unchanged pair is accepted back."""
    return "gAAAA" + blake2b(f"reasoning:{item_id}".encode(), digest_size=24).hexdigest()


def as_vendor_says(complaint: str) -> RefusedError:
    """A decoder's complaint as the vendor would word it."""
    if found := re.search(r"missing required field `(\w+)`", complaint):
        name = found.group(1)
        return RefusedError(f"Missing required parameter: '{name}'.", code="missing_required_parameter", param=name)
    if found := re.search(r"unknown field `(\w+)`", complaint):
        name = found.group(1)
        return RefusedError(f"Unknown parameter: '{name}'.", code="unknown_parameter", param=name)
    if found := re.search(r"(.*) - at `\$\.?(.*)`", complaint):
        name = found.group(2)
        return RefusedError(f"Invalid type for '{name}': {found.group(1)}.", code="invalid_type", param=name)
    return RefusedError("We could not parse the JSON body of your request.")


def _check_items(items: list[Item]) -> None:
    calls = {item.call_id for item in items if item.type == "function_call"}
    outputs = {item.call_id for item in items if item.type == "function_call_output"}
    thoughts = {item.id for item in items if item.type == "reasoning"}
    for item in items:
        if item.type == "function_call_output" and item.call_id not in calls:
            raise RefusedError(
                f"No tool call found for function call output with call_id {item.call_id}.", param="input"
            )
        if item.type == "function_call" and item.call_id not in outputs:
            raise RefusedError(f"No tool output found for function call {item.call_id}.", param="input")
        if item.type == "reasoning" and item.encrypted_content != sealed(item.id or ""):
            raise RefusedError(
                f"The encrypted content for item {item.id} could not be verified.",
                code="invalid_encrypted_content",
            )
        partner = paired_reasoning(item.id or "")
        if item.type == "function_call" and partner and partner not in thoughts:
            raise RefusedError(
                f"Item '{item.id}' of type 'function_call' was provided without its required 'reasoning' item: "
                f"'{partner}'.",
                param="input",
            )


def paired_reasoning(item_id: str) -> str | None:
    """The reasoning item that a function call of ours came after: `fc_r…` belongs to `rs_…`."""
    return f"rs_{item_id.removeprefix('fc_r')[:24]}" if item_id.startswith("fc_r") else None
