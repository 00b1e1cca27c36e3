"""E-mails written in MJML (https://mjml.io/documentation), made into the HTML that mail programs understand.

It happens when a cadence is read, so what is published is what is sent; Liquid inside is left for later.
"""

import re
from functools import lru_cache

import mjml

from leadcore.kernel.errors import InvalidInputError

_ELEMENTS = frozenset({
    "mjml", "mj-head", "mj-body", "mj-attributes", "mj-all", "mj-class", "mj-breakpoint", "mj-preview", "mj-style",
    "mj-title", "mj-raw", "mj-section", "mj-column", "mj-group", "mj-wrapper", "mj-text", "mj-button", "mj-image",
    "mj-divider", "mj-spacer", "mj-table", "mj-social", "mj-social-element", "mj-hero", "mj-navbar", "mj-navbar-link",
    "mj-accordion", "mj-accordion-element", "mj-accordion-text", "mj-accordion-title", "mj-carousel",
    "mj-carousel-image",
})  # fmt: skip
"""What may be used. The library passes over what it does not know; `mj-include` would read files, `mj-font` the web."""
_TAG = re.compile(r"<\s*(mj[a-z-]*)", re.IGNORECASE)
_POSITION = re.compile(r"at position (\d+):(\d+)")


def is_mjml(text: str) -> bool:
    """Whether *text* is MJML and not HTML."""
    return text.lstrip()[:5].lower() == "<mjml"


@lru_cache(maxsize=256)
def html_from(text: str, *, path: str) -> str:
    """Return MJML as HTML, and HTML as it is. Raises `InvalidInputError`; it quotes the words to look for."""
    if not is_mjml(text):
        return text.strip()
    for found in _TAG.finditer(text):
        if found[1] not in _ELEMENTS:
            fix = f"known: {', '.join(sorted(_ELEMENTS))}"
            raise InvalidInputError(f"unknown MJML element '{found[1]}'", field=path, fix=fix)
    if "<mj-body" not in text:
        raise InvalidInputError("the MJML has no 'mj-body'", field=path, fix="add <mj-body> … </mj-body>")
    try:
        return str(mjml.mjml2html(text.strip(), disable_comments=True, fonts={}))
    except ValueError as cause:
        raise InvalidInputError(
            f"not MJML: {_told(str(cause), text.strip())}", field=path, fix="close every element"
        ) from cause


def _told(message: str, text: str) -> str:
    at = _POSITION.search(message)
    words = text.encode()[int(at[1]) : int(at[2])].decode(errors="ignore") if at else ""
    what = message.partition(" in root template")[0]
    return f"{what} near '{words}'" if words else what
