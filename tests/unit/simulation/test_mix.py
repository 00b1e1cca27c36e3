"""Who comes is read from a file, and drawn the same from the same seed."""

from collections import Counter
from datetime import date, timedelta
from zoneinfo import ZoneInfo

import pytest
from hypothesis import given
from hypothesis import strategies as st
from msgspec.structs import replace

from leadcore.compliance.policies.area_codes import STATE_OF_AREA_CODE
from leadcore.kernel.contact import area_of
from leadcore.kernel.errors import InvalidInputError
from leadcore.simulation.customers import crowd, weighted
from leadcore.simulation.mix import areas_around, read_mix, usual_mix
from leadcore.tenants.values import Senders
from tests.unit.simulation.staging import TENANT, a_mix

FIRST = date(2026, 10, 20)


def test_what_a_mix_leaves_out_is_usual() -> None:
    mix = read_mix("leads_per_day = 3.5\n", TENANT)

    assert mix == replace(usual_mix(TENANT), leads_per_day=3.5)
    assert mix.areas["TX"] > mix.areas["FL"]


def test_areas_are_around_the_shop_however_it_is_known() -> None:
    nowhere = replace(TENANT, phone="", senders=Senders())

    by_zone = areas_around(replace(nowhere, zone="Pacific/Honolulu"))
    by_state = areas_around(replace(TENANT, state="FL"))
    unknown = areas_around(replace(nowhere, zone="Europe/Berlin"))

    assert next(iter(by_zone)) == "HI"
    assert next(iter(by_state)) == "FL"
    assert next(iter(unknown)) == "TX"


@pytest.mark.parametrize(
    ("source", "field"),
    [
        ("leads_per_day = 0", "leads_per_day"),
        ("night_share = 1.5", "night_share"),
        ("phone_share = 0\nemail_share = 0", "phone_share"),
        ("services = []", "services"),
        ("[areas]\n999 = 1", "areas.999"),
        ("[areas]\nTX = 0", "areas.TX"),
        ("customers = []", "customers"),
        ('[[customers]]\ndoes = "dance"', "customers[0].does"),
        ('[[customers]]\ndoes = "reply"\nweight = 0', "customers[0].weight"),
        ('[[customers]]\ndoes = "reply"\nmessage = -1', "customers[0].message"),
        ('[[customers]]\ndoes = "reply"\nafter_minutes = [5, 1]', "customers[0].after_minutes"),
        ("colour = 1", "colour"),
        ("colour", "lead-mix"),
    ],
)
def test_a_mistake_in_a_mix_is_named(source: str, field: str) -> None:
    with pytest.raises(InvalidInputError) as refused:
        read_mix(source, TENANT)

    assert refused.value.field == field
    assert refused.value.fix


@given(st.integers(0, 10_000), st.integers(1, 60), st.integers(1, 40))
def test_a_crowd_is_drawn_from_its_seed_within_its_days(seed: int, leads: int, days: int) -> None:
    mix = replace(usual_mix(TENANT), phone_share=0.5)
    zone = ZoneInfo(TENANT.zone)

    people = crowd(mix, leads=leads, first=FIRST, days=days, zone=TENANT.zone, seed=seed)

    assert people == crowd(mix, leads=leads, first=FIRST, days=days, zone=TENANT.zone, seed=seed)
    assert len(people) == leads
    assert all(each.phone or each.email for each in people)
    assert [each.arrives_at for each in people] == sorted(each.arrives_at for each in people)
    local = [each.arrives_at.astimezone(zone).date() for each in people]
    assert all(FIRST <= day < FIRST + timedelta(days=days) for day in local)
    phones = Counter(each.phone for each in people if each.phone)
    assert not phones or max(phones.values()) == 1
    assert all(area_of(number).code in STATE_OF_AREA_CODE for number in phones)


def test_numbers_are_fictional_first_never_the_shops_own_and_never_run_out_unnoticed() -> None:
    few = crowd(a_mix(), leads=99, first=FIRST, days=1, zone=TENANT.zone, seed=1, ours={"+15125550100"})
    many = crowd(a_mix(), leads=10_000, first=FIRST, days=1, zone=TENANT.zone, seed=1)

    assert {each.phone for each in few} == {f"+1512555{n:04}" for n in range(101, 200)}
    assert len({each.phone for each in many}) == 10_000
    with pytest.raises(InvalidInputError, match="no more numbers"):
        crowd(a_mix(), leads=10_001, first=FIRST, days=1, zone=TENANT.zone, seed=1)


def test_weights_are_shares() -> None:
    drawn = Counter(weighted("ab", (3, 1), n / 100) for n in range(100))

    assert drawn == {"a": 75, "b": 25}
