"""Ids and randomness from the operating system."""

import secrets
from uuid import UUID

from uuid_utils.compat import uuid7


class TimeOrderedIds:
    """`IdFactory`: UUID version 7 (RFC 9562), monotonic within a process."""

    def new(self) -> UUID:
        """Return a fresh id."""
        return uuid7()


class SystemChance:
    """`Chance` fit for secrets."""

    def __init__(self) -> None:
        self._source = secrets.SystemRandom()

    def fraction(self) -> float:
        """Return a number in [0, 1)."""
        return self._source.random()

    def token(self, size: int) -> bytes:
        """Return *size* unpredictable bytes."""
        return secrets.token_bytes(size)
