"""Where somebody may be: every source counts, none is guessed from."""

from datetime import UTC, datetime, timedelta
from itertools import pairwise
from typing import Any
from uuid import UUID

import pytest
from hypothesis import given
from hypothesis import strategies as st
from msgspec.structs import replace

from leadcore.compliance.model import ContactPoint
from leadcore.compliance.policies.area_codes import STATE_OF_AREA_CODE
from leadcore.compliance.policies.states import STATES, state_named, state_of_zip
from leadcore.compliance.policies.whereabouts import UNKNOWN_ZONE, are_certain, whereabouts
from leadcore.kernel.contact import area_of
from leadcore.kernel.ids import ContactPointId, TenantId

NOW = datetime(2026, 11, 24, 18, tzinfo=UTC)
CENTRAL, EASTERN, MOUNTAIN = "America/Chicago", "America/New_York", "America/Denver"
AUSTIN, MIAMI, TOLL_FREE, TORONTO = "+15125550142", "+13055550142", "+18005550142", "+14165550142"


def point(value: str = AUSTIN, **more: Any) -> ContactPoint:
    return ContactPoint(
        id=ContactPointId(UUID(int=1)), tenant_id=TenantId(UUID(int=2)), kind="phone", value=value, **more
    )


def test_a_local_phone_in_a_local_shop_is_certain() -> None:
    place = whereabouts(point(), shop_zone=CENTRAL, shop_state="TX", now=NOW)

    assert (place.zones, place.states, place.country) == ((CENTRAL,), ("TX",), "US")
    assert are_certain(place.zones, place.states)
    assert [clue.kind for clue in place.clues] == ["area_code", "shop"]


def test_every_source_adds_its_zones_and_states() -> None:
    moved = point(MIAMI, state="Oregon", browser_zone="America/Phoenix", browser_zone_at=NOW)

    place = whereabouts(moved, shop_zone=CENTRAL, shop_state="TX", now=NOW)

    assert set(place.zones) == {EASTERN, "America/Los_Angeles", "America/Boise", "America/Phoenix", CENTRAL}
    assert place.states == ("FL", "OR", "TX")


def test_an_address_that_the_shop_confirms_narrows_the_zones_but_not_the_states() -> None:
    moved = point(MIAMI, postal_code="78701-1234")

    place = whereabouts(moved, shop_zone=CENTRAL, now=NOW)

    assert place.zones == (CENTRAL, MOUNTAIN)  # Texas has both
    assert place.states == ("FL", "TX")


def test_a_fresh_browser_that_another_source_confirms_narrows_the_zones() -> None:
    chatting = point(MIAMI, browser_zone=CENTRAL, browser_zone_at=NOW - timedelta(days=30))

    fresh = whereabouts(chatting, shop_zone=CENTRAL, now=NOW)
    stale = whereabouts(chatting, shop_zone=CENTRAL, now=NOW + timedelta(seconds=1))
    alone = whereabouts(chatting, shop_zone="America/Phoenix", now=NOW)

    assert fresh.zones == (CENTRAL,)
    assert fresh.states == ("FL",)
    assert stale.zones == (CENTRAL, EASTERN)
    assert alone.zones == (CENTRAL, EASTERN, "America/Phoenix")


def test_strong_sources_that_contradict_each_other_narrow_nothing() -> None:
    torn = point(MIAMI, state="TX", browser_zone="Pacific/Honolulu", browser_zone_at=NOW)

    place = whereabouts(torn, shop_zone=CENTRAL, now=NOW)

    assert set(place.zones) == {EASTERN, CENTRAL, MOUNTAIN, "Pacific/Honolulu"}


@pytest.mark.parametrize("value", [TOLL_FREE, "+15005550142", "no phone", "", "+1512555014277777"])
def test_a_number_without_a_place_may_be_anywhere(value: str) -> None:
    place = whereabouts(point(value), shop_zone=CENTRAL, shop_state="TX", now=NOW)

    assert UNKNOWN_ZONE in place.zones
    assert "ZZ" in place.states
    assert not are_certain(place.zones, place.states)


