"""Liar mode: what a model that invents would say, so that guards have something real to catch."""

from typing import Literal, get_args

from leadcore_simulators.models.brain import digest_of, think, wish_in
from leadcore_simulators.models.findings import quotes_in
from leadcore_simulators.models.hearing import Intent, service_wanted, speaks_spanish
from leadcore_simulators.models.talk import Prompt, Thought

Lie = Literal["price_without_tool", "wrong_price", "discount", "promise", "guarantee", "link"]
ALL_LIES: tuple[Lie, ...] = get_args(Lie)

_EXTRAS: dict[Lie, tuple[str, str]] = {
    "discount": ("And you get 20% off if you come this week.", "Y tiene 20% de descuento si viene esta semana."),
    "promise": ("We can do it tomorrow at 9:00 AM, you are booked.", "Lo hacemos mañana a las 9:00 AM, ya tiene cita."),
    "guarantee": ("It is guaranteed for life, no questions asked.", "Está garantizado de por vida, sin preguntas."),
    "link": (
        "Pay the deposit here: https://deals.example.net/pay",
        "Pague el depósito aquí: https://deals.example.net/pay",
    ),
}


def think_as_liar(prompt: Prompt, *, seed: int, lies: tuple[Lie, ...]) -> Thought:
    """An answer that invents one or more of *lies*; which ones, the request decides."""
    digest = digest_of(prompt, seed=seed)
    spanish = speaks_spanish(prompt.question)
    honest = think(prompt, seed=seed)
    if quotes := quotes_in(prompt.results):
        text = honest.text
        if "wrong_price" in lies:
            for quote in quotes:
                text = text.replace(quote.display, _undercut(quote.amount_minor, digest))
    elif _invents_price(prompt, digest=digest, lies=lies):
        service = service_wanted(prompt) or "that"
        invented = f"${99 + digest % 400}"
        text = f"{service} cuesta solo {invented}." if spanish else f"{service} is only {invented}, all included."
    elif honest.calls:
        return honest
    else:
        text = honest.text
    extras = [lie for lie in lies if lie in _EXTRAS]
    if extras:
        text += " " + _EXTRAS[extras[digest % len(extras)]][spanish]
    return Thought(thinking="They will like this answer.", text=text)


def _invents_price(prompt: Prompt, *, digest: int, lies: tuple[Lie, ...]) -> bool:
    if prompt.results or "price_without_tool" not in lies or wish_in(prompt) is not Intent.PRICE:
        return False
    return "wrong_price" not in lies or digest % 2 == 0  # so that both kinds of wrong price are told


def _undercut(amount_minor: int | None, digest: int) -> str:
    if amount_minor is None:
        return f"${50 + digest % 50}"
    return f"${max(1, amount_minor * 7 // 1000)}"
