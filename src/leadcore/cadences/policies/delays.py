"""Delays as they are written: `+3h`, `+2d 10:00-11:30`, `next business day 10:00-11:30`, `+3 business days`."""

import re
from datetime import time, timedelta

from leadcore.cadences.model import Delay
from leadcore.kernel.errors import InvalidInputError

_DELAY = re.compile(
    r"(?:\+(?P<count>\d{1,4})(?P<unit>[mhd])|(?P<next>next business day)|\+(?P<days>\d{1,3}) business days?)"
    r"(?:\s+(?P<opens>\d{1,2}:\d{2})\s*-\s*(?P<closes>\d{1,2}:\d{2}))?"
)
_UNITS = {"m": timedelta(minutes=1), "h": timedelta(hours=1), "d": timedelta(days=1)}
_LONGEST = timedelta(days=365)


def read_delay(text: str, *, path: str) -> Delay:
    """Return the delay *text* says. Raises `InvalidInputError` naming *path*."""
    found = _DELAY.fullmatch(text.strip())
    if found is None:
        raise _wrong(text, path)
    try:
        opens, closes = (time.fromisoformat(found[key].zfill(5)) if found[key] else None for key in ("opens", "closes"))
    except ValueError as cause:
        raise _wrong(text, path) from cause
    after = int(found["count"]) * _UNITS[found["unit"]] if found["count"] else timedelta()
    days = 1 if found["next"] else int(found["days"] or 0)
    if after > _LONGEST or days > _LONGEST.days or (opens is not None and opens == closes):
        raise _wrong(text, path)
    if found["days"] and not days:
        raise _wrong(text, path)
    return Delay(after=after, business_days=days, opens=opens, closes=closes)


def _wrong(text: str, path: str) -> InvalidInputError:
    return InvalidInputError(
        f"{text!r} is no delay", field=path, fix='write "+3h", "+2d 10:00-11:30" or "next business day 10:00-11:30"'
    )
