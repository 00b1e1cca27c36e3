"""A language model that says what the script says."""

from collections import deque
from collections.abc import AsyncIterator, Iterable

from leadcore.ports.ai import (
    ModelError,
    ModelEvent,
    ModelFinished,
    ModelPrice,
    ModelRequest,
    ModelUnavailableError,
    ModelUsage,
    TextDelta,
    ToolCall,
    ToolCallReady,
)

Script = list[ModelEvent | ModelError]
_USAGE = ModelUsage(input_tokens=100, output_tokens=20)


class ScriptedModel:
    """`LanguageModel` from one script per call; without a script left it is unavailable. `requests` are the calls."""

    def __init__(
        self,
        scripts: Iterable[Script] = (),
        *,
        provider: str = "scripted",
        default_model: str = "script-1",
        prices: tuple[ModelPrice, ...] = (),
    ) -> None:
        self._scripts = deque(scripts)
        self.provider = provider
        self.default_model = default_model
        self.prices = prices
        self.requests: list[ModelRequest] = []
        self.closed = False

    def add(self, *scripts: Script) -> None:
        """Say what the next calls shall produce."""
        self._scripts.extend(scripts)

    async def stream(self, request: ModelRequest) -> AsyncIterator[ModelEvent]:
        """Produce the next script's events, raising the failures in it."""
        self.requests.append(request)
        if not self._scripts:
            raise ModelUnavailableError(f"{self.provider}: nothing left to say")
        for item in self._scripts.popleft():
            if isinstance(item, ModelError):
                raise item
            yield item

    async def aclose(self) -> None:
        """Remember that it was closed."""
        self.closed = True


def says(*pieces: str, model: str = "script-1", usage: ModelUsage = _USAGE) -> Script:
    """Return the script of a plain answer streamed in *pieces*."""
    deltas: Script = [TextDelta(text=piece) for piece in pieces]
    return [*deltas, ModelFinished(reason="stop", usage=usage, model=model)]


def calls(*tools: ToolCall, model: str = "script-1", usage: ModelUsage = _USAGE) -> Script:
    """Return the script of an answer that calls *tools*."""
    ready: Script = [ToolCallReady(call=tool) for tool in tools]
    return [*ready, ModelFinished(reason="tool_use", usage=usage, model=model)]
