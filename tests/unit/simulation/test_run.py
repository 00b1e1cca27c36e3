"""The time machine tells what the engine would do, and does it again from the same seed."""

from collections import Counter
from datetime import datetime, timedelta
from zoneinfo import ZoneInfo

import pytest
from msgspec.structs import replace

from leadcore.kernel.errors import InvalidInputError
from leadcore.simulation.difference import difference
from leadcore.simulation.invariants import violations
from leadcore.simulation.mix import Behaviour, usual_mix
from leadcore.simulation.outcome import Outcome, event_log, outcome_of
from leadcore.simulation.plan import Plan, as_if_ready
from leadcore.simulation.run import Run
from leadcore.tenants.values import Senders
from tests.unit.simulation.staging import OCTOBER, TENANT, a_mix, a_plan

AUSTIN = ZoneInfo("America/Chicago")


def outcome(plan: Plan) -> Outcome:
    finished = Run(plan).go()
    assert violations(finished) == []
    return outcome_of(finished)


def test_every_touch_of_a_silent_lead_is_told_at_the_shops_own_time_across_a_change_of_clocks() -> None:
    found = outcome(a_plan(leads=1, arriving_days=1, start=OCTOBER + timedelta(days=9)))  # asks on 29 October

    told = [(each.step, each.channel, each.at.astimezone(AUSTIN)) for each in found.marks]

    later = [(step, channel, f"{at:%m-%d %H:%M}") for step, channel, at in told if step != "hello"]
    assert {channel for step, channel, _ in told if step == "hello"} == {"sms", "email"}
    assert later == [
        ("day-1", "sms", "10-30 10:15"), ("day-2", "email", "10-31 11:30"), ("day-3", "sms", "11-01 16:40"),
        ("day-5", "email", "11-03 12:05"), ("day-5", "sms", "11-03 12:05"), ("day-6", "sms", "11-04 10:50"),
        ("day-8", "email", "11-06 13:20"), ("day-8", "sms", "11-06 13:20"),
    ]  # fmt: skip
    assert {each.what for each in found.marks} == {"sent"}
    assert found.left == {"lost (no_answer)": 1}


def test_a_seed_replays_a_run_event_by_event_and_another_one_does_not() -> None:
    plan = a_plan(mix=usual_mix(TENANT), leads=40)

    once, again, other = (Run(replace(plan, seed=seed)).go() for seed in (3, 3, 4))

    assert event_log(once) == event_log(again)
    assert event_log(once) != event_log(other)


def test_a_hold_is_told_with_its_reason_and_its_end() -> None:
    strict = replace(TENANT, quiet_profile="strict")
    saturday = OCTOBER + timedelta(days=4)  # day 1 is a Sunday, with hours of its own in Texas

    plan = a_plan(cadence="thirteen-in-thirty", tenant=strict, leads=4, arriving_days=1, start=saturday, days=8)
    found = outcome(plan)

    held = [each for each in found.marks if each.what == "held"]
    assert found.tally.held == len(held) > 0
    assert all("TX" in each.reason and each.until is not None and each.until > each.at for each in held)
    assert set(found.held_because) == {each.reason for each in held}
    sent = {(each.lead, each.step, each.at) for each in found.marks if each.what == "sent" and each.channel == "sms"}
    assert {(each.lead, each.step, each.until) for each in held} <= sent


@pytest.mark.parametrize(
    ("does", "left", "dropped"),
    [
        ("reply", "engaged", "no longer needed: replied"),
        ("stop", "lost (opted_out)", "no longer needed: opted_out"),
        ("book", "booked", "no longer needed: booked"),
    ],
)
def test_what_customers_do_ends_their_follow_up(does: str, left: str, dropped: str) -> None:
    acting = Behaviour(does=does, message=1, after_minutes=(1, 5))  # type: ignore[arg-type]

    found = outcome(a_plan(mix=a_mix(acting)))

    assert found.left == {left: 10}
    assert found.acts == {does: 10}
    assert found.dropped_because == {dropped: 10}
    assert {each.step for each in found.marks if each.what == "sent"} == {"hello"}


def test_who_cannot_be_reached_by_text_goes_on_by_mail() -> None:
    found = outcome(a_plan(mix=a_mix("landline")))
    lost = outcome(a_plan(mix=a_mix("undelivered")))
    away = outcome(a_plan(mix=a_mix(Behaviour(does="out_of_office", message=1, after_minutes=(1, 2)))))

    assert (found.tally.texts, found.tally.segments) == (0, 0)
    assert found.tally.mails > 0
    assert any("landline" in reason for reason in found.dropped_because)
    assert {each.reason for each in lost.marks if each.channel == "sms" and each.what == "sent"} == {"not delivered"}
    assert away.left == {"lost (no_answer)": 10} or "contacted" in away.left
    assert away.acts == {"out_of_office": 10}
    assert away.tally.dropped == 0


def test_leaving_by_mail_silences_mails_and_not_texts() -> None:
    found = outcome(a_plan(mix=a_mix(Behaviour(does="unsubscribe", message=1, after_minutes=(1, 5))), leads=3, days=20))

    mails = Counter(each.step for each in found.marks if each.what == "sent" and each.channel == "email")
    texts = Counter(each.step for each in found.marks if each.what == "sent" and each.channel == "sms")
    assert set(mails) == {"hello"}
    assert {"day-1", "day-3"} <= set(texts)
    assert "suppressed: unsubscribe" in found.dropped_because


def test_two_versions_meet_the_same_people() -> None:
    plan = a_plan(mix=usual_mix(TENANT), leads=40, days=20)
    other = a_plan(cadence="thirteen-in-thirty", mix=usual_mix(TENANT), leads=40, days=20)

    ours, theirs = Run(plan).go(), Run(other).go()
    found = difference(outcome_of(ours), outcome_of(theirs))

    assert ours.customers == theirs.customers
    texts = next(each for each in found.totals if each.what == "texts")
    assert texts.by == outcome_of(ours).tally.texts - outcome_of(theirs).tally.texts != 0
    assert found.against.startswith("thirteen-in-thirty@")
    assert sum(each.ours for each in found.left) == sum(each.theirs for each in found.left) == 40


def test_the_days_and_the_steps_add_up_to_the_whole() -> None:
    found = outcome(a_plan(mix=usual_mix(TENANT), leads=60, days=20))

    for name in ("texts", "mails", "segments", "held", "dropped", "waiting"):
        total = getattr(found.tally, name)
        assert sum(getattr(each.tally, name) for each in found.calendar) == total
        assert sum(getattr(each.tally, name) for each in found.steps) == total
    assert sum(found.left.values()) == found.leads == 60


def test_a_shop_that_cannot_send_is_simulated_as_if_it_could_and_says_so() -> None:
    bare = replace(TENANT, senders=Senders(sms="", sms_registration="pending"), paused=True, state="FL")

    ready, assumed = as_if_ready(bare)

    assert len(assumed) == 4
    assert (ready.paused, ready.senders.sms_registration) == (False, "verified")
    assert ready.senders.sms == "+12395550100"
    assert as_if_ready(TENANT) == (TENANT, ())


def test_progress_is_told_and_a_run_too_long_is_refused() -> None:
    heard: list[tuple[datetime, int]] = []

    Run(a_plan(leads=60)).go(lambda at, leads: heard.append((at, leads)))

    assert heard == sorted(heard) != []
    with pytest.raises(InvalidInputError, match="days"):
        Run(a_plan(days=0))
    with pytest.raises(InvalidInputError, match="leads"):
        Run(a_plan(leads=0))
