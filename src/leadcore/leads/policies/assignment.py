"""Whose lead it is: decided on the shop's people, the hour, who had the person before, and whose turn it is.

A turn goes to whoever has waited longest for one, so any two people who may be given leads over a stretch of time take
turns strictly, whoever else comes or goes meanwhile: their counts never differ by more than one. Keeping an advisor
(`sticky`) and moving a lead by hand cost nobody a turn.
"""

from collections.abc import Iterable
from datetime import datetime

import msgspec
from msgspec.structs import replace

from leadcore.leads.model import Rotation
from leadcore.leads.values import AssignedHow
from leadcore.tenants.policies.opening import Hours, is_open
from leadcore.tenants.values import AssignmentRule, StaffMember


class Choice(msgspec.Struct, frozen=True, kw_only=True):
    """Who gets it and why."""

    member: StaffMember
    how: AssignedHow


def keep(staff: Iterable[StaffMember], rule: AssignmentRule, *, earlier: str | None) -> Choice | None:
    """Return the advisor the person had before, while that one is active and the rule says so."""
    if not rule.sticky or earlier is None:
        return None
    known = next((member for member in staff if member.key == earlier and member.active), None)
    return Choice(member=known, how="sticky") if known else None


def give(
    staff: Iterable[StaffMember], rule: AssignmentRule, rotation: Rotation, *, hours: Hours, zone: str, at: datetime
) -> tuple[Choice, Rotation] | None:
    """Return who is given a lead at *at*, and the rotation after that turn; None when nobody is active.

    *hours* are the shop's, for whoever has none of their own. With nobody in, everybody is asked in turn.
    """
    active = [member for member in staff if member.active]
    present = [member for member in active if is_in(member, hours=hours, zone=zone, at=at)]
    by_hours = rule.policy == "on_duty" and bool(present)
    candidates = present if by_hours else active
    if not candidates or rule.policy == "off":
        return None
    chosen = min(candidates, key=lambda member: rotation.last_turn.get(member.key, 0))
    turn = rotation.turns + 1
    after = replace(rotation, turns=turn, last_turn={**rotation.last_turn, chosen.key: turn})
    return Choice(member=chosen, how="on_duty" if by_hours else "round_robin"), after


def is_in(member: StaffMember, *, hours: Hours, zone: str, at: datetime) -> bool:
    """Return whether *member* works at *at*: by hours of their own, else whenever the shop is open."""
    return member.active and is_open(member.hours or hours, zone, at)
