"""Cadence files: read whole or refused with the place and the fix; templates never leave a gap."""

from uuid import UUID

import pytest

from leadcore.cadences.model import Template
from leadcore.cadences.policies.definition import read_cadence
from leadcore.cadences.policies.rendering import MissingVariableError, render
from leadcore.cadences.policies.shipped import SHIPPED
from leadcore.kernel.errors import InvalidInputError
from leadcore.kernel.ids import TenantId

TENANT = TenantId(UUID(int=7))
GOOD = """
name = "short"
[[steps]]
id = "a"
day = 0
sms = "{{ brand }}. Reply STOP to opt out."
[[steps]]
id = "b"
day = 2
sms = "{{ greeting }}?"
"""


def test_the_version_is_the_content_so_an_edit_never_changes_a_running_enrollment() -> None:
    first, same = read_cadence(GOOD, tenant_id=TENANT), read_cadence(GOOD, tenant_id=TENANT)
    edited = read_cadence(GOOD.replace("greeting }}?", "greeting }}!"), tenant_id=TENANT)

    assert first == same
    assert first.version != edited.version


def test_a_step_that_closes_the_lead_is_added_at_the_end() -> None:
    cadence = read_cadence(GOOD, tenant_id=TENANT)

    assert [(step.id, step.day) for step in cadence.steps] == [("a", 0), ("b", 2), ("end", 5)]
    assert cadence.steps[-1].templates == {}


@pytest.mark.parametrize(
    ("break_it", "field"),
    [
        (lambda text: text.replace('id = "b"', 'id = "a"'), "steps[1].id"),
        (lambda text: text.replace("greeting", "first_nmae"), "steps[1]"),
        (lambda text: text.replace("STOP", "bye"), "steps[0].sms"),
        (lambda text: text.replace("day = 2", "day = 900"), "steps[1].day"),
        (lambda text: text.replace("{{ greeting }}", "{{ greeting "), "steps[1]"),
        (lambda text: text + "colour = 1", "steps[1].colour"),
        (lambda text: text.replace("[[steps]]", "[[steps"), "file"),
        (lambda text: text.replace('sms = "{{ greeting }}?"', ""), "steps[1]"),
    ],
)
def test_a_mistake_is_named_with_its_place_and_a_fix(break_it: object, field: str) -> None:
    assert callable(break_it)

    with pytest.raises(InvalidInputError) as refusal:
        read_cadence(break_it(GOOD), tenant_id=TENANT)

    assert refusal.value.field == field
    assert refusal.value.fix


@pytest.mark.parametrize("name", sorted(SHIPPED))
def test_what_is_shipped_reads_and_renders_with_the_least_we_know_of_a_lead(name: str) -> None:
    cadence = read_cadence(SHIPPED[name], tenant_id=TENANT)
    least = {
        "greeting": "Hi there",
        "brand": "Acme Tint",
        "about": "your request",
        "chat_link": "https://c.example/c/#t",
        "postal_address": "1 Main St, Austin TX",
        "shop_phone": "+15125550100",
    }

    texts = [render(template, least) for step in cadence.steps for template in step.templates.values()]

    assert texts
    assert not any("{{" in text.body or "Hi ," in text.body for text in texts)


def test_an_empty_value_is_as_bad_as_a_missing_one() -> None:
    with pytest.raises(MissingVariableError):
        render(Template(body="Hi {{ vehicle }}, welcome"), {"vehicle": ""})
