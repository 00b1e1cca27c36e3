"""Liquid templates, strict: a variable that is missing or empty is an error, never a gap in a sentence."""

from functools import lru_cache

from liquid import BoundTemplate, Environment, StrictUndefined
from liquid.exceptions import LiquidError, UndefinedError

from leadcore.cadences.model import Template
from leadcore.kernel.errors import InvalidInputError, RefusedError

VARIABLES = frozenset(
    {"greeting", "brand", "about", "vehicle", "interest", "chat_link", "shop_phone", "address", "postal_address"}
)
"""What a template may use. `greeting` is "Hi Pat" or "Hi there"; `about` is what was asked, always sayable."""

_LIQUID = Environment(undefined=StrictUndefined, strict_filters=True)


@lru_cache(maxsize=1024)
def _compiled(source: str) -> BoundTemplate:
    return _LIQUID.from_string(source)


class MissingVariableError(RefusedError):
    """The template needs something that is not known of this lead."""

    code = "missing_variable"


def variables_of(source: str, *, path: str) -> frozenset[str]:
    """Return the variables a template uses. Raises `InvalidInputError` when it is not Liquid."""
    try:
        return frozenset(_LIQUID.from_string(source).global_variables())
    except LiquidError as cause:
        raise InvalidInputError(f"not a template: {cause}", field=path, fix="check braces and filters") from cause


def render(template: Template, values: dict[str, str]) -> Template:
    """Return the template filled in; empty values count as missing. Raises `MissingVariableError`."""
    known = {name: value for name, value in values.items() if value}
    try:
        return Template(
            body=_compiled(template.body).render(**known),
            subject=_compiled(template.subject).render(**known),
        )
    except UndefinedError as cause:
        raise MissingVariableError(f"the template needs {str(cause).splitlines()[0]}", field="template") from cause
