"""What the facts allow, worked out once instead of at every sentence."""

import re

import msgspec

from leadcore.conversations.guardrails.plain import folded_text, is_currency, plain_text
from leadcore.conversations.values import GuardFacts

_CLOCK = re.compile(r"\b(\d{1,2})(?:[:.](\d{2}))?\s*([ap])\.?\s?m\b\.?|\b(\d{1,2}):(\d{2})\b")
_HALF_DAY = 12 * 60
NOON, MIDNIGHT = _HALF_DAY, 0


class Clock(msgspec.Struct, frozen=True, kw_only=True):
    """A time of day in a text, `[start, end)`, and the minutes of the day it may mean."""

    start: int
    end: int
    minutes: frozenset[int]


class Allowed(msgspec.Struct, frozen=True, kw_only=True):
    """`amounts` in minor units with their currency `signs`, `minutes` of the day, `phones` as digits.

    `ranges` maps a price range as the catalog words it to its upper end.
    """

    facts: GuardFacts
    amounts: frozenset[int]
    signs: frozenset[str]
    minutes: frozenset[int]
    phrases: re.Pattern[str] | None
    ranges: dict[str, str]
    phones: frozenset[str]
    domains: tuple[str, ...]


def allowed_by(facts: GuardFacts) -> Allowed:
    """Work out what *facts* allow."""
    times = [folded_text(plain_text(text)) for text in facts.times]
    phrases = sorted({_phrase(text) for text in (*facts.phrases, *facts.times) if text.strip()}, key=len, reverse=True)
    alternatives = "|".join(re.escape(phrase).replace(r"\ ", r"\s+") for phrase in phrases if phrase)
    digits = ["".join(filter(str.isdigit, phone)) for phone in facts.phones]
    return Allowed(
        facts=facts,
        amounts=frozenset(quote.price.minor for quote in facts.quotes),
        signs=frozenset(ch for quote in facts.quotes for ch in quote.price.display if is_currency(ch)),
        minutes=frozenset(minute for text in times for clock in clocks_in(text) for minute in clock.minutes),
        phrases=re.compile(rf"(?<!\w)(?:{alternatives})(?!\w)") if alternatives else None,
        ranges={
            _phrase(quote.range_display): _phrase(quote.price.display) for quote in facts.quotes if quote.range_display
        },
        phones=frozenset(form for number in digits if number for form in (number, number.removeprefix("1"))),
        domains=tuple(domain.casefold().removeprefix("www.") for domain in facts.link_domains),
    )


def without_ranges(folded: str, allowed: Allowed) -> str:
    """Replace every range of a quote by its upper end, so that its lower end counts only as part of it."""
    for words, upper in allowed.ranges.items():
        folded = re.sub(rf"(?<![\w.,]){re.escape(words)}(?!\w|[.,]\d)", upper, folded)
    return folded


def clocks_in(folded: str) -> list[Clock]:
    """Every time of day in a folded text; one without AM or PM may mean either half of the day."""
    return [
        Clock(start=found.start(), end=found.end(), minutes=_minutes_of(found)) for found in _CLOCK.finditer(folded)
    ]


def _minutes_of(found: re.Match[str]) -> frozenset[int]:
    hour_12, minute_12, half, hour_24, minute_24 = found.groups()
    if half:
        minute = int(hour_12) % 12 * 60 + int(minute_12 or 0)
        return frozenset({minute + (_HALF_DAY if half == "p" else 0)})
    minute = int(hour_24) * 60 + int(minute_24)
    return frozenset({minute, (minute + _HALF_DAY) % (2 * _HALF_DAY)} if int(hour_24) <= 12 else {minute})  # noqa: PLR2004


def _phrase(text: str) -> str:
    return " ".join(folded_text(plain_text(text)).split())
