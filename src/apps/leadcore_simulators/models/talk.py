"""What the brain sees and says: one conversation in neutral words, whichever vendor's wire it came over."""

from typing import Literal

import msgspec
from msgspec import Struct


class ToolOffer(Struct, frozen=True, kw_only=True):
    name: str
    description: str = ""
    schema: dict[str, object] = msgspec.field(default_factory=dict)


class ToolCall(Struct, frozen=True, kw_only=True):
    name: str
    arguments: dict[str, object]

    def as_json(self) -> str:
        return msgspec.json.encode(self.arguments).decode()


class Turn(Struct, frozen=True, kw_only=True):
    """One contribution: a person's or the assistant's text, a call the assistant made, or what a tool answered."""

    kind: Literal["user", "assistant", "call", "result"]
    text: str = ""
    call_name: str = ""
    failed: bool = False


class Prompt(Struct, frozen=True, kw_only=True):
    """`must_call` is a tool's name, or `*` for any tool, where the request forces one."""

    system: str
    turns: tuple[Turn, ...]
    tools: tuple[ToolOffer, ...] = ()
    must_call: str | None = None

    @property
    def question(self) -> str:
        """What the person said last; empty when nobody has spoken yet."""
        return next((turn.text for turn in reversed(self.turns) if turn.kind == "user"), "")

    @property
    def results(self) -> tuple[Turn, ...]:
        """What tools answered since the person spoke last."""
        found: list[Turn] = []
        for turn in reversed(self.turns):
            if turn.kind == "user":
                break
            if turn.kind == "result":
                found.append(turn)
        return tuple(reversed(found))


class Thought(Struct, frozen=True, kw_only=True):
    """What the brain decided: think aloud, then text, then calls."""

    thinking: str
    text: str = ""
    calls: tuple[ToolCall, ...] = ()
