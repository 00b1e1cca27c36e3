"""The mind behind both model simulators: deterministic, and blind to everything but the request.

It reads the last thing the person said, calls the tool that answers it if one is offered, and puts the tool's result
into words. Amounts come from tool results and nowhere else, character by character as the tool displayed them. It
never claims to be human. The same request with the same seed gets the same words.
"""

import re
from hashlib import blake2b

import msgspec

from leadcore_simulators.models.arguments import call_for
from leadcore_simulators.models.findings import Quote, everything_in, fact_in, quotes_in, snag_in
from leadcore_simulators.models.hearing import (
    Intent,
    intent_of,
    price_is_pending,
    service_wanted,
    speaks_spanish,
    vehicle_in,
)
from leadcore_simulators.models.phrases import Voice
from leadcore_simulators.models.talk import Prompt, Thought, ToolOffer

_SPOKEN = {"suv": "SUV"}
_TOOL_SIGNS = {
    Intent.PRICE: ("quote_service", "quote", "price"),
    Intent.HOURS: ("shop_info", "hours", "info"),
    Intent.ADDRESS: ("shop_info", "location", "address", "info"),
    Intent.PERSON: ("hand_over_to_person", "hand_over", "handoff", "human", "person"),
}
_FACT_KEYS = {Intent.HOURS: r"hours|opening|schedule|horario", Intent.ADDRESS: r"address|location|street|direcci"}
_BRAND = re.compile(
    r"^\W*(?:shop|brand|business|brand name|company)(?: name)?\s*[:=]\s*\"?([^\"\n.]{2,60})"
    r"|\bassistant (?:of|for|at) (?:the )?\"?([A-Z][^\"\n.,;:(]{1,60})",
    re.MULTILINE,
)


def digest_of(prompt: Prompt, *, seed: int) -> int:
    """A number that stands for this request: the only source of variety."""
    return int.from_bytes(blake2b(msgspec.json.encode([seed, prompt]), digest_size=8).digest())


def think(prompt: Prompt, *, seed: int) -> Thought:
    """What an honest assistant would do next in *prompt*."""
    intent = wish_in(prompt)
    voice = voice_for(prompt, seed=seed)
    if not prompt.results and (tool := _tool_for(prompt, intent)):
        call = call_for(tool, prompt, intent=intent)
        return Thought(
            thinking=f"The customer's wish looks like: {intent}. I should ask {tool.name} first.", calls=(call,)
        )
    if prompt.results:
        return Thought(
            thinking="The tool has answered. I will use its words only.", text=_from_results(prompt, intent, voice)
        )
    return Thought(
        thinking=f"The customer's wish looks like: {intent}. A short answer will do.",
        text=_small_talk(prompt, intent, voice),
    )


def wish_in(prompt: Prompt) -> Intent:
    """The intent of the last question; a bare vehicle after "which vehicle?" is still the price question."""
    intent = intent_of(prompt.question)
    pending = (
        intent in {Intent.VEHICLE, Intent.OTHER, Intent.THANKS}
        and vehicle_in(prompt.question)
        and price_is_pending(prompt)
    )
    return Intent.PRICE if pending else intent


def voice_for(prompt: Prompt, *, seed: int) -> Voice:
    """The wording to answer in: the language of the last question, or of the one before if that says too little."""
    asked = [turn.text for turn in prompt.turns if turn.kind == "user"]
    spanish = speaks_spanish(asked[-1]) if asked else False
    if asked and not spanish and len(asked[-1].split()) <= 5 and len(asked) > 1:  # noqa: PLR2004
        spanish = speaks_spanish(asked[-2])  # "2021 Tesla Model 3" says nothing about the language
    return Voice(spanish=spanish, digest=digest_of(prompt, seed=seed))


def _tool_for(prompt: Prompt, intent: Intent) -> ToolOffer | None:
    if prompt.must_call:
        forced = [tool for tool in prompt.tools if prompt.must_call in {"*", tool.name}]
        return _matching(forced, intent) or (forced[0] if forced else None)
    if intent is Intent.PRICE and not service_wanted(prompt):
        return None
    return _matching(list(prompt.tools), intent)


def _matching(tools: list[ToolOffer], intent: Intent) -> ToolOffer | None:
    for sign in _TOOL_SIGNS.get(intent, ()):
        found = [tool for tool in tools if sign in tool.name]
        if found:
            return found[0]
    return None


def _from_results(prompt: Prompt, intent: Intent, voice: Voice) -> str:
    quotes = quotes_in(prompt.results)
    if quotes:
        return " ".join([*(_quoted(quote, voice) for quote in quotes), voice.say("after_quote")])
    if snag := snag_in(prompt.results):
        if snag.about_vehicle:
            asked = voice.say("ask_vehicle")
            return (
                f"{asked} {voice.say('ask_vehicle_class', choices=', '.join(snag.choices))}" if snag.choices else asked
            )
        if snag.choices:
            return voice.say("choose_service", choices=", ".join(snag.choices))
        return voice.say("no_price") if intent is Intent.PRICE else voice.say("no_tool")
    if intent is Intent.PERSON:
        return voice.say("handed")
    if intent in _FACT_KEYS:
        fact = fact_in(prompt.results, keys=_FACT_KEYS[intent]) or everything_in(prompt.results)
        return voice.say(intent.value, **{intent.value: fact}) if fact else voice.say("no_tool")
    return everything_in(prompt.results) or voice.say("no_tool")


def _quoted(quote: Quote, voice: Voice) -> str:
    vehicle = (
        voice.say("your_class", vehicle_class=_SPOKEN.get(quote.vehicle_class, quote.vehicle_class))
        if quote.vehicle_class
        else voice.say("your_vehicle")
    )
    said = voice.say("quote", service=quote.service, vehicle=vehicle, price=quote.display)
    if quote.assumptions:
        said += " " + voice.say("assumptions", assumptions=", ".join(quote.assumptions))
    return said


def _small_talk(prompt: Prompt, intent: Intent, voice: Voice) -> str:
    shop = _shop_in(prompt.system) or voice.say("the_shop")
    if intent is Intent.PRICE:
        return voice.say("no_tool") if service_wanted(prompt) else voice.say("ask_service")
    if intent in _FACT_KEYS:
        noted = re.search(
            rf"^\W*(?:{_FACT_KEYS[intent]})\w*\s*[:=]\s*(.+)$", prompt.system, re.IGNORECASE | re.MULTILINE
        )
        return voice.say(intent.value, **{intent.value: noted.group(1).strip(" .")}) if noted else voice.say("no_tool")
    if intent is Intent.PERSON:
        return voice.say("no_tool")
    vehicle = vehicle_in(prompt.question) or voice.say("your_vehicle")
    return voice.say(intent.value, shop=shop, brand=voice.say("own", shop=shop), vehicle=vehicle)


def _shop_in(system: str) -> str | None:
    found = _BRAND.search(system)
    return next(group for group in found.groups() if group).strip() if found else None
