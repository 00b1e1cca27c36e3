"""Randomness is a seam too: jitter and tokens come from here, so a seed replays a run."""

from typing import Protocol


class Chance(Protocol):
    """A source of randomness."""

    def fraction(self) -> float:
        """Return a number in [0, 1)."""
        ...

    def token(self, size: int) -> bytes:
        """Return *size* bytes fit for secrets (in memory/: seeded and predictable)."""
        ...
