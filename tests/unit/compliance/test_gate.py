from datetime import UTC, datetime, timedelta
from typing import Any, get_args
from uuid import UUID
from zoneinfo import ZoneInfo

import msgspec
import pytest
from hypothesis import given
from hypothesis import strategies as st
from msgspec.structs import replace

from leadcore.compliance.policies.gate import (
    FRESH,
    RULES_VERSION,
    Allow,
    Decision,
    Defer,
    Deny,
    GateFacts,
    Registration,
    decide,
    permit,
)
from leadcore.compliance.policies.quiet_hours import is_open
from leadcore.compliance.policies.rulebook import Law, UnknownRulesError, federal, law
from leadcore.compliance.policies.share import JUST_NOW
from leadcore.compliance.policies.whereabouts import are_certain
from leadcore.compliance.values import AUTOMATED, Purpose
from leadcore.kernel.ids import ContactPointId, TenantId
from leadcore.ports.messaging import SendChannel

AUSTIN = ZoneInfo("America/Chicago")
NOON = datetime(2026, 11, 23, 12, tzinfo=AUSTIN).astimezone(UTC)
NIGHT = datetime(2026, 11, 23, 2, tzinfo=AUSTIN).astimezone(UTC)
MORNING = datetime(2026, 11, 23, 8, tzinfo=AUSTIN).astimezone(UTC)
MINUTE, HOUR = timedelta(minutes=1), timedelta(hours=1)


def facts(purpose: Purpose, *, now: datetime = NOON, age: timedelta = MINUTE) -> GateFacts:
    """What a lawful message of this purpose looks like; the customer's act is *age* old."""
    return GateFacts(
        now=now,
        tenant_id=TenantId(UUID(int=1)),
        contact_point_id=ContactPointId(UUID(int=2)),
        channel="sms",
        purpose=purpose,
        decided_at=now - timedelta(seconds=1),
        not_after=now + 12 * HOUR,
        zones=("America/Chicago",),
        states=("IA",),
        country="US",
        consent="marketing" if purpose == "marketing" else "conversational",
        requested_at=now - age if purpose == "first_response" else None,
        answered_at=now - age if purpose in {"reply", "help"} else None,
    )


PURPOSES: tuple[Purpose, ...] = get_args(Purpose)


@pytest.mark.parametrize("purpose", PURPOSES)
def test_a_lawful_message_goes_at_noon(purpose: Purpose) -> None:
    assert isinstance(decide(facts(purpose)), Allow)


@pytest.mark.parametrize("purpose", ["first_response", "reply", "optout_confirm", "help", "staff_notice"])
def test_these_go_at_night(purpose: Purpose) -> None:
    assert isinstance(decide(facts(purpose, now=NIGHT)), Allow)


@pytest.mark.parametrize("purpose", ["transactional", "marketing"])
def test_these_wait_for_the_morning(purpose: Purpose) -> None:
    decision = decide(facts(purpose, now=NIGHT))

    assert decision == Defer(until=MORNING, reason="outside the hours of federal law", code="quiet_hours")


@pytest.mark.parametrize("purpose", ["transactional", "marketing", "first_response"])
def test_e_mail_knows_no_hours_and_needs_no_prior_consent(purpose: Purpose) -> None:
    mail = replace(facts(purpose, now=NIGHT), channel="email", consent="none")

    assert isinstance(decide(mail), Allow)
    assert isinstance(decide(replace(mail, suppressed_by=("unsubscribe",))), Deny)


def test_a_first_response_is_first_for_fifteen_minutes() -> None:
    last = decide(facts("first_response", now=NIGHT, age=FRESH))
    late = decide(facts("first_response", now=NIGHT, age=FRESH + timedelta(seconds=1)))

    assert isinstance(last, Allow)
    assert late == Deny(reason="no consent on record for first_response", code="no_consent")


def test_a_late_first_response_obeys_the_rules_of_marketing() -> None:
    late = replace(facts("first_response", now=NIGHT, age=HOUR), consent="marketing")
    sent = (MORNING - 24 * HOUR + MINUTE,) * 3

    assert isinstance(decide(late), Defer)
    assert isinstance(decide(replace(late, now=MORNING, not_after=NOON)), Allow)
    assert isinstance(decide(replace(late, now=MORNING, not_after=NOON, sent_at=sent)), Defer)


