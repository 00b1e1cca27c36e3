"""Values of a lead."""

from enum import StrEnum
from typing import Literal

import msgspec


class LeadStatus(StrEnum):
    """How far a lead has come."""

    NEW = "new"
    CONTACTED = "contacted"
    ENGAGED = "engaged"
    QUOTED = "quoted"
    BOOKED = "booked"
    WON = "won"
    LOST = "lost"


LostReason = Literal[
    "no_answer",
    "price",
    "went_elsewhere",
    "not_interested",
    "opted_out",
    "wrong_number",
    "closed_in_crm",
    "duplicate",
    "newer_request",
    "other",
]


RespondedBy = Literal["automation", "staff"]
AssignedHow = Literal["round_robin", "on_duty", "sticky", "by_hand"]


class ScoreReason(msgspec.Struct, frozen=True, kw_only=True):
    """Why a lead has points, in words an advisor can read."""

    reason: str
    points: int


class Vehicle(msgspec.Struct, frozen=True, kw_only=True):
    """A vehicle as the customer described it. `body` is a word such as SUV, sedan, truck, coupe."""

    year: int | None = None
    make: str = ""
    model: str = ""
    body: str = ""

    @property
    def label(self) -> str:
        """How people say it: `2022 Tesla Model Y`; empty when nothing is known."""
        return " ".join(str(part) for part in (self.year, self.make, self.model) if part)
