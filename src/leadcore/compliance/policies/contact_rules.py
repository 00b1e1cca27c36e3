"""What a rule of contact is, and which rules bind on a day. The rules themselves are rows of `rule_table`.

Only texts are bound by hours: CAN-SPAM (15 USC 7704) knows neither quiet hours nor prior consent for e-mail.
"""

from datetime import date, time
from functools import cache
from typing import Literal

import holidays
import msgspec

QuietProfile = Literal["federal", "strict", "safe_default"]
Confidence = Literal["high", "medium", "low"]


class Hours(msgspec.Struct, frozen=True):
    """Open from `opens` until `closes`, wall clock at the recipient; `closes` itself is closed."""

    opens: time
    closes: time

    def within(self, other: "Hours") -> "Hours | None":
        """Return the part that lies in *other* too, None when nothing does."""
        opens, closes = max(self.opens, other.opens), min(self.closes, other.closes)
        return Hours(opens, closes) if opens < closes else None


class Cap(msgspec.Struct, frozen=True, kw_only=True):
    """At most so many marketing texts to one contact point in any so many hours."""

    messages: int
    hours: int


Week = tuple[Hours | None, Hours | None, Hours | None, Hours | None, Hours | None, Hours | None, Hours | None]


class ContactRule(msgspec.Struct, frozen=True, kw_only=True):
    """One rule of one `place`: "US", a state, or a profile of our own. `week` runs from Monday to Sunday.

    It binds on local days from `effective` on; `added` is when it came into this program. `closed_on_holidays_of` names
    states whose holidays are closed, "US" for the federal ones. `reviewer` says who confirmed it.
    """

    place: str
    week: Week
    closed_on_holidays_of: tuple[str, ...]
    caps: tuple[Cap, ...]
    effective: date
    added: date
    source: str
    confidence: Confidence
    reviewer: str

    def hours_on(self, day: date) -> Hours | None:
        """Return the hours of a local calendar day, None when it is closed."""
        if self.closed_on_holidays_of and day in _closed_days(self.closed_on_holidays_of, day.year):
            return None
        return self.week[day.weekday()]


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


def week(weekdays: str, saturday: str, sunday: str) -> Week:
    """Read hours as the table writes them: `08-20`, or `-` for closed."""
    usual, sat, sun = (_hours(text) for text in (weekdays, saturday, sunday))
    return (usual, usual, usual, usual, usual, sat, sun)


def _hours(text: str) -> Hours | None:
    opens, _, closes = text.partition("-")
    return Hours(time(int(opens)), time(int(closes))) if opens else None


@cache
def _closed_days(states: tuple[str, ...], year: int) -> frozenset[date]:
    calendars = (holidays.country_holidays("US", subdiv=None if name == "US" else name, years=year) for name in states)
    return frozenset[date]().union(*calendars)