@pytest.mark.parametrize("channel", ["sms", "email"])
def test_two_marketing_messages_are_a_quarter_of_an_hour_apart(channel: SendChannel) -> None:
    asked = replace(facts("marketing"), channel=channel, sent_at=(NOON - 2 * HOUR, NOON - MINUTE))

    soon = decide(asked)
    in_time = decide(replace(asked, now=NOON + 14 * MINUTE, sent_at=(NOON - MINUTE,)))
    too_late = decide(replace(asked, not_after=NOON + 10 * MINUTE))

    assert soon == Defer(until=NOON + 14 * MINUTE, reason=JUST_NOW, code="cap")
    assert isinstance(in_time, Allow)
    assert isinstance(too_late, Deny)
    assert too_late.expired


@pytest.mark.parametrize("purpose", ["first_response", "reply", "transactional", "help"])
def test_what_answers_a_customer_waits_for_no_marketing(purpose: Purpose) -> None:
    asked = replace(facts(purpose), sent_at=(NOON - MINUTE,))

    assert isinstance(decide(asked), Allow)


def test_a_first_response_without_consent_is_denied() -> None:
    assert isinstance(decide(replace(facts("first_response"), consent="none")), Deny)


def test_a_tenant_may_let_first_responses_wait_and_they_are_still_first_in_the_morning() -> None:
    asked = replace(facts("first_response", now=NIGHT), first_response_any_hour=False)

    at_night = decide(asked)
    in_the_morning = decide(replace(asked, now=MORNING + 10 * MINUTE))
    too_late = decide(replace(asked, now=MORNING + 16 * MINUTE))

    assert at_night == Defer(until=MORNING, reason="outside the hours of federal law", code="quiet_hours")
    assert isinstance(in_the_morning, Allow)
    assert isinstance(too_late, Deny)


def test_a_late_reply_waits_for_the_window() -> None:
    assert isinstance(decide(facts("reply", now=NIGHT, age=FRESH + MINUTE)), Defer)


def test_a_confirmation_goes_at_night_when_the_customer_just_wrote() -> None:
    booked = replace(facts("transactional", now=NIGHT), last_inbound_at=NIGHT - MINUTE, consent="none")

    assert isinstance(decide(booked), Allow)
    assert isinstance(decide(replace(booked, last_inbound_at=None)), Deny)


def test_an_opt_out_is_confirmed_once_within_five_minutes_though_suppressed() -> None:
    confirm = replace(facts("optout_confirm", now=NIGHT), suppressed_by=("stop_word",), consent="none")

    assert isinstance(decide(confirm), Allow)
    assert isinstance(decide(replace(confirm, already_confirmed=True)), Deny)
    assert isinstance(decide(replace(confirm, decided_at=NIGHT - 5 * MINUTE)), Allow)
    late = decide(replace(confirm, decided_at=NIGHT - 5 * MINUTE - timedelta(seconds=1)))
    assert late == Deny(reason="too late", expired=True, code="expired")


def test_a_cap_ends_when_the_oldest_text_is_a_day_old() -> None:
    message = replace(facts("marketing"), not_after=NOON + 72 * HOUR)
    sent = (NOON - 23 * HOUR, NOON - 3 * HOUR, NOON - HOUR)

    assert isinstance(decide(replace(message, sent_at=sent[1:])), Allow)
    capped = decide(replace(message, sent_at=sent))
    assert isinstance(capped, Defer)
    assert (capped.code, capped.until) == ("cap", NOON + HOUR)
    assert isinstance(decide(replace(message, sent_at=sent, now=capped.until)), Allow)
    evening = decide(replace(message, sent_at=(NOON - 3 * HOUR, NOON - 2 * HOUR, NOON - HOUR), states=("FL",)))
    assert isinstance(evening, Defer)
    assert evening.until == NOON + 21 * HOUR
    assert decide(replace(message, sent_at=sent, not_after=NOON + MINUTE)) == Deny(
        reason="too late once the window opens", expired=True, code="expired"
    )


def test_the_safe_profile_sends_one_text_a_day_and_three_a_week() -> None:
    message = replace(facts("marketing"), quiet_profile="safe_default", not_after=NOON + 200 * HOUR)
    days = [NOON - timedelta(days=days) for days in (6, 4, 2)]  # Thursday is Thanksgiving

    assert isinstance(decide(replace(message, sent_at=tuple(days[1:]))), Allow)
    third = decide(replace(message, sent_at=tuple(days)))
    second_today = decide(replace(message, sent_at=(NOON - HOUR,)))

    assert isinstance(third, Defer)
    assert third.until == NOON + 24 * HOUR
    assert isinstance(second_today, Defer)
    assert second_today.until == NOON + 23 * HOUR


