"""Everything goes wrong at once in virtual time, and a seed replays it: what must hold, holds of every run.

And a provider that is down for six hours: what piled up goes when it is back, if it is still useful, never in a burst.
"""

import gc
from collections import Counter
from collections.abc import Generator
from datetime import datetime, timedelta

import pytest
from msgspec.structs import replace

from leadcore.simulation.faults import WEATHER, Faults, Outage
from leadcore.simulation.invariants import violations
from leadcore.simulation.mix import Behaviour, LeadMix
from leadcore.simulation.outcome import event_log, outcome_of
from leadcore.simulation.plan import Plan
from leadcore.simulation.run import Run
from leadcore.simulation.world import World
from tests.chaos.careless_worlds import Amnesiac, Deaf, Forgetful, Impatient, JetLagged, Slow
from tests.chaos.conftest import Report, Scale
from tests.unit.simulation.staging import OCTOBER, TENANT, a_plan

pytestmark = [pytest.mark.chaos, pytest.mark.slow]

_EVERYWHERE = {"512": 4.0, "FL": 3.0, "CA": 2.0, "NY": 1.0, "WA": 1.0, "HI": 1.0}
_CUSTOMERS = (
    Behaviour(does="nothing", weight=40),
    Behaviour(does="stop", weight=25, after_minutes=(0, 0.5)),
    Behaviour(does="stop", weight=5, says="please take me off your list"),
    Behaviour(does="reply", weight=10),
    Behaviour(does="book", weight=5),
    Behaviour(does="unsubscribe", weight=5),
    Behaviour(does="undelivered", weight=5),
    Behaviour(does="landline", weight=5),
)
_HASTY = "".join(
    f'\n[[steps]]\nid = "again-{n}"\ndelay = "+{minutes}m"\nuseful_hours = 20\nsms = "{{{{ brand }}}} asks you, {n}"\n'
    for n, minutes in enumerate((5, 20, 90, 240, 300))
)
HASTY = f"""
name = "hasty"
sms_consent = "web form"

[[steps]]
id = "hello"
day = 0
purpose = "first_response"
sms = "{{{{ greeting }}}}, {{{{ brand }}}}. Reply STOP to opt out."
subject = "Hello"
email = "{{{{ greeting }}}}, thank you."
{_HASTY}"""
"""More texts in a day than the law of Florida allows, at whatever hour the customer asked."""

OUTAGE = """
name = "outage"
sms_consent = "web form"

[[steps]]
id = "hello"
day = 0
purpose = "first_response"
sms = "{{ greeting }}, {{ brand }}. Reply STOP to opt out."

[[steps]]
id = "morning"
day = 1
at = 10:00:00
useful_hours = 30
sms = "{{ greeting }}, still thinking about {{ about }}?"

[[steps]]
id = "brief"
delay = "+30m"
useful_hours = 2
sms = "{{ brand }}: we have an hour free before noon."

[[steps]]
id = "noon"
delay = "+90m"
useful_hours = 5
sms = "{{ brand }}: any question?"
"""


@pytest.fixture(autouse=True)
def _without_collection() -> Generator[None]:
    """A run only adds, and looking for cycles among all its rows again and again would be half of its time."""
    gc.collect()
    gc.disable()
    yield
    gc.enable()


def _stormy(seed: int, *, source: str = "", faults: Faults = WEATHER, leads: int = 60) -> Plan:
    mix = LeadMix(areas=_EVERYWHERE, customers=_CUSTOMERS, night_share=0.4)
    strict = replace(TENANT, quiet_profile="strict")
    return a_plan(
        source=source, mix=mix, tenant=strict, leads=leads, days=20, arriving_days=6, seed=seed, faults=faults
    )


def test_bad_weather_breaks_no_promise(scale: Scale, report: Report) -> None:
    met: Counter[str] = Counter()
    for seed in range(scale.seed, scale.seed + scale.of(300, 4)):
        run = Run(_stormy(seed, source=HASTY if seed % 2 else "")).go()

        assert violations(run, spacing=timedelta(minutes=15)) == [], f"seed {seed}"

        attempts = run.world.store.database.attempts.rows.values()
        met.update(how for each in attempts if (how := each.how))
        met.update({"workers died": run.world.crashes, "revocations": len(run.acknowledged), "runs": 1})

    report("bad weather in virtual time", dict(met))
    assert {"answer", "callback", "list", "unavailable", "absent twice"} <= met.keys()
    assert met["workers died"] > 20
    assert met["revocations"] > 20


