"""The tools of a turn, apart from where a quote comes from."""

from typing import Protocol

import msgspec

from leadcore.catalog.model import NeedsVehicle, NotSold, Quote, QuoteOutcome, WhichService
from leadcore.conversations.values import (
    HandOverArguments,
    QuoteServiceArguments,
    ShopFacts,
    ShopInfoArguments,
    ToolOutcome,
    Topic,
)
from leadcore.kernel.errors import LeadcoreError
from leadcore.ports.ai import ToolCall

_CLASSES = ("coupe", "sedan", "suv", "truck", "van")
_MAX_CHOICES = 12


class Quoting(Protocol):
    """Where quotes come from: the catalog, with tenant and lead bound."""

    def __call__(self, *, service: str, vehicle: str | None) -> QuoteOutcome:
        """Price *service*; *vehicle* in the customer's words, None for the vehicle of the lead."""
        ...


class ShopBench:
    """`ToolBench` from the shop's facts and a quote function. Pure and total, as that function is."""

    def __init__(self, shop: ShopFacts, *, quote: Quoting) -> None:
        self._shop = shop
        self._quote = quote

    def run(self, call: ToolCall) -> ToolOutcome:
        """Answer *call*; whatever is wrong with it becomes an error the model reads."""
        try:
            if call.name == "quote_service":
                wanted = msgspec.json.decode(call.arguments or "{}", type=QuoteServiceArguments)
                return quoted(self._quote(service=wanted.service, vehicle=wanted.vehicle or None))
            if call.name == "shop_info":
                asked = msgspec.json.decode(call.arguments or "{}", type=ShopInfoArguments)
                return informed(self._shop, asked.topic)
            if call.name == "hand_over_to_person":
                given = msgspec.json.decode(call.arguments or "{}", type=HandOverArguments)
                return handed_over(given.reason)
        except (msgspec.DecodeError, LeadcoreError) as cause:
            return failed("bad_arguments", detail=str(cause))
        return failed("unknown_tool", detail="there are quote_service, shop_info and hand_over_to_person")


def quoted(outcome: QuoteOutcome) -> ToolOutcome:
    """A catalog answer as a model reads it. Bounds of a price that is not settled are kept from it."""
    match outcome:
        case Quote():
            price = {
                "amount_minor": outcome.price.minor,
                "currency": outcome.price.currency,
                "display": outcome.price.display,
            }
            return _answer(
                {
                    "quote_id": outcome.quote_id, "service": outcome.service, "vehicle": outcome.vehicle,
                    "vehicle_class": outcome.vehicle_class, "price": price, "assumptions": list(outcome.assumptions),
                },
                quoted=outcome,
            )  # fmt: skip
        case NeedsVehicle():
            return _answer(
                {"error": "needs_vehicle", "missing": "vehicle", "service": outcome.service, "choices": list(_CLASSES)},
                quoted=outcome,
            )
        case WhichService():
            return _answer({"error": "which_service", "choices": list(outcome.choices[:_MAX_CHOICES])}, quoted=outcome)
        case NotSold():
            return _answer(
                {"error": "not_sold", "asked": outcome.asked, "choices": list(outcome.choices[:_MAX_CHOICES])},
                quoted=outcome,
            )


def informed(shop: ShopFacts, topic: Topic) -> ToolOutcome:
    """What the shop says about itself."""
    facts: dict[Topic, object] = {
        "hours": shop.hours_text(),
        "location": shop.address,
        "phone": shop.phone,
        "services": list(shop.services),
    }
    keys: dict[Topic, str] = {"location": "address"}
    wanted = facts if topic == "all" else {topic: facts[topic]}
    known = {keys.get(name, name): value for name, value in wanted.items() if value}
    if not known:
        return failed("not_known", detail="the shop has not told us; offer to have a person answer")
    return _answer({"brand": shop.brand, **known}, times=(shop.hours_text(),))


def handed_over(reason: str) -> ToolOutcome:
    """A person will be told when the turn is over."""
    return _answer({"status": "a person at the shop has been asked to take over"}, handoff=reason)


def failed(error: str, *, detail: str) -> ToolOutcome:
    """A refusal the model can read and react to."""
    content = msgspec.json.encode({"error": error, "detail": detail[:300]}).decode()
    return ToolOutcome(content_json=content, is_error=True)


def _answer(
    content: dict[str, object],
    *,
    quoted: QuoteOutcome | None = None,
    times: tuple[str, ...] = (),
    handoff: str | None = None,
) -> ToolOutcome:
    return ToolOutcome(content_json=msgspec.json.encode(content).decode(), quoted=quoted, times=times, handoff=handoff)
