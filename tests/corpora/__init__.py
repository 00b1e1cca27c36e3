"""Labelled messages, written for this project."""

import re
from pathlib import Path

import msgspec

_ESCAPE = re.compile(r"\\(n|t|u[0-9a-f]{4})")


class Line(msgspec.Struct, frozen=True, kw_only=True):
    """One labelled message."""

    labels: frozenset[str]
    language: str
    text: str


def read(name: str) -> list[Line]:
    """Return the lines of the corpus *name*."""
    found = []
    for line in Path(__file__).with_name(f"{name}.tsv").read_text(encoding="utf-8").split("\n"):
        if line:
            labels, language, text = line.split("\t")
            found.append(
                Line(labels=frozenset(labels.split("|")), language=language, text=_ESCAPE.sub(_unescaped, text))
            )
    return found


def _unescaped(found: re.Match[str]) -> str:
    code = found[1]
    return {"n": "\n", "t": "\t"}.get(code) or chr(int(code[1:], 16))
