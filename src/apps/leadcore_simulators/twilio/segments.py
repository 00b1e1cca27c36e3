"""How many parts a text takes (GSM 03.38 and UCS-2)."""

_BASIC = frozenset(
    "@£$¥èéùìòÇ\nØø\rÅåΔ_ΦΓΛΩΠΨΣΘΞÆæßÉ !\"#¤%&'()*+,-./0123456789:;<=>?"
    "¡ABCDEFGHIJKLMNOPQRSTUVWXYZÄÖÑÜ§¿abcdefghijklmnopqrstuvwxyzäöñüà"
)
_EXTENDED = frozenset("^{}\\[~]|€\f")
_GSM_SINGLE, _GSM_PART = 160, 153
_UCS2_SINGLE, _UCS2_PART = 70, 67


def count_segments(body: str) -> int:
    """Count the parts; a character of the extension table takes two places and is never split."""
    if all(char in _BASIC or char in _EXTENDED for char in body):
        return _parts([2 if char in _EXTENDED else 1 for char in body], _GSM_SINGLE, _GSM_PART)
    return _parts([len(char.encode("utf-16-be")) // 2 for char in body], _UCS2_SINGLE, _UCS2_PART)


def _parts(sizes: list[int], single: int, part: int) -> int:
    if sum(sizes) <= single:
        return 1
    parts, room = 1, part
    for size in sizes:
        if size > room:
            parts, room = parts + 1, part
        room -= size
    return parts
