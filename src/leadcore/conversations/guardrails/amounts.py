"""Amounts of money in a sentence: in digits, in words, with or without a currency beside them."""

import re
from decimal import Decimal

from leadcore.conversations.guardrails.allowed import Allowed, clocks_in
from leadcore.conversations.guardrails.numerals import ARTICLES, RUN, value_of, words_in
from leadcore.conversations.guardrails.plain import is_currency

_NUMBER = re.compile(r"\d+(?:[.,]\d+)*")
_GROUPED = re.compile(r"\d{1,3}(?:,\d{3})+(?:\.\d{1,2})?|\d+(?:\.\d{1,2})?")
# Stems without an end: "4 dollarsish" is as much a price as "4 dollars".
_MONEY_WORD = r"(?:usd|cad(?![a-z])|eur(?!op)|dollar|dolar|buck|peso|quid|pounds)"
_MONEY_BEFORE = re.compile(r"(?:(?:(?<![^\W_])(?:us|cad)|usd|eur|dollars?|dolares|bucks?|pesos?)\s*)?[\s~:=+-]*$")
_MONEY_AFTER = re.compile(rf"[\s,;:-]*(?:{_MONEY_WORD}|grand|cents?(?![a-z])|centavo)")
_SCALED = re.compile(
    r"\s*-?\s*(?:k|m|hundred|thousand|million|grand|cents?|centavos?|mil|cientos|millones)(?![^\W\d_])"
)
_UNIT = re.compile(
    r"\s*-?\s*(?:to\s+\d+\s*)?(?:hours?|hrs?|minutes?|mins?|days?|weeks?|months?|years?|horas?|minutos?|dias?|semanas?|meses"
    r"|anos?|windows?|doors?|ventanas?|puertas?)(?![^\W\d_])"
)
_NAMED = re.compile(r"(?<![^\W_])[a-z]{1,3}-?$")  # a model such as RAV4, CX-5, F-150
_CURRENCY_CODES = ("usd", "us", "cad", "ca", "eur")
_ORDINAL = re.compile(r"(?:st|nd|rd|th)?(?![^\W_])")
_CURRENCY = re.compile(r"usd|dollar|dolar|buck|peso|euro(?!p)|(?<![^\W_])(?:cents?|centavos?|quid)(?![^\W_])")
_LONE = re.compile(r"usd|dollar|dolar(?:es)?|bucks|(?<![^\W_])(?:cents|centavos|pesos)(?![^\W_])")
_IDIOM = re.compile(r"(?<![^\W_])(?:once\s+(?:dolares|pesos)|(?:a|half a|an even)\s+grand(?!\s+[a-z]))")
_JOINED = re.compile(r"[\s'·_/.,-]{1,2}\d")
_SMALL, _COUNTABLE = 10, 100


def bears_unbacked_price(folded: str, allowed: Allowed) -> bool:
    """Whether some number with a currency beside it (or a currency without number) is not a quoted amount."""
    numbers = list(_NUMBER.finditer(folded))
    if _names_other_currency(folded, allowed):
        return True
    for found in numbers:
        if _is_marked(folded, found) and not _is_quoted_alone(folded, found, allowed):
            return True
    runs = [found for found in RUN.finditer(folded) if _MONEY_AFTER.match(folded, found.end())]
    if any(not _is_quoted_in_words(found.group(), allowed) for found in runs):
        return True
    if _IDIOM.search(folded):
        return True
    return _currency_without_number(folded)


def names_currency(folded: str) -> bool:
    """Whether the sentence is about money: then no number in it is innocent for being small."""
    return bool(_CURRENCY.search(folded)) or any(map(is_currency, folded))


def bears_unbacked_number(folded: str, allowed: Allowed, *, about_money: bool) -> bool:
    """Whether some bare number could be taken for a price; *folded* holds no known phrases and clock times any more."""
    if any(ch.isnumeric() and not ch.isascii() for ch in folded):  # fractions, Roman and Chinese numerals
        return True
    for found in _NUMBER.finditer(folded):
        if _minor(found.group()) not in allowed.amounts and not _is_harmless(folded, found, about_money=about_money):
            return True
    return any(
        not _is_harmless_in_words(folded, found, allowed, about_money=about_money) for found in RUN.finditer(folded)
    )


