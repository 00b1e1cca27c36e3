"""How promising a lead is: points for what is known, each with a reason an advisor can read.

The total is the sum of the reasons, 0 to 100, and never falls when a fact turns for the better: every fact adds points
or none. Time is a fact too. It works in steps, so that a stored score is right until the next one, and the step is
known: `next_step`.
"""

from datetime import timedelta

import msgspec

from leadcore.leads.values import ScoreReason
from leadcore.tenants.values import ScoreWeights

HIGHEST = 100
_FAST, _SOON = timedelta(minutes=15), timedelta(hours=1)
_FADES = ((timedelta(days=1), 3), (timedelta(days=3), 2), (timedelta(days=7), 1))
"""Until how long after the customer's last word how many thirds of `recent` are given."""


class ScoreFacts(msgspec.Struct, frozen=True, kw_only=True):
    """What is known of a lead. `replied_after` is the time from our first answer to their first word after it.

    `quiet_for` is how long ago the customer last did something (asked, wrote).
    """

    source: str = ""
    textable: bool = False
    consent: bool = False
    vehicle: str = ""
    service: str = ""
    price_asked: bool = False
    replied: bool = False
    replied_after: timedelta | None = None
    slot_asked: bool = False
    quiet_for: timedelta = timedelta(0)


def score(facts: ScoreFacts, weights: ScoreWeights) -> tuple[int, tuple[ScoreReason, ...]]:
    """Return the total and what it is made of, most points first; what gives no points is left out."""
    given = [
        (f"came through {facts.source}", weights.sources.get(facts.source, 0)),
        ("a phone that can be texted", weights.textable if facts.textable else 0),
        ("agreed to be contacted", weights.consent if facts.consent else 0),
        (f"drives a {facts.vehicle}", weights.vehicle if facts.vehicle else 0),
        (f"asked for {facts.service}", weights.service if facts.service else 0),
        ("asked for a price", weights.price if facts.price_asked else 0),
        ("wrote back", weights.replied if facts.replied else 0),
        _speed(facts, weights),
        ("asked for a day or a time", weights.slot if facts.slot_asked else 0),
        _recency(facts, weights),
    ]
    reasons = [ScoreReason(reason=reason, points=points) for reason, points in given if points > 0]
    reasons.sort(key=lambda each: -each.points)
    total = sum(each.points for each in reasons)
    if total > HIGHEST:
        reasons.append(ScoreReason(reason=f"a score ends at {HIGHEST}", points=HIGHEST - total))
    return min(total, HIGHEST), tuple(reasons)


def next_step(quiet_for: timedelta) -> timedelta | None:
    """Return how long a score holds if nothing happens, None when time no longer changes it."""
    return next((until - quiet_for for until, _ in _FADES if quiet_for < until), None)


def _speed(facts: ScoreFacts, weights: ScoreWeights) -> tuple[str, int]:
    after = facts.replied_after
    if not facts.replied or after is None or after > _SOON:
        return "", 0
    if after <= _FAST:
        return "wrote back within 15 minutes", weights.fast_reply
    return "wrote back within the hour", weights.fast_reply // 2


def _recency(facts: ScoreFacts, weights: ScoreWeights) -> tuple[str, int]:
    thirds = next((thirds for until, thirds in _FADES if facts.quiet_for < until), 0)
    days = max(facts.quiet_for, timedelta(0)).days
    when = "in the last day" if days == 0 else f"in the last {3 if days < _FADES[1][0].days else 7} days"
    return f"was heard from {when}", weights.recent * thirds // 3