def test_maine_counts_eight_hours() -> None:
    message = replace(facts("marketing"), states=("ME",), quiet_profile="strict")

    assert isinstance(decide(replace(message, sent_at=(NOON - 8 * HOUR,))), Allow)
    soon = decide(replace(message, sent_at=(NOON - 7 * HOUR,)))
    assert isinstance(soon, Defer)
    assert soon.until == NOON + HOUR


def test_a_state_rule_binds_whoever_chose_strict() -> None:
    sunday = datetime(2026, 11, 22, 11, tzinfo=AUSTIN).astimezone(UTC)
    message = replace(facts("marketing", now=sunday), states=("TX",))

    assert isinstance(decide(message), Allow)
    strict = decide(replace(message, quiet_profile="strict"))
    assert strict == Defer(until=sunday + HOUR, reason="outside the hours of federal law and TX", code="quiet_hours")


def test_an_unknown_state_or_zone_falls_back_to_the_safe_profile() -> None:
    early = facts("marketing", now=datetime(2026, 11, 23, 9, tzinfo=AUSTIN).astimezone(UTC))

    for unsure in (
        replace(early, states=()),
        replace(early, states=("TX", "ZZ")),
        replace(early, zones=()),
        replace(early, zones=("America/Chicago", "Etc/Unknown")),
    ):
        answer = decide(unsure)
        assert isinstance(answer, Defer)
        assert "the safe profile" in answer.reason


def test_what_waits_says_why() -> None:
    message = facts("marketing")
    renews = NOON + 200 * HOUR

    for changed, code in (
        (replace(message, registration="pending"), "sender_not_registered"),
        (replace(message, registration="rejected"), "sender_not_registered"),
        (replace(message, budget_left=0, budget_renews_at=renews), "budget"),
        (replace(message, deployment_held=True), "held"),
        (replace(message, tenant_paused=True), "paused"),
        (replace(message, sender_ready=False), "sender_not_ready"),
    ):
        answer = decide(changed)
        assert isinstance(answer, Defer)
        assert answer.code == code
    assert isinstance(decide(replace(message, registration="verified")), Allow)
    assert isinstance(decide(replace(message, budget_left=1, budget_renews_at=renews)), Allow)
    assert isinstance(decide(replace(facts("reply"), budget_left=0, budget_renews_at=renews)), Allow)


@pytest.mark.parametrize("state", ["pending", "rejected"])
def test_a_sender_that_is_not_registered_sends_no_marketing_and_everything_else_waits(state: Registration) -> None:
    unregistered: dict[str, Any] = {"registration": state, "registration_binds": True}

    denied = decide(replace(facts("marketing"), **unregistered))
    answer = decide(replace(facts("reply"), **unregistered))

    assert isinstance(denied, Deny)
    assert denied.code == "sender_not_registered"
    assert state in denied.reason
    assert isinstance(answer, Defer)
    assert answer.code == "sender_not_registered"


def test_before_anybody_said_whether_it_is_registered_texts_go() -> None:
    states: tuple[Registration, ...] = ("unset", "unchecked", "verified", "not_needed")

    for state in states:
        assert isinstance(decide(replace(facts("marketing"), registration=state, registration_binds=True)), Allow)


def test_nobody_abroad_is_marketed_to() -> None:
    answer = decide(replace(facts("marketing"), country="CA"))

    assert answer == Deny(reason="no rules for marketing texts to CA", code="foreign")
    assert isinstance(decide(replace(facts("reply"), country="CA")), Allow)
    assert isinstance(decide(replace(facts("first_response"), country="CA")), Allow)


def test_rules_nobody_has_decide_nothing() -> None:
    with pytest.raises(UnknownRulesError, match="2026-11-22"):
        decide(facts("marketing"), version="2026-11-22")


def test_held_work_waits_and_is_not_lost() -> None:
    message = facts("marketing")

    assert decide(replace(message, deployment_held=True)) == Defer(
        until=NOON + MINUTE, reason="sending is held", code="held"
    )
    assert decide(replace(message, sender_ready=False)) == Defer(
        until=NOON + 15 * MINUTE, reason="the sender is not ready", code="sender_not_ready"
    )
    assert decide(replace(message, tenant_paused=True)) == Defer(
        until=NOON + 5 * MINUTE, reason="the tenant paused automated messages", code="paused"
    )
    assert isinstance(decide(replace(message, deployment_held=True, not_after=NOON)), Deny)


