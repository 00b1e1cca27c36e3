"""The columns of people's files: what they are called, and what spreadsheets do to their cells. Pure."""

import re
from collections.abc import Mapping, Sequence
from datetime import UTC, date, datetime, timedelta
from zoneinfo import ZoneInfo

from leadcore.kernel.errors import InvalidInputError

FIELDS: dict[str, tuple[str, ...]] = {
    "name": ("full name", "customer", "customer name", "contact", "contact name", "lead name", "client"),
    "first_name": ("first", "given name", "forename", "fname"),
    "last_name": ("last", "surname", "family name", "lname"),
    "phone": ("phone number", "telephone", "tel", "cell", "cell phone", "mobile", "mobile phone", "mobile number",
              "primary phone", "phone 1", "contact number"),
    "phone_2": ("phone 2", "other phone", "home phone", "work phone", "secondary phone", "alt phone"),
    "email": ("e mail", "mail", "email address", "e mail address", "primary email", "email 1"),
    "vehicle": ("car", "vehicle description", "year make model", "vehicle info"),
    "vehicle_year": ("year", "model year", "car year"),
    "vehicle_make": ("make", "car make", "brand"),
    "vehicle_model": ("model", "car model"),
    "vehicle_body": ("body", "body style", "vehicle type", "car type"),
    "services": ("service", "services requested", "service requested", "interest", "interested in", "product"),
    "message": ("note", "notes", "comment", "comments", "details", "description", "request"),
    "asked_at": ("date", "created", "created at", "created date", "date created", "submitted", "submitted at",
                 "lead date", "inquiry date", "timestamp", "requested at"),
    "external_id": ("id", "lead id", "reference", "ref", "record id"),
    "consent_wording": ("consent text", "consent language", "opt in text", "opt in wording", "disclosure"),
    "consent_at": ("consent date", "consent time", "opt in date", "opted in at", "consent given at"),
    "consent_channels": ("consent channel", "opt in channel", "opt in channels", "channels"),
    "consent_flag": ("consent", "opt in", "opted in", "sms consent", "sms opt in", "marketing consent", "subscribed"),
}  # fmt: skip
"""Fields a file may have, and what their columns are called besides the field's own name (compared without case, spaces
and punctuation)."""

_EXCEL_TEXT = re.compile(r'^="(?P<text>.*)"$', re.DOTALL)
_SCIENTIFIC = re.compile(r"^[+-]?\d(?:\.\d+)?E\+?\d{1,2}$", re.IGNORECASE)
_DECIMAL_TAIL = re.compile(r"^(\d+)\.0+$")
_SERIAL = re.compile(r"^\d{5}(?:\.\d+)?$")
_EXCEL_EPOCH = datetime(1899, 12, 30)  # noqa: DTZ001 - a spreadsheet's serial days have no zone
_FORMATS = (
    "%m/%d/%Y %H:%M:%S", "%m/%d/%Y %H:%M", "%m/%d/%Y %I:%M:%S %p", "%m/%d/%Y %I:%M %p", "%m/%d/%Y",
    "%m/%d/%y %H:%M", "%m/%d/%y %I:%M %p", "%m/%d/%y", "%m-%d-%Y", "%Y/%m/%d", "%Y/%m/%d %H:%M",
    "%d.%m.%Y", "%d.%m.%Y %H:%M",
    "%b %d, %Y", "%B %d, %Y", "%b %d, %Y %I:%M %p", "%d %b %Y", "%d %B %Y",
)  # fmt: skip


