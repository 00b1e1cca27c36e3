"""How many parts a text is charged and throttled as (3GPP TS 23.038 and 23.040)."""

from collections.abc import Sequence
from typing import Literal

import msgspec

_BASIC = frozenset(
    "@£$¥èéùìòÇ\nØø\rÅåΔ_ΦΓΛΩΠΨΣΘΞÆæßÉ !\"#¤%&'()*+,-./0123456789:;<=>?"
    "¡ABCDEFGHIJKLMNOPQRSTUVWXYZÄÖÑÜ§¿abcdefghijklmnopqrstuvwxyzäöñüà"
)
_EXTENDED = frozenset("\f^{}\\[~]|€")
_GSM_ALONE, _GSM_PART = 160, 153
_UCS2_ALONE, _UCS2_PART = 70, 67
_BEYOND_BMP = 0x10000


class Segments(msgspec.Struct, frozen=True, kw_only=True):
    """The parts of a text. `units` are septets (an extended character takes two) or UTF-16 code units."""

    encoding: Literal["gsm7", "ucs2"]
    units: int
    count: int


def segments(text: str) -> Segments:
    """Count the parts of *text*; an empty one is still one part. No character is split between parts."""
    if all(ch in _BASIC or ch in _EXTENDED for ch in text):
        widths = [2 if ch in _EXTENDED else 1 for ch in text]
        return Segments(encoding="gsm7", units=sum(widths), count=_parts(widths, _GSM_ALONE, _GSM_PART))
    widths = [2 if ord(ch) >= _BEYOND_BMP else 1 for ch in text]
    return Segments(encoding="ucs2", units=sum(widths), count=_parts(widths, _UCS2_ALONE, _UCS2_PART))


def _parts(widths: Sequence[int], alone: int, each: int) -> int:
    if sum(widths) <= alone:
        return 1
    count, left = 1, each
    for width in widths:
        if width > left:
            count, left = count + 1, each
        left -= width
    return count
