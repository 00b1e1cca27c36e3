"""Everything goes wrong at once in virtual time, and a seed replays it: what must hold, holds of every run."""

import gc
from collections import Counter
from collections.abc import Generator
from datetime import timedelta

import pytest
from msgspec.structs import replace

from leadcore.simulation.faults import WEATHER, Faults
from leadcore.simulation.invariants import violations
from leadcore.simulation.mix import Behaviour, LeadMix
from leadcore.simulation.outcome import event_log
from leadcore.simulation.plan import Plan
from leadcore.simulation.run import Run
from leadcore.simulation.world import World
from tests.chaos.careless_worlds import Amnesiac, Deaf, Forgetful, Impatient, JetLagged, Slow
from tests.chaos.conftest import Report, Scale
from tests.unit.simulation.staging import TENANT, a_plan

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
