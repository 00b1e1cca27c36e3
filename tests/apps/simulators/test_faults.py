from hypothesis import given
from hypothesis import strategies as st

from leadcore_simulators.wire.faults import FaultPlan, FaultRule, FaultSettings

seeds = st.integers(0, 2**31)
rates = st.floats(0, 1)


def plan(*rules: FaultRule, seed: int = 1) -> tuple[FaultPlan, list[bytes]]:
    saved: list[bytes] = []
    made = FaultPlan(seed=seed, saved=None, save=saved.append)
    made.replace(FaultSettings(seed=seed, rules=rules))
    return made, saved


def strikes(made: FaultPlan, count: int) -> list[tuple[int, int]]:
    fired = [made.for_request("create_message", {}) for _ in range(count)]
    return [(len(one.rules), one.draw) for one in fired]


@given(seed=seeds, rate=rates)
def test_a_seed_replays_a_run(seed: int, rate: float) -> None:
    rule = FaultRule(op="create_message", kind="lost_answer", rate=rate)

    first, again = (strikes(plan(rule, seed=seed)[0], 40) for _ in range(2))

    assert first == again


@given(seed=seeds, rate=rates, cut=st.integers(0, 30))
def test_a_run_that_was_killed_goes_on_with_the_same_dice(seed: int, rate: float, cut: int) -> None:
    rule = FaultRule(op="*", kind="status", rate=rate, times=7)
    whole = strikes(plan(rule, seed=seed)[0], 30)
    broken, saved = plan(rule, seed=seed)
    before = strikes(broken, cut)

    revived = FaultPlan(seed=99, saved=saved[-1], save=saved.append)

    assert before + strikes(revived, 30 - cut) == whole


@given(times=st.integers(0, 12))
def test_a_rule_strikes_no_more_often_than_it_may(times: int) -> None:
    made, _ = plan(FaultRule(op="*", kind="drop_before", times=times))

    struck = [count for count, _ in strikes(made, 15)]

    assert sum(struck) == times
    assert made.struck == [times]


def test_a_rate_is_about_kept_over_many_requests() -> None:
    made, _ = plan(FaultRule(op="*", kind="lost_answer", rate=0.1), seed=4)

    struck = sum(count for count, _ in strikes(made, 5000))

    assert 430 < struck < 570


def test_a_rule_strikes_only_what_it_matches() -> None:
    made, _ = plan(FaultRule(op="create_message", kind="drop_before", match={"To": "+15125550142"}))

    hit = made.for_request("create_message", {"To": "+15125550142"})
    other_recipient = made.for_request("create_message", {"To": "+15125550143"})
    other_operation = made.for_request("list_messages", {"To": "+15125550142"})

    assert hit.first("drop_before") is not None
    assert other_recipient.rules == other_operation.rules == ()
