"""Opening hours as an operator writes them, `09:00-12:00,13:00-18:00` or `closed`, and whether they make sense."""

from collections.abc import Mapping
from datetime import time
from itertools import pairwise

from leadcore.kernel.errors import InvalidInputError
from leadcore.tenants.values import OpenSpan, Weekday

DAYS = ("mon", "tue", "wed", "thu", "fri", "sat", "sun")


def day_of(name: str, *, field: str) -> Weekday:
    """Return the day called *name* (`mon`, `Monday` or `0`). Raises `InvalidInputError`."""
    short = name.casefold()[:3]
    day = int(short) if short.isdecimal() else DAYS.index(short) if short in DAYS else -1
    if day not in range(len(DAYS)):
        raise InvalidInputError(f"{field} is no day", field=field, fix=f"days: {', '.join(DAYS)}")
    return day


def read_spans(text: str, *, field: str) -> tuple[OpenSpan, ...]:
    """Return the spans *text* says; none for `closed`. Raises `InvalidInputError`."""
    if text.strip().casefold() in {"closed", ""}:
        return ()
    try:
        return tuple(_span(part) for part in text.split(","))
    except ValueError as cause:
        raise InvalidInputError(
            f"{text!r} are no opening hours",
            field=field,
            fix="write 09:00-18:00, or 09:00-12:00,13:00-18:00, or closed",
        ) from cause


def check_hours(hours: Mapping[Weekday, tuple[OpenSpan, ...]], *, field: str) -> None:
    """Raise `InvalidInputError` unless days are days and the spans of each follow one another."""
    for day, spans in hours.items():
        if day not in range(len(DAYS)):
            raise InvalidInputError(f"{day!r} is no day", field=field, fix="days are 0 (Monday) to 6, or mon to sun")
        instants = [instant for span in spans for instant in (span.opens, span.closes)]
        if not all(earlier < later for earlier, later in pairwise(instants)):
            raise InvalidInputError(
                f"{written(spans)!r} is no good {DAYS[day]}",
                field=f"{field}.{DAYS[day]}",
                fix="each span opens before it closes, none overlap",
            )


def written(spans: tuple[OpenSpan, ...]) -> str:
    """Return the spans as they would be typed."""
    return ",".join(f"{span.opens:%H:%M}-{span.closes:%H:%M}" for span in spans) or "closed"


def _span(text: str) -> OpenSpan:
    opens, _, closes = text.strip().partition("-")
    return OpenSpan(
        opens=time.fromisoformat(opens.strip().zfill(5)), closes=time.fromisoformat(closes.strip().zfill(5))
    )
