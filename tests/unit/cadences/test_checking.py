"""The check finds every mistake, each at its place with its fix; what is shipped has none."""

from collections.abc import Callable
from uuid import UUID

import pytest

from leadcore.cadences.policies.checking import check_cadence
from leadcore.cadences.policies.conditions import ConditionError, Facts, check_condition, holds
from leadcore.cadences.policies.definition import read_cadence
from leadcore.cadences.policies.rendering import html_of
from leadcore.cadences.policies.shipped import SHIPPED
from leadcore.cadences.values import EXITS
from leadcore.kernel.errors import InvalidInputError
from leadcore.kernel.ids import TenantId

GOOD = """\
name = "good"
sms_consent = "web form"

[[steps]]
id = "hello"
day = 0
purpose = "first_response"
sms = "{{ greeting }}, {{ brand }} here. Reply STOP to opt out."
branches = [{ when = "vehicle_known", goto = "offer" }]

[[steps]]
id = "which"
delay = "+1d 10:00-11:30"
when = "not replied and sms_available"
purpose = "marketing"
sms = "{{ greeting }}, which vehicle is it?"

[[steps]]
id = "offer"
delay = "next business day 10:00-11:30"
purpose = "marketing"
subject = "About {{ about }}"
email = '''
{{ greeting }}, see {{ chat_link }}
{{ brand }}, {{ postal_address }}
'''
"""
NOBODY = TenantId(UUID(int=1))
Edit = Callable[[str], str]


def _swap(old: str, new: str) -> Edit:
    return lambda text: text.replace(old, new, 1)


def test_an_exit_is_given_up_by_name_or_not_at_all() -> None:
    every = GOOD.replace('name = "good"', f'name = "good"\nexits = {list(EXITS)}')
    given_up = GOOD.replace(
        'name = "good"', 'name = "good"\nexits = ["opted_out", "booked", "taken_over"]\n'
        'goes_on_after = ["replied", "closed_in_crm"]',
    )  # fmt: skip

    assert check_cadence(every) == check_cadence(given_up) == ()
    assert read_cadence(every, tenant_id=NOBODY).ending.exits == EXITS
    assert read_cadence(given_up, tenant_id=NOBODY).ending.exits == ("opted_out", "booked", "taken_over")
    with pytest.raises(InvalidInputError) as refusal:
        read_cadence(GOOD.replace('name = "good"', 'name = "good"\nexits = ["replied"]'), tenant_id=NOBODY)
    assert refusal.value.field == "exits"


@pytest.mark.parametrize("source", [GOOD, *SHIPPED.values()], ids=["good", *SHIPPED])
def test_a_sound_file_passes(source: str) -> None:
    assert check_cadence(source) == ()


@pytest.mark.parametrize(
    ("edit", "rule", "line"),
    [
        (_swap('when = "vehicle_known"', 'when = "status"'), "condition", 9),
        (_swap('when = "vehicle_known"', 'when = ""'), "unreachable", 12),
        (_swap('goto = "offer"', 'goto = "hello"'), "loop", 9),
        (_swap('goto = "offer"', 'goto = "ofer"'), "goto", 9),
        (_swap('name = "good"', 'name = "good"\nexits = ["replied"]'), "missing-exit", 2),
        (_swap('name = "good"', 'name = "good"\nexits = ["replied", "opt_out"]'), "unknown-exit", 2),
        (_swap('name = "good"', 'name = "good"\ngoes_on_after = ["repled"]'), "unknown-exit", 2),
        (_swap('name = "good"', 'name = "good"\ngoes_on_after = ["opted_out"]'), "fixed-exit", 2),
        (_swap('name = "good"', 'name = "good"\ngoes_on_after = ["taken_over"]'), "fixed-exit", 2),
        (_swap('name = "good"', f'name = "good"\nexits = {list(EXITS)}\ngoes_on_after = ["booked"]'), "exit-twice", 3),
        (_swap('name = "good"', 'name = "good"\nnurture = "good"'), "loop", 2),
        (_swap('name = "good"', 'name = "good"\nlost_after_days = -1'), "missing-end", 2),
        (_swap('sms_consent = "web form"', ""), "consent", 8),
        (_swap('purpose = "marketing"', ""), "purpose", 16),
        (_swap("STOP", "bye"), "opt-out", 8),
        (_swap("+1d 10:00-11:30", "+1h"), "texts-a-day", 16),
        (_swap("which vehicle", "which {{ vehcle }}"), "variable", 16),
        (_swap("{{ brand }} here", "{{ brand | shout }} here"), "filter", 8),
        (_swap("{{ chat_link }}", "{{ chat_link"), "template", 23),
        (_swap("which vehicle is it?", "x" * 460), "segments", 16),
        (_swap("which vehicle is it?", "wïch ☺ " + "x" * 200), "segments", 16),
        (_swap("postal_address", "address"), "postal-address", 23),
        (_swap("email = ", "email_html = "), "text-part", 23),
        (_swap("replied", "replyed"), "condition", 14),
        (_swap('id = "which"', 'id = "which"\ncolour = 1'), "shape", 13),
        (_swap('"good"', "good"), "toml", 1),
        (_swap("day = 0", "day = 0\nat = 24:30:00"), "toml", 7),
        (_swap("day = 0", "day = 99999999999"), "shape", 6),
        (_swap("day = 0", "day = 0\nuseful_hours = 99999999999"), "shape", 7),
        (_swap("day = 0", "day = 0\nuseful_hours = nan"), "shape", 7),
        (_swap("day = 0", "day = 0\nuseful_hours = inf"), "shape", 7),
        (_swap('name = "good"', 'name = "good"\nlost_after_days = 99999999999'), "shape", 2),
        (_swap('"marketing"', '"reply"'), "shape", 15),
        (_swap('"marketing"', '"transactional"'), "shape", 15),
        (_swap('delay = "+1d 10:00-11:30"', "day = 1\nat = 03:00:00\nuseful_hours = 2"), "hours", 14),
        (_swap('delay = "+1d 10:00-11:30"', "day = 1\nat = 22:00:00\nuseful_until = 23:00:00"), "hours", 14),
    ],
)
def test_a_mistake_is_found_at_its_place(edit: Edit, rule: str, line: int) -> None:
    found = check_cadence(edit(GOOD))

    assert rule in {each.rule for each in found}
    assert line in {each.line for each in found if each.rule == rule}
    assert all(each.fix and each.path for each in found)


