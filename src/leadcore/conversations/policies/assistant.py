"""The assistant without a model: price, hours, place, phone, a person — from facts alone, never wrong, never silent."""

import re
from datetime import timedelta
from zoneinfo import ZoneInfo

import msgspec

from leadcore.catalog.model import NeedsVehicle, NotSold, Quote, WhichService
from leadcore.conversations.policies.disclosure import identity_answer
from leadcore.conversations.policies.phrases import Voice
from leadcore.conversations.policies.wishes import Wish, fold, language_of, wishes_in
from leadcore.conversations.values import Language, ShopFacts, ToolBench, TurnContext, clock_text
from leadcore.ports.ai import ToolCall

_MAKES = (
    "acura|alfa romeo|audi|bmw|buick|cadillac|chevrolet|chevy|chrysler|dodge|fiat|ford|genesis|gmc|honda|hyundai"
    "|infiniti|jaguar|jeep|kia|land rover|lexus|lincoln|lucid|mazda|mercedes(?:-benz)?|mini|mitsubishi|nissan"
    "|polestar|porsche|ram|range rover|rivian|subaru|tesla|toyota|volkswagen|vw|volvo"
)
_NO_MODEL = "how|for|cost|price|with|please|and|to|get|the|is|tint|wrap"
_VEHICLE = re.compile(
    rf"\b(?:(?:19|20)\d\d\s+)?(?:{_MAKES})\b(?:\s+(?!(?:{_NO_MODEL})\b)[\w-]+){{0,2}}"
    r"|\b(?:sedan|suv|pickup|truck|coupe|minivan|van|crossover|camioneta)\b",
    re.IGNORECASE,
)
_WEEKDAYS = {
    "monday": 0, "tuesday": 1, "wednesday": 2, "thursday": 3, "friday": 4, "saturday": 5, "sunday": 6,
    "lunes": 0, "martes": 1, "miercoles": 2, "jueves": 3, "viernes": 4, "sabado": 5, "domingo": 6,
}  # fmt: skip
_TOMORROW = {"tomorrow", "manana"}
_SERVICE_LIMIT = 200


class CatalogReply(msgspec.Struct, frozen=True, kw_only=True):
    """An answer made of facts. `handoff` is why a person should take over; `quote` is set if it names a price."""

    text: str
    handoff: str | None = None
    quote: Quote | None = None


def catalog_answer(context: TurnContext, bench: ToolBench) -> CatalogReply:
    """Answer what the customer said last, by rules only. Total: what it does not know it offers a person for."""
    wishes = wishes_in(context.question)
    language = answer_language(context)
    voice = Voice(language)
    if asks_only_identity(context):
        return CatalogReply(text=identity_answer(context.shop.brand, language))
    if "person" in wishes:
        return CatalogReply(text=voice.say("handed"), handoff="the customer asked for a person")
    if "price" in wishes or _finishes_price_question(context):
        return _price(context, bench, voice)
    for wish in wishes:
        if text := _fact(wish, context, voice):
            return CatalogReply(text=text)
    services = ", ".join(context.shop.services[:4])
    offer = voice.say("can_help_with", services=services) if services else voice.say("can_help")
    return CatalogReply(text=offer)


def answer_language(context: TurnContext) -> Language:
    """The language of the customer's last words, or of those before when the last say too little."""
    asked = [said.text for said in reversed(context.recent) if said.author == "customer"]
    return language_of(*asked[: 2 if asked and len(asked[0].split()) <= 5 else 1])  # noqa: PLR2004 - "2021 Tesla Model 3"


def asks_for_person(context: TurnContext) -> bool:
    """Whether the customer plainly asked for a person: that is never left to a model alone."""
    return "person" in wishes_in(context.question)


def asks_only_identity(context: TurnContext) -> bool:
    """Whether "are you a human?" is all that was asked, so that no model is needed for the truth."""
    return set(wishes_in(context.question)) - {"thanks", "greeting"} == {"identity"}