def test_a_seed_replays_bad_weather_byte_by_byte(scale: Scale) -> None:
    once, again = (Run(_stormy(scale.seed, leads=40)).go() for _ in range(2))

    assert event_log(once) == event_log(again)
    assert event_log(once) != event_log(Run(_stormy(scale.seed + 1, leads=40)).go())


_CALM = Faults(callbacks=True)


@pytest.mark.parametrize(
    ("careless", "faults", "source", "rule"),
    [
        (Impatient, replace(_CALM, lost_answer=0.2), "", "no duplicates"),
        (Deaf, _CALM, "", "STOP"),
        (JetLagged, _CALM, "", "hours"),
        (Amnesiac, _CALM, HASTY, "caps"),
        (Forgetful, _CALM, "", "sent or a reason"),
        (Slow, Faults(), "", "nothing stale"),
    ],
    ids=lambda each: each.__name__ if isinstance(each, type) else None,
)
def test_a_careless_shop_is_found_out(careless: type[World], faults: Faults, source: str, rule: str) -> None:
    plan = _stormy(5, source=source, faults=faults, leads=40)

    assert violations(Run(plan).go()) == []
    assert rule in {each.rule for each in violations(Run(plan, world=careless).go())}


def test_what_the_send_path_rests_on_is_what_it_says() -> None:
    """An answer lost, and the list silent for longer than the settle window: the one duplicate that is possible."""
    faults = Faults(lost_answer=0.3, list_lag=timedelta(hours=3))

    run = Run(_stormy(3, faults=faults, leads=40)).go()

    assert "no duplicates" in {each.rule for each in violations(run)}


def _outage(leads: int, seed: int) -> tuple[Plan, datetime, datetime]:
    morning = OCTOBER + timedelta(days=1)
    begins, ends = morning + timedelta(hours=9), morning + timedelta(hours=15)
    areas = {"TX": 6.0, "FL": 2.0, "CA": 2.0, "NY": 1.0, "WA": 1.0}
    mix = LeadMix(areas=areas, phone_share=1, consent_share=1, customers=(Behaviour(does="nothing"),))
    faults = Faults(outages=(Outage(begins=begins, ends=ends),))
    plan = a_plan(source=OUTAGE, mix=mix, leads=leads, days=6, arriving_days=1, seed=seed, faults=faults)
    return plan, begins, ends


def test_what_an_outage_held_up_goes_while_it_is_useful_and_never_in_a_burst(scale: Scale, report: Report) -> None:
    plan, begins, ends = _outage(scale.of(7_000, 50), scale.seed)

    run = Run(plan).go()

    assert violations(run, spacing=timedelta(minutes=15)) == []  # nothing stale, nothing at night, nothing too close
    messages = run.world.store.database.messages.rows.values()
    touches = run.world.store.database.touches.rows
    due = [
        each
        for each in messages
        if each.touch_id is not None
        and each.purpose == "marketing"
        and begins <= touches[each.tenant_id, each.touch_id].due_at < ends
    ]
    assert len(due) == 3 * plan.leads
    longest = timedelta(hours=1, minutes=15)  # between two tries, and between two texts
    useful = [each for each in due if each.not_after >= ends + longest]
    assert {each.state for each in useful} == {"accepted"}
    assert len(useful) == 2 * plan.leads
    assert {each.state for each in due if each.not_after < ends} == {"expired"}
    assert all(each.reason for each in due if each.state != "accepted")
    sent = sorted(taken.at for taken in run.world.carriers["sms"].taken if taken.at >= begins)
    assert sent[0] >= ends
    per_minute = Counter((at - ends) // timedelta(minutes=1) for at in sent)
    assert max(per_minute.values()) <= max(0.1 * len(sent), 8)
    tally = outcome_of(run).tally
    report(
        "six hours without a carrier, in virtual time",
        {
            "due meanwhile": len(due), "sent afterwards": len(sent), "still useful for long enough": len(useful),
            "dropped": tally.dropped, "held for a moment between two": tally.held,
            "within the first minute": per_minute[0], "in the fullest minute": max(per_minute.values()),
            "minutes until all were gone": max(per_minute), "calls": run.world.carriers["sms"].calls,
        },
    )  # fmt: skip


def test_without_the_pause_between_two_an_outage_ends_in_a_burst(scale: Scale) -> None:
    plan, _, _ = _outage(30, scale.seed)

    found = violations(Run(plan, world=Amnesiac).go(), spacing=timedelta(minutes=15))

    assert {each.rule for each in found} == {"spacing"}
