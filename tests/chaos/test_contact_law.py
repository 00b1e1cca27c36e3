"""The law at scale: every zone and clock change, evidence that is missing, caps under any schedule.

What judges here is `tests.unit.compliance.wall_clocks`, which shares no code with the program.
"""

import random
from collections.abc import Iterator
from datetime import UTC, datetime, timedelta
from uuid import UUID
from zoneinfo import ZoneInfo, available_timezones

import msgspec
import pytest
from msgspec.structs import replace

from leadcore.compliance.model import ContactPoint
from leadcore.compliance.policies.contact_rules import QuietProfile
from leadcore.compliance.policies.gate import Allow, Decision, Defer, GateFacts, decide, permit
from leadcore.compliance.policies.quiet_hours import is_open, next_open
from leadcore.compliance.policies.rulebook import RULES_VERSION, Law
from leadcore.compliance.policies.whereabouts import whereabouts
from leadcore.compliance.values import Purpose
from leadcore.kernel.ids import ContactPointId, TenantId
from tests.chaos.conftest import Report, Scale
from tests.unit.compliance.wall_clocks import GRID, SHAPES, TABLE, Grid, is_lawful, naive_next, transitions

pytestmark = [pytest.mark.chaos, pytest.mark.slow]

_FROM, _UNTIL = datetime(2024, 1, 1, tzinfo=UTC), datetime(2034, 1, 1, tzinfo=UTC)
_AROUND = timedelta(hours=36)
_SECOND = timedelta(seconds=1)
_FACTS = msgspec.json.Decoder(GateFacts)

# ---------------------------------------------------------------------------------------------- R19: clock changes


class Tally:
    """What was checked, and what was wrong."""

    def __init__(self) -> None:
        self.checks = self.outside = self.not_first = self.naive = 0


def _places(zone: str, changes: list[datetime]) -> tuple[tuple[datetime, object, object], ...]:
    clock = ZoneInfo(zone)
    ends = [_FROM, *changes]
    return tuple(
        (at, at.astimezone(clock).utcoffset(), (at - 2 * _SECOND).astimezone(clock).utcoffset()) for at in ends
    )


def _instants(grid: Grid, change: datetime, start: datetime) -> Iterator[datetime]:
    for step in range(2 * int(_AROUND / GRID) + 1):
        yield start + step * GRID
    for edge in (change, *(edge for edge in grid.edges() if abs(edge - change) <= _AROUND)):
        yield from (edge - _SECOND, edge + _SECOND)


def _judge(zone: str, change: datetime, place: str, tally: Tally) -> None:
    start = (change - _AROUND).replace(minute=0, second=0)
    grid = Grid(start, 2 * _AROUND + timedelta(hours=2), zone, place)
    law = Law(version=RULES_VERSION, places=("US", place))
    for at in _instants(grid, change, start):
        expected = grid.next(at)
        tally.checks += 1
        tally.outside += is_open(at, (zone,), law) and expected != at
        tally.not_first += next_open(at, (zone,), law) != expected
        tally.naive += place == "US" and naive_next(at, zone) != expected


def test_no_clock_change_in_ten_years_opens_a_closed_hour(scale: Scale, report: Report) -> None:
    chance = random.Random(scale.seed)
    names = sorted(zone for zone in available_timezones() if zone not in {"localtime", "Factory"})
    names = names if scale.is_full else chance.sample(names, 12)
    until = _UNTIL if scale.is_full else datetime(2026, 1, 1, tzinfo=UTC)
    changes = {zone: transitions(zone, _FROM, until) for zone in names}
    # names for the same clock are judged once: same offset at the start, same changes to the same offsets
    distinct = {_places(zone, found): zone for zone, found in changes.items()}
    tally = Tally()

    for zone in sorted(distinct.values()):
        moments = changes[zone] or [datetime(2026, 12, 25, 12, tzinfo=UTC)]
        for change in moments if scale.is_full else moments[:3]:
            for place in SHAPES:
                _judge(zone, change, place, tally)

    report(
        "clock changes",
        {
            "zone names": len(names),
            "different clocks": len(distinct),
            "changes (all names)": sum(map(len, changes.values())),
            "rule shapes": len(SHAPES),
            "instants checked": tally.checks,
            "sends outside the window": tally.outside,
            "next openings that are not the oracle's": tally.not_first,
            "control: naive next openings caught": tally.naive,
        },
    )
    assert (tally.outside, tally.not_first) == (0, 0)
    assert tally.checks > scale.of(1_000_000, 30_000)
    assert tally.naive > scale.of(1_000, 10)


