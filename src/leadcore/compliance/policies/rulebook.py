"""The rules as they stood in each edition, and which of them bind one recipient.

An edition is every row added up to a day. Its version names that day and a digest of the rows, so a decision says
exactly what it was made under, and as rows are only ever added, this program can still decide by any edition it had.
"""

import hashlib
from collections.abc import Sequence
from datetime import date
from functools import cache

import msgspec

from leadcore.compliance.policies.contact_rules import Cap, ContactRule, Hours, QuietProfile
from leadcore.compliance.policies.rule_table import ROWS
from leadcore.compliance.policies.states import STATES
from leadcore.kernel.errors import NotFoundError

FEDERAL, SAFE = "US", "safe_default"


class Edition(msgspec.Struct, frozen=True, kw_only=True):
    """The rules as this program knew them from `since` on, under a version that their content decides."""

    version: str
    since: date
    rows: tuple[ContactRule, ...]

    def rule_of(self, place: str, day: date) -> ContactRule | None:
        """Return the rule that binds in *place* on a local day: the newest in force, a correction before its model."""
        in_force = [row for row in self.rows if row.place == place and row.effective <= day]
        return max(in_force, key=lambda row: (row.effective, row.added), default=None)


class Law(msgspec.Struct, frozen=True, kw_only=True):
    """Which rules of which edition bind a recipient: all of `places`, each on its own. Small, hashable, comparable."""

    version: str
    places: tuple[str, ...]

    @property
    def named(self) -> str:
        """How reasons call it."""
        return " and ".join({FEDERAL: "federal law", SAFE: "the safe profile"}.get(each, each) for each in self.places)

    def hours_on(self, day: date) -> Hours | None:
        """Return the hours of a local day that every rule leaves open."""
        hours: Hours | None = None
        for rule in self.rules_on(day):
            its = rule.hours_on(day)
            hours = its if hours is None or its is None else hours.within(its)
            if hours is None:
                return None
        return hours

    def rules_on(self, day: date) -> tuple[ContactRule, ...]:
        """Return the rules that bind on a local day."""
        return _rules_on(self.version, self.places, day)

    def caps_on(self, day: date) -> frozenset[Cap]:
        """Return the caps that bind on a local day."""
        return frozenset(cap for rule in self.rules_on(day) for cap in rule.caps)


def editions_of(rows: Sequence[ContactRule]) -> dict[str, Edition]:
    """Return every edition the rows can still give, oldest first, by version."""
    found = {}
    for since in sorted({row.added for row in rows}):
        known = tuple(row for row in rows if row.added <= since)
        content = b"\n".join(sorted(msgspec.json.encode(row) for row in known))
        version = f"{since}.{hashlib.sha256(content).hexdigest()[:8]}"
        found[version] = Edition(version=version, since=since, rows=known)
    return found


EDITIONS = editions_of(ROWS)
CURRENT = list(EDITIONS.values())[-1]
RULES_VERSION = CURRENT.version
"""Names the rules in force; stored with every decision."""


class UnknownRulesError(NotFoundError):
    """A decision names rules that this program never had or no longer has."""

    code = "unknown_rules"


def edition(version: str) -> Edition:
    """Return the edition of that version. Raises `UnknownRulesError`."""
    found = EDITIONS.get(version)
    if found is None:
        raise UnknownRulesError(
            f"this program has no rules {version!r}", field="rules_version", fix=f"known: {', '.join(EDITIONS)}"
        )
    return found


def law(profile: QuietProfile, states: Sequence[str], *, certain: bool, version: str = RULES_VERSION) -> Law:
    """Return what binds marketing to somebody in *states*: the profile's rules, our safe ones unless *certain*.

    The federal rule always binds. A state without a row has no rule of its own.
    """
    places = [FEDERAL]
    if profile == "safe_default" or not certain:
        places.append(SAFE)
    if profile != "federal" or not certain:
        places += sorted({state for state in states if state in STATES})
    return Law(version=version, places=tuple(places))


def federal(version: str = RULES_VERSION) -> Law:
    """Return the federal rule alone: what binds a message that markets nothing."""
    return Law(version=version, places=(FEDERAL,))


@cache
def _rules_on(version: str, places: tuple[str, ...], day: date) -> tuple[ContactRule, ...]:
    known = edition(version)
    return tuple(rule for place in places if (rule := known.rule_of(place, day)) is not None)
