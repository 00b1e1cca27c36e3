"""The lead's status machine: legal moves happen once each, illegal ones are refused with a type."""

from datetime import UTC, datetime
from itertools import pairwise
from uuid import UUID

import pytest
from hypothesis import given
from hypothesis import strategies as st

from leadcore.kernel.ids import LeadId, PersonId, TenantId
from leadcore.leads.events import LeadMoved
from leadcore.leads.model import Lead, MissingLostReasonError, UnreachableStatusError
from leadcore.leads.values import LeadStatus, LostReason

NOON = datetime(2026, 11, 23, 18, tzinfo=UTC)
LEAD = Lead(
    id=LeadId(UUID(int=1)),
    tenant_id=TenantId(UUID(int=2)),
    person_id=PersonId(UUID(int=3)),
    source="shopmonkey",
    external_ref="o1",
    requested_at=NOON,
    created_at=NOON,
)
FINAL = LeadStatus.WON


@given(st.lists(st.sampled_from(LeadStatus), max_size=12))
def test_every_history_is_gapless_versioned_and_ends_at_won(wishes: list[LeadStatus]) -> None:
    lead, history = LEAD, list[LeadMoved]()

    for wanted in wishes:
        reason: LostReason | None = "price" if wanted is LeadStatus.LOST else None
        try:
            lead, moved = lead.move_to(wanted, at=NOON, reason=reason)
        except UnreachableStatusError:
            continue
        history.append(moved)

    assert lead.version == 1 + len(history)
    assert lead.losses == sum(moved.went_to is LeadStatus.LOST for moved in history)
    assert lead.moved_at == (NOON if history else None)
    assert all(earlier.went_to == later.came_from for earlier, later in pairwise(history))
    assert FINAL not in [moved.came_from for moved in history]
    assert (lead.lost_reason is not None) == (lead.status is LeadStatus.LOST)


@given(st.sampled_from(LeadStatus), st.sampled_from(LeadStatus))
def test_progress_never_goes_back_and_never_raises(start: LeadStatus, wanted: LeadStatus) -> None:
    order = [LeadStatus.NEW, LeadStatus.CONTACTED, LeadStatus.ENGAGED, LeadStatus.QUOTED, LeadStatus.BOOKED]
    lead = Lead(**{**{field: getattr(LEAD, field) for field in LEAD.__struct_fields__}, "status": start})

    after, moved = lead.progressed_to(wanted, at=NOON)

    if moved is None:
        assert after == lead
    elif start in order and wanted in order:
        assert order.index(wanted) > order.index(start)


def test_a_lead_is_lost_with_a_reason_or_not_at_all() -> None:
    with pytest.raises(MissingLostReasonError):
        LEAD.move_to(LeadStatus.LOST, at=NOON)
    with pytest.raises(MissingLostReasonError):
        LEAD.move_to(LeadStatus.ENGAGED, at=NOON, reason="price")

    lost, _ = LEAD.move_to(LeadStatus.LOST, at=NOON, reason="price")

    assert lost.lost_reason == "price"
    assert not lost.is_open


def test_a_lost_lead_can_be_opened_again_and_forgets_why_it_was_lost() -> None:
    lost, _ = LEAD.move_to(LeadStatus.LOST, at=NOON, reason="no_answer")

    again, moved = lost.move_to(LeadStatus.ENGAGED, at=NOON)

    assert again.is_open
    assert again.lost_reason is None
    assert moved.came_from is LeadStatus.LOST


def test_the_refusal_says_what_would_have_been_possible() -> None:
    won, _ = LEAD.move_to(LeadStatus.WON, at=NOON)

    with pytest.raises(UnreachableStatusError) as refusal:
        won.move_to(LeadStatus.ENGAGED, at=NOON)

    assert refusal.value.code == "unreachable_status"
    assert refusal.value.fix is not None
    assert "final" in refusal.value.fix
