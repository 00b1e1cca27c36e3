"""Liquid templates, strict: a variable that is missing or empty is an error, never a gap in a sentence."""

import re
from collections.abc import Callable
from functools import lru_cache
from html import escape

from liquid import BoundTemplate, Environment, StrictUndefined
from liquid.exceptions import LiquidError, UndefinedError

from leadcore.cadences.model import Template
from leadcore.kernel.errors import InvalidInputError, RefusedError

VARIABLES = frozenset(
    {"greeting", "brand", "about", "vehicle", "interest", "chat_link", "shop_phone", "address", "postal_address"}
)
"""What a template may use. `greeting` is "Hi Pat" or "Hi there"; `about` is what was asked, always sayable."""


class _Bounded(Environment):
    loop_iteration_limit = 1_000
    output_stream_limit = 100_000
    context_depth_limit = 10


_LIQUID = _Bounded(undefined=StrictUndefined, strict_filters=True)
_HTML = _Bounded(undefined=StrictUndefined, strict_filters=True, autoescape=True)
_VARIABLE = re.compile(r"\{\{ *([a-z_]+) *\}\}")
_MUCH = 10_000
_LINK = re.compile(r"https?://[^\s<>\"]+")


@lru_cache(maxsize=1024)
def _compiled(source: str) -> BoundTemplate:
    return _LIQUID.from_string(source)


@lru_cache(maxsize=256)
def _compiled_html(source: str) -> BoundTemplate:
    return _HTML.from_string(source)


class MissingVariableError(RefusedError):
    """The template needs something that is not known of this lead."""

    code = "missing_variable"


def variables_of(source: str, *, path: str) -> frozenset[str]:
    """Return the variables a template uses. Raises `InvalidInputError` when it is not Liquid."""
    try:
        used = _LIQUID.from_string(source).analyze()
    except LiquidError as cause:
        why = str(cause).partition("\n")[0]
        raise InvalidInputError(f"not a template: {why}", field=path, fix="check braces and filters") from cause
    unknown = sorted(set(used.filters) - set(_LIQUID.filters))
    if unknown:
        raise InvalidInputError(f"unknown filter {', '.join(unknown)}", field=path, fix="see Liquid's standard filters")
    return frozenset(used.globals)


def render(template: Template, values: dict[str, str]) -> Template:
    """Return the template filled in; empty values count as missing. Raises `MissingVariableError`."""
    known = {name: value for name, value in values.items() if value}
    try:
        return Template(
            body=_said(template.body, known),
            subject=_said(template.subject, known),
            html=_filled(template.html, known, _compiled_html),
        )
    except UndefinedError as cause:
        raise MissingVariableError(f"the template needs {str(cause).splitlines()[0]}", field="template") from cause
    except LiquidError as cause:
        raise MissingVariableError(f"the template fails: {str(cause).splitlines()[0]}", field="template") from cause


def _filled(source: str, known: dict[str, str], compiled: Callable[[str], BoundTemplate]) -> str:
    """Fill *source* in; what has no brace says the same to everybody (a text has neither subject nor HTML)."""
    return compiled(source).render(**known) if "{" in source else source


def _said(source: str, known: dict[str, str]) -> str:
    """Fill a plain text in. Most have nothing but variables, and need no Liquid to come out as it makes them."""
    parts = _plain(source)
    if parts is None or not known.keys() >= set(parts[1::2]):
        return _filled(source, known, _compiled)
    said = "".join(known[part] if n % 2 else part for n, part in enumerate(parts))
    return said if len(said) < _MUCH else _filled(source, known, _compiled)


@lru_cache(maxsize=1024)
def _plain(source: str) -> tuple[str, ...] | None:
    """Return text and names of variables in turn; None when there is more in *source* than the two."""
    parts = tuple(_VARIABLE.split(source))
    is_plain = VARIABLES.issuperset(parts[1::2]) and not any("{" in text or "}" in text for text in parts[::2])
    return parts if is_plain else None


def html_of(text: str) -> str:
    """Return the text part of a mail as plain HTML: its paragraphs and links, nothing else."""
    parts = [part for part in re.split(r"\n\s*\n", text.strip()) if part]
    inner = "\n".join(f"<p>{_LINK.sub(_anchor, escape(part)).replace(chr(10), '<br>')}</p>" for part in parts)
    return f"<!doctype html>\n<html><body>\n{inner}\n</body></html>"


def _anchor(found: re.Match[str]) -> str:
    return f'<a href="{found[0]}">{found[0]}</a>'
