"""Whose lead it is: everybody in turn, whoever comes and goes."""

from collections import Counter
from collections.abc import Callable
from datetime import UTC, datetime, time
from itertools import combinations
from uuid import UUID

import pytest
from hypothesis import given
from hypothesis import strategies as st

from leadcore.kernel.ids import TenantId
from leadcore.leads.model import Rotation
from leadcore.leads.policies.assignment import Choice, give, is_in, keep
from leadcore.tenants.values import AssignmentRule, OpenSpan, StaffMember

ZONE = "America/Chicago"
MONDAY_NOON = datetime(2026, 11, 23, 18, tzinfo=UTC)
START = Rotation(tenant_id=TenantId(UUID(int=1)))
SHOP = {0: (OpenSpan(opens=time(9), closes=time(18)),)}
KEYS = ("ana", "bo", "cy", "dee")
HISTORIES = st.lists(st.sets(st.sampled_from(KEYS)), min_size=1, max_size=40)
"""Before each lead: who is active."""
Give = Callable[[list[StaffMember], Rotation], tuple[str, Rotation] | None]


def _staff(active: set[str]) -> list[StaffMember]:
    return [StaffMember(key=key, name=key.title(), active=key in active) for key in KEYS]


def _ours(staff: list[StaffMember], rotation: Rotation) -> tuple[str, Rotation] | None:
    given = give(staff, AssignmentRule(), rotation, hours=SHOP, zone=ZONE, at=MONDAY_NOON)
    return (given[0].member.key, given[1]) if given else None


def _by_position(staff: list[StaffMember], rotation: Rotation) -> tuple[str, Rotation] | None:
    """The usual mistake: a counter over whoever is active, so that comings and goings shift everybody."""
    active = [member for member in staff if member.active]
    if not active:
        return None
    chosen = active[rotation.turns % len(active)]
    return chosen.key, Rotation(tenant_id=rotation.tenant_id, turns=rotation.turns + 1)


def _unfairness(history: list[set[str]], decide: Give) -> int:
    """The largest difference in leads between two people over any stretch in which both were there all the time."""
    rotation, turns = START, list[str | None]()
    for active in history:
        given = decide(_staff(active), rotation)
        turns.append(given[0] if given else None)
        rotation = given[1] if given else rotation
    worst = 0
    for pair in combinations(KEYS, 2):
        for start in range(len(history)):
            counts = Counter(dict.fromkeys(pair, 0))
            for active, turn in zip(history[start:], turns[start:], strict=True):
                if not set(pair) <= active:
                    break
                counts.update([turn] if turn in pair else [])
                worst = max(worst, abs(counts[pair[0]] - counts[pair[1]]))
    return worst


@given(HISTORIES)
def test_turns_are_fair_within_one_over_any_stretch_without_gaps(history: list[set[str]]) -> None:
    assert _unfairness(history, _ours) <= 1


def test_the_check_finds_a_rotation_by_position_unfair() -> None:
    comings_and_goings = [{"ana", "bo", *(["cy"] if turn % 2 else [])} for turn in range(12)]

    assert _unfairness(comings_and_goings, _by_position) > 1
    assert _unfairness(comings_and_goings, _ours) <= 1


@given(HISTORIES)
def test_only_the_active_get_leads_and_somebody_does_whenever_anybody_is(history: list[set[str]]) -> None:
    rotation = START
    for active in history:
        given = _ours(_staff(active), rotation)

        assert (given is None) == (not active)
        if given is not None:
            assert given[0] in active
            rotation = given[1]


def _half_days() -> list[StaffMember]:
    morning: dict[int, tuple[OpenSpan, ...]] = {0: (OpenSpan(opens=time(8), closes=time(12)),)}
    return [
        StaffMember(key="ana", name="Ana", hours=morning),
        StaffMember(key="bo", name="Bo"),
        StaffMember(key="cy", name="Cy", active=False),
    ]


@pytest.mark.parametrize(
    ("hour", "expected", "how"), [(16, "ana", "on_duty"), (18, "bo", "on_duty"), (3, "ana", "round_robin")]
)
def test_by_hours_whoever_is_in_gets_it_and_with_nobody_in_everybody_in_turn(
    hour: int, expected: str, how: str
) -> None:
    rule = AssignmentRule(policy="on_duty")
    at = MONDAY_NOON.replace(hour=hour)  # 16 UTC is 10 in the morning

    given = give(_half_days(), rule, START, hours=SHOP, zone=ZONE, at=at)

    assert given is not None
    assert (given[0].member.key, given[0].how) == (expected, how)


def test_who_is_not_active_is_never_in() -> None:
    assert not is_in(_half_days()[2], hours=SHOP, zone=ZONE, at=MONDAY_NOON)


def test_an_earlier_advisor_is_kept_while_active_and_only_if_the_rule_says_so() -> None:
    staff = _half_days()

    kept = keep(staff, AssignmentRule(), earlier="ana")

    assert kept == Choice(member=staff[0], how="sticky")
    assert keep(staff, AssignmentRule(), earlier="cy") is None
    assert keep(staff, AssignmentRule(), earlier=None) is None
    assert keep(staff, AssignmentRule(sticky=False), earlier="ana") is None


def test_a_shop_that_assigns_nothing_gives_nothing() -> None:
    assert give(_half_days(), AssignmentRule(policy="off"), START, hours=SHOP, zone=ZONE, at=MONDAY_NOON) is None
