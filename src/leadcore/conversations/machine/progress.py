"""Where a turn is."""

from typing import Literal

import msgspec

from leadcore.conversations.guardrails.allowed import Allowed, allowed_by
from leadcore.conversations.guardrails.stream import Correction, GuardState
from leadcore.conversations.machine.signals import Choice
from leadcore.conversations.values import GuardFacts, ToolOutcome, TurnContext
from leadcore.ports.ai import ModelTurn, ModelUsage, ToolCall

Phase = Literal["model", "tools", "catalog", "done"]


class Answered(msgspec.Struct, frozen=True, kw_only=True):
    """A tool's answer of this turn, found again by what was asked: a regenerated answer does nothing twice."""

    key: str
    outcome: ToolOutcome


class TurnProgress(msgspec.Struct, frozen=True, kw_only=True):
    """The state of a turn. Instants are seconds of the runner's monotonic clock.

    `text` is what generation `gen` has shown; `turns` what it added to the conversation for the model; `answered` and
    `usage` belong to the whole turn, failed generations included.
    """

    context: TurnContext
    choices: tuple[Choice, ...]
    opening: str
    started_at: float
    phase: Phase = "model"
    choice: int = 0
    gen: int = 1
    rounds: int = 0
    heard: int = 0
    text: str = ""
    said_from: int = 0
    guard: GuardState = GuardState()
    allowed: Allowed = allowed_by(GuardFacts())
    turns: tuple[ModelTurn, ...] = ()
    asked: tuple[ToolCall, ...] = ()
    asked_state: bytes = b""
    answered: tuple[Answered, ...] = ()
    usage: ModelUsage = ModelUsage()
    cost_usd: float | None = 0.0
    failed: tuple[str, ...] = ()
    corrections: tuple[Correction, ...] = ()
    first_token_ms: int | None = None

    @property
    def outcomes(self) -> tuple[ToolOutcome, ...]:
        """What tools answered in this turn."""
        return tuple(answer.outcome for answer in self.answered)

    @property
    def handoff(self) -> str | None:
        """Why a person takes over, if a tool was asked for one."""
        return next((outcome.handoff for outcome in self.outcomes if outcome.handoff), None)

    def outcome_of(self, key: str) -> ToolOutcome | None:
        """The answer given to the same question before."""
        return next((answer.outcome for answer in self.answered if answer.key == key), None)
