"""The map of a roll-out, its share, and when a new version is halted."""

from operator import le
from uuid import UUID

import pytest
from hypothesis import given
from hypothesis import strategies as st

from leadcore.cadences.model import MigrationMap, Step, Template, Thresholds, VersionFigures
from leadcore.cadences.policies.halting import check_thresholds, lower_bound, split, why_halt
from leadcore.cadences.policies.migration import (
    changed_steps,
    check_map,
    destination,
    in_share,
    moving_steps,
    needs_entry,
    read_map,
    way_back,
)
from leadcore.kernel.errors import InvalidInputError
from leadcore.kernel.ids import LeadId

MAP = MigrationMap(move={"offer": "offer-2"}, keep=("ask",), move_same=True)
NEW = ("hello", "offer-2", "ask", "end")


def test_a_map_is_read_and_its_mistakes_name_their_place() -> None:
    assert read_map('keep = ["ask"]\nmove_same = true\n[move]\noffer = "offer-2"') == MAP
    for source in ("keep = [", "kept = []", "keep = 3"):
        with pytest.raises(InvalidInputError) as refusal:
            read_map(source)
        assert refusal.value.field == "map"


@pytest.mark.parametrize(
    ("moves", "field"),
    [
        (MigrationMap(move={"ofer": "offer-2"}), "map.move"),
        (MigrationMap(keep=("ofer",)), "map.keep"),
        (MigrationMap(move={"offer": "offer-3"}), "map.move.offer"),
        (MigrationMap(move={"offer": "ask"}, keep=("offer",)), "map.move.offer"),
    ],
)
def test_a_map_may_only_name_steps_that_exist_and_once(moves: MigrationMap, field: str) -> None:
    with pytest.raises(InvalidInputError) as refusal:
        check_map(moves, known={"hello", "offer", "ask", "end"}, new=NEW)

    assert refusal.value.field == field
    check_map(MAP, known={"offer", "ask"}, new=NEW)


def test_whoever_is_not_named_keeps_their_version() -> None:
    assert [destination(each, MAP, new=NEW) for each in ("offer", "ask", "hello", "gone")] == [
        "offer-2", None, "hello", None,
    ]  # fmt: skip
    assert destination("hello", MigrationMap(), new=NEW) is None
    assert moving_steps(MAP, new=NEW) == ("end", "hello", "offer", "offer-2")
    assert [needs_entry(each, MAP, new=NEW) for each in ("offer", "ask", "hello", "gone")] == [False] * 3 + [True]


def test_the_way_back_is_the_same_step_else_what_led_here() -> None:
    assert [way_back(each, MAP, old=("hello", "offer")) for each in ("hello", "offer-2", "new")] == [
        "hello", "offer", None,
    ]  # fmt: skip


def test_steps_are_told_apart_as_added_removed_and_changed() -> None:
    one, other, third = (Step(id=each, templates={}) for each in ("one", "other", "third"))
    written = Step(id="other", templates={"sms": Template(body="differently")})

    assert changed_steps((one, other), (written, third)) == (["third"], ["one"], ["other"])


@given(st.uuids(), st.integers(0, 100), st.integers(0, 100))
def test_a_larger_share_holds_the_smaller_one(lead: UUID, some: int, more: int) -> None:
    least, most = sorted((some, more))

    if in_share(LeadId(lead), version="v", percent=least):
        assert in_share(LeadId(lead), version="v", percent=most)
    assert in_share(LeadId(lead), version="v", percent=100)
    assert not in_share(LeadId(lead), version="v", percent=0)


def test_a_share_is_about_what_it_says() -> None:
    tried = sum(in_share(LeadId(UUID(int=number)), version="v2", percent=10) for number in range(2000))

    assert 150 < tried < 250


@given(st.integers(1, 5000), st.data())
def test_the_lower_bound_is_below_the_rate_and_grows_with_the_hits(of: int, data: st.DataObject) -> None:
    hits = data.draw(st.integers(0, of - 1))

    assert 0 <= lower_bound(hits, of) <= hits / of
    assert lower_bound(hits, of) <= lower_bound(hits + 1, of) <= 1
    assert lower_bound(0, 0) == 0


def test_the_lower_bound_is_wilsons() -> None:
    # by hand: (0.15 + 2.7055/120 - 1.6449 sqrt(0.1275/60 + 2.7055/14400)) / (1 + 2.7055/60)
    assert lower_bound(9, 60) == pytest.approx(0.0893, abs=5e-4)


@st.composite
def _figures(draw: st.DrawFn) -> VersionFigures:
    leads, messages = draw(st.integers(0, 2000)), draw(st.integers(0, 4000))
    return VersionFigures(
        leads=leads, messages=messages, failures=draw(st.integers(0, messages)), opt_outs=draw(st.integers(0, leads))
    )


@given(_figures(), _figures(), st.integers(1, 500))
def test_nothing_is_judged_below_the_sample_and_no_better_version_is_halted(
    new: VersionFigures, old: VersionFigures, least: int
) -> None:
    reason = why_halt(new, old, Thresholds(min_sample=least))

    if new.leads < least and new.messages < least:
        assert reason == ""
    if old.leads >= least and old.messages >= least and all(map(le, _rates(new), _rates(old))):
        assert reason == ""


@given(_figures(), _figures())
def test_more_harm_never_turns_a_halt_into_a_pass(new: VersionFigures, old: VersionFigures) -> None:
    worse = VersionFigures(leads=new.leads, messages=new.messages, failures=new.messages, opt_outs=new.leads)

    if why_halt(new, old, Thresholds()):
        assert why_halt(worse, old, Thresholds())


def test_a_halt_says_its_figures() -> None:
    new, old = split(
        [
            VersionFigures(version="new", leads=60, messages=90, opt_outs=9),
            VersionFigures(version="v1", leads=300, messages=900, opt_outs=4),
            VersionFigures(version="v2", leads=100, messages=300, opt_outs=2, failures=3),
        ],
        new_version="new",
    )

    assert (old.version, old.leads, old.opt_outs, old.failures) == ("others", 400, 6, 3)
    assert why_halt(new, old, Thresholds()) == (
        "opt-outs: 9 of 60 leads, at least 8.9%; old versions 6 of 400, and 3.5% is the limit"
    )
    failing = VersionFigures(version="new", leads=60, messages=90, failures=30)
    assert why_halt(failing, old, Thresholds()).startswith("failures: 30 of 90 messages")
    assert why_halt(new, old, Thresholds(min_sample=61)) == ""
    assert why_halt(VersionFigures(leads=60, opt_outs=1), old, Thresholds()) == ""


@pytest.mark.parametrize(
    ("wrong", "field"),
    [
        (Thresholds(opt_out_margin=2), "opt_out_margin"),
        (Thresholds(failure_margin=-0.1), "failure_margin"),
        (Thresholds(min_sample=0), "min_sample"),
    ],
)
def test_thresholds_that_are_none_are_refused(wrong: Thresholds, field: str) -> None:
    with pytest.raises(InvalidInputError) as refusal:
        check_thresholds(wrong)

    assert refusal.value.field == field
    check_thresholds(Thresholds())


def _rates(each: VersionFigures) -> tuple[float, float]:
    return each.opt_outs / max(each.leads, 1), each.failures / max(each.messages, 1)
