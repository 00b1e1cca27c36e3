"""The root of every refusal leadcore makes.

Three questions choose a type: whose fault is it, may it be retried, did it perhaps happen?
"""

from typing import ClassVar


class LeadcoreError(Exception):
    """Base of all errors. `code` is stable forever; the message is for people and may change."""

    code: ClassVar[str] = "leadcore"

    def __init__(self, message: str, *, field: str | None = None, fix: str | None = None) -> None:
        super().__init__(message)
        self.message = message
        self.field = field
        self.fix = fix


class InvalidInputError(LeadcoreError):
    """The caller sent something that can never work. `field` says where, `fix` says how."""

    code: ClassVar[str] = "invalid_input"


class NotFoundError(LeadcoreError):
    """No such thing for this tenant. A foreign tenant's id is indistinguishable from a missing one."""

    code: ClassVar[str] = "not_found"


class RefusedError(LeadcoreError):
    """The rules of the domain refuse this, now; the input itself is well formed."""

    code: ClassVar[str] = "refused"


class ConflictError(LeadcoreError):
    """Somebody else changed the thing meanwhile. Read it again, then decide again."""

    code: ClassVar[str] = "conflict"


class SharedFateError(ConflictError):
    """Another unit of work in the same transaction failed, and nothing of this one was kept. Do it again, alone."""

    code: ClassVar[str] = "shared_fate"


class StaleClaimError(LeadcoreError):
    """The claim on this work was lost to another worker. Do nothing: it is theirs now."""

    code: ClassVar[str] = "stale_claim"
