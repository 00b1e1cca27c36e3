"""What was read a moment ago of a record that has not changed since, so that a poll need not read it again."""

import time
from collections import OrderedDict
from collections.abc import Callable
from typing import Generic, TypeVar

V = TypeVar("V")


class Recent(Generic[V]):
    """Values by a record's id and its mark (usually its date of change), at most *limit* of them."""

    def __init__(self, *, limit: int = 20_000, monotonic: Callable[[], float] = time.monotonic) -> None:
        self._limit = limit
        self._monotonic = monotonic
        self._kept: OrderedDict[str, tuple[str, float, V]] = OrderedDict()

    def get(self, ref: str, mark: str) -> V | None:
        """Return what is known of the record as it was at *mark*, None when that is too old or of another mark."""
        kept = self._kept.get(ref)
        if kept is None or kept[0] != mark or kept[1] <= self._monotonic():
            return None
        return kept[2]

    def put(self, ref: str, mark: str, value: V, *, lives_s: float) -> None:
        """Keep *value* for *lives_s* seconds; the oldest makes room."""
        self._kept.pop(ref, None)
        self._kept[ref] = (mark, self._monotonic() + lives_s, value)
        if len(self._kept) > self._limit:
            self._kept.popitem(last=False)
