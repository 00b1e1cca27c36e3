"""Which requests are the same wish, whatever door brought them."""

from datetime import timedelta
from itertools import permutations

import pytest
from hypothesis import given
from hypothesis import strategies as st
from msgspec.structs import replace

from leadcore.leads.model import Lead
from leadcore.leads.policies.wishes import UNKNOWN_VEHICLE, Wish, fits, learned, place, vehicle_key
from leadcore.leads.values import LeadStatus, Vehicle
from leadcore.testing.builders import NOON, a_lead, a_person, a_point, a_tenant

WINDOW = timedelta(days=30)
PERSON = a_person(a_point(a_tenant()))
MODEL_Y, CIVIC, UNKNOWN = (
    Vehicle(year=2022, make="Tesla", model="Model Y"),
    Vehicle(year=2015, make="Honda", model="Civic"),
    Vehicle(),
)
NO_YEAR = Vehicle(make="tesla", model="MODEL Y")
words = st.sampled_from(["", "Tesla", "tesla ", "Chevy", "Chevrolet", "Škoda", "Model Y", "F-150", "f150"])
vehicles = st.builds(
    Vehicle,
    year=st.sampled_from([None, 22, 2022, 1999, 99]),
    make=words,
    model=words,
    body=st.sampled_from(["", "SUV"]),
)


def wish(vehicle: Vehicle, *, status: LeadStatus = LeadStatus.NEW, days_ago: float = 1, **changes: object) -> Wish:
    lost = "price" if status is LeadStatus.LOST else None
    lead = a_lead(PERSON, vehicle=vehicle, status=status, **{"lost_reason": lost, **changes})
    return Wish(lead=lead, active_at=NOON - timedelta(days=days_ago))


def placed(vehicle: Vehicle, *wishes: Wish) -> tuple[str, Lead | None, tuple[Lead, ...]]:
    found = place(vehicle, wishes, now=NOON, window=WINDOW)
    return found.how, found.lead, found.stale


@pytest.mark.parametrize(
    ("left", "right"),
    [
        (MODEL_Y, Vehicle(year=22, make="TESLA", model="model-y", body="SUV")),
        (MODEL_Y, Vehicle(year=2022, make="Tesla", model="Tesla Model Y")),
        (Vehicle(make="Chevy", model="Bolt"), Vehicle(make="Chevrolet", model="Bolt")),
        (Vehicle(make="VW", model="Golf"), Vehicle(make="Volkswagen", model="GOLF")),
        (Vehicle(make="Škoda"), Vehicle(make="skoda")),
    ],
)
def test_one_vehicle_has_one_key_however_it_is_written(left: Vehicle, right: Vehicle) -> None:
    assert vehicle_key(left) == vehicle_key(right) != UNKNOWN_VEHICLE


@given(vehicles, vehicles)
def test_equal_keys_fit_and_fitting_is_mutual(left: Vehicle, right: Vehicle) -> None:
    assert fits(left, right) == fits(right, left)
    if vehicle_key(left) == vehicle_key(right):
        assert fits(left, right)
    assert fits(left, UNKNOWN)
    assert vehicle_key(replace(left, body="")) == vehicle_key(left)


@given(vehicles, vehicles)
def test_what_is_learned_keeps_what_was_known(known: Vehicle, told: Vehicle) -> None:
    both = learned(known, told)

    assert fits(both, known)
    assert learned(both, told) == both


def test_the_same_vehicle_joins_and_another_one_does_not() -> None:
    tesla, honda = wish(MODEL_Y), wish(CIVIC)

    assert placed(MODEL_Y, tesla, honda) == ("join", tesla.lead, ())
    assert placed(CIVIC, tesla) == ("new", None, ())


def test_an_unnamed_vehicle_is_the_only_open_wish_and_nobodys_among_several() -> None:
    tesla, honda, unnamed = wish(MODEL_Y), wish(CIVIC), wish(UNKNOWN)

    assert placed(UNKNOWN, tesla) == ("join", tesla.lead, ())
    assert placed(MODEL_Y, unnamed) == ("join", unnamed.lead, ())
    assert placed(NO_YEAR, tesla) == ("join", tesla.lead, ())
    assert placed(UNKNOWN, tesla, honda) == ("new", None, ())
    assert placed(MODEL_Y, unnamed, honda) == ("new", None, ())
    assert placed(UNKNOWN, tesla, honda, unnamed) == ("join", unnamed.lead, ())


def test_a_lost_wish_is_reopened_and_a_won_one_is_not() -> None:
    lost, won = wish(MODEL_Y, status=LeadStatus.LOST), wish(MODEL_Y, status=LeadStatus.WON)

    assert placed(MODEL_Y, lost) == ("reopen", lost.lead, ())
    assert placed(UNKNOWN, lost) == ("reopen", lost.lead, ())
    assert placed(MODEL_Y, won) == ("new", None, ())
    assert placed(MODEL_Y, lost, won) == ("new", None, ())  # the newer of both was won
    assert placed(CIVIC, lost) == ("new", None, ())


def test_what_was_closed_as_a_duplicate_stays_closed() -> None:
    gone = wish(MODEL_Y, status=LeadStatus.LOST, lost_reason="duplicate")

    assert placed(MODEL_Y, gone) == ("new", None, ())


@pytest.mark.parametrize(("days_ago", "how"), [(29.9, "join"), (30, "new"), (31, "new")])
def test_the_window_counts_from_the_last_activity(days_ago: float, how: str) -> None:
    tesla = wish(MODEL_Y, days_ago=days_ago)

    found, _, stale = placed(MODEL_Y, tesla)

    assert found == how
    assert stale == (() if how == "join" else (tesla.lead,))


@given(st.lists(st.sampled_from([MODEL_Y, NO_YEAR, UNKNOWN, Vehicle(year=2022)]), min_size=1, max_size=4))
def test_doors_that_say_more_or_less_of_one_vehicle_agree_in_any_order(told: list[Vehicle]) -> None:
    for order in set(permutations(told)):
        leads: list[Lead] = []
        for vehicle in order:
            found = place(vehicle, [Wish(lead=lead, active_at=NOON) for lead in leads], now=NOON, window=WINDOW)
            if found.lead is None:
                leads.append(a_lead(PERSON, vehicle=vehicle))
            else:
                leads = [replace(found.lead, vehicle=learned(found.lead.vehicle, vehicle))]
        assert len(leads) == 1


@given(vehicles, st.lists(st.tuples(vehicles, st.sampled_from(list(LeadStatus)), st.floats(0, 60)), max_size=5))
def test_a_request_never_lands_on_a_wish_that_cannot_be_it(
    vehicle: Vehicle, known: list[tuple[Vehicle, LeadStatus, float]]
) -> None:
    wishes = [wish(told, status=status, days_ago=days) for told, status, days in known]

    how, lead, stale = placed(vehicle, *wishes)

    assert (how == "new") == (lead is None)
    if lead is not None:
        assert fits(lead.vehicle, vehicle)
        assert lead.is_open == (how == "join")
        assert lead.status is not LeadStatus.WON
    assert all(each.is_open and vehicle_key(each.vehicle) == vehicle_key(vehicle) for each in stale)
