"""The first-response clock: who answered, how long it took, in plain and in open hours."""

from datetime import UTC, datetime, time, timedelta
from itertools import permutations
from typing import Any
from uuid import UUID

import pytest
from hypothesis import given
from hypothesis import strategies as st
from msgspec.structs import replace

from leadcore.kernel.ids import LeadId, PersonId, TenantId
from leadcore.leads.model import Answering, Lead
from leadcore.leads.policies.first_response import answered
from leadcore.leads.policies.response_times import Clock, Wait, clock_of, speed_of
from leadcore.leads.values import RespondedBy
from leadcore.tenants.values import OpenSpan

NOON = datetime(2026, 11, 23, 18, tzinfo=UTC)
HOURS = {day: (OpenSpan(opens=time(9), closes=time(18)),) for day in range(5)}
CHICAGO: dict[str, Any] = {"hours": HOURS, "zone": "America/Chicago"}
LEAD = Lead(
    id=LeadId(UUID(int=1)),
    tenant_id=TenantId(UUID(int=2)),
    person_id=PersonId(UUID(int=3)),
    source="shopmonkey",
    external_ref="o1",
    requested_at=NOON,
    created_at=NOON,
)


def _asked(minutes: float | None = None, *, human: float | None = None, asked: datetime = NOON) -> Answering:
    def after(wait: float | None) -> datetime | None:
        return None if wait is None else asked + timedelta(minutes=wait)

    return Answering(
        lead_id=LEAD.id, requested_at=asked, first_automated_at=after(minutes), first_human_at=after(human)
    )


def test_a_request_at_night_waits_no_open_hours_until_the_shop_opens() -> None:
    night = datetime(2026, 11, 24, 4, tzinfo=UTC)  # Monday, ten in the evening in Chicago

    clock = clock_of(_asked(0.1, human=11.5 * 60, asked=night), **CHICAGO)

    assert clock == Clock(automation=Wait(plain_s=6.0, open_s=0.0), staff=Wait(plain_s=11.5 * 3600, open_s=0.5 * 3600))


def test_a_clock_that_runs_ahead_of_ours_makes_no_wait_negative() -> None:
    assert clock_of(_asked(-3), **CHICAGO).automation == Wait(plain_s=0.0, open_s=0.0)


def test_median_and_p90_are_waits_that_happened_and_who_waits_still_is_counted() -> None:
    leads = [_asked(minutes) for minutes in (9, 1, 2, 3, 4, 5, 6, 7, 8, 10)] + [_asked()]

    ours, people = speed_of(leads, **CHICAGO)

    assert (ours.responded_by, ours.leads, ours.answered) == ("automation", 11, 10)
    assert ours.median == Wait(plain_s=300, open_s=300)
    assert ours.p90 == Wait(plain_s=540, open_s=540)
    assert (people.responded_by, people.leads, people.answered) == ("staff", 11, 0)
    assert people.median is people.p90 is None


@given(st.lists(st.integers(0, 10_000), min_size=1, max_size=60))
def test_the_median_lies_in_the_middle_and_the_p90_not_below_it(minutes: list[int]) -> None:
    ours, _ = speed_of([_asked(each) for each in minutes], **CHICAGO)

    assert ours.median is not None
    assert ours.p90 is not None
    assert sum(each * 60 <= ours.median.plain_s for each in minutes) * 2 >= len(minutes)
    assert sum(each * 60 <= ours.p90.plain_s for each in minutes) * 10 >= 9 * len(minutes)
    assert ours.median.plain_s <= ours.p90.plain_s


@pytest.mark.parametrize(
    "order", list(permutations([("automation", 5), ("automation", 2), ("staff", 3), ("staff", 9)]))
)
def test_news_in_any_order_notes_the_same_first_answers(order: tuple[tuple[RespondedBy, int], ...]) -> None:
    lead, events = LEAD, []
    for by, minutes in order:
        lead, event = answered(lead, by, at=NOON + timedelta(minutes=minutes), channel="sms")
        events += [event.responded_by] if event else []

    assert lead.first_automated_at == lead.first_response_at == NOON + timedelta(minutes=2)
    assert lead.first_human_at == NOON + timedelta(minutes=3)
    assert sorted(events) == ["automation", "staff"]
    assert lead.version == LEAD.version


def test_a_later_answer_changes_nothing() -> None:
    first, _ = answered(LEAD, "staff", at=NOON + timedelta(minutes=1), channel="web")

    assert answered(first, "staff", at=NOON + timedelta(minutes=8), channel="web") == (first, None)
    assert first == replace(LEAD, first_human_at=NOON + timedelta(minutes=1), first_response_at=first.first_human_at)
