"""What a cadence file's keys may be called and hold, said to whoever wrote another one."""

import re
from collections.abc import Mapping
from difflib import get_close_matches

from leadcore.kernel.errors import InvalidInputError

_SEE = "see docs/reference/cadence-files.md"
_TIMES = "write it like 10:15:00, without quotes, before 24:00"


def misshapen(message: str, *, keys: Mapping[str, tuple[str, ...]], choices: Mapping[str, str]) -> InvalidInputError:
    """Return the refusal for what the reader said of a file.

    *keys* are the known keys by the name of their table, the file's own under ""; *choices* says by key what an
    enumeration holds.
    """
    at = re.search(r"at `\$\.?([^`]*)`", message)
    key = re.search(r"(unknown|required) field `([^`]*)`", message)
    path = at[1] if at else ""
    fix = _SEE
    if key and key[1] == "unknown":
        fix = _known(key[2], keys.get(_last(path), ()))
    elif key:
        fix = f"add {key[2]} = …"
    elif "enum value" in message:
        fix = choices.get(_last(path), _SEE)
    elif "RFC3339 encoded time" in message or "`time" in message:
        fix = _TIMES
    elif wanted := re.match(r"Expected `([^`]+)`", message):
        fix = f"write {_SHAPES.get(wanted[1].removesuffix(' | null'), wanted[1])}"
    field = ".".join(each for each in (path, key[2] if key else "") if each) or "file"
    return InvalidInputError(message, field=field, fix=fix)


_SHAPES = {
    "int": "a whole number without quotes",
    "float": "a number without quotes",
    "str": "a text in quotes",
    "bool": "true or false",
    "array": "a list in [ ], or [[…]] tables",
    "object": "a table",
}


def _known(key: str, known: tuple[str, ...]) -> str:
    meant = get_close_matches(key, known, n=1)
    return f"{f'{meant[0]} is meant? ' if meant else ''}known: {', '.join(known)}"


def _last(path: str) -> str:
    """Return the last name of a path: `branches` of `steps[0].branches[1]`."""
    return re.sub(r"\[[^\]]*\]", "", path).rpartition(".")[2]