# --------------------------------------------------------------------------------- C-1: what is unknown is not guessed

_EAST, _CENTRAL, _MOUNTAIN, _WEST = "America/New_York", "America/Chicago", "America/Denver", "America/Los_Angeles"
_AREAS: dict[str, tuple[str, str]] = {
    "512": ("TX", _CENTRAL), "305": ("FL", _EAST), "401": ("RI", _EAST), "702": ("NV", _WEST), "801": ("UT", _MOUNTAIN),
    "404": ("GA", _EAST), "808": ("HI", "Pacific/Honolulu"), "205": ("AL", _CENTRAL), "207": ("ME", _EAST),
    "787": ("PR", "America/Puerto_Rico"), "215": ("PA", _EAST), "213": ("CA", _WEST),
}  # fmt: skip
_HOMES: dict[str, tuple[str, ...]] = {
    "TX": (_CENTRAL, _MOUNTAIN), "FL": (_EAST, _CENTRAL), "NV": (_WEST, _MOUNTAIN), "RI": (_EAST,), "UT": (_MOUNTAIN,),
}  # fmt: skip
_ZIPS = {"78701": "TX", "33101": "FL", "02903": "RI", "84101": "UT"}
_ANYWHERE = (
    "America/Adak", "America/Anchorage", "America/Boise", _CENTRAL, _MOUNTAIN, "America/Detroit",
    "America/Indiana/Indianapolis", _WEST, _EAST, "America/Phoenix", "America/Puerto_Rico", "Pacific/Honolulu",
)  # fmt: skip


class Evidence(msgspec.Struct, frozen=True, kw_only=True):
    """What is known of a recipient; every field may be missing."""

    area: str = ""
    state: str = ""
    zip: str = ""
    browser: str = ""
    shop_zone: str = ""
    shop_state: str = ""

    def point(self, at: datetime) -> ContactPoint:
        return ContactPoint(
            id=ContactPointId(UUID(int=1)),
            tenant_id=TenantId(UUID(int=2)),
            kind="phone",
            value=f"+1{self.area or '800'}5550142",
            state=self.state,
            postal_code=self.zip,
            browser_zone=self.browser,
            browser_zone_at=at if self.browser else None,
        )


def _where(known: Evidence) -> tuple[set[str], set[str], bool]:
    """The oracle's reading: zones, states, whether both are certain."""
    homes = {state for state in (known.state, _ZIPS.get(known.zip, "")) if state}
    address = {zone for state in homes for zone in _HOMES[state]}
    area = {_AREAS[known.area][1]} if known.area else set()
    browser, shop = ({zone} if zone else set() for zone in (known.browser, known.shop_zone))
    states = homes | ({known.shop_state} - {""}) | ({_AREAS[known.area][0]} if known.area else set())
    certain = bool(known.area)
    strong = [each for each in (address, browser) if each]
    sources = [each for each in (area, address, browser, shop) if each]
    backed = [each for each in strong if any(each & other for other in sources if other is not each)]
    if strong and len(backed) == len(strong):
        return set.union(*strong), states, certain
    every = set.union(set(), *sources)
    return (every, states, certain) if area else (every | set(_ANYWHERE), states, False)


