"""Whether the consent ledger is as it was written: every line fits its digest and follows the line before it."""

from collections.abc import Callable

import msgspec

from leadcore.compliance.model import Consent
from leadcore.kernel.ids import ConsentId

Proves = Callable[[Consent], bool]
"""Whether a line's seal is the vault's and fits the line."""


def _no_seal_is_known(_: Consent) -> bool:
    return False


class ChainCheck(msgspec.Struct, frozen=True, kw_only=True):
    """How far a chain holds. `lines` were looked at, `head` is the digest the next line must follow.

    `sealed` lines go on without their evidence. `broken_at` is the first line that does not fit (None with `problem`:
    lines are missing at the end).
    """

    lines: int = 0
    sealed: int = 0
    head: bytes = b""
    broken_at: ConsentId | None = None
    problem: str = ""

    @property
    def is_intact(self) -> bool:
        """True while nothing was found."""
        return not self.problem

    def extended(self, lines: list[Consent], *, proves: Proves = _no_seal_is_known) -> "ChainCheck":
        """Check the next *lines* of the same ledger. What was found first stays.

        A line without its evidence does not fit its digest; it holds when *proves* says so of its seal.
        """
        check = self
        for line in lines:
            if check.problem:
                return check
            problem = ""
            if line.previous != check.head:
                problem = "does not follow the line before it: a line was removed, added or moved"
            elif not (line.is_intact if line.seal is None else proves(line)):
                problem = "was changed after it was written"
            check = ChainCheck(
                lines=check.lines + 1,
                sealed=check.sealed + (line.seal is not None),
                head=line.digest,
                broken_at=line.id if problem else None,
                problem=problem,
            )
        return check

    def ended(self, noted_head: bytes) -> "ChainCheck":
        """Check that the ledger ends where the digest noted beside it says."""
        if self.problem or self.head == noted_head:
            return self
        return msgspec.structs.replace(self, problem="the newest lines are missing")