@pytest.mark.parametrize(
    "when",
    ["day = 1\nat = 20:30:00\nuseful_hours = 1", "day = 1\nat = 03:00:00\nuseful_hours = 6", "day = 1\nat = 22:00:00"],
)
def test_a_text_that_is_still_useful_at_a_lawful_hour_may_be_due_before(when: str) -> None:
    assert check_cadence(GOOD.replace('delay = "+1d 10:00-11:30"', when, 1).replace("next business day", "+3d")) == ()


@pytest.mark.parametrize(
    ("edit", "fix"),
    [
        (_swap("purpose =", "purpse ="), "purpose is meant? known: id, day, delay"),
        (_swap("sms_consent", "sms_consnt"), "sms_consent is meant? known: name, steps"),
        (_swap("goto =", "gotto ="), "goto is meant? known: when, goto"),
        (_swap('name = "good"\n', ""), "add name = …"),
        (_swap('"marketing"', '"promo"'), "marketing, or first_response"),
        (_swap("day = 0", 'day = 0\nat = "noon"'), "write it like 10:15:00"),
        (_swap("day = 0", 'day = "0"'), "write a whole number without quotes"),
        (_swap('id = "which"', "id = 7"), "write a text in quotes"),
    ],
)
def test_the_fix_of_a_misshapen_key_says_what_may_stand_there(edit: Edit, fix: str) -> None:
    (problem,) = check_cadence(edit(GOOD))

    assert problem.fix.startswith(fix)


def test_an_unknown_key_is_refused_with_its_path_and_an_unknown_variable_with_its_column() -> None:
    (key,) = check_cadence(GOOD.replace('id = "which"', 'id = "which"\ncolour = 1'))
    (variable,) = check_cadence(GOOD.replace("which vehicle", "which {{ vehcle }}"))

    assert key.path == "steps[1].colour"
    assert (
        GOOD.replace("which vehicle", "which {{ vehcle }}")
        .splitlines()[variable.line - 1][variable.column - 1 :]
        .startswith("vehcle")
    )


@pytest.mark.parametrize(
    ("condition", "expected"),
    [
        ("", True),
        ("vehicle_known and not replied", True),
        ('status in ["new", "contacted"]', True),
        ('status not in ["new"] or quoted', False),
        ("rotation >= 2", False),
        ('service == "Ceramic tint"', True),
    ],
)
def test_a_condition_is_asked_of_the_facts(condition: str, *, expected: bool) -> None:
    facts = Facts(vehicle_known=True, service="Ceramic tint", rotation=1)

    check_condition(condition, arms=frozenset())

    assert holds(condition, facts) is expected


@pytest.mark.parametrize(
    "condition",
    [
        "__import__('os')", "status", 'status == "nw"', "rotation == '1'", "service < 'a'", "1 == 1", "replied ==",
        "arm == 'b'", "vehicle_known.real", "status in 'new'", "not (lambda: 1)",
    ],
)  # fmt: skip
def test_a_condition_of_another_shape_or_type_is_refused(condition: str) -> None:
    with pytest.raises(ConditionError) as refusal:
        check_condition(condition, arms=frozenset({"a"}))

    assert refusal.value.fix


def test_a_mail_without_html_of_its_own_gets_its_text_as_paragraphs_and_links() -> None:
    html = html_of("Hi <Pat>,\n\nsee https://chat.example.com/c/#abc\nBye")

    assert "<p>Hi &lt;Pat&gt;,</p>" in html
    assert '<a href="https://chat.example.com/c/#abc">https://chat.example.com/c/#abc</a><br>Bye' in html
