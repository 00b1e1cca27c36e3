"""Our reference inside a text of a vendor's record, where the vendor offers no field for it.

It is the last thing in the text, in brackets a person understands, so that a write whose answer was lost can be found.
"""

import re

_MARK = re.compile(r"\[leadcore ([\w:.-]{1,80})\]", re.ASCII)


def marked(text: str, reference: str) -> str:
    """Return *text* with our reference behind it."""
    return f"{text.rstrip()} {mark_of(reference)}".lstrip()


def mark_of(reference: str) -> str:
    """Return how *reference* is written. It may hold letters, digits, `_`, `:`, `.` and `-`."""
    mark = f"[leadcore {reference}]"
    if not _MARK.fullmatch(mark):
        raise ValueError(f"{reference!r} cannot be a reference")
    return mark


def reference_in(text: str) -> str:
    """Return the last reference in *text*, empty when there is none."""
    found = _MARK.findall(text)
    return str(found[-1]) if found else ""


def without_mark(text: str) -> str:
    """Return *text* as it was before it was marked."""
    return _MARK.sub("", text).rstrip()
