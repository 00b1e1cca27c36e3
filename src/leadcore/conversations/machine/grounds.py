"""What this turn's answer may rest on: the shop's facts, the lead's vehicle, and what tools said in this very turn."""

from collections.abc import Iterable

import phonenumbers

from leadcore.catalog.model import Quote
from leadcore.conversations.policies.assistant import answer_language
from leadcore.conversations.values import GuardFacts, ToolOutcome, TurnContext, spoken_vehicle


def facts_of(context: TurnContext, outcomes: Iterable[ToolOutcome] = ()) -> GuardFacts:
    """Everything the guard lets pass in this turn, after *outcomes*."""
    known = tuple(outcomes)
    shop = context.shop
    quotes = tuple(outcome.quoted for outcome in known if isinstance(outcome.quoted, Quote))
    hours = (shop.hours_text(), shop.hours_text("es"))
    vehicles = (context.vehicle.label, *(quote.vehicle for quote in quotes))
    phrases = [*shop.services, shop.brand, shop.address, *(quote.service for quote in quotes)]
    phrases += [phrase for quote in quotes for phrase in quote.assumptions]
    phrases += [name for vehicle in vehicles for name in _names_of(vehicle)]
    return GuardFacts(
        quotes=quotes,
        times=(*filter(None, hours), *(text for outcome in known for text in outcome.times if text)),
        phrases=tuple(dict.fromkeys(filter(None, phrases))),
        link_domains=shop.link_domains,
        phones=_phones(shop.phone),
        language=answer_language(context),
    )


def _names_of(vehicle: str) -> list[str]:
    """How a vehicle may be called: whole, without its year, by its last words; never a bare number."""
    words = spoken_vehicle(vehicle).split()
    names = [*(" ".join(words[start:]) for start in range(len(words))), " ".join(words[:2])]
    return [name for name in names if any(letter.isalpha() for letter in name)]


def _phones(phone: str) -> tuple[str, ...]:
    try:
        number = phonenumbers.parse(phone, "US")
    except phonenumbers.NumberParseException:
        return ()
    return (phonenumbers.format_number(number, phonenumbers.PhoneNumberFormat.E164),)