def asks_identity(context: TurnContext) -> bool:
    """Whether the customer asked who or what is answering, perhaps among other things."""
    return "identity" in wishes_in(context.question)


def _price(context: TurnContext, bench: ToolBench, voice: Voice) -> CatalogReply:
    asked = " ".join(said.text for said in context.recent[-6:] if said.author == "customer")
    arguments = {"service": _service(context, asked), "vehicle": vehicle_in(context.question) or vehicle_in(asked)}
    call = ToolCall(call_id="catalog", name="quote_service", arguments=msgspec.json.encode(arguments).decode())
    match bench.run(call).quoted:
        case Quote() as quote:
            return CatalogReply(text=voice.quote(quote), quote=quote)
        case NeedsVehicle() as needs:
            return CatalogReply(text=voice.say("which_vehicle", service=needs.service))
        case WhichService() as which:
            return CatalogReply(text=voice.say("which_service", choices=", ".join(which.choices[:6])))
        case NotSold() as not_sold if not_sold.choices:
            return CatalogReply(text=voice.say("not_sold", choices=", ".join(not_sold.choices[:6])))
        case _:
            return CatalogReply(text=voice.say("no_price"), handoff="a price we could not find")


def _service(context: TurnContext, asked: str) -> str:
    """The shop's own name of what was asked, else of what the lead is about, else the customer's words."""
    for text in (context.question, asked, context.interest):
        words = set(re.findall(r"\w+", fold(text)))
        fits = {name: len(words & set(re.findall(r"\w+", fold(name)))) for name in context.shop.services}
        best = max(fits.values(), default=0)
        if best and list(fits.values()).count(best) == 1:
            return max(fits, key=lambda name: fits[name])
        if best:
            return text[:_SERVICE_LIMIT]
    return (context.interest or context.question).strip()[:_SERVICE_LIMIT] or "?"


def vehicle_in(text: str) -> str | None:
    """The vehicle named in *text*, as it is written there."""
    found = _VEHICLE.search(text)
    return " ".join(found.group().split())[:120] if found else None


def _finishes_price_question(context: TurnContext) -> bool:
    """Whether this is the vehicle we asked for to answer an earlier price question."""
    before = [said for said in context.recent if said.author == "customer"][:-1]
    return bool(
        vehicle_in(context.question) and before and any("price" in wishes_in(said.text) for said in before[-3:])
    )


def _fact(wish: Wish, context: TurnContext, voice: Voice) -> str | None:
    shop = context.shop
    match wish:
        case "hours":
            return _hours(context, voice)
        case "location":
            return voice.say("location", address=shop.address) if shop.address else voice.say("no_fact")
        case "phone":
            return voice.say("phone", phone=shop.phone) if shop.phone else voice.say("no_fact")
        case "thanks":
            return voice.say("thanks")
        case "greeting":
            return voice.say("greeting", brand=shop.brand)
        case _:
            return None


def _hours(context: TurnContext, voice: Voice) -> str:
    shop = context.shop
    if not shop.hours_text():
        return voice.say("no_fact")
    week = voice.say("hours", hours=shop.hours_text(voice.language))
    words = set(re.findall(r"\w+", fold(context.question)))
    today = context.now.astimezone(ZoneInfo(shop.zone)).date()
    if words & _TOMORROW:
        return f"{_day(shop, (today + timedelta(days=1)).weekday(), voice)} {week}"
    for name, weekday in _WEEKDAYS.items():
        if name in words:
            return f"{_day(shop, weekday, voice)} {week}"
    return f"{voice.say('open_now' if shop.is_open(context.now) else 'closed_now')} {week}"


def _day(shop: ShopFacts, weekday: int, voice: Voice) -> str:
    spans = shop.hours.get(weekday, ())
    if not spans:
        return voice.say("day_closed", day=voice.weekday(weekday))
    hours = " & ".join(f"{clock_text(span.opens)}-{clock_text(span.closes)}" for span in spans)
    return voice.say("day_open", day=voice.weekday(weekday), hours=hours)
