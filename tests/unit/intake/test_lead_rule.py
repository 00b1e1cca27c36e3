"""The lead rule: one answer, clause by clause."""

from datetime import UTC, datetime, timedelta

import pytest
from hypothesis import given
from hypothesis import strategies as st
from msgspec.structs import replace

from leadcore.intake.policies import is_closed, judge
from leadcore.ports.crm import CrmOrder
from leadcore.tenants.values import LeadRule

NOW = datetime(2026, 11, 23, 18, tzinfo=UTC)
LEAD = CrmOrder(
    external_id="o1",
    name="New Quote - Ceramic tint",
    status="Estimate",
    column_id="c1",
    column_name="Website Leads",
    customer_id="k1",
    created_at=NOW,
    updated_at=NOW,
)


def test_a_new_website_estimate_is_a_lead() -> None:
    verdict = judge(LEAD, LeadRule(), now=NOW)

    assert verdict.is_lead
    assert verdict.why_not == ""


@pytest.mark.parametrize(
    ("change", "clause"),
    [
        ({"column_name": "In Progress"}, "column"),
        ({"status": "Invoice"}, "status"),
        ({"name": "Oil change"}, "name"),
        ({"name": "New Quote - Oil change"}, "service"),
        ({"authorized": True}, "not authorized"),
        ({"invoiced": True}, "not invoiced"),
        ({"paid": True}, "not paid"),
        ({"archived": True}, "not archived"),
        ({"deleted": True}, "not deleted"),
        ({"message_count": 1}, "no messages yet"),
        ({"appointment_dates": (NOW,)}, "no appointment yet"),
        ({"created_at": NOW - timedelta(days=31)}, "age"),
    ],
)
def test_each_clause_alone_can_refuse_and_says_so(change: dict[str, object], clause: str) -> None:
    verdict = judge(replace(LEAD, **change), LeadRule(), now=NOW)

    assert not verdict.is_lead
    assert clause in verdict.why_not


@given(
    st.builds(
        CrmOrder,
        external_id=st.just("o"),
        name=st.text(max_size=30),
        status=st.text(max_size=10),
        created_at=st.just(NOW),
        updated_at=st.just(NOW),
        authorized=st.booleans(),
        deleted=st.booleans(),
        message_count=st.integers(0, 3),
    )
)
def test_the_rule_is_total_and_a_closed_order_is_never_a_lead(order: CrmOrder) -> None:
    verdict = judge(order, LeadRule(), now=NOW)

    assert len({clause.name for clause in verdict.clauses}) == len(verdict.clauses)
    assert verdict.is_lead == (not verdict.why_not)
    assert not (is_closed(order) and verdict.is_lead)
