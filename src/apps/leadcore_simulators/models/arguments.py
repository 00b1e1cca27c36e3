"""Filling in a tool's arguments from its own schema and from what the conversation says."""

from collections.abc import Mapping

from leadcore_simulators.models.hearing import Intent, service_wanted, vehicle_known
from leadcore_simulators.models.talk import Prompt, ToolCall, ToolOffer

_TOPICS = {Intent.HOURS: "hours", Intent.ADDRESS: "address"}


def call_for(tool: ToolOffer, prompt: Prompt, *, intent: Intent) -> ToolCall:
    """A call whose arguments the tool's schema allows."""
    known: dict[str, object] = {
        "service": service_wanted(prompt) or prompt.question[:120],
        "vehicle": vehicle_known(prompt),
        "reason": prompt.question[:200],
        "summary": prompt.question[:200],
        "topic": _TOPICS.get(intent, "all"),
    }
    properties = tool.schema.get("properties")
    required = tool.schema.get("required")
    fields = properties if isinstance(properties, dict) else {}
    needed = required if isinstance(required, list) else []
    arguments = {
        name: _value(spec if isinstance(spec, dict) else {}, known.get(name), needed=name in needed)
        for name, spec in fields.items()
        if name in known or name in needed
    }
    return ToolCall(
        name=tool.name,
        arguments={name: value for name, value in arguments.items() if value is not None or name in needed},
    )


def _value(spec: Mapping[str, object], known: object, *, needed: bool) -> object:
    kinds = _kinds(spec)
    choices = spec.get("enum")
    if isinstance(choices, list) and choices:
        close = [choice for choice in choices if isinstance(choice, str) and isinstance(known, str) and known in choice]
        fallback = choices[0] if needed else None
        return close[0] if close else fallback
    if known is not None and ("string" in kinds or not kinds):
        return known
    if "null" in kinds or not needed:
        return None
    empty: dict[str, object] = {"string": "", "integer": 0, "number": 0, "boolean": False, "array": [], "object": {}}
    return next((empty[kind] for kind in kinds if kind in empty), "")


def _kinds(spec: Mapping[str, object]) -> list[str]:
    kind = spec.get("type")
    if isinstance(kind, str):
        return [kind]
    if isinstance(kind, list):
        return [str(one) for one in kind]
    options = spec.get("anyOf", spec.get("oneOf"))
    if isinstance(options, list):
        return [kind for option in options if isinstance(option, dict) for kind in _kinds(option)]
    return []