def _lawful(at: datetime, known: Evidence, profile: QuietProfile, *, marketing: bool) -> bool:
    zones, states, certain = _where(known)
    places = {"US"}
    if marketing and (profile == "safe_default" or not certain):
        places.add("safe_default")
    if marketing and (profile != "federal" or not certain):
        places |= states & set(TABLE)
    return all(is_lawful(at, zone, place) for zone in zones for place in places)


def _facts(known: Evidence, at: datetime, purpose: Purpose, profile: QuietProfile) -> GateFacts:
    place = whereabouts(known.point(at), shop_zone=known.shop_zone, shop_state=known.shop_state, now=at)
    return GateFacts(
        now=at,
        tenant_id=TenantId(UUID(int=2)),
        contact_point_id=ContactPointId(UUID(int=1)),
        channel="sms",
        purpose=purpose,
        decided_at=at - timedelta(hours=2),
        not_after=at + timedelta(days=10),
        requested_at=at - timedelta(hours=2),
        zones=place.zones,
        states=place.states,
        clues=place.clues,
        country=place.country,
        consent="marketing",
        quiet_profile=profile,
    )


def _wrong(decision: Decision, facts: GateFacts, known: Evidence) -> str:
    """Why the oracle would not have answered so; empty when it would."""
    marketing = facts.purpose != "transactional"

    def lawful(at: datetime) -> bool:
        return _lawful(at, known, facts.quiet_profile, marketing=marketing)

    match decision:
        case Allow():
            given = permit(facts, decision)
            leaves = facts.now + timedelta(seconds=given.validity_s or 0)
            return "" if lawful(facts.now) and lawful(leaves) else "it goes outside the hours"
        case Defer(code="quiet_hours", until=until):
            if not lawful(until):
                return "it waits for a closed hour"
            before = until - GRID * (until.minute % 15 == 0) - _SECOND
            return "there is an earlier hour" if before > facts.now and lawful(before) else ""
        case Defer(code="no_common_hour"):
            hours = [facts.now + step * timedelta(hours=1) for step in range(24 * 10)]
            both = (
                lawful(at) and lawful(at + timedelta(minutes=30)) and lawful(at + timedelta(hours=1)) for at in hours
            )
            return "there is a common hour" if any(both) else ""
        case _:
            return f"nothing forbids it: {decision.reason}"


def _evidence(chance: random.Random) -> Evidence:
    zones = (_EAST, _CENTRAL, _MOUNTAIN, _WEST, "America/Phoenix", "Pacific/Honolulu")
    return Evidence(
        area=chance.choice([*_AREAS, ""]),
        state=chance.choice([*_HOMES, "", "", ""]),
        zip=chance.choice([*_ZIPS, "", "", ""]),
        browser=chance.choice([*zones, "", "", ""]),
        shop_zone=chance.choice([_CENTRAL, _EAST, _WEST]),
        shop_state=chance.choice(["TX", "FL", "", ""]),
    )


def _poorer(known: Evidence) -> Iterator[Evidence]:
    for name in Evidence.__struct_fields__:
        if getattr(known, name):
            yield replace(known, **{name: ""})


def test_what_is_unknown_is_never_guessed(scale: Scale, report: Report) -> None:
    chance = random.Random(scale.seed)
    span = int((_UNTIL - _FROM).total_seconds())
    purposes: tuple[Purpose, ...] = ("marketing", "marketing", "first_response", "transactional")
    profiles: tuple[QuietProfile, ...] = ("federal", "strict", "safe_default")
    figures = dict.fromkeys(("decisions", "allowed", "deferred", "replayed the same"), 0)
    wrong: list[str] = []

    for _ in range(scale.of(100_000, 250)):
        at = _FROM + timedelta(seconds=chance.randrange(span))
        known, purpose, profile = _evidence(chance), chance.choice(purposes), chance.choice(profiles)
        for each in (known, *_poorer(known)):
            facts = _facts(each, at, purpose, profile)
            decision = decide(facts)
            figures["decisions"] += 1
            figures["allowed"] += isinstance(decision, Allow)
            figures["deferred"] += isinstance(decision, Defer)
            figures["replayed the same"] += decide(_FACTS.decode(msgspec.json.encode(facts))) == decision
            if why := _wrong(decision, facts, each):
                wrong.append(f"{why}: {each} {at} {purpose} {profile}: {decision}")

    guessed = _control(scale)
    report("missing evidence", {**figures, "wrong": len(wrong), "control: guesses caught": guessed})
    assert wrong[:3] == []
    assert figures["replayed the same"] == figures["decisions"]
    assert figures["allowed"] > figures["decisions"] // 10
    assert guessed > 0


