"""`leadcore rules`: the rules of contact as this program knows them. Needs no deployment."""

from cyclopts import App

from leadcore.compliance.policies.contact_rules import ContactRule, Hours
from leadcore.compliance.policies.rule_table import REVOCATION_COVERS_EVERYTHING_FROM
from leadcore.compliance.policies.rulebook import CURRENT
from leadcore.kernel.errors import NotFoundError
from leadcore_cli.options import Json
from leadcore_cli.terminal import print_fields, print_json, print_table, say

app = App(name="rules", help="Read the rules of when and how often people may be texted, with source and confidence.")
_HEADERS = ("place", "mon-fri", "sat", "sun", "holidays", "caps", "from", "confidence")


@app.command(name="list")
def list_rules(*, json: Json = False) -> int:
    """List the rules: hours on the recipient's wall, closed holidays, caps, when they took force.

    Example: `leadcore rules list --json`
    """
    if json:
        print_json(
            {
                "version": CURRENT.version,
                "revocation_covers_everything_from": REVOCATION_COVERS_EVERYTHING_FROM,
                "rules": CURRENT.rows,
            }
        )
        return 0
    print_table(_HEADERS, [_line(rule) for rule in CURRENT.rows])
    say(f"version {CURRENT.version}; engineering input, to be confirmed by counsel")
    return 0


@app.command
def show(place: str, /, *, json: Json = False) -> int:
    """Show every rule of one place with its source, oldest first.

    Example: `leadcore rules show FL`

    Parameters
    ----------
    place
        US for the federal rule, a state such as FL, or safe_default.
    """
    found = [rule for rule in CURRENT.rows if rule.place.casefold() == place.casefold()]
    if not found:
        known = ", ".join(sorted({rule.place for rule in CURRENT.rows}))
        raise NotFoundError(f"{place!r} has no rule of its own: the federal one binds", field="place", fix=known)
    if json:
        print_json(found)
        return 0
    for rule in found:
        names = (*_HEADERS, "added", "source", "reviewer")
        print_fields(zip(names, (*_line(rule), rule.added, rule.source, rule.reviewer), strict=True))
    return 0


def _line(rule: ContactRule) -> tuple[object, ...]:
    holidays = "closed" if rule.closed_on_holidays_of else "open"
    caps = ", ".join(f"{cap.messages} in {cap.hours} h" for cap in rule.caps) or "-"
    weekday, saturday, sunday = (_hours(rule.week[day]) for day in (0, 5, 6))
    return rule.place, weekday, saturday, sunday, holidays, caps, rule.effective, rule.confidence


def _hours(hours: Hours | None) -> str:
    return "closed" if hours is None else f"{hours.opens:%H:%M}-{hours.closes:%H:%M}"
