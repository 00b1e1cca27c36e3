"""The planner: what happens next to an enrollment. Pure; effects are data that the flow performs."""

from datetime import UTC, datetime, time, timedelta
from zoneinfo import ZoneInfo

import msgspec
from msgspec.structs import replace

from leadcore.cadences.model import CadenceVersion, Enrollment, Step
from leadcore.cadences.values import StopReason

_DEFAULT_AT = time(10)


class Begin(msgspec.Struct, frozen=True, tag="begin"):
    """The lead was just enrolled."""


class StepClosed(msgspec.Struct, frozen=True, kw_only=True, tag="step_closed"):
    """A touch became messages, expired or was denied: either way the next one is planned."""

    step: str


class Stop(msgspec.Struct, frozen=True, kw_only=True, tag="stop"):
    """Something ended the need for follow-up."""

    reason: StopReason


PlannerInput = Begin | StepClosed | Stop


class PlanTouch(msgspec.Struct, frozen=True, kw_only=True, tag="plan_touch"):
    """Make the touch for a step."""

    step: Step
    due_at: datetime
    not_after: datetime


class CancelTouches(msgspec.Struct, frozen=True, kw_only=True, tag="cancel_touches"):
    """Cancel due touches and their messages that have not left."""

    reason: StopReason


class CloseLead(msgspec.Struct, frozen=True, tag="close_lead"):
    """The cadence ran to its end without an answer: the lead is lost, not forgotten."""


PlannerEffect = PlanTouch | CancelTouches | CloseLead


def advance(
    enrollment: Enrollment, happened: PlannerInput, *, definition: CadenceVersion, now: datetime
) -> tuple[Enrollment, tuple[PlannerEffect, ...]]:
    """Return the enrollment after *happened* and what to do. An ended enrollment never moves again."""
    if enrollment.state != "active":
        return enrollment, ()
    match happened:
        case Begin():
            return enrollment, (_plan(enrollment, definition.steps[0]),)
        case Stop(reason=reason):
            ended = replace(enrollment, state="stopped", ended_by=reason, ended_at=now)
            return ended, (CancelTouches(reason=reason),)
        case StepClosed(step=closed):
            position = next(index for index, step in enumerate(definition.steps) if step.id == closed)
            if position + 1 == len(definition.steps):
                return replace(enrollment, state="finished", ended_at=now), (CloseLead(),)
            return enrollment, (_plan(enrollment, definition.steps[position + 1]),)


def _plan(enrollment: Enrollment, step: Step) -> PlanTouch:
    due_at = instant_of(step, enrolled_at=enrollment.enrolled_at, zone=enrollment.zone)
    return PlanTouch(step=step, due_at=due_at, not_after=due_at + step.useful_for)


def instant_of(step: Step, *, enrolled_at: datetime, zone: str) -> datetime:
    """Return when a step is due: wall-clock time in *zone* on its local day, in UTC, never before the enrollment.

    A time that does not exist that day (spring forward) moves to the first one that does; one that exists twice
    means the later, so that nothing is early.
    """
    if step.day == 0 and step.at is None:
        return enrolled_at
    tz = ZoneInfo(zone)
    day = enrolled_at.astimezone(tz).date() + timedelta(days=step.day)
    wall = datetime.combine(day, step.at or _DEFAULT_AT)
    instants = [wall.replace(tzinfo=tz, fold=fold).astimezone(UTC) for fold in (0, 1)]
    real = [instant for instant in instants if instant.astimezone(tz).replace(tzinfo=None) == wall]
    return max(*(real or [_after_gap(wall, tz)]), enrolled_at)


def _after_gap(wall: datetime, tz: ZoneInfo) -> datetime:
    before = wall.replace(tzinfo=tz, fold=1).astimezone(UTC)
    after = wall.replace(tzinfo=tz, fold=0).astimezone(UTC)
    low, high = min(before, after), max(before, after)
    while high - low > timedelta(seconds=1):
        middle = low + (high - low) / 2
        if middle.astimezone(tz).replace(tzinfo=None) >= wall:
            high = middle
        else:
            low = middle
    return high.replace(microsecond=0)
