"""Telling people that an AI answers: at the outset of a conversation, again after a day of silence, and when asked.

Cal. B&P 17940-17943 (at the outset), Utah Code 13-75 (when asked; outset and throughout is the safe harbour; the word
must be "AI"), and the states that want it repeated.
"""

from datetime import datetime, timedelta

from leadcore.conversations.values import Language

_AGAIN_AFTER = timedelta(hours=24)


def needs_disclosure(disclosed_at: datetime | None, now: datetime, *, last_said_at: datetime | None = None) -> bool:
    """Whether the next answer must begin with it; *last_said_at* is when anybody last wrote before this message."""
    if disclosed_at is None:
        return True
    latest = max(disclosed_at, last_said_at) if last_said_at else disclosed_at
    return now - latest >= _AGAIN_AFTER


def disclosure(brand: str, language: Language = "en") -> str:
    """The sentence a first answer begins with."""
    return f"Soy el asistente de IA de {brand}." if language == "es" else f"This is the AI assistant of {brand}."


def identity_answer(brand: str, language: Language = "en") -> str:
    """The truth, to whoever asks whether a person or a machine is answering."""
    if language == "es":
        return f"Soy un asistente de IA de {brand}, no una persona. Si prefiere, le comunico con alguien del equipo."
    return f"I am an AI assistant of {brand}, not a person. I can get a person from the team for you if you prefer."
