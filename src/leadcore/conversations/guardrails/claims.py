"""The one question about a sentence: does it claim something the facts do not back? And if so, of which kind."""

import re
from collections.abc import Callable
from typing import Literal

from leadcore.conversations.guardrails.allowed import MIDNIGHT, NOON, Allowed, clocks_in, without_ranges
from leadcore.conversations.guardrails.amounts import (
    bears_unbacked_number,
    bears_unbacked_price,
    names_currency,
    without_clocks,
)
from leadcore.conversations.guardrails.numerals import RUN
from leadcore.conversations.guardrails.plain import folded_text

ClaimKind = Literal["identity", "link", "contact", "amount", "discount", "promise", "time"]

_I_AM = r"\b(?:i am|i'm|im|it's|this is|we are|we're)\s+"
_DENIES_AI = re.compile(
    rf"{_I_AM}(?:\w+\s+){{0,2}}?(?:not|no)\s+(?:\w+\s+){{0,3}}?(?:bot|robot|ai|machine)(?![a-z])"
    r"|\bno soy\s+(?:\w+\s+){0,2}?(?:bot|robot|ia|maquina)(?![a-z])"
)
_CLAIMS_HUMAN = re.compile(
    r"\b(?:i am|i'm|im|this is|as)\s+(?!not\b|no\b)(?:(?!not\b)\w+\s+){0,4}?(?:humans?|person)(?![a-z])"
    r"|(?<!no )\bsoy\s+(?:\w+\s+){0,3}?(?:human[oa]|persona)(?![a-z])"
    r"|\byes\b[^.?]{0,12}\b(?:human|person)(?![a-z])"
)
_EMAIL = re.compile(r"[^\s@<>()]*@[^\s@<>()]*")
_URL = re.compile(
    r"(?:https?:|www\.)\S*|(?<![\w@.-])(?:[a-z0-9-]+\.)+(?:[a-z]{2,})(?![a-z])(?::\d+)?(?:[/?#]\S*)?"
    r"|\b\w+\s+dot\s+(?:com|net|org|io|co|us|biz|info|shop)\b"
)
_PLAIN_URL = re.compile(r"(?:https?://)?(?:www\.)?([a-z0-9.-]+?)(?::443|:80)?((?:[/?#][\w\-./?=&%#~+]*)?)")
_PHONE = re.compile(r"\+?\(?\d[\d\s().+-]{5,}\d")
_PERCENT = re.compile(r"[\d\w]\s*(?:%|percent\b|por ?ciento\b)|%|\bpor ?ciento\b")
_CANNOT = (
    r"(?:can't|cannot|can not|can never|couldn't|unable to|not able to|don't|do not|no puedo|no podemos)"
    r"\s+(?:\w+\s+){0,2}?"
)
_DISCOUNT = re.compile(
    r"\b(?:discount|descuent|rebaj|rebate|coupon|cupon|promo(?:s|tion|cion)?\b|waive|refund|reembols)"
    r"|\bhalf[\s-]*(?:off|price|the\s+price|of)\b|\bmitad\s+del?\s+precio\b"
    r"|(?:\d|%|percent|half|dollars|bucks|hundred)\s*off\b"
)
_PROMISE = re.compile(
    r"\b(?:guarant|garant|promise|prometo|prometemos|warrant|lifetime|complimentary|gratis|gratuit|legally)"
    r"|\bbinding\b|\b(?:for|de por)\s+(?:life|vida)\b|\bno\s+(?:extra\s+)?charge\b|\bon the house\b|\bmoney[\s-]back\b"
    r"|\b(?:you(?:'re| are)|i(?:'ve| have)?|we(?:'ve| have)?|it(?:'s| is)|that(?:'s| is)|all)\s+(?!not\b)"
    r"(?:\w+\s+){0,2}?"
    r"(?:booked|reserved|confirmed|scheduled)\b(?!\s+(?:up|out|solid))"
    r"|\b(?:esta|queda|quedo|tiene)\s+(?:\w+\s+){0,2}?(?:agendad|reservad|confirmad)|\bya tiene cita\b"
)
_FREE = re.compile(r"(?<!feel )(?<!toll-)(?<!toll )(?<!hands-)(?<!bubble-)(?<!bubble )(?<!sin )\bfree\b(?!\s+to\b)")
_REFUSES = re.compile(_CANNOT + r"(?:guarant\w*|garant\w*|promise|prometer|discount\w*|descuento\w*|refund|waive)")
_MONTH = (
    r"(?:jan(?:uary)?|feb(?:ruary)?|mar(?:ch)?|apr(?:il)?|may|june?|july?|aug(?:ust)?|sept?(?:ember)?|oct(?:ober)?"
    r"|nov(?:ember)?|dec(?:ember)?|enero|febrero|marzo|abril|mayo|junio|julio|agosto|septiembre|octubre|noviembre"
    r"|diciembre)\b\.?"
)
_DATE = re.compile(rf"\b{_MONTH}\s+\d|\d(?:st|nd|rd|th)?\s+(?:of\s+|de\s+)?{_MONTH}|\d\s*/\s*\d|\b\d{{4}}-\d\d-\d\d\b")
_SOON = re.compile(r"\b(?:today|tomorrow|tonight|hoy|manana|noon|midnight|mediodia|medianoche)\b")
_SOON_OR_DONE = re.compile(
    r"\b(?:in|within|en|dentro de)\s+(?:about\s+|just\s+|unas?\s+)?(?:\d+|an?|una?)\s*"
    r"(?:min|hour|hr|day|week|month|minuto|hora|dia|semana|mes)"
)
_OPENING = re.compile(
    r"\b(?:open|opens|opening|close[sd]?|closing|hours|abiert\w+|abrimos|cerrad\w+|cerramos|horario)\b"
)


