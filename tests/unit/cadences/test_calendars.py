"""Properties of the planner: windows over every zone and clock change, arms, ways that end, planning again."""

from datetime import UTC, date, datetime, time, timedelta
from uuid import UUID
from zoneinfo import ZoneInfo, available_timezones

from hypothesis import given, settings
from hypothesis import strategies as st
from msgspec.structs import replace

from leadcore.cadences.machine import Begin, CloseLead, PlanTouch, StepClosed, advance, useful_until
from leadcore.cadences.model import Arm, Branch, CadenceVersion, Delay, Enrollment, Step
from leadcore.cadences.policies.arms import arm_of
from leadcore.cadences.policies.calendars import Calendar, after_delay, is_holiday_region
from leadcore.cadences.policies.conditions import Facts
from leadcore.kernel.ids import EnrollmentId, LeadId, TenantId

ZONES = sorted(available_timezones())
TENANT = TenantId(UUID(int=7))
INSTANTS = st.datetimes(datetime(2024, 1, 1), datetime(2033, 12, 31), timezones=st.just(UTC))  # noqa: DTZ001
WALLS = st.times().map(lambda at: at.replace(second=0, microsecond=0))
ENROLLMENT = Enrollment(
    id=EnrollmentId(UUID(int=1)), tenant_id=TENANT, lead_id=LeadId(UUID(int=2)), cadence="own", version="v",
    zone="America/Chicago", enrolled_at=datetime(2026, 11, 23, 18, tzinfo=UTC),
)  # fmt: skip


def _outside(due: datetime, opens: time, closes: time, zone: str) -> bool:
    wall = due.astimezone(ZoneInfo(zone)).time()
    return not opens <= wall < closes if opens < closes else closes <= wall < opens


@settings(max_examples=400, derandomize=True)
@given(st.sampled_from(ZONES), INSTANTS, WALLS, st.integers(30, 1200), st.integers(0, 5), st.integers(0, 3))
def test_no_plan_falls_outside_its_window(
    zone: str, since: datetime, opens: time, minutes: int, hours: int, days: int
) -> None:
    closes = (datetime.combine(date(2026, 1, 1), opens, tzinfo=UTC) + timedelta(minutes=minutes)).time()
    delay = Delay(after=timedelta(hours=hours), business_days=days, opens=opens, closes=closes)

    due = after_delay(delay, since=since, zone=zone, calendar=Calendar())

    assert due >= since + timedelta(hours=hours)
    assert not _outside(due, opens, closes, zone)


def test_no_plan_falls_outside_its_window_at_clock_changes_where_adding_seconds_does() -> None:
    zones = [zone for zone in ZONES if zone.startswith(("America/", "Australia/", "Antarctica/"))][::7]
    windows = [(time(1), time(3)), (time(2), time(2, 45)), (time(23, 30), time(2, 30))]
    days = [datetime(2026, month, day, tzinfo=UTC) for month, day in ((3, 8), (10, 4), (11, 1))]
    outside = naive = 0
    for zone in zones:
        for since in (day + timedelta(hours=hour) for day in days for hour in range(-12, 24, 4)):
            for opens, closes in windows:
                due = after_delay(Delay(opens=opens, closes=closes), since=since, zone=zone, calendar=Calendar())
                outside += _outside(due, opens, closes, zone)
                naive += _outside(_by_adding_seconds(since, opens, zone), opens, closes, zone)

    assert outside == 0
    assert naive > 0


def _by_adding_seconds(since: datetime, opens: time, zone: str) -> datetime:
    midnight = datetime.combine(since.astimezone(ZoneInfo(zone)).date(), time(), tzinfo=ZoneInfo(zone)).astimezone(UTC)
    return midnight + timedelta(hours=opens.hour, minutes=opens.minute)