def columns_of(header: Sequence[str], given: Mapping[str, str]) -> dict[str, int]:
    """Return which column holds which field; *given* (field to header) outranks what the headers are called.

    Raises `InvalidInputError` that names the field or column and lists those there are.
    """
    plain = [_plain(text) for text in header]
    found = _chosen(header, plain, given)
    taken = set(found.values())
    for field, synonyms in FIELDS.items():
        if field in found:
            continue
        for name in (field, *synonyms):
            place = next((i for i, text in enumerate(plain) if text == _plain(name) and i not in taken), None)
            if place is not None:
                found[field] = place
                taken.add(place)
                break
    if not found.keys() & {"phone", "phone_2", "email"}:
        known = ", ".join(repr(text) for text in header if text.strip()) or "nothing"
        raise InvalidInputError(
            "no column holds a phone number or an e-mail address",
            field="--map",
            fix=f"say which: --map phone=COLUMN; the first row has {known}",
        )
    return found


def _chosen(header: Sequence[str], plain: Sequence[str], given: Mapping[str, str]) -> dict[str, int]:
    found: dict[str, int] = {}
    for field, column in given.items():
        if field not in FIELDS:
            raise InvalidInputError(f"there is no field {field!r}", field="--map", fix=f"one of {', '.join(FIELDS)}")
        if _plain(column) not in plain:
            known = ", ".join(repr(text) for text in header if text.strip())
            raise InvalidInputError(f"the file has no column {column!r}", field="--map", fix=f"it has {known}")
        found[field] = plain.index(_plain(column))
    return found


def clean(cell: str) -> str:
    """Return what a person meant by a cell: without Excel's ="…", guards, odd spaces and NUL."""
    text = cell.replace("\0", "").replace("\u00a0", " ").replace("\u200b", "").replace("\ufeff", "").strip()
    if (quoted := _EXCEL_TEXT.match(text)) is not None:
        text = quoted["text"].replace('""', '"').strip()
    if text.startswith("'") and not text.endswith("'"):
        text = text[1:].strip()
    return "" if text.casefold() in {"n/a", "na", "null", "none", "-", "--", "#n/a"} else text


def clean_number(cell: str) -> str:
    """Return a number that a spreadsheet took for a quantity as its digits: 5.125550142E+09 is 5125550142."""
    text = clean(cell)
    if _SCIENTIFIC.match(text):
        value = float(text)
        return str(int(value)) if value == int(value) else text
    tail = _DECIMAL_TAIL.match(text)
    return tail[1] if tail else text


def lost_digits(cell: str) -> bool:
    """Whether a spreadsheet has rounded this number: 5.12555E+09 may have been any of ten thousand numbers."""
    text = clean(cell)
    if not _SCIENTIFIC.match(text):
        return False
    digits, _, exponent = text.upper().partition("E")
    return len(digits.partition(".")[2]) < int(exponent)


def instant_of(cell: str, *, zone: ZoneInfo) -> datetime | None:
    """Return the instant a cell names, in UTC; without an offset it is local time of *zone*. None: not understood."""
    text = clean(cell)
    naive = _parsed(text)
    if naive is None:
        return None
    return (naive if naive.tzinfo else naive.replace(tzinfo=zone)).astimezone(UTC)


def _parsed(text: str) -> datetime | None:
    if _SERIAL.match(text):
        return _EXCEL_EPOCH + timedelta(days=float(text))
    try:
        if len(text) >= 8:  # noqa: PLR2004 - shorter texts of digits are no ISO dates here
            return datetime.fromisoformat(text)
    except ValueError:
        pass
    for form in _FORMATS:
        try:
            return datetime.strptime(text, form)  # noqa: DTZ007 - the caller gives it its zone
        except ValueError:
            continue
    return None


def day_of(text: str, *, zone: ZoneInfo) -> datetime:
    """Return the first instant of the day that `--asked-on` names. Raises `InvalidInputError`."""
    try:
        day = date.fromisoformat(text)
    except ValueError as cause:
        raise InvalidInputError(f"{text!r} is no date", field="--asked-on", fix="write 2026-11-01") from cause
    return datetime(day.year, day.month, day.day, tzinfo=zone).astimezone(UTC)


def _plain(header: str) -> str:
    return re.sub(r"[^a-z0-9]", "", clean(header).casefold())
