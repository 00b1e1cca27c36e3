"""Driving a coroutine without an event loop."""

from collections.abc import AsyncIterator, Coroutine
from typing import Any, TypeVar

T = TypeVar("T")


class SuspendedError(RuntimeError):
    """The coroutine waited for something: in memory nothing may, or a seed would not replay the run."""


def run(coro: Coroutine[Any, Any, T]) -> T:
    """Drive *coro* to its end and return what it returns. Raises `SuspendedError` if it wants to wait."""
    try:
        coro.send(None)
    except StopIteration as done:
        result: T = done.value
        return result
    coro.close()
    raise SuspendedError(f"{getattr(coro, '__qualname__', coro)} waits for an event loop")


def collect(items: AsyncIterator[T]) -> list[T]:
    """Drive an asynchronous iterator to its end and return its items."""

    async def gather() -> list[T]:
        return [item async for item in items]

    return run(gather())