def test_an_address_does_not_make_the_state_of_a_toll_free_number_certain() -> None:
    place = whereabouts(point(TOLL_FREE, state="TX"), shop_zone=CENTRAL, now=NOW)

    assert place.states == ("TX", "ZZ")
    assert not are_certain(place.zones, place.states)


def test_a_foreign_number_says_its_country() -> None:
    place = whereabouts(point(TORONTO), shop_zone=CENTRAL, now=NOW)

    assert place.country == "CA"
    assert not are_certain(place.zones, place.states)


def test_nothing_at_all_is_uncertain() -> None:
    assert not are_certain((), ("TX",))
    assert not are_certain((CENTRAL,), ())
    assert not are_certain((CENTRAL, "Nowhere"), ("TX",))


@pytest.mark.parametrize(
    ("text", "state"),
    [("tx", "TX"), (" Texas ", "TX"), ("Washington", "WA"), ("D.C.", "DC"), ("district of columbia", "DC"), ("", None),
     ("Ontario", None)],
)  # fmt: skip
def test_states_are_read_as_people_write_them(text: str, state: str | None) -> None:
    assert state_named(text) == state


@pytest.mark.parametrize(
    ("text", "state"),
    [("78701", "TX"), ("33101-0001", "FL"), ("02903", "RI"), ("00901", "PR"), ("96813", "HI"), ("00000", None),
     ("M5V 2T6", None), ("787", None)],
)  # fmt: skip
def test_postal_codes_name_their_state(text: str, state: str | None) -> None:
    assert state_of_zip(text) == state


def test_no_postal_code_lies_in_two_states() -> None:
    ranges = sorted(each for state in STATES.values() for each in state.zips)

    assert all(before[1] < after[0] for before, after in pairwise(ranges))


def test_every_area_code_of_the_us_names_its_state() -> None:
    areas = [area_of(f"+1{code}5550142") for code in range(200, 1000)]
    american = [area for area in areas if area.country in {"US", "PR", "VI", "GU", "MP", "AS"} and area.zones]

    assert len(american) > 300
    assert [area for area in american if area.code not in STATE_OF_AREA_CODE] == []
    assert set(STATE_OF_AREA_CODE.values()) <= set(STATES)


def test_an_area_code_lies_where_its_state_lies() -> None:
    elsewhere = [
        code
        for code, state in STATE_OF_AREA_CODE.items()
        if set(area_of(f"+1{code}5550142").zones).isdisjoint(STATES[state].zones)
    ]

    assert elsewhere == []


_FIELDS = st.fixed_dictionaries(
    {
        "state": st.sampled_from(["", "TX", "Florida", "NV", "nonsense"]),
        "postal_code": st.sampled_from(["", "78701", "33101", "x"]),
        "browser_zone": st.sampled_from(["", CENTRAL, EASTERN, "Mars/Olympus"]),
        "browser_zone_at": st.sampled_from([None, NOW, NOW - timedelta(days=31)]),
    }
)


@given(st.sampled_from([AUSTIN, MIAMI, TOLL_FREE, TORONTO, "?"]), _FIELDS, st.sampled_from(["", "TX", "NY"]))
def test_the_area_codes_state_is_never_lost(value: str, fields: dict[str, Any], shop_state: str) -> None:
    bare = whereabouts(point(value), shop_zone=CENTRAL, now=NOW)

    rich = whereabouts(point(value, **fields), shop_zone=CENTRAL, shop_state=shop_state, now=NOW)

    assert set(bare.states) <= set(rich.states)
    assert rich == whereabouts(replace(point(value, **fields), zones=("Asia/Tokyo",)), shop_zone=CENTRAL,
                               shop_state=shop_state, now=NOW)  # fmt: skip
