"""Language models behind one port: text and tool calls out, usage and cost with them."""

from collections.abc import AsyncIterator
from datetime import date
from typing import Literal, Protocol

import msgspec

from leadcore.kernel.errors import LeadcoreError

FinishReason = Literal["stop", "tool_use", "length", "refusal", "filtered"]


class ModelError(LeadcoreError):
    """Base of the closed set a model's stream raises."""

    code = "model"


class ModelUnavailableError(ModelError):
    """Nothing was produced: unreachable, overloaded, rate limited, timed out before the first event. Try another."""

    code = "model_unavailable"

    def __init__(self, message: str, *, retry_after_s: float | None = None) -> None:
        super().__init__(message)
        self.retry_after_s = retry_after_s


class ModelInterruptedError(ModelError):
    """The stream broke before its terminal event; whatever was produced is incomplete and must not be kept."""

    code = "model_interrupted"


class ModelRefusedError(ModelError):
    """Key, model id, budget or request are at fault; trying again unchanged cannot help."""

    code = "model_refused"


class ToolSpec(msgspec.Struct, frozen=True, kw_only=True):
    """A tool the model may call; `parameters` is a JSON Schema object."""

    name: str
    description: str
    parameters: dict[str, object]


class ToolCall(msgspec.Struct, frozen=True, kw_only=True, tag="tool_call"):
    """A complete tool call; `arguments` is a JSON object as text."""

    call_id: str
    name: str
    arguments: str


class ToolResult(msgspec.Struct, frozen=True, kw_only=True, tag="tool_result"):
    """What a tool answered; `content` is JSON as text."""

    call_id: str
    content: str
    is_error: bool = False


class TextPart(msgspec.Struct, frozen=True, kw_only=True, tag="text"):
    """Plain text."""

    text: str


class ModelTurn(msgspec.Struct, frozen=True, kw_only=True):
    """One side's contribution.

    `provider_state` is opaque (thinking blocks and such): hand it back unchanged, to the same provider only; another
    provider ignores it.
    """

    role: Literal["user", "assistant"]
    parts: tuple[TextPart | ToolCall | ToolResult, ...]
    provider: str = ""
    provider_state: bytes = b""


class ModelRequest(msgspec.Struct, frozen=True, kw_only=True):
    """One call. `system` is trusted; everything a customer said is in `turns` only."""

    model: str
    system: str
    turns: tuple[ModelTurn, ...]
    tools: tuple[ToolSpec, ...] = ()
    max_output_tokens: int = 2048
    cache_key: str = ""


class ModelUsage(msgspec.Struct, frozen=True, kw_only=True):
    """Tokens as the provider counted them. `input_tokens` includes cached ones."""

    input_tokens: int = 0
    output_tokens: int = 0
    cached_input_tokens: int = 0
    cache_write_tokens: int = 0

    def __add__(self, other: "ModelUsage") -> "ModelUsage":
        return ModelUsage(
            input_tokens=self.input_tokens + other.input_tokens,
            output_tokens=self.output_tokens + other.output_tokens,
            cached_input_tokens=self.cached_input_tokens + other.cached_input_tokens,
            cache_write_tokens=self.cache_write_tokens + other.cache_write_tokens,
        )


class TextDelta(msgspec.Struct, frozen=True, kw_only=True, tag="text_delta"):
    """Some more text, as it arrived."""

    text: str


class ToolCallReady(msgspec.Struct, frozen=True, kw_only=True, tag="tool_call_ready"):
    """A tool call whose arguments are complete. It may run only after `ModelFinished` arrived."""

    call: ToolCall


class ModelFinished(msgspec.Struct, frozen=True, kw_only=True, tag="finished"):
    """The protocol's own terminal event: only now the answer is whole."""

    reason: FinishReason
    usage: ModelUsage
    model: str
    provider_state: bytes = b""


ModelEvent = TextDelta | ToolCallReady | ModelFinished


class ModelPrice(msgspec.Struct, frozen=True, kw_only=True):
    """List price in USD per million tokens, from `effective_from` on.

    Above `long_prompt_tokens` input tokens every rate is multiplied by the `long_*` factors, on the whole request.
    """

    model: str
    effective_from: date
    input_usd: float
    output_usd: float
    cached_input_usd: float
    cache_write_usd: float = 0.0
    long_prompt_tokens: int | None = None
    long_input_factor: float = 1.0
    long_output_factor: float = 1.0


class LanguageModel(Protocol):
    """One provider's models for one tenant's connection."""

    @property
    def provider(self) -> str:
        """The plugin's name, shown in metadata (`anthropic`, `openai`)."""
        ...

    @property
    def default_model(self) -> str:
        """The model id used when the tenant names none."""
        ...

    @property
    def prices(self) -> tuple[ModelPrice, ...]:
        """Known list prices."""
        ...

    def stream(self, request: ModelRequest) -> AsyncIterator[ModelEvent]:
        """Produce the answer as it is generated, ending with `ModelFinished`.

        Raises `ModelUnavailableError` or `ModelRefusedError` before the first event, `ModelInterruptedError` after
        it. Never retries. Closing the iterator stops the generation.
        """
        ...

    async def aclose(self) -> None:
        """Give back sockets. Idempotent."""
        ...


def cost_usd(usage: ModelUsage, prices: tuple[ModelPrice, ...], *, model: str, on: date) -> float | None:
    """Return what *usage* costs at the list price in force on *on*; None when no price is known."""
    known = [price for price in prices if price.model == model and price.effective_from <= on]
    if not known:
        return None
    price = max(known, key=lambda candidate: candidate.effective_from)
    is_long = price.long_prompt_tokens is not None and usage.input_tokens > price.long_prompt_tokens
    factor_in, factor_out = (price.long_input_factor, price.long_output_factor) if is_long else (1.0, 1.0)
    fresh = usage.input_tokens - usage.cached_input_tokens - usage.cache_write_tokens
    spent = (
        fresh * price.input_usd * factor_in
        + usage.cached_input_tokens * price.cached_input_usd * factor_in
        + usage.cache_write_tokens * price.cache_write_usd * factor_in
        + usage.output_tokens * price.output_usd * factor_out
    )
    return spent / 1_000_000
