"""Seeded misbehaviour of a model vendor, and the pace at which it talks."""

from random import Random
from typing import Literal

from msgspec import UNSET, Struct, UnsetType, structs

from leadcore_simulators.models.lies import ALL_LIES, Lie

Kind = Literal[
    "status", "cut_after_tokens", "error_event_after_tokens", "stall_after_tokens", "delay_first_token", "refuse"
]


class Rule(Struct, frozen=True, kw_only=True, forbid_unknown_fields=True):
    """One way to misbehave. `rate` is a probability per request; `times` how often it may strike in all.

    `tokens` counts pieces already sent (0 = before the first). `how` of a cut: `reset` drops the connection in the
    middle of the body, `clean` ends the body properly but without the protocol's terminal event.
    """

    kind: Kind
    status: int = 500
    error_type: str | None = None
    code: str | None = None
    message: str | None = None
    retry_after_s: int | None = None
    tokens: int = 0
    seconds: float = 30.0
    how: Literal["reset", "clean"] = "reset"
    rate: float = 1.0
    times: int | None = None
    model: str | None = None


class FaultOrder(Struct, frozen=True, kw_only=True, forbid_unknown_fields=True):
    seed: int = 0
    rules: list[Rule] = []


class FaultPlan:
    """Decides per request which rule strikes, if any: the first in order whose dice say so."""

    def __init__(self, order: FaultOrder) -> None:
        self._rules = order.rules
        self._left = [rule.times for rule in order.rules]
        self._dice = Random(order.seed)

    def draw(self, *, model: str) -> Rule | None:
        for index, rule in enumerate(self._rules):
            left = self._left[index]
            if left == 0 or (rule.model is not None and rule.model != model):
                continue
            if self._dice.random() < rule.rate:
                self._left[index] = None if left is None else left - 1
                return rule
        return None


class Settings(Struct, frozen=True, kw_only=True):
    """How the model talks. `liar` invents; `lies` narrows what it may invent."""

    token_delay_ms: float = 15.0
    first_token_ms: float = 60.0
    mode: Literal["honest", "liar"] = "honest"
    thinking: bool = True
    lies: tuple[Lie, ...] = ALL_LIES


class SettingsChange(Struct, frozen=True, kw_only=True, forbid_unknown_fields=True):
    """Only what is given changes."""

    token_delay_ms: float | UnsetType = UNSET
    first_token_ms: float | UnsetType = UNSET
    mode: Literal["honest", "liar"] | UnsetType = UNSET
    thinking: bool | UnsetType = UNSET
    lies: tuple[Lie, ...] | UnsetType = UNSET

    def on(self, settings: Settings) -> Settings:
        return structs.replace(
            settings, **{name: value for name, value in structs.asdict(self).items() if value is not UNSET}
        )
