"""Where a lead stands follows from what is known, whatever it went through before."""

from datetime import timedelta
from itertools import product

import pytest
from hypothesis import given
from hypothesis import strategies as st
from msgspec.structs import replace

from leadcore.leads.model import Lead, MissingLostReasonError
from leadcore.leads.policies.standing import LeadFacts, standing
from leadcore.leads.values import LeadStatus
from leadcore.testing.builders import NOON, a_lead, a_person, a_point, a_tenant

_LEAD = a_lead(a_person(a_point(a_tenant())))
_instants = st.none() | st.integers(0, 5).map(lambda minutes: NOON + timedelta(minutes=minutes))


@st.composite
def facts(draw: st.DrawFn) -> LeadFacts:
    """Facts as the books can say them: what is sold was sold once, what is booked was booked once."""
    won, booked = draw(st.booleans()), draw(st.booleans())
    closed_at = draw(_instants)
    booked = booked and closed_at is None
    return LeadFacts(
        won=won,
        closed_at=closed_at,
        booked=booked,
        won_once=won or draw(st.booleans()),
        booked_once=booked or draw(st.booleans()),
        handled=booked or closed_at is not None or draw(st.booleans()),
        spoken_to=draw(st.booleans()),
        replied_at=draw(_instants),
        refused_at=draw(_instants),
    )


def _stood(lead: Lead, known: LeadFacts) -> Lead:
    status, reason = standing(lead, known)
    return lead.mirrored(status, at=NOON, reason=reason)[0]


@given(facts())
def test_to_stand_twice_is_to_stand_once(known: LeadFacts) -> None:
    once = _stood(_LEAD, known)

    assert _stood(once, known) == once


@given(facts(), facts())
def test_a_new_lead_ends_where_its_last_facts_say(before: LeadFacts, known: LeadFacts) -> None:
    # what was once so is known for ever
    known = replace(
        known,
        won_once=known.won_once or before.won_once,
        booked_once=known.booked_once or before.booked_once,
        handled=known.handled or before.handled,
        spoken_to=known.spoken_to or before.spoken_to,
        replied_at=max((each for each in (known.replied_at, before.replied_at) if each), default=None),
        refused_at=max((each for each in (known.refused_at, before.refused_at) if each), default=None),
    )
    if known.handled or not before.booked:
        assert standing(_stood(_LEAD, before), known) == standing(_LEAD, known)


@pytest.mark.parametrize("reason", ["no_answer", "price", "duplicate"])
def test_what_a_person_or_the_cadence_gave_up_stays_lost_until_it_is_booked_or_sold(reason: str) -> None:
    lost = replace(_LEAD, status=LeadStatus.LOST, lost_reason=reason)

    assert standing(lost, LeadFacts(handled=True)) == (LeadStatus.LOST, reason)
    assert standing(lost, LeadFacts(booked=True, booked_once=True, handled=True))[0] is LeadStatus.BOOKED
    assert standing(lost, LeadFacts(won=True, won_once=True))[0] is LeadStatus.WON


def test_what_somebody_here_sold_or_booked_is_not_taken_back_by_the_books() -> None:
    sold, booked = replace(_LEAD, status=LeadStatus.WON), replace(_LEAD, status=LeadStatus.BOOKED)

    assert standing(sold, LeadFacts(closed_at=NOON, handled=True))[0] is LeadStatus.WON
    assert standing(booked, LeadFacts(spoken_to=True))[0] is LeadStatus.BOOKED


def test_a_mirrored_lead_keeps_the_rule_of_reasons() -> None:
    for wanted, reason in product(LeadStatus, (None, "price")):
        if (wanted is LeadStatus.LOST) != (reason is not None):
            with pytest.raises(MissingLostReasonError):
                _LEAD.mirrored(wanted, at=NOON, reason=reason)  # type: ignore[arg-type]
