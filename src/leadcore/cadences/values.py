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
