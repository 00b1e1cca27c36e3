"""What a turn is told (inputs) and what it asks for (effects). Data on both sides; a runner performs the effects."""

from typing import Literal

import msgspec

from leadcore.catalog.model import Quote
from leadcore.conversations.guardrails.stream import Correction
from leadcore.conversations.values import ReplyMetadata, ToolOutcome, TurnContext
from leadcore.ports.ai import FinishReason, ModelPrice, ModelRequest, ModelUsage, ToolCall

Failure = Literal["unavailable", "interrupted", "refused", "stalled", "circuit_open"]


class Choice(msgspec.Struct, frozen=True, kw_only=True):
    """A model that may answer, in the tenant's order."""

    provider: str
    model: str
    prices: tuple[ModelPrice, ...] = ()


class Begin(msgspec.Struct, frozen=True, kw_only=True):
    """Answer what `context` asks, with the first of `choices` that can; `gen` numbers the first generation."""

    context: TurnContext
    choices: tuple[Choice, ...]
    gen: int = 1


class Delta(msgspec.Struct, frozen=True, kw_only=True):
    """The model said some more."""

    text: str


class ModelDone(msgspec.Struct, frozen=True, kw_only=True):
    """The model's terminal event; `calls` are the complete tool calls that came before it."""

    reason: FinishReason
    usage: ModelUsage
    model: str
    calls: tuple[ToolCall, ...] = ()
    provider_state: bytes = b""


class ModelFailed(msgspec.Struct, frozen=True, kw_only=True):
    """The call ended without a terminal event, or never began."""

    failure: Failure


class ToolsAnswered(msgspec.Struct, frozen=True, kw_only=True):
    """The outcomes of the calls that `RunTools` asked for, in its order."""

    outcomes: tuple[ToolOutcome, ...]


class CatalogAnswered(msgspec.Struct, frozen=True, kw_only=True):
    """The answer by rules that `AskCatalog` asked for."""

    text: str
    handoff: str | None = None
    quote: Quote | None = None


class Cancelled(msgspec.Struct, frozen=True, kw_only=True):
    """Nobody wants the answer any more: a person took over, or a revocation arrived."""


TurnInput = Begin | Delta | ModelDone | ModelFailed | ToolsAnswered | CatalogAnswered | Cancelled


class CallModel(msgspec.Struct, frozen=True, kw_only=True):
    """Stream `request` from the choice at `choice`; an earlier stream of this turn is to be closed."""

    choice: int
    request: ModelRequest


class RunTools(msgspec.Struct, frozen=True, kw_only=True):
    """Run `calls` on the turn's bench."""

    calls: tuple[ToolCall, ...]


class AskCatalog(msgspec.Struct, frozen=True, kw_only=True):
    """Answer by rules: `catalog_answer` on the turn's bench."""


class Emit(msgspec.Struct, frozen=True, kw_only=True):
    """Show `text`; it belongs to generation `gen`."""

    gen: int
    text: str


class Held(msgspec.Struct, frozen=True, kw_only=True):
    """Text is being withheld until its sentence is checked: a good moment for a typing sign."""


class Reset(msgspec.Struct, frozen=True, kw_only=True):
    """What was shown of this turn is void; generation `gen` begins."""

    gen: int


class Finish(msgspec.Struct, frozen=True, kw_only=True):
    """The answer is whole: `text` is exactly the concatenation of what `gen` emitted.

    `disclosed` says that it told the customer an AI answers; `quotes` are the prices asked for in this turn;
    `corrections` hold withheld words, which are for operators and never for the customer.
    """

    gen: int
    text: str
    metadata: ReplyMetadata
    handoff: str | None = None
    disclosed: bool = False
    quotes: tuple[Quote, ...] = ()
    corrections: tuple[Correction, ...] = ()


TurnEffect = CallModel | RunTools | AskCatalog | Emit | Held | Reset | Finish
