"""Where in a cadence file a key stands. TOML's reader does not tell, so the lines are looked through once."""

import re

import msgspec

_TABLE = re.compile(r"^\s*\[\[?\s*(?P<name>[\w.]+)\s*\]?\]")
_FENCES = ('"""', "'''")


class Place(msgspec.Struct, frozen=True, kw_only=True):
    """Line and column, both from 1."""

    line: int
    column: int


class Places:
    """The lines of one file, by step."""

    def __init__(self, source: str) -> None:
        self._lines = source.splitlines() or [""]
        inside = _inside_texts(self._lines)
        heads = [
            (found["name"], number)
            for number, line in enumerate(self._lines)
            if not inside[number] and (found := _TABLE.match(line))
        ]
        steps = [start for name, start in heads if name == "steps"]
        bounds = [*steps, *[start for name, start in heads if name == "arms"], len(self._lines)]
        self._steps = [(start, min(each for each in bounds if each > start)) for start in steps]
        self._head = (0, heads[0][1] if heads else len(self._lines))
        self._inside = inside

    def of(self, step: int | None, key: str = "", *, words: str = "") -> Place:
        """Return where *words* stand in the value of a key, else the key, else the table of the step."""
        if step is not None and step >= len(self._steps):
            return Place(line=1, column=1)
        start, end = self._head if step is None else self._steps[step]
        named = re.compile(rf"^\s*(?P<key>{re.escape(key)})\s*=") if key else None
        for number in range(start, end):
            found = named.match(self._lines[number]) if named and not self._inside[number] else None
            if found:
                return self._words(words, number, end) or Place(line=number + 1, column=found.start("key") + 1)
        return Place(line=start + 1, column=1)

    def _words(self, words: str, start: int, end: int) -> Place | None:
        for number in range(start, end if words else start):
            if number > start and not self._inside[number]:
                return None
            found = self._lines[number].find(words)
            if found >= 0:
                return Place(line=number + 1, column=found + 1)
        return None


def _inside_texts(lines: list[str]) -> list[bool]:
    """For each line whether it begins inside a text of several lines."""
    inside, fence = [False], ""
    for line in lines:
        rest = line
        while True:
            if not fence:
                hits = sorted((rest.find(mark), mark) for mark in _FENCES if mark in rest)
                if not hits:
                    break
                fence = hits[0][1]
                rest = rest[hits[0][0] + 3 :]
            cut = rest.find(fence)
            if cut < 0:
                break
            rest, fence = rest[cut + 3 :], ""
        inside.append(bool(fence))
    return inside


def line_column(message: str) -> Place:
    """Return the place that TOML's reader names in its refusal, else the beginning."""
    found = re.search(r"at line (\d+), column (\d+)", message)
    return Place(line=int(found[1]), column=int(found[2])) if found else Place(line=1, column=1)
