"""The planner: every history of inputs plans each step once, in order, and an ended enrollment stays ended."""

from datetime import UTC, datetime, time, timedelta
from uuid import UUID
from zoneinfo import ZoneInfo, available_timezones

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from msgspec.structs import replace

from leadcore.cadences.machine import (
    Begin,
    CancelTouches,
    CloseLead,
    PlanTouch,
    StepClosed,
    Stop,
    advance,
    instant_of,
    relocate,
)
from leadcore.cadences.model import CadenceVersion, Delay, Enrollment, Step, Touch
from leadcore.cadences.policies.definition import read_cadence
from leadcore.cadences.policies.shipped import SEVEN_IN_EIGHT
from leadcore.kernel.ids import EnrollmentId, LeadId, TenantId, TouchId

TENANT = TenantId(UUID(int=7))
DEFINITION = read_cadence(SEVEN_IN_EIGHT, tenant_id=TENANT)
NOON = datetime(2026, 11, 23, 18, tzinfo=UTC)
ENROLLMENT = Enrollment(
    id=EnrollmentId(UUID(int=1)),
    tenant_id=TENANT,
    lead_id=LeadId(UUID(int=2)),
    cadence=DEFINITION.name,
    version=DEFINITION.version,
    zone="America/Chicago",
    enrolled_at=NOON,
)
ZONES = sorted(available_timezones())


def test_an_unanswered_cadence_plays_every_step_once_and_then_closes_the_lead() -> None:
    enrollment, effects = advance(ENROLLMENT, Begin(), definition=DEFINITION, now=NOON)
    played: list[PlanTouch] = []

    while isinstance(effects[0], PlanTouch):
        played.append(effects[0])
        enrollment, effects = advance(
            enrollment, StepClosed(step=effects[0].step.id), definition=DEFINITION, now=effects[0].due_at
        )

    assert [each.step.id for each in played] == [step.id for step in DEFINITION.steps]
    assert [each.due_at for each in played] == sorted(each.due_at for each in played)
    assert effects == (CloseLead(),)
    assert enrollment.state == "finished"


@given(st.lists(st.sampled_from(["close", "stop"]), max_size=12))
def test_an_ended_enrollment_never_moves_again(happenings: list[str]) -> None:
    enrollment, effects = advance(ENROLLMENT, Begin(), definition=DEFINITION, now=NOON)
    ended = False

    for happening in happenings:
        plan = effects[0] if effects and isinstance(effects[0], PlanTouch) else None
        happened = Stop(reason="replied") if happening == "stop" or plan is None else StepClosed(step=plan.step.id)
        before = enrollment
        enrollment, effects = advance(enrollment, happened, definition=DEFINITION, now=NOON)
        if ended:
            assert (enrollment, effects) == (before, ())
        ended = enrollment.state != "active"


def test_a_stop_cancels_what_is_planned_and_says_why() -> None:
    stopped, effects = advance(ENROLLMENT, Stop(reason="opted_out"), definition=DEFINITION, now=NOON)

    assert (stopped.state, stopped.ended_by, stopped.ended_at) == ("stopped", "opted_out", NOON)
    assert effects == (CancelTouches(reason="opted_out"),)


@settings(max_examples=300)
@given(
    st.sampled_from(ZONES),
    st.datetimes(datetime(2024, 1, 1), datetime(2033, 12, 31)),  # noqa: DTZ001 - made aware below
    st.integers(0, 30),
    st.times(),
)
def test_a_step_falls_on_its_local_day_at_its_local_time(zone: str, start: datetime, day: int, at: time) -> None:
    enrolled_at = start.replace(tzinfo=UTC)
    wall = at.replace(second=0, microsecond=0)
    tz = ZoneInfo(zone)

    due = instant_of(Step(id="s", day=day, at=wall, templates={}), enrolled_at=enrolled_at, zone=zone)

    local = due.astimezone(tz)
    assert due >= enrolled_at
    if due > enrolled_at:
        wanted = datetime.combine(enrolled_at.astimezone(tz).date() + timedelta(days=day), wall)
        gap = local.replace(tzinfo=None) - wanted
        assert timedelta() <= gap <= timedelta(hours=24)
        assert gap == timedelta() or _is_in_gap(wanted, tz)


def _is_in_gap(wall: datetime, tz: ZoneInfo) -> bool:
    return all(
        wall.replace(tzinfo=tz, fold=fold).astimezone(UTC).astimezone(tz).replace(tzinfo=None) != wall
        for fold in (0, 1)
    )


@pytest.mark.parametrize(
    ("day", "at", "expected"),
    [
        (datetime(2027, 3, 13, 20, tzinfo=UTC), time(2, 30), datetime(2027, 3, 14, 8, tzinfo=UTC)),
        (datetime(2026, 10, 31, 20, tzinfo=UTC), time(1, 30), datetime(2026, 11, 1, 7, 30, tzinfo=UTC)),
    ],
    ids=["spring forward: the first instant that exists", "fall back: the later of the two"],
)
def test_daylight_saving_is_never_early(day: datetime, at: time, expected: datetime) -> None:
    due = instant_of(Step(id="s", day=1, at=at, templates={}), enrolled_at=day, zone="America/Chicago")

    assert due == expected


_TOUCH = Touch(
    id=TouchId(UUID(int=3)), tenant_id=TENANT, enrollment_id=ENROLLMENT.id, lead_id=ENROLLMENT.lead_id, step="b",
    due_at=NOON + timedelta(days=1), not_after=NOON + timedelta(days=2), planned_at=NOON, version="old",
)  # fmt: skip


def _of(version: str, **days: int) -> CadenceVersion:
    steps = tuple(Step(id=each, templates={}, delay=Delay(after=timedelta(days=later))) for each, later in days.items())
    return CadenceVersion(tenant_id=TENANT, name=DEFINITION.name, version=version, steps=steps)


@pytest.mark.parametrize(
    ("due_in_days", "now_in_days", "done", "expected"),
    [
        (1, 0, {"a"}, ("c", 2)),  # the step's own instant, counted from when the step before was over
        (1, 5, {"a"}, ("c", 5)),  # never past
        (9, 0, {"a"}, ("c", 9)),  # a person put it off
        (1, 0, {"a", "c"}, ("d", 3)),  # it had c on another version
    ],
)
def test_a_moved_lead_waits_on_with_the_same_touch(
    due_in_days: int, now_in_days: int, done: set[str], expected: tuple[str, int]
) -> None:
    touch = replace(_TOUCH, due_at=NOON + timedelta(days=due_in_days))
    new = _of("new", a=0, c=2, d=3)

    moved = relocate(
        ENROLLMENT, touch, step="c", came_from=_of("old", a=0, b=1), definition=new, done=frozenset(done),
        now=NOON + timedelta(days=now_in_days),
    )  # fmt: skip

    assert moved is not None
    enrollment, waits = moved
    due_at = NOON + timedelta(days=expected[1])
    assert enrollment == replace(ENROLLMENT, version="new")
    assert waits == replace(
        touch, step=expected[0], version="new", due_at=due_at, not_after=due_at + timedelta(hours=36)
    )


def test_a_lead_for_which_nothing_is_left_does_not_move() -> None:
    moved = relocate(
        ENROLLMENT, _TOUCH, step="c", came_from=_of("old"), definition=_of("new", a=0, c=1), done=frozenset({"c"}),
        now=NOON,
    )  # fmt: skip

    assert moved is None
