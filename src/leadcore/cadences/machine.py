"""The planner: what happens next to an enrollment. Pure; effects are data that the flow performs."""

from datetime import datetime, time, timedelta
from zoneinfo import ZoneInfo

import msgspec
from msgspec.structs import replace

from leadcore.cadences.model import CadenceVersion, Enrollment, Step, Touch
from leadcore.cadences.policies.arms import arm_of
from leadcore.cadences.policies.calendars import Calendar, after_delay, end_at, instant_at
from leadcore.cadences.policies.conditions import Facts, holds
from leadcore.cadences.values import StopReason

_DEFAULT_AT = time(10)


class Begin(msgspec.Struct, frozen=True, tag="begin"):
    """The lead was just enrolled."""


class StepClosed(msgspec.Struct, frozen=True, kw_only=True, tag="step_closed"):
    """A touch became messages, expired or was denied: either way the next one is planned."""

    step: str


class Stop(msgspec.Struct, frozen=True, kw_only=True, tag="stop"):
    """Something ended the need for follow-up. Whether it ends this cadence its file says (`Ending.exits`)."""

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


class CloseLead(msgspec.Struct, frozen=True, kw_only=True, tag="close_lead"):
    """The cadence ran to its end without an answer: the lead goes into `nurture`, else it is lost, not forgotten."""

    nurture: str = ""


PlannerEffect = PlanTouch | CancelTouches | CloseLead
_PLAIN = Calendar()
_NOTHING = Facts()


def advance(
    enrollment: Enrollment,
    happened: PlannerInput,
    *,
    definition: CadenceVersion,
    now: datetime,
    calendar: Calendar = _PLAIN,
    facts: Facts = _NOTHING,
) -> tuple[Enrollment, tuple[PlannerEffect, ...]]:
    """Return the enrollment after *happened* and what to do. An ended enrollment never moves again.

    *now* is when a step closed, which is what a delay counts from; *facts* decide the branches.
    """
    if enrollment.state != "active":
        return enrollment, ()
    match happened:
        case Begin():
            since = enrollment.enrolled_at
            return enrollment, (_plan(enrollment, definition.steps[0], since=since, calendar=calendar),)
        case Stop(reason=reason) if not definition.ending.ends_with(reason):
            return enrollment, ()
        case Stop(reason=reason):
            ended = replace(enrollment, state="stopped", ended_by=reason, ended_at=now)
            return ended, (CancelTouches(reason=reason),)
        case StepClosed(step=closed):
            step = _after(closed, definition, replace(facts, arm=arm_of(enrollment.id, definition.arms).name))
            if step is None:
                ended = replace(enrollment, state="finished", ended_at=now)
                return ended, (CloseLead(nurture=definition.ending.nurture),)
            return enrollment, (_plan(enrollment, step, since=now, calendar=calendar),)


def plan_again(enrollment: Enrollment, step: Step, *, since: datetime, now: datetime, calendar: Calendar) -> PlanTouch:
    """Return the plan of a waiting *step* under another calendar or zone, counted from *since*, never before *now*."""
    return _plan(enrollment, step, since=since, calendar=calendar, not_before=now)


def _after(closed: str, definition: CadenceVersion, facts: Facts) -> Step | None:
    positions = {step.id: index for index, step in enumerate(definition.steps)}
    position = positions[closed]
    for branch in definition.steps[position].branches:
        target = positions.get(branch.goto, 0)
        if target > position and holds(branch.when, facts):
            return definition.steps[target]
    return definition.steps[position + 1] if position + 1 < len(definition.steps) else None


def why_skipped(enrollment: Enrollment, step: Step, *, definition: CadenceVersion, facts: Facts) -> str:
    """Return why a due step says nothing to this lead, empty when it speaks."""
    arm = arm_of(enrollment.id, definition.arms)
    if arm.holdout and step.templates and step.purpose == "marketing":
        return f"holdout: the arm {arm.name} gets no follow-up"
    if not holds(step.when, replace(facts, arm=arm.name)):
        return f"its condition does not hold: {step.when}"
    return ""


def relocate(
    enrollment: Enrollment,
    touch: Touch,
    *,
    step: str,
    came_from: CadenceVersion,
    definition: CadenceVersion,
    done: frozenset[str],
    now: datetime,
    calendar: Calendar = _PLAIN,
) -> tuple[Enrollment, Touch] | None:
    """Return both on *definition*, waiting on *step*; None when nothing is left there, so that nobody is dropped.

    The same touch waits on, so there is never one more nor one less. *done* are steps that the enrollment had, on any
    version: they are passed over, for no step is said twice. The new instant is the step's own, but never past, and
    not before one to which a person put it off.
    """
    order = [each.id for each in definition.steps]
    left = next((each for each in definition.steps[order.index(step) :] if each.id not in done), None)
    if left is None:
        return None
    since = touch.planned_at
    due_at = max(_plan(enrollment, left, since=since, calendar=calendar).due_at, now)
    before = next((each for each in came_from.steps if each.id == touch.step), None)
    if before is not None and touch.due_at > _plan(enrollment, before, since=since, calendar=calendar).due_at:
        due_at = max(due_at, touch.due_at)
    not_after = useful_until(left, due_at=due_at, zone=enrollment.zone)
    moved = replace(touch, step=left.id, version=definition.version, due_at=due_at, not_after=not_after)
    return replace(enrollment, version=definition.version), moved


def _plan(
    enrollment: Enrollment, step: Step, *, since: datetime, calendar: Calendar, not_before: datetime | None = None
) -> PlanTouch:
    zone = enrollment.zone
    if step.delay is not None:
        due_at = after_delay(step.delay, since=since, zone=zone, calendar=calendar, not_before=not_before)
    else:
        due_at = instant_of(step, enrolled_at=enrollment.enrolled_at, zone=zone)
        due_at = due_at if not_before is None else max(due_at, not_before)
    return PlanTouch(step=step, due_at=due_at, not_after=useful_until(step, due_at=due_at, zone=zone))


def useful_until(step: Step, *, due_at: datetime, zone: str) -> datetime:
    """Return when the step stops making sense, in UTC; a local time that is over already means the next day's."""
    latest = due_at + step.useful_for
    if step.useful_until is None:
        return latest
    tz = ZoneInfo(zone)
    day = due_at.astimezone(tz).date()
    ends = (end_at(day + timedelta(days=more), step.useful_until, tz) for more in range(3))
    return min(latest, next(end for end in ends if end > due_at))


def instant_of(step: Step, *, enrolled_at: datetime, zone: str) -> datetime:
    """Return when a step is due: wall-clock time in *zone* on its local day, in UTC, never before the enrollment.

    A time that does not exist that day (spring forward) moves to the first one that does; one that exists twice
    means the later, so that nothing is early.
    """
    if step.day == 0 and step.at is None:
        return enrolled_at
    tz = ZoneInfo(zone)
    day = enrolled_at.astimezone(tz).date() + timedelta(days=step.day)
    return max(instant_at(day, step.at or _DEFAULT_AT, tz), enrolled_at)