def test_a_window_whose_beginning_the_clock_jumps_over_begins_with_the_jump() -> None:
    since = datetime(2024, 10, 4, 13, 15, tzinfo=UTC)
    delay = Delay(after=timedelta(hours=3), opens=time(2, 15), closes=time(2, 45))

    due = after_delay(
        replace(delay, after=timedelta(days=1)), since=since, zone="Australia/Lord_Howe", calendar=Calendar()
    )

    assert due == datetime(2024, 10, 5, 15, 30, tzinfo=UTC)  # 02:00 became 02:30; the next day would be too late


def test_a_business_day_skips_weekends_closures_and_holidays() -> None:
    calendar = Calendar(closed=frozenset({date(2026, 11, 27)}), holidays="US-TX")
    delay = Delay(business_days=1, opens=time(10), closes=time(11, 30))

    due = after_delay(delay, since=datetime(2026, 11, 25, 20, tzinfo=UTC), zone="America/Chicago", calendar=calendar)

    assert due == datetime(2026, 11, 30, 16, tzinfo=UTC)
    assert is_holiday_region("US-TX")
    assert not is_holiday_region("US-XX")
    assert not is_holiday_region("Texas")


@given(INSTANTS, WALLS, st.sampled_from(ZONES))
def test_a_step_is_useful_for_a_while_and_never_longer_than_it_says(due: datetime, until: time, zone: str) -> None:
    step = Step(id="s", templates={}, useful_until=until, useful_for=timedelta(hours=30))

    assert due < useful_until(step, due_at=due, zone=zone) <= due + timedelta(hours=30)


@given(st.uuids(), st.lists(st.integers(1, 50), min_size=1, max_size=4))
def test_an_enrollment_is_on_the_same_side_whenever_it_is_asked(key: UUID, weights: list[int]) -> None:
    arms = [Arm(name=str(number), weight=weight) for number, weight in enumerate(weights)]

    first = arm_of(EnrollmentId(key), arms)

    assert first in arms
    assert arm_of(EnrollmentId(key), list(arms)) == first


def test_arms_get_their_share() -> None:
    arms = [Arm(name="a", weight=9), Arm(name="holdout", weight=1, holdout=True)]

    held = sum(arm_of(EnrollmentId(UUID(int=number)), arms).holdout for number in range(4000))

    assert 320 < held < 480


@st.composite
def _definitions(draw: st.DrawFn) -> CadenceVersion:
    count = draw(st.integers(1, 8))
    whens = st.sampled_from(["", "replied", "not vehicle_known"])
    steps = [Step(id=f"s{count}", delay=Delay(after=timedelta(days=3)), templates={})]
    for number in reversed(range(count)):
        targets = draw(st.lists(st.integers(number + 1, count), max_size=3))
        branches = tuple(Branch(when=draw(whens), goto=f"s{target}") for target in targets)
        steps.insert(0, Step(id=f"s{number}", delay=Delay(after=timedelta(1)), templates={}, branches=branches))
    return CadenceVersion(tenant_id=TENANT, name="own", version="v", steps=tuple(steps))


@given(_definitions(), st.lists(st.builds(Facts, replied=st.booleans(), vehicle_known=st.booleans()), min_size=1))
def test_every_definition_ends_and_planning_again_plans_the_same(definition: CadenceVersion, said: list[Facts]) -> None:
    now = ENROLLMENT.enrolled_at
    enrollment, effects = advance(ENROLLMENT, Begin(), definition=definition, now=now)
    played: list[str] = []

    while isinstance(effects[0], PlanTouch):
        played.append(effects[0].step.id)
        now = max(now, effects[0].due_at)
        closed, facts = StepClosed(step=played[-1]), said[len(played) % len(said)]
        once = advance(enrollment, closed, definition=definition, now=now, facts=facts)
        assert once == advance(enrollment, closed, definition=definition, now=now, facts=facts)
        enrollment, effects = once

    assert effects == (CloseLead(),)
    assert enrollment.state == "finished"
    assert len(set(played)) == len(played) <= len(definition.steps)
