"""Reading files as spreadsheets and exports leave them: any of the usual encodings and separators."""

import codecs
import csv
import hashlib
import io
from collections.abc import Iterable
from pathlib import Path

import msgspec

from leadcore.flows.import_rows import Problem
from leadcore.kernel.errors import InvalidInputError

_SEPARATORS = ",;\t|"
_LARGEST_BYTES = 200 * 1024 * 1024
_BOMS = (
    (codecs.BOM_UTF8, "utf-8-sig"),
    (codecs.BOM_UTF32_LE, "utf-32"),
    (codecs.BOM_UTF32_BE, "utf-32"),
    (codecs.BOM_UTF16_LE, "utf-16"),
    (codecs.BOM_UTF16_BE, "utf-16"),
)


class Sheet(msgspec.Struct, frozen=True, kw_only=True):
    """A file's first row and the others, each with its number as a spreadsheet shows it (the first row is 1).

    `digest` is of the file's bytes. `empty` counts rows without any content, which are left out.
    """

    header: list[str]
    rows: list[tuple[int, list[str]]]
    empty: int
    encoding: str
    separator: str
    digest: str


def read_sheet(path: Path) -> Sheet:
    """Read a file. Raises `InvalidInputError` that says what to do, or `OSError`."""
    if path.stat().st_size > _LARGEST_BYTES:
        raise InvalidInputError(f"{path} is larger than 200 MB", field="FILE", fix="split it")
    return sheet_of(path.read_bytes(), name=path.name)


def sheet_of(raw: bytes, *, name: str = "the file") -> Sheet:
    """Read a file's bytes. Raises `InvalidInputError`."""
    if raw.startswith((b"PK\x03\x04", b"\xd0\xcf\x11\xe0")):
        raise InvalidInputError(
            f"{name} is a workbook, not a text file", field="FILE", fix="in the spreadsheet: save as CSV UTF-8"
        )
    text, encoding = _decoded(raw)
    text = text.replace("\0", "")
    separator, text = _separator(text)
    records = list(csv.reader(io.StringIO(text, newline=""), delimiter=separator))
    filled = [(number, cells) for number, cells in enumerate(records, start=1) if any(cell.strip() for cell in cells)]
    if len(filled) < 2:  # noqa: PLR2004 - a header and a row
        raise InvalidInputError(f"{name} holds no rows", field="FILE", fix="its first row names the columns")
    (_, header), *rows = filled
    return Sheet(
        header=[cell.strip() for cell in header],
        rows=rows,
        empty=len(records) - len(filled),
        encoding=encoding,
        separator=separator,
        digest=hashlib.sha256(raw).hexdigest(),
    )


def write_problems(path: Path, problems: Iterable[Problem]) -> int:
    """Write one line per problem, for a spreadsheet, and return how many. A cell never begins like a formula."""
    count = 0
    with path.open("w", encoding="utf-8-sig", newline="") as file:
        writer = csv.writer(file)
        writer.writerow(["row", "severity", "column", "value", "why", "fix"])
        for each in problems:
            writer.writerow(
                [each.row, each.severity, each.column, *(_harmless(text) for text in (each.value, each.why, each.fix))]
            )
            count += 1
    return count


def _harmless(text: str) -> str:
    return f"'{text}" if text.startswith(("=", "+", "-", "@", "\t", "\r")) else text


def _decoded(raw: bytes) -> tuple[str, str]:
    for bom, encoding in _BOMS:
        if raw.startswith(bom):
            return _strictly(raw, encoding), encoding
    if b"\0" in raw[:1000]:  # UTF-16 without its mark: every other byte of plain text is zero
        encoding = "utf-16-le" if raw[1:2] == b"\0" else "utf-16-be"
        return _strictly(raw, encoding), encoding
    try:
        return raw.decode("utf-8"), "utf-8"
    except UnicodeDecodeError:
        return raw.decode("cp1252", errors="replace"), "cp1252"


def _strictly(raw: bytes, encoding: str) -> str:
    try:
        return raw.decode(encoding)
    except UnicodeDecodeError as cause:
        raise InvalidInputError(
            f"the file says that it is {encoding}, and is not", field="FILE", fix="save it as CSV UTF-8"
        ) from cause


def _separator(text: str) -> tuple[str, str]:
    """Return what parts the cells, and the text without Excel's own `sep=` line."""
    first, _, rest = text.lstrip("\r\n").partition("\n")
    if first.strip().lower().startswith("sep=") and first.strip()[4:]:
        return first.strip()[4], rest
    record = _first_record(text)
    counts = {each: _outside_quotes(record, each) for each in _SEPARATORS}
    best = max(counts, key=lambda each: counts[each])
    return (best if counts[best] else ","), text


def _first_record(text: str) -> str:
    quoted = False
    start = len(text) - len(text.lstrip("\r\n "))
    for place in range(start, len(text)):
        if text[place] == '"':
            quoted = not quoted
        elif text[place] in "\r\n" and not quoted:
            return text[start:place]
    return text[start:]


def _outside_quotes(record: str, separator: str) -> int:
    return sum(part.count(separator) for part in record.split('"')[::2])
