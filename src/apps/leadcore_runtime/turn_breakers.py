"""Circuit breakers per tenant and provider: a provider that is down costs a customer its timeout only a few times."""

from collections.abc import Callable

import msgspec

from leadcore.kernel.ids import TenantId

Line = tuple[TenantId, str]


class BreakerRule(msgspec.Struct, frozen=True, kw_only=True):
    """Open after `failures` in a row, for `open_s` seconds; then one call is let through to probe."""

    failures: int = 5
    open_s: float = 30.0


class _Trouble(msgspec.Struct, kw_only=True):
    failures: int = 0
    open_until: float | None = None
    is_probed: bool = False


class Breakers:
    """The state of every line in trouble; a line that works takes no memory."""

    def __init__(self, *, monotonic: Callable[[], float], rule: BreakerRule | None = None) -> None:
        self._monotonic = monotonic
        self._rule = rule or BreakerRule()
        self._troubles: dict[Line, _Trouble] = {}

    def admits(self, line: Line) -> bool:
        """Whether a call may be made now. After True exactly one of the three verdicts below must follow."""
        trouble = self._troubles.get(line)
        if trouble is None or trouble.open_until is None:
            return True
        if trouble.is_probed or self._monotonic() < trouble.open_until:
            return False
        trouble.is_probed = True
        return True

    def succeeded(self, line: Line) -> None:
        """The line works: all is forgotten."""
        self._troubles.pop(line, None)

    def failed(self, line: Line) -> None:
        """The line failed once more."""
        trouble = self._troubles.setdefault(line, _Trouble())
        trouble.failures += 1
        trouble.is_probed = False
        if trouble.failures >= self._rule.failures:
            trouble.open_until = self._monotonic() + self._rule.open_s

    def abandoned(self, line: Line) -> None:
        """The call was given up for reasons of ours: it says nothing about the line."""
        if trouble := self._troubles.get(line):
            trouble.is_probed = False
