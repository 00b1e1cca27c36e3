"""One model call of a turn: its events in time, whatever happens to the stream."""

import asyncio
from collections.abc import AsyncIterator, Awaitable, Callable

import msgspec

from leadcore.conversations.machine.signals import Delta, Failure, ModelDone, ModelFailed
from leadcore.ports.ai import (
    LanguageModel,
    ModelError,
    ModelEvent,
    ModelFinished,
    ModelInterruptedError,
    ModelRefusedError,
    ModelRequest,
    TextDelta,
    ToolCall,
    ToolCallReady,
)

Hear = Callable[[Delta], Awaitable[bool]]
"""Takes a piece of text; answers whether the rest is still wanted."""


class TurnLimits(msgspec.Struct, frozen=True, kw_only=True):
    """Seconds: to the first event of a call, between events, and for the whole turn."""

    first_event_s: float = 8.0
    idle_s: float = 20.0
    total_s: float = 90.0


async def listen(
    model: LanguageModel, request: ModelRequest, hear: Hear, *, limits: TurnLimits, deadline: float
) -> ModelDone | ModelFailed | None:
    """Pass every piece of text to *hear* as it arrives and return how the call ended; None if *hear* had enough.

    *deadline* is in the running loop's time. Time spent in *hear* is not the model's. The stream is closed on every way
    out, cancellation included.
    """
    now = asyncio.get_running_loop().time()
    stream = model.stream(request)
    timer = asyncio.timeout_at(min(now + limits.first_event_s, deadline))
    try:
        async with timer:
            return await _events(stream, hear, timer, idle_s=limits.idle_s, deadline=deadline)
    except ModelError as cause:
        return ModelFailed(failure=_failure_of(cause))
    except TimeoutError:
        if not timer.expired():
            raise
        return ModelFailed(failure="stalled")
    finally:
        await _close(stream)


async def _events(
    stream: AsyncIterator[ModelEvent], hear: Hear, timer: asyncio.Timeout, *, idle_s: float, deadline: float
) -> ModelDone | ModelFailed | None:
    loop = asyncio.get_running_loop()
    calls: list[ToolCall] = []
    async for event in stream:
        timer.reschedule(None)
        match event:
            case TextDelta(text=text):
                if not await hear(Delta(text=text)):
                    return None
            case ToolCallReady(call=call):
                calls.append(call)
            case ModelFinished():
                return _done(event, calls)
        timer.reschedule(min(loop.time() + idle_s, deadline))
    return ModelFailed(failure="interrupted")  # it ended without its terminal event


def _done(event: ModelFinished, calls: list[ToolCall]) -> ModelDone:
    return ModelDone(
        reason=event.reason,
        usage=event.usage,
        model=event.model,
        calls=tuple(calls),
        provider_state=event.provider_state,
    )


def _failure_of(cause: ModelError) -> Failure:
    if isinstance(cause, ModelRefusedError):
        return "refused"
    return "interrupted" if isinstance(cause, ModelInterruptedError) else "unavailable"


async def _close(stream: AsyncIterator[ModelEvent]) -> None:
    """An iterator need not be a generator; one that is must not wait for the garbage collector to hang up."""
    close = getattr(stream, "aclose", None)
    if close is not None:
        await close()