@pytest.mark.parametrize("purpose", ["reply", "staff_notice", "help", "optout_confirm"])
def test_a_pause_stops_only_what_nobody_typed(purpose: Purpose) -> None:
    assert isinstance(decide(replace(facts(purpose), tenant_paused=True)), Allow)


def test_the_last_minute_of_a_window_is_not_used() -> None:
    nine = datetime(2026, 11, 23, 21, tzinfo=AUSTIN).astimezone(UTC)
    message = facts("marketing", now=nine - timedelta(seconds=59))

    assert isinstance(decide(facts("marketing", now=nine - MINUTE)), Allow)
    assert decide(message) == Defer(
        until=MORNING + 24 * HOUR, reason="outside the hours of federal law", code="quiet_hours"
    )
    assert decide(replace(message, not_after=nine)) == Deny(
        reason="too late once the window opens", expired=True, code="expired"
    )


def test_zones_without_a_common_hour_are_for_a_person() -> None:
    lost = replace(facts("marketing"), zones=("Pacific/Guam", "America/New_York"), quiet_profile="safe_default")

    answer = decide(replace(lost, not_after=NOON + 72 * HOUR))

    assert isinstance(answer, Defer)
    assert (answer.code, answer.until) == ("no_common_hour", NOON + 24 * HOUR)
    assert isinstance(decide(replace(lost, not_after=NOON)), Deny)


@pytest.mark.parametrize(
    "broken",
    [
        replace(facts("first_response"), requested_at=None),
        replace(facts("reply"), answered_at=None),
        replace(facts("help"), answered_at=None),
        replace(facts("marketing"), consent="conversational"),
        replace(facts("marketing"), now=NOON.replace(tzinfo=None)),
        replace(facts("marketing"), sent_at=(NOON.replace(tzinfo=None),)),
        replace(facts("marketing"), budget_left=5),
        replace(facts("reply"), still_wanted=False),
    ],
)
def test_missing_facts_deny(broken: GateFacts) -> None:
    assert isinstance(decide(broken), Deny)


def test_a_permit_ends_with_the_window_and_with_patience() -> None:
    message = facts("marketing")
    allow = decide(message)
    assert isinstance(allow, Allow)

    given_now = permit(message, allow)
    short = permit(message, Allow(window_closes=NOON + 100 * timedelta(seconds=1)), call_budget_s=500)
    tiny = permit(message, Allow(window_closes=NOON + timedelta(seconds=61)))

    assert given_now.validity_s == 14_400
    assert given_now.expires_at == NOON + timedelta(seconds=2)
    assert given_now.rules_version == RULES_VERSION
    assert (short.validity_s, short.expires_at) == (40, NOON + timedelta(seconds=100))
    assert tiny.validity_s == 1
    assert permit(replace(message, channel="email"), Allow()).validity_s is None


# ------------------------------------------------------------------------------------------------ any facts at all

_MOMENTS = st.datetimes(datetime(2026, 1, 1), datetime(2027, 12, 31), timezones=st.just(UTC))  # noqa: DTZ001
_GAPS = st.one_of(
    st.sampled_from([-900, -60, 0, 1, 59, 60, 300, 301, 899, 900, 901]), st.integers(-100_000, 200_000)
).map(lambda seconds: timedelta(seconds=seconds))
_ZONES = st.lists(
    st.sampled_from(["America/Chicago", "America/Los_Angeles", "Pacific/Honolulu", "America/Puerto_Rico", "Nowhere"]),
    max_size=3,
).map(tuple)


