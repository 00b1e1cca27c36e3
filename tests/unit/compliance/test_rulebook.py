"""Rules are data: dated, sourced, added to and never changed."""

from datetime import date, time

import pytest
from msgspec.structs import replace

from leadcore.compliance.policies.contact_rules import Cap, Hours, week
from leadcore.compliance.policies.rule_table import REVOCATION_COVERS_EVERYTHING_FROM, ROWS
from leadcore.compliance.policies.rulebook import (
    CURRENT,
    EDITIONS,
    RULES_VERSION,
    UnknownRulesError,
    edition,
    editions_of,
    law,
)
from leadcore.compliance.policies.states import STATES
from tests.unit.compliance.wall_clocks import TABLE, hours

SHIPPED = ("2026-11-24.e084f7f9",)
"""Versions that decisions may have been recorded under. A new edition is added here; one that is here stays."""


@pytest.mark.parametrize("version", SHIPPED)
def test_no_version_that_was_shipped_is_ever_lost(version: str) -> None:
    assert edition(version).version == version


def test_the_newest_edition_is_listed_as_shipped() -> None:
    assert SHIPPED[-1] == RULES_VERSION == CURRENT.version
    assert list(EDITIONS) == list(SHIPPED)


def test_every_rule_says_where_it_comes_from_and_who_confirmed_it() -> None:
    for rule in ROWS:
        assert rule.place in {*STATES, "US", "safe_default"}
        assert rule.source
        assert rule.reviewer
        assert rule.effective <= rule.added


def test_the_table_says_what_the_research_says() -> None:
    days = [date(2026, 11, day) for day in (16, 21, 22)]  # a Monday, a Saturday, a Sunday; no holidays

    for place in TABLE:
        rule = CURRENT.rule_of(place, days[0])
        assert rule is not None
        found = [rule.hours_on(day) for day in days]
        assert [each and (each.opens.hour, each.closes.hour) for each in found] == [hours(place, day) for day in days]


@pytest.mark.parametrize(
    ("place", "caps"),
    [("FL", {(3, 24)}), ("OK", {(3, 24)}), ("MD", {(3, 24)}), ("ME", {(1, 8)}), ("safe_default", {(1, 24), (3, 168)})],
)
def test_caps_are_those_of_the_research(place: str, caps: set[tuple[int, int]]) -> None:
    rule = CURRENT.rule_of(place, date(2026, 11, 24))

    assert rule is not None
    assert {(cap.messages, cap.hours) for cap in rule.caps} == caps


@pytest.mark.parametrize("place", ["RI", "AL", "LA", "MS", "UT", "PA", "safe_default"])
def test_these_are_closed_on_holidays(place: str) -> None:
    rule = CURRENT.rule_of(place, date(2026, 12, 25))

    assert rule is not None
    assert rule.hours_on(date(2026, 12, 25)) is None


def test_a_rule_binds_from_its_day_on() -> None:
    texas = law("strict", ["TX"], certain=True)

    assert texas.hours_on(date(2025, 8, 31)) == Hours(time(8), time(21))  # Sundays, both
    assert texas.hours_on(date(2025, 9, 7)) == Hours(time(12), time(21))


def test_profiles_name_the_places_that_bind() -> None:
    assert law("federal", ["TX"], certain=True).places == ("US",)
    assert law("strict", ["TX", "FL", "ZZ"], certain=True).places == ("US", "FL", "TX")
    assert law("safe_default", ["TX"], certain=True).places == ("US", "safe_default", "TX")
    assert law("federal", ["TX"], certain=False).places == ("US", "safe_default", "TX")


def test_the_safe_profile_lies_within_every_rule_but_two_doubtful_saturdays() -> None:
    for day in (date(2026, 11, 16), date(2026, 11, 21), date(2026, 11, 22)):
        safe = law("safe_default", [], certain=True).hours_on(day)
        for rule in ROWS:
            if safe is not None and not (rule.place in {"PA", "UT"} and day.weekday() == 5):
                its = rule.hours_on(day)
                assert its is not None
                assert safe.within(its) == safe


def test_a_correction_is_a_new_edition_and_the_old_one_still_decides_as_it_did() -> None:
    corrected = replace(
        next(row for row in ROWS if row.place == "NV"), week=week("10-20", "10-20", "-"), added=date(2027, 2, 1)
    )
    capped = replace(next(row for row in ROWS if row.place == "WA"), caps=(Cap(messages=2, hours=24),),
                     effective=date(2027, 3, 1), added=date(2027, 2, 1))  # fmt: skip

    old, new = editions_of((*ROWS, corrected, capped)).values()

    monday = date(2026, 11, 16)
    assert old == CURRENT
    assert new.version.startswith("2027-02-01.")
    assert old.rule_of("NV", monday) == CURRENT.rule_of("NV", monday)
    assert new.rule_of("NV", monday) == corrected
    assert new.rule_of("WA", date(2027, 2, 28)) == CURRENT.rule_of("WA", monday)
    assert new.rule_of("WA", date(2027, 3, 1)) == capped


def test_a_changed_row_changes_the_version() -> None:
    changed = (replace(ROWS[0], source="somebody edited history"), *ROWS[1:])

    assert list(editions_of(changed)) != list(EDITIONS)


def test_an_unknown_version_is_refused_with_those_that_are_known() -> None:
    with pytest.raises(UnknownRulesError) as refusal:
        edition("2026-11-22")

    assert RULES_VERSION in str(refusal.value.fix)


def test_the_day_a_revocation_covers_everything_is_one_setting() -> None:
    assert date(2027, 1, 31) == REVOCATION_COVERS_EVERYTHING_FROM
