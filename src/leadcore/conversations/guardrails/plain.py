"""Plain characters: tricks of Unicode are undone before anything is judged, one character at a time.

Working per character keeps the guard's output independent of how a stream was cut into pieces.
"""

import unicodedata
from functools import lru_cache

_DROPPED = frozenset("*`")  # emphasis and code marks: answers are plain text
_INVISIBLE = frozenset({"Cf", "Cc", "Co", "Cn", "Cs"})
# Letters that look Latin and are not; enough to read "dоllars" or "frее" as what a customer sees.
_LOOKALIKES = str.maketrans("аеорсухіѕјԁһոвкмнтαοειρτνκ", "aeopcyxisjdhnbkmhtaoeiptvk")


@lru_cache(maxsize=4096)
def plain(ch: str) -> str:
    """Return what *ch* stands for: ASCII digits for any digits, nothing for invisible characters, else itself."""
    if ch.isascii():
        return "" if ch in _DROPPED or (ch < " " and ch not in "\n\t") or ch == "\x7f" else ch
    if unicodedata.category(ch) in _INVISIBLE:
        return ""
    if ch.isdecimal():
        return str(unicodedata.decimal(ch))
    if ch.isspace():
        return "\n" if ch in "\u2028\u2029\x85" else " "
    compatible = unicodedata.normalize("NFKC", ch)
    return compatible if compatible.isascii() and ch not in "…™" and not compatible.isspace() else ch


def plain_text(text: str) -> str:
    """Every character of *text* made plain."""
    return text if text.isascii() and text.isalnum() else "".join(map(plain, text))


@lru_cache(maxsize=4096)
def folded(ch: str) -> str:
    """Return the letter to compare *ch* by: no case, no accent, no lookalike; nothing for a combining mark."""
    base = unicodedata.normalize("NFD", ch)[0]
    if unicodedata.category(base).startswith("M"):
        return ""
    return base.casefold().translate(_LOOKALIKES)


def folded_text(text: str) -> str:
    """The whole of *text* as it is compared."""
    return "".join(map(folded, text.replace("’", "'")))


@lru_cache(maxsize=1024)
def is_currency(ch: str) -> bool:
    """Whether *ch* is a currency sign."""
    return unicodedata.category(ch) == "Sc"
