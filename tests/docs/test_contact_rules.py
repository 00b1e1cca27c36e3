"""The page of the rules of contact says what the program does."""

import re
from typing import get_args

from leadcore.compliance.policies.contact_rules import ContactRule, Hours
from leadcore.compliance.policies.rulebook import CURRENT
from leadcore.compliance.policies.verdicts import ReasonCode
from tests.docs.pages import ROOT, rows_between

_PAGE = (ROOT / "docs/reference/contact-rules.md").read_text("utf-8")


def _hours(hours: Hours | None) -> str:
    return "closed" if hours is None else f"{hours.opens:%H}–{hours.closes:%H}"


def _line(rule: ContactRule) -> list[str]:
    caps = ", ".join(f"{cap.messages} in {cap.hours} h" for cap in rule.caps) or "–"
    hours = [_hours(rule.week[day]) for day in (0, 5, 6)]
    holidays = "closed" if rule.closed_on_holidays_of else "open"
    return [rule.place, *hours, holidays, caps, str(rule.effective), rule.confidence, rule.source]


def test_the_table_is_the_programs() -> None:
    assert rows_between(_PAGE, "rules") == [_line(rule) for rule in CURRENT.rows]
    assert f"`{CURRENT.version}`" in _PAGE


def test_every_reason_has_its_line() -> None:
    documented = set(re.findall(r"`(\w+)`", _PAGE))

    assert set(get_args(ReasonCode)) - {"allowed", "unspecified"} <= documented
