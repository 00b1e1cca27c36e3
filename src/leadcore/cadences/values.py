"""States of an enrollment and a touch."""

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
TouchState = Literal["due", "decided", "expired", "cancelled", "skipped"]
RolloutState = Literal["waiting", "canary", "promoted", "halted", "rolled_back", "done"]
RUNNING_ROLLOUT: frozenset[RolloutState] = frozenset({"waiting", "canary"})
"""Who publishes meanwhile would change what is being tried, so it is refused."""
OPEN_ROLLOUT: frozenset[RolloutState] = RUNNING_ROLLOUT | {"promoted"}
"""States that can still be halted."""
