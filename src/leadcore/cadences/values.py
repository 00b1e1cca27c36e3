"""States of an enrollment and a touch, and what ends one."""

from typing import Literal

EnrollmentState = Literal["active", "stopped", "finished"]
StopReason = Literal[
    "replied",
    "opted_out",
    "booked",
    "won",
    "closed_in_crm",
    "taken_over",
    "lost",
    "staff",
    "newer_request",
    "merged",
    "goal",
]
EXITS: tuple[StopReason, ...] = ("replied", "opted_out", "booked", "closed_in_crm", "taken_over")
"""What ends a cadence from outside, unless its file says that it goes on."""
ALWAYS_EXITS: tuple[StopReason, ...] = ("opted_out", "taken_over")
"""What no file can switch: a revocation (47 CFR 64.1200(a)(10)), and a person who speaks (never two speakers)."""
TouchState = Literal["due", "decided", "expired", "cancelled", "skipped"]
RolloutState = Literal["waiting", "canary", "promoted", "halted", "rolled_back", "done"]
RUNNING_ROLLOUT: frozenset[RolloutState] = frozenset({"waiting", "canary"})
"""Who publishes meanwhile would change what is being tried, so it is refused."""
OPEN_ROLLOUT: frozenset[RolloutState] = RUNNING_ROLLOUT | {"promoted"}
"""States that can still be halted."""
