"""The score: 0 to 100, the sum of its reasons, and no good news ever lowers it."""

from datetime import timedelta
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st
from msgspec.structs import fields, replace

from leadcore.leads.policies.score import ScoreFacts, next_step, score
from leadcore.leads.values import ScoreReason
from leadcore.tenants.values import ScoreWeights

SPANS = st.timedeltas(min_value=timedelta(0), max_value=timedelta(days=12))
POINTS = st.integers(0, 100)
WEIGHTS = st.builds(
    ScoreWeights,
    **{field.name: POINTS for field in fields(ScoreWeights) if field.name != "sources"},
    sources=st.dictionaries(st.sampled_from(["shopmonkey", "webform", "referral"]), POINTS),
)
FACTS = st.builds(
    ScoreFacts,
    source=st.sampled_from(["shopmonkey", "webform", "sms"]),
    textable=st.booleans(),
    consent=st.booleans(),
    vehicle=st.sampled_from(["", "2022 Tesla Model Y"]),
    service=st.sampled_from(["", "ceramic tint"]),
    price_asked=st.booleans(),
    replied=st.booleans(),
    replied_after=st.none() | SPANS,
    slot_asked=st.booleans(),
    quiet_for=SPANS,
)
BETTER: dict[str, Any] = {
    "textable": True,
    "consent": True,
    "vehicle": "2022 Tesla Model Y",
    "service": "ceramic tint",
    "price_asked": True,
    "replied": True,
    "slot_asked": True,
}


@given(FACTS, WEIGHTS)
def test_a_score_is_0_to_100_and_the_sum_of_its_reasons(facts: ScoreFacts, weights: ScoreWeights) -> None:
    total, reasons = score(facts, weights)

    assert 0 <= total <= 100
    assert sum(each.points for each in reasons) == total
    assert all(each.reason and each.points != 0 for each in reasons)


def _is_monotone(facts: ScoreFacts, weights: ScoreWeights, rate: Any, name: str) -> bool:
    better = replace(facts, **{name: BETTER[name]})
    return bool(rate(better, weights)[0] >= rate(facts, weights)[0])


@given(FACTS, WEIGHTS, st.sampled_from(sorted(BETTER)))
def test_no_good_news_lowers_a_score(facts: ScoreFacts, weights: ScoreWeights, name: str) -> None:
    assert _is_monotone(facts, weights, score, name)


@given(FACTS, WEIGHTS, SPANS, SPANS)
def test_neither_a_faster_reply_nor_a_newer_word_lowers_a_score(
    facts: ScoreFacts, weights: ScoreWeights, one: timedelta, other: timedelta
) -> None:
    sooner, later = sorted((one, other))
    totals = [score(replace(facts, replied_after=each), weights)[0] for each in (sooner, later)]
    recent = [score(replace(facts, quiet_for=each), weights)[0] for each in (sooner, later)]

    assert totals[0] >= totals[1]
    assert recent[0] >= recent[1]


def test_the_check_finds_a_score_that_punishes_good_news() -> None:
    def grudging(facts: ScoreFacts, weights: ScoreWeights) -> tuple[int, tuple[ScoreReason, ...]]:
        total, reasons = score(facts, weights)
        return (total - 2 * weights.price if facts.price_asked else total), reasons

    assert not _is_monotone(ScoreFacts(), ScoreWeights(), grudging, "price_asked")


@given(FACTS, WEIGHTS)
def test_a_score_holds_until_its_next_step(facts: ScoreFacts, weights: ScoreWeights) -> None:
    step = next_step(facts.quiet_for)
    until = facts.quiet_for + (step if step is not None else timedelta(days=100)) - timedelta(microseconds=1)

    assert step is None or step > timedelta(0)
    assert score(replace(facts, quiet_for=until), weights) == score(facts, weights)


def test_reasons_are_what_an_advisor_can_read_most_points_first() -> None:
    facts = ScoreFacts(
        source="shopmonkey",
        textable=True,
        vehicle="2022 Tesla Model Y",
        service="ceramic tint",
        price_asked=True,
        replied=True,
        replied_after=timedelta(minutes=4),
        quiet_for=timedelta(days=2),
    )

    total, reasons = score(facts, ScoreWeights(sources={"shopmonkey": 3}))

    assert total == 10 + 5 + 10 + 15 + 15 + 10 + 6 + 3
    assert [each.reason for each in reasons][:2] == ["asked for a price", "wrote back"]
    assert "drives a 2022 Tesla Model Y" in [each.reason for each in reasons]
    assert "was heard from in the last 3 days" in [each.reason for each in reasons]


def test_weights_above_100_in_all_end_at_100_and_say_so() -> None:
    total, reasons = score(ScoreFacts(textable=True, consent=True), ScoreWeights(textable=100, consent=80, recent=0))

    assert total == 100
    assert reasons[-1] == ScoreReason(reason="a score ends at 100", points=-80)


@pytest.mark.parametrize(
    ("after", "points"), [(timedelta(minutes=15), 10), (timedelta(minutes=16), 5), (timedelta(hours=2), 0)]
)
def test_a_fast_reply_counts_whole_and_one_within_the_hour_half(after: timedelta, points: int) -> None:
    base = score(ScoreFacts(replied=True), ScoreWeights())[0]

    assert score(ScoreFacts(replied=True, replied_after=after), ScoreWeights())[0] - base == points
