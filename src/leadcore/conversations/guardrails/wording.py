"""What is said instead of a claim that the facts do not back. Plain GSM-7 characters: they cost no SMS segment."""

from leadcore.catalog.model import Quote
from leadcore.conversations.guardrails.plain import folded_text
from leadcore.conversations.values import GuardFacts, Language, spoken_vehicle

_CONFIRM: dict[Language, str] = {
    "en": "Let me have the shop confirm that for you.",
    "es": "Permítame confirmarlo con el taller.",
}
_AI: dict[Language, str] = {
    "en": "I am an AI assistant, not a person.",
    "es": "Soy un asistente de IA, no una persona.",
}


def confirm_sentence(language: Language) -> str:
    """The safe sentence where nothing better is known."""
    return _CONFIRM[language]


def identity_sentence(language: Language) -> str:
    """The truth about who is speaking."""
    return _AI[language]


def quote_sentence(quote: Quote, language: Language) -> str:
    """A quote in one sentence, with what it rests on."""
    vehicle = spoken_vehicle(quote.vehicle) or (quote.vehicle_class if quote.vehicle_class != "any" else "")
    for_vehicle = f" {'for your' if language == 'en' else 'para su'} {vehicle}" if vehicle else ""
    verb = "is" if language == "en" else "cuesta"
    rests = f" ({'; '.join(quote.assumptions)})" if quote.assumptions else ""
    return f"{quote.service}{for_vehicle} {verb} {quote.price.display}{rests}."


def closest_quote(sentence: str, facts: GuardFacts) -> Quote | None:
    """The quote of this turn whose service the sentence names best; the latest among equals."""
    words = set(folded_text(sentence).split())
    return max(
        reversed(facts.quotes), key=lambda quote: len(words & set(folded_text(quote.service).split())), default=None
    )
