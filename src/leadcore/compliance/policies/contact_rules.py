"""When people may be written to, as dated data. Engineering input, to be confirmed by counsel.

Only texts are bound by hours: CAN-SPAM (15 USC 7704) knows neither quiet hours nor prior consent for e-mail.
"""

from datetime import date, time
from functools import cache
from typing import Literal

import holidays
import msgspec

QuietProfile = Literal["federal", "safe_default"]
Confidence = Literal["high", "medium", "low"]


class Hours(msgspec.Struct, frozen=True):
    """Open from `opens` until `closes`, wall clock at the recipient; `closes` itself is closed."""

    opens: time
    closes: time


class ContactRule(msgspec.Struct, frozen=True, kw_only=True):
    """One rule of contact. `week` has the hours from Monday to Sunday, None for a closed day.

    `closed_on_holidays_of` names the states whose holidays (and the federal ones) are closed. `max_24h` caps marketing
    texts to one number in any 24 hours.
    """

    profile: QuietProfile
    week: tuple[Hours | None, Hours | None, Hours | None, Hours | None, Hours | None, Hours | None, Hours | None]
    max_24h: int
    effective: date
    reviewed: date
    source: str
    confidence: Confidence
    closed_on_holidays_of: tuple[str, ...] = ()


_FEDERAL_DAY = Hours(time(8), time(21))
_SAFE_DAY = Hours(time(10), time(18))
_SAFE_SATURDAY = Hours(time(10), time(17))

FEDERAL = ContactRule(
    profile="federal",
    week=(_FEDERAL_DAY,) * 7,
    max_24h=3,
    effective=date(1992, 12, 20),
    reviewed=date(2026, 11, 22),
    source=(
        "47 CFR 64.1200(c)(1): not before 08:00 nor after 21:00 at the called party's location, texts included. "
        "The cap is the strictest federal-profile reading of Fla. Stat. 501.616(6) and 15 O.S. 775C.4: 3 in 24 hours"
    ),
    confidence="high",
)
SAFE_DEFAULT = ContactRule(
    profile="safe_default",
    week=(_SAFE_DAY, _SAFE_DAY, _SAFE_DAY, _SAFE_DAY, _SAFE_DAY, _SAFE_SATURDAY, None),
    max_24h=1,
    effective=date(2026, 11, 22),
    reviewed=date(2026, 11, 22),
    source="the intersection of the state tables we know (a doubtful Pennsylvanian Saturday excepted)",
    confidence="medium",
    # only the states whose own rule closes holidays: the union over all fifty would close every tenth day
    closed_on_holidays_of=("AL", "LA", "MS", "PA", "RI", "UT"),
)
RULES: dict[QuietProfile, ContactRule] = {"federal": FEDERAL, "safe_default": SAFE_DEFAULT}

US_ZONES: tuple[str, ...] = (
    "America/Adak",
    "America/Anchorage",
    "America/Boise",
    "America/Chicago",
    "America/Denver",
    "America/Detroit",
    "America/Indiana/Indianapolis",
    "America/Los_Angeles",
    "America/New_York",
    "America/Phoenix",
    "America/Puerto_Rico",
    "Pacific/Honolulu",
)
"""Where the holder of a number of unknown zone may be: the states, DC, Puerto Rico (and the Virgin Islands with it).

Guam, Samoa and the Northern Marianas are left out: their area codes name their zone.
"""


def hours_on(day: date, profile: QuietProfile) -> Hours | None:
    """Return the hours of a local calendar day, None when it is closed."""
    rule = RULES[profile]
    if rule.closed_on_holidays_of and day in _closed_days(rule.profile, day.year):
        return None
    return rule.week[day.weekday()]


@cache
def _closed_days(profile: QuietProfile, year: int) -> frozenset[date]:
    federal = holidays.country_holidays("US", years=year)
    states = (holidays.country_holidays("US", subdiv=name, years=year) for name in RULES[profile].closed_on_holidays_of)
    return frozenset(federal).union(*states)
