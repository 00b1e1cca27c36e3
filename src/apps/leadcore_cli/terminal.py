"""What the commands print: data on standard output, everything else on standard error."""

import os
import sys
from collections.abc import Callable, Iterable, Sequence
from typing import Any, Protocol

import msgspec

from leadcore.kernel.errors import LeadcoreError

Progress = Callable[[str], None]
_WIDEST = 500
_JOINER = "\u200d"


class FindingLike(Protocol):
    """What a check found: see `leadcore.ports.plugin.Finding`."""

    @property
    def ok(self) -> bool: ...
    @property
    def what(self) -> str: ...
    @property
    def fix(self) -> str | None: ...
    @property
    def warns(self) -> bool: ...


def print_json(value: object) -> None:
    """Print *value* as indented JSON; structs, dates and ids are understood."""
    print(msgspec.json.format(msgspec.json.encode(value, enc_hook=_plain), indent=2).decode())


def print_table(headers: Sequence[str], rows: Iterable[Sequence[object]], *, empty: str = "nothing here") -> None:
    """Print rows in columns; plain text, so it can be cut and searched. Says *empty* on standard error if none."""
    cells = [[_in_one_line(_cell(value)) for value in row] for row in rows]
    if not cells:
        say(empty)
        return
    table = [list(headers), *cells]
    widths = [max(len(row[column]) for row in table) for column in range(len(headers))]
    for row in table:
        print("  ".join(cell.ljust(width) for cell, width in zip(row, widths, strict=True)).rstrip())


def print_fields(pairs: Iterable[tuple[str, object]]) -> None:
    """Print names and values, one per line."""
    known = [(name, _cell(value)) for name, value in pairs]
    width = max((len(name) for name, _ in known), default=0)
    for name, value in known:
        print(f"{name.ljust(width)}  {value}".rstrip())


def print_findings(findings: Iterable[FindingLike], *, title: str = "") -> bool:
    """Print each finding with ✓, ! (a warning) or ✗, and its fix; return whether all are well."""
    well = True
    if title:
        print(title)
    for each in findings:
        well = well and each.ok
        well_mark = _colour("!", 33) if each.warns else _colour("✓", 32)
        print(f"  {well_mark if each.ok else _colour('✗', 31)} {each.what}")
        if each.fix and (each.warns or not each.ok):
            print(f"    fix: {each.fix}")
    return well


def duration(seconds: float) -> str:
    """Return seconds as people say them: `4.2 s`, `12 min`, `3 h 05 min`, `2 d 4 h`."""
    if seconds < 60:  # noqa: PLR2004 - clocks
        return f"{seconds:.1f} s"
    minutes = round(seconds / 60)
    hours, rest = divmod(minutes, 60)
    days, left = divmod(hours, 24)
    if days:
        return f"{days} d {left} h"
    return f"{hours} h {rest:02} min" if hours else f"{minutes} min"


def say(text: str) -> None:
    """Tell the person at the terminal something that is not data."""
    print(text, file=sys.stderr, flush=True)


def progress(*, quiet: bool = False) -> Progress:
    """Return what long work reports its steps to; silent when *quiet*."""
    return (lambda _step: None) if quiet else (lambda step: say(f"… {step}"))


def print_error(cause: Exception) -> bool:
    """Print an expected failure as error, field and fix; False when it is a surprise that deserves its traceback."""
    if isinstance(cause, LeadcoreError):
        _three_lines(cause.message, field=cause.field, fix=cause.fix)
        return True
    told = _foreign(cause)
    if told is None:
        return False
    _three_lines(told[0], field=None, fix=told[1])
    return True


def print_usage_error(text: str) -> None:
    """Print how the command was called wrongly."""
    _three_lines(text.strip(), field=None, fix="add --help to see what the command takes")


def _three_lines(error: str, *, field: str | None, fix: str | None) -> None:
    say(f"{_colour('error:', 31, to=sys.stderr)} {error}")
    if field:
        say(f"field: {field}")
    if fix:
        say(f"fix:   {fix}")


def _foreign(cause: BaseException | None) -> tuple[str, str] | None:
    """Errors of the outside that have a plain explanation; drivers wrap them, so causes are looked at too."""
    while cause is not None:
        if type(cause).__name__ == "LocalServerError":  # the adapter's own: apps import no adapter
            return str(cause), "see server.log in the data folder"
        if isinstance(cause, ConnectionError | TimeoutError):
            return f"the database does not answer ({_first_line(cause)})", "check DATABASE_URL and that it runs"
        if type(cause).__module__.startswith("asyncpg"):
            return f"the database refuses: {_first_line(cause)}", "check DATABASE_URL, or run `leadcore doctor`"
        if isinstance(cause, OSError) and cause.filename:
            return f"{cause.strerror}: {cause.filename}", "check the path and its permissions"
        if isinstance(cause, OSError) and cause.errno:
            return str(cause), "check DATABASE_URL and the network"
        cause = cause.__cause__ or cause.__context__
    return None


def _first_line(cause: BaseException) -> str:
    return (str(cause).strip().splitlines() or [type(cause).__name__])[0]


def _plain(value: Any) -> Any:
    return str(value)


def _in_one_line(text: str) -> str:
    """Return *text* as a cell: no line breaks, nothing that moves the terminal's letters about, no endless widths."""
    shown = "".join(each if each.isprintable() or each == _JOINER else " " for each in text)
    return shown if len(shown) <= _WIDEST else f"{shown[: _WIDEST - 1]}…"


def _cell(value: object) -> str:
    if value is None:
        return "-"
    if isinstance(value, bool):
        return "yes" if value else "no"
    if hasattr(value, "strftime") and hasattr(value, "tzinfo"):
        return f"{value:%Y-%m-%d %H:%M:%S}Z"
    return str(value)


def _colour(text: str, code: int, *, to: Any = None) -> str:
    stream = to or sys.stdout
    return f"\033[{code}m{text}\033[0m" if stream.isatty() and not os.environ.get("NO_COLOR") else text
