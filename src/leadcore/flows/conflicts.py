"""Deciding again when somebody else changed the same thing between our look and our commit."""

from collections.abc import Awaitable, Callable
from typing import TypeVar

import msgspec

from leadcore.flows.seams import Seams
from leadcore.kernel.errors import ConflictError, SharedFateError

T = TypeVar("T")
_ROUNDS = 5


async def until_undisturbed(decide: Callable[[], Awaitable[T]]) -> T:
    """Return what *decide* returns: a whole unit of work that reads, decides and commits.

    For what must not be lost to a race (a carrier's answer, an assistant's). Raises the last `ConflictError`.
    """
    for _ in range(_ROUNDS - 1):
        try:
            return await decide()
        except ConflictError:
            continue
    return await decide()


async def beside_others(seams: Seams, kind: str, perform: Callable[[Seams], Awaitable[T]]) -> T:
    """Return what *perform* returns: one unit of work, beside others of its *kind*; alone if those spoil it."""
    try:
        return await perform(msgspec.structs.replace(seams, store=seams.store.shared(kind)))
    except SharedFateError:
        return await perform(seams)