def without_clocks(folded: str, allowed: Allowed) -> str:
    """Blank the clock times, and the bare hour that begins a range such as "10 to 6 PM"."""
    hours = {minute // 60 % 12 for minute in allowed.minutes}
    for clock in reversed(clocks_in(folded)):
        head, tail = folded[: clock.start], folded[clock.end :]
        opening = re.search(r"(?<!\S)(\d{1,2})\s*(?:-|–|to|until|till|and|a|y|hasta)\s*$", head)
        if opening and int(opening.group(1)) % 12 in hours:
            head = head[: opening.start()]
        folded = f"{head} _ {tail}"
    return folded


def _is_marked(folded: str, found: re.Match[str]) -> bool:
    before = folded[: found.start()].rstrip(" ~:=+-")
    if before and is_currency(before[-1]):
        return True
    opening = _MONEY_BEFORE.search(folded[: found.start()])
    if opening and any(ch.isalpha() for ch in opening.group()):
        return True
    after = folded[found.end() :].lstrip(" -")
    return bool(after and is_currency(after[0])) or bool(_MONEY_AFTER.match(folded, found.end()))


def _names_other_currency(folded: str, allowed: Allowed) -> bool:
    return any(is_currency(ch) and ch not in allowed.signs for ch in folded)


def _is_quoted_alone(folded: str, found: re.Match[str], allowed: Allowed) -> bool:
    joined = _JOINED.match(folded, found.end()) or re.search(r"\d[\s'·_/.,-]{1,2}$", folded[: found.start()])
    scaled = _SCALED.match(folded, found.end())
    return not joined and not scaled and _minor(found.group()) in allowed.amounts


def _is_quoted_in_words(run: str, allowed: Allowed) -> bool:
    value = value_of(run)
    return value is not None and value * 100 in allowed.amounts


def _currency_without_number(folded: str) -> bool:
    for at, ch in enumerate(folded):
        if is_currency(ch):
            beside = folded[at + 1 :].lstrip(" ~:=+-")[:1] + folded[:at].rstrip(" -")[-1:]
            if not any(map(str.isdigit, beside)):
                return True
    return any(not _numeral_before(folded, found.start()) for found in _LONE.finditer(folded))


def _numeral_before(folded: str, at: int) -> bool:
    head = folded[:at].rstrip(" ,;:-")
    currency_first = re.match(r"\s*[~:=+-]*\s*\d", folded[at:].lstrip("abcdefghijklmnopqrstuvwxyz"))
    return bool(currency_first) or head[-1:].isdigit() or any(run.end() == len(head) for run in RUN.finditer(head))


def _is_harmless(folded: str, found: re.Match[str], *, about_money: bool) -> bool:
    head, digits = folded[: found.start()], found.group()
    if _UNIT.match(folded, found.end()):
        return re.fullmatch(r"\d{1,2}(?:\.\d)?", digits) is not None
    if about_money or _SCALED.match(folded, found.end()):
        return False
    named = _NAMED.search(head) and not head.rstrip("-").endswith(_CURRENCY_CODES)
    return bool(named) or len(digits) == 1


def _is_harmless_in_words(folded: str, found: re.Match[str], allowed: Allowed, *, about_money: bool) -> bool:
    words = words_in(found.group())
    if len(words) == 1 and (words[0] in ARTICLES or words[0] == "one"):
        return not _CURRENCY.match(folded[found.end() :].lstrip(" ,.;:-"))
    value = value_of(found.group())
    if value is None:
        return False
    if value * 100 in allowed.amounts:
        return True
    has_unit = bool(_UNIT.match(folded, found.end()))
    return (value < _SMALL and not about_money) or (value < _COUNTABLE and has_unit)


def _minor(digits: str) -> int | None:
    """Cents of an amount as it is written in the US; None for anything else, such as "1.250,00"."""
    if not _GROUPED.fullmatch(digits):
        return None
    return int(Decimal(digits.replace(",", "")) * 100)
