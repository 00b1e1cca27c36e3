"""Texts that hold nothing but variables are filled in without Liquid: they read as Liquid makes them, to the letter."""

import pytest
from hypothesis import given
from hypothesis import strategies as st
from liquid import Environment, StrictUndefined
from liquid.exceptions import LiquidError

from leadcore.cadences.model import Template
from leadcore.cadences.policies.rendering import VARIABLES, MissingVariableError, render

_LIQUID = Environment(undefined=StrictUndefined, strict_filters=True)
_PIECES = st.sampled_from(
    (
        *(f"{{{{ {name} }}}}" for name in sorted(VARIABLES)), "{{brand}}", "{{- brand -}}", "{{ brand | upcase }}",
        "{% if brand %}x{% endif %}", "{", "}", "{{", "}}", "{%", " ", "\n", "Hi <b>", "{{ nobody }}", "{{ true }}",
    )
)  # fmt: skip
_VALUES = st.dictionaries(st.sampled_from(sorted(VARIABLES)), st.sampled_from(("", "Pat", "{{ brand }}", "<&>")))


@given(st.lists(_PIECES | st.text(max_size=5), max_size=6).map("".join), _VALUES)
def test_a_text_reads_as_liquid_makes_it(source: str, values: dict[str, str]) -> None:
    known = {name: value for name, value in values.items() if value}
    try:
        expected = _LIQUID.from_string(source).render(**known)
    except LiquidError:
        with pytest.raises(MissingVariableError):
            render(Template(body=source), values)
        return

    assert render(Template(body=source), values).body == expected


def test_what_is_very_long_still_meets_the_limit() -> None:
    with pytest.raises(MissingVariableError):
        render(Template(body="{{ brand }}" * 20), {"brand": "x" * 9_000})