def _control(scale: Scale) -> int:
    """A gate that takes a toll-free number to be where the shop is."""
    chance, caught = random.Random(scale.seed), 0
    for _ in range(200):
        at = _FROM + timedelta(seconds=chance.randrange(10**8))
        known = Evidence(shop_zone=_CENTRAL)
        facts = replace(_facts(known, at, "marketing", "federal"), zones=(_CENTRAL,), states=("TX",))
        caught += bool(_wrong(decide(facts), facts, known))
    return caught


# -------------------------------------------------------------------------------------------------------- C-5: caps

_CAPS: dict[str, tuple[tuple[int, int], ...]] = {"US": ((3, 24),), "ME": ((1, 8),), "safe_default": ((1, 24), (3, 168))}


def _play(chance: random.Random, state: str, profile: QuietProfile, *, memory: timedelta) -> list[datetime]:
    """Let several enrollments want to write to one number for twelve days; return when texts went.

    *memory* is how far back what went is known: a week, as the flows gather it.
    """
    zone = next(zone for place, zone in _AREAS.values() if place == state)
    begin = datetime(2026, 3, 1, tzinfo=UTC) + timedelta(days=chance.randrange(300))
    wishes = [
        begin + timedelta(minutes=chance.randrange(12 * 1440))
        for _ in range(chance.randint(2, 6) * chance.randint(5, 20))
    ]
    known = Evidence(area=next(code for code, place in _AREAS.items() if place == (state, zone)), shop_zone=zone)
    went: list[datetime] = []
    while wishes:
        wishes.sort(reverse=True)
        at = wishes.pop()
        recent = tuple(each for each in went if each >= at - memory)
        facts = replace(_facts(known, at, "marketing", profile), sent_at=recent)
        match decide(facts):
            case Allow() if chance.random() < 0.9:  # else the carrier refused, which counts for nothing
                went.append(at)
            case Defer(until=until) if until < begin + timedelta(days=14):
                wishes.append(until)
            case _:
                continue
    return went


def _over(went: list[datetime], caps: tuple[tuple[int, int], ...]) -> int:
    """How many periods that begin with a text hold more texts than a cap allows."""
    return sum(
        sum(first <= other < first + timedelta(hours=hours) for other in went) > most
        for most, hours in caps
        for first in went
    )


def test_no_schedule_breaks_a_cap(scale: Scale, report: Report) -> None:
    chance = random.Random(scale.seed)
    schedules = scale.of(3_000, 40)
    sent = over = forgetful = 0

    for number in range(schedules):
        state = chance.choice(["FL", "TX", "ME", "GA"])
        profile: QuietProfile = ("strict", "safe_default", "federal")[number % 3]
        places = {"US", *({state} if profile != "federal" else ()), *({profile} if profile == "safe_default" else ())}
        caps = tuple(cap for place in places for cap in _CAPS.get(place, ()))
        went = _play(chance, state, profile, memory=timedelta(days=7))
        sent += len(went)
        over += _over(went, caps)
        forgetful += _over(_play(chance, state, profile, memory=timedelta(hours=6)), caps)

    report(
        "caps",
        {"schedules": schedules, "texts": sent, "periods over a cap": over, "control: forgetful counting": forgetful},
    )
    assert over == 0
    assert sent > schedules
    assert forgetful > 0