@st.composite
def any_facts(draw: st.DrawFn) -> GateFacts:
    now = draw(_MOMENTS)

    def maybe() -> datetime | None:
        return draw(st.one_of(st.none(), _GAPS.map(lambda gap: now - gap)))

    return GateFacts(
        now=now,
        tenant_id=TenantId(UUID(int=1)),
        contact_point_id=ContactPointId(UUID(int=2)),
        channel=draw(st.sampled_from(["sms", "sms", "email"])),
        purpose=draw(st.sampled_from(PURPOSES)),
        decided_at=now - draw(_GAPS),
        not_after=now + draw(_GAPS),
        zones=draw(_ZONES),
        consent=draw(st.sampled_from(["none", "conversational", "marketing"])),
        suppressed_by=draw(st.sampled_from([(), (), ("stop_word",)])),
        last_inbound_at=maybe(),
        requested_at=maybe(),
        answered_at=maybe(),
        still_wanted=draw(st.integers(0, 9)) > 0,
        tenant_paused=draw(st.integers(0, 9)) == 0,
        deployment_held=draw(st.integers(0, 9)) == 0,
        sender_ready=draw(st.integers(0, 9)) > 0,
        first_response_any_hour=draw(st.booleans()),
        quiet_profile=draw(st.sampled_from(["federal", "strict", "safe_default"])),
        already_confirmed=draw(st.booleans()),
        states=draw(st.lists(st.sampled_from(["TX", "FL", "GA", "AL", "ZZ"]), max_size=2).map(tuple)),
        country=draw(st.sampled_from(["", "US", "US", "CA"])),
        sent_at=tuple(draw(st.lists(_GAPS.map(lambda gap: now - gap), max_size=4))),
        registration=draw(st.sampled_from(["unset", "unchecked", "verified", "pending"])),
        registration_binds=draw(st.booleans()),
        budget_left=draw(st.sampled_from([None, None, 0, 1])),
        budget_renews_at=draw(st.sampled_from([None, now + HOUR])),
    )


def binding(facts: GateFacts) -> Law:
    return law(facts.quiet_profile, facts.states, certain=are_certain(facts.zones, facts.states))


@given(any_facts())
def test_what_goes_may_go(facts: GateFacts) -> None:
    decision = decide(facts)

    if not isinstance(decision, Allow):
        return
    assert facts.still_wanted
    assert facts.now <= facts.not_after
    assert not facts.deployment_held
    assert facts.sender_ready
    assert not facts.suppressed_by or facts.purpose in {"optout_confirm", "help"}
    if facts.purpose in AUTOMATED:
        assert not facts.tenant_paused
        assert facts.last_inbound_at is None or facts.last_inbound_at <= facts.decided_at
    if facts.channel == "sms" and facts.purpose == "marketing":
        assert facts.consent == "marketing"
        assert facts.registration not in {"pending", "rejected"}
        assert facts.country != "CA"
        assert is_open(facts.now, facts.zones, binding(facts))
        assert is_open(facts.now + timedelta(seconds=59), facts.zones, binding(facts))
        assert len([at for at in facts.sent_at if at > facts.now - 24 * HOUR]) < 3
    if facts.channel == "sms" and facts.purpose == "first_response":
        assert facts.consent != "none"


@given(any_facts())
def test_a_window_binds_the_carriers_queue_too(facts: GateFacts) -> None:
    decision = decide(facts)

    if not isinstance(decision, Allow):
        return
    ticket = permit(facts, decision)
    assert facts.now <= ticket.expires_at <= facts.not_after
    assert (ticket.validity_s is None) == (facts.channel == "email")
    if ticket.validity_s is not None and ticket.validity_s > 1:
        leaves = facts.now + timedelta(seconds=ticket.validity_s)
        assert 1 <= ticket.validity_s <= 14_400
        assert decision.window_closes is None or leaves <= decision.window_closes - MINUTE
        if facts.purpose == "marketing":
            assert is_open(leaves, facts.zones, binding(facts))
            assert is_open(leaves, facts.zones, federal())


@given(any_facts())
def test_a_wait_ends_later_than_now_and_not_later_than_the_message_lives(facts: GateFacts) -> None:
    decision = decide(facts)

    if isinstance(decision, Defer):
        assert facts.now < decision.until <= facts.not_after


@given(any_facts())
def test_dropping_a_fact_never_opens_the_gate(facts: GateFacts) -> None:
    before = decide(facts)

    poorer = [
        replace(facts, consent="none"),
        replace(facts, requested_at=None),
        replace(facts, answered_at=None),
        replace(facts, zones=()),
    ]
    for poor in poorer:
        if not isinstance(before, Allow) and (poor.zones or not facts.zones or "Nowhere" in facts.zones):
            assert not isinstance(decide(poor), Allow)


@given(any_facts())
def test_a_stored_decision_replays(facts: GateFacts) -> None:
    stored = msgspec.json.decode(msgspec.json.encode(facts), type=GateFacts)

    assert decide(stored) == decide(facts)
    decoded = msgspec.json.decode(msgspec.json.encode(decide(facts)), type=Decision)
    assert decoded == decide(facts)