def refuted(sentence: str, allowed: Allowed) -> ClaimKind | None:
    """Return the kind of the first claim in *sentence* (plain text, without markup) that *allowed* does not back."""
    folded = " ".join(folded_text(sentence).split())
    for kind, is_false in _BEFORE_PHRASES:
        if is_false(folded, allowed):
            return kind
    folded = without_ranges(_without_links_and_phones(folded), allowed)
    if bears_unbacked_price(folded, allowed):
        return "amount"
    known = allowed.phrases.sub(" _ ", folded) if allowed.phrases else folded
    for kind, is_false in _AFTER_PHRASES:
        if is_false(known, allowed):
            return kind
    rest = without_clocks(known, allowed)
    return "amount" if bears_unbacked_number(rest, allowed, about_money=names_currency(folded)) else None


def is_allowed_link(url: str, allowed: Allowed) -> bool:
    """Whether *url* leads to one of the tenant's hosts and has nothing in it to mislead."""
    found = _PLAIN_URL.fullmatch(url.casefold().rstrip(".,;:!?)\"'"))
    if not found:
        return False
    host = found.group(1)
    return any(host == domain or host.endswith(f".{domain}") for domain in allowed.domains)


def _claims_to_be_human(folded: str, _: Allowed) -> bool:
    return bool(_DENIES_AI.search(folded) or _CLAIMS_HUMAN.search(folded))


def _links_elsewhere(folded: str, allowed: Allowed) -> bool:
    without_emails = _EMAIL.sub(" ", folded)
    return any(not is_allowed_link(found.group(), allowed) for found in _URL.finditer(without_emails))


def _gives_foreign_contact(folded: str, allowed: Allowed) -> bool:
    for found in _EMAIL.finditer(folded):
        _, _, host = found.group().rpartition("@")
        if not host.strip(".,;:!?") or not is_allowed_link(host, allowed):
            return True
    return any(_is_foreign(found.group(), allowed) for found in _PHONE.finditer(_without_known(folded, allowed)))


def _without_known(folded: str, allowed: Allowed) -> str:
    return allowed.phrases.sub(" _ ", folded) if allowed.phrases else folded


def _is_foreign(number: str, allowed: Allowed) -> bool:
    digits = "".join(filter(str.isdigit, number))
    return len(digits) >= 7 and digits not in allowed.phones and digits.removeprefix("1") not in allowed.phones  # noqa: PLR2004


def _without_links_and_phones(folded: str) -> str:
    """Blank what was just found to be the shop's own; anything foreign never gets here."""
    without = _URL.sub(" _ ", _EMAIL.sub(" _ ", folded))
    return _PHONE.sub(lambda found: " _ " if sum(map(str.isdigit, found.group())) >= 7 else found.group(), without)  # noqa: PLR2004


def _grants_discount(folded: str, _: Allowed) -> bool:
    rest = _REFUSES.sub(" ", folded)
    return bool(_PERCENT.search(rest) or _DISCOUNT.search(rest))


def _promises(folded: str, _: Allowed) -> bool:
    rest = _REFUSES.sub(" ", folded)
    return bool(_PROMISE.search(rest) or _FREE.search(rest))


def _names_unknown_time(folded: str, allowed: Allowed) -> bool:
    if any(not clock.minutes & allowed.minutes for clock in clocks_in(folded)):
        return True
    if _DATE.search(folded) or _SOON_OR_DONE.search(folded):
        return True
    if any(RUN.match(folded, found.end()) for found in re.finditer(r"\b(?:within|dentro de) ", folded)):
        return True
    named = set(_SOON.findall(folded))
    return bool(named) and not _is_about_opening(folded, named, allowed)


def _is_about_opening(folded: str, named: set[str], allowed: Allowed) -> bool:
    exact = {"noon": NOON, "mediodia": NOON, "midnight": MIDNIGHT, "medianoche": MIDNIGHT}
    if any(exact[name] not in allowed.minutes for name in named & exact.keys()):
        return False
    return bool(allowed.minutes) and (bool(_OPENING.search(folded)) or named <= exact.keys())


_Check = Callable[[str, Allowed], bool]
_BEFORE_PHRASES: tuple[tuple[ClaimKind, _Check], ...] = (
    ("identity", _claims_to_be_human),
    ("contact", _gives_foreign_contact),
    ("link", _links_elsewhere),
)
_AFTER_PHRASES: tuple[tuple[ClaimKind, _Check], ...] = (
    ("discount", _grants_discount),
    ("promise", _promises),
    ("time", _names_unknown_time),
)
