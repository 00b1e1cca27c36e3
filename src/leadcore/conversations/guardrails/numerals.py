"""Numbers in words, English and Spanish, in any spelling a price is told in."""

import re

UNITS = {
    "one": 1, "two": 2, "three": 3, "four": 4, "five": 5, "six": 6, "seven": 7, "eight": 8, "nine": 9,
    "uno": 1, "una": 1, "un": 1, "dos": 2, "tres": 3, "cuatro": 4, "cinco": 5, "seis": 6, "siete": 7, "ocho": 8,
    "nueve": 9,
}  # fmt: skip
BELOW_HUNDRED = {
    "ten": 10, "eleven": 11, "twelve": 12, "thirteen": 13, "fourteen": 14, "fifteen": 15, "sixteen": 16,
    "seventeen": 17, "eighteen": 18, "nineteen": 19, "twenty": 20, "thirty": 30, "forty": 40, "fourty": 40,
    "fifty": 50, "sixty": 60, "seventy": 70, "eighty": 80, "ninety": 90,
    "diez": 10, "doce": 12, "trece": 13, "catorce": 14, "quince": 15, "dieciseis": 16, "diecisiete": 17,
    "dieciocho": 18, "diecinueve": 19, "veinte": 20, "treinta": 30, "cuarenta": 40, "cincuenta": 50, "sesenta": 60,
    "setenta": 70, "ochenta": 80, "noventa": 90,
}  # fmt: skip
HUNDREDS = {
    "doscientos": 200, "trescientos": 300, "cuatrocientos": 400, "quinientos": 500, "seiscientos": 600,
    "setecientos": 700, "ochocientos": 800, "novecientos": 900, "cientos": 100, "ciento": 100, "cien": 100,
}  # fmt: skip
SCALES = {"hundred": 100, "thousand": 1000, "mil": 1000, "million": 1_000_000, "millones": 1_000_000, "dozen": 12}
ARTICLES = frozenset({"un", "una", "uno"})
"""Spanish for "a" as much as for "one": a number only beside another numeral or a currency."""

_WORDS = sorted(UNITS | BELOW_HUNDRED | HUNDREDS | SCALES, key=len, reverse=True)
_ONE = "|".join(_WORDS)
_RUN_END = r"(?=$|[\W_]|dollar|dolar|buck|peso|usd)"  # "fivedollars" is a price too
RUN = re.compile(rf"(?<![^\W\d_])(?:(?:{_ONE})s?(?:[\s-]+(?:and\s+|y\s+|a\s+)?(?=(?:{_ONE})))?)+{_RUN_END}")
_WORD = re.compile(rf"{_ONE}")


def words_in(run: str) -> list[str]:
    """The numerals of a *run*, one by one."""
    return _WORD.findall(run)


def value_of(run: str) -> int | None:
    """The number a run of words means; None when it is not one number, such as "four fifty"."""
    total = group = 0
    for word in words_in(run):
        if word in SCALES:
            grown = max(group, 1) * SCALES[word]
            total, group = (
                (total, grown) if grown < SCALES["thousand"] * 10 and word == "hundred" else (total + grown, 0)
            )
            continue
        size = UNITS.get(word) or BELOW_HUNDRED.get(word) or HUNDREDS[word]
        if not _fits(size, behind=group):
            return None
        group += size
    return total + group


def _fits(size: int, *, behind: int) -> bool:
    """Whether a numeral may follow: units after round tens, tens after hundreds, Spanish hundreds after nothing."""
    below = behind % 100
    if size < 10:  # noqa: PLR2004 - units
        return below == 0 or (below >= 20 and below % 10 == 0)  # noqa: PLR2004 - "ten five" is no number
    return below == 0 if size < 100 else behind == 0  # noqa: PLR2004 - tens
