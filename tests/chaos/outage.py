"""Six hours without a carrier: the plan of it, and what has to be true afterwards, judged from outside.

The judge reads the carriers' own records and the customers, and knows hours, usefulness and zones from the tables here:
it asks neither the gate nor the planner.
"""

from collections import Counter, defaultdict
from collections.abc import Iterator
from datetime import UTC, date, datetime, time, timedelta
from itertools import pairwise
from zoneinfo import ZoneInfo

import msgspec

from leadcore.simulation.faults import Faults, Outage
from leadcore.simulation.mix import Behaviour, LeadMix
from leadcore.simulation.plan import Plan
from leadcore.simulation.run import Run
from tests.unit.simulation.staging import OCTOBER, a_plan

SHOP = ZoneInfo("America/Chicago")
ZONE_OF = {
    "512": SHOP, "214": SHOP, "713": SHOP, "915": ZoneInfo("America/Denver"), "305": ZoneInfo("America/New_York"),
    "212": ZoneInfo("America/New_York"), "415": ZoneInfo("America/Los_Angeles"), "206": ZoneInfo("America/Los_Angeles"),
}  # fmt: skip
DAY = date(2026, 10, 21)
BEGINS, ENDS = (datetime.combine(DAY, time(hour, 45), SHOP).astimezone(UTC) for hour in (13, 19))
OPENS, CLOSES = time(8), time(21)
SPACING = timedelta(minutes=15)
ENOUGH = timedelta(minutes=45)
"""Of lawful, useful time after the outage: the slow start, everybody's turn, and a quarter of an hour between two."""
RAMP = timedelta(minutes=2)


class Sort(msgspec.Struct, frozen=True, kw_only=True):
    """A text of the cadence: how to know it, when it falls due in the shop, and how long it makes sense."""

    says: str
    due: time
    useful: timedelta

    @property
    def due_at(self) -> datetime:
        return datetime.combine(DAY, self.due, SHOP).astimezone(UTC)

    @property
    def until(self) -> datetime:
        return self.due_at + self.useful


SORTS = (
    Sort(says="still thinking", due=time(14), useful=timedelta(hours=30)),
    Sort(says="an hour free", due=time(14, 30), useful=timedelta(hours=2)),
    Sort(says="any question", due=time(16), useful=timedelta(hours=5)),
)
CADENCE = """
name = "outage"
sms_consent = "web form"

[[steps]]
id = "hello"
day = 0
purpose = "first_response"
sms = "{{ greeting }}, {{ brand }}. Reply STOP to opt out."

[[steps]]
id = "afternoon"
day = 1
at = 14:00:00
useful_hours = 30
sms = "{{ greeting }}, still thinking about {{ about }}?"

[[steps]]
id = "brief"
delay = "+30m"
useful_hours = 2
sms = "{{ brand }}: we have an hour free before five."

[[steps]]
id = "later"
delay = "+90m"
useful_hours = 5
sms = "{{ brand }}: any question?"
"""


def outage_plan(leads: int, seed: int) -> Plan:
    """Return a shop whose leads all have three texts due while its carrier is away, from 13:45 to 19:45."""
    areas = {"512": 2.0, "214": 2.0, "713": 2.0, "915": 0.5, "305": 1.0, "212": 1.0, "415": 1.0, "206": 1.0}
    mix = LeadMix(areas=areas, phone_share=1, consent_share=1, customers=(Behaviour(does="nothing"),))
    faults = Faults(outages=(Outage(begins=BEGINS, ends=ENDS),))
    return a_plan(
        source=CADENCE, mix=mix, leads=leads, start=OCTOBER, days=4, arriving_days=1, seed=seed, faults=faults
    )


class Text(msgspec.Struct, frozen=True, kw_only=True):
    """A text of one of the sorts that the carrier took."""

    at: datetime
    to: str
    sort: Sort


class Judgement(msgspec.Struct, frozen=True, kw_only=True):
    """What was found. `broken` are rules that did not hold, with how often."""

    due: int
    sent: int
    must: int
    broken: dict[str, int]
    calls_meanwhile: int
    per_minute: dict[int, int]


def judge(run: Run) -> Judgement:
    """Judge a run of `outage_plan`."""
    carrier = run.world.carriers["sms"]
    texts = [
        Text(at=each.at, to=each.message.recipient, sort=sort)
        for each in carrier.taken
        for sort in SORTS
        if sort.says in each.message.body
    ]
    broken = Counter(rule for rule in _broken(run, texts))
    counts = Counter((each.at - ENDS) // timedelta(minutes=1) for each in texts)
    return Judgement(
        due=len(SORTS) * len(run.customers),
        sent=len(texts),
        must=sum(_must(each.phone, sort) for each in run.customers for sort in SORTS),
        broken=dict(broken),
        calls_meanwhile=carrier.calls - len(carrier.taken),
        per_minute=dict(sorted(counts.items())),
    )


def _broken(run: Run, texts: list[Text]) -> Iterator[str]:
    by_number: dict[str, list[Text]] = defaultdict(list)
    for each in texts:
        by_number[each.to].append(each)
        if each.at > each.sort.until:
            yield "stale"
        if not OPENS <= each.at.astimezone(ZONE_OF[each.to[2:5]]).time() < CLOSES:
            yield "at night"
        if BEGINS <= each.at < ENDS:
            yield "taken by nobody"
    for who in run.customers:
        its = sorted(by_number[who.phone], key=lambda each: each.at)
        yield from ("two within 15 minutes" for one, two in pairwise(its) if two.at - one.at < SPACING)
        got = Counter(each.sort.says for each in its)
        yield from ("sent twice" for n in got.values() if n > 1)
        yield from ("useful and not sent" for sort in SORTS if _must(who.phone, sort) and not got[sort.says])
    yield from _bursts(sorted(each.at for each in texts if each.at >= ENDS))
    if run.world.carriers["sms"].calls - len(run.world.carriers["sms"].taken) > 2 * (ENDS - BEGINS).seconds / 60:
        yield "called again and again"


def _must(number: str, sort: Sort) -> bool:
    """Whether enough of the time is left in which the text is useful, and lawful there and where the shop is."""
    day, found = DAY, timedelta()
    while day <= sort.until.date():
        zones = (SHOP, ZONE_OF[number[2:5]])
        opens = max(datetime.combine(day, OPENS, zone) for zone in zones)
        closes = min(datetime.combine(day, CLOSES, zone) for zone in zones)
        found = max(found, min(closes, sort.until) - max(opens, ENDS))
        day += timedelta(days=1)
    return found >= ENOUGH


def _bursts(sent: list[datetime]) -> Iterator[str]:
    """Slowly at first: no more than 5 + s²/10 within the first s seconds, then a ninth of all in any minute."""
    if not sent:
        return
    for n, at in enumerate(sent, start=1):
        seconds = (at - sent[0]).total_seconds()
        if seconds < RAMP.total_seconds() and n > 5 + seconds**2 / 10 + 1:
            yield "a burst at first"
    usual = max(len(sent) / 9, 20)
    fullest = Counter((at - sent[0]) // timedelta(minutes=1) for at in sent if at - sent[0] > RAMP)
    yield from ("a burst in a minute" for n in fullest.values() if n > usual and n > 5 + 60**2 / 10)
