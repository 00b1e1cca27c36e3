"""Who speaks, the state of an assistant's turn, and everything a turn is made from."""

import re
from datetime import date, datetime, time
from typing import Annotated, Literal, Protocol
from zoneinfo import ZoneInfo

import msgspec

from leadcore.catalog.model import Quote, QuoteOutcome
from leadcore.compliance.values import Channel
from leadcore.kernel.ids import TenantId
from leadcore.leads.values import Vehicle
from leadcore.ports.ai import ToolCall
from leadcore.tenants.values import OpenSpan

Author = Literal["customer", "assistant", "staff", "shop"]
Speaker = Literal["assistant", "staff"]
TurnState = Literal["pending", "running", "done", "dropped"]
"""`dropped`: a person took over, or a revocation arrived, before it was answered."""


class TokensUsed(msgspec.Struct, frozen=True, kw_only=True):
    """Tokens of one answer, all model calls together."""

    input: int = 0
    output: int = 0
    total: int = 0


class ReplyMetadata(msgspec.Struct, frozen=True, kw_only=True):
    """How an answer came about.

    `provider` is `catalog` when no model took part; `latency_ms` to the last character;
    `first_token_ms` to the first one shown; `cost_usd` at list price, None when unknown.
    """

    provider: str
    model: str
    tokens_used: TokensUsed
    latency_ms: int
    finish_reason: str
    cost_usd: float | None = None
    first_token_ms: int | None = None
    failed_over_from: tuple[str, ...] = ()
    corrected: tuple[str, ...] = ()


# ------------------------------------------------------------------------------------------- what a turn is made from

Language = Literal["en", "es"]
Topic = Literal["hours", "location", "phone", "services", "all"]

_DAYS: dict[Language, tuple[str, ...]] = {
    "en": ("Mon", "Tue", "Wed", "Thu", "Fri", "Sat", "Sun"),
    "es": ("Lun", "Mar", "Mié", "Jue", "Vie", "Sáb", "Dom"),
}
_CLOSED: dict[Language, str] = {"en": "closed", "es": "cerrado"}


class ShopFacts(msgspec.Struct, frozen=True, kw_only=True):
    """What the assistant may state about the shop.

    `zone` is IANA; `hours` as in `Tenant` (Monday is 0, local times); `services` are names only, for a price comes from
    a quote alone; `link_domains` are the only hosts it may link to.
    """

    brand: str
    zone: str
    phone: str = ""
    address: str = ""
    hours: dict[int, tuple[OpenSpan, ...]] = msgspec.field(default_factory=dict)
    services: tuple[str, ...] = ()
    link_domains: tuple[str, ...] = ()

    def hours_text(self, language: Language = "en") -> str:
        """The week as people read it, `Mon-Fri 9 AM-6 PM, Sat 9 AM-2 PM, Sun closed`; empty when no hours are known."""
        if not any(self.hours.values()):
            return ""
        days = [self.hours.get(day, ()) for day in range(7)]
        parts: list[str] = []
        first = 0
        for day in range(7):
            if day == len(days) - 1 or days[day + 1] != days[day]:
                parts.append(f"{_day_range(first, day, language)} {_spans_text(days[day], language)}")
                first = day + 1
        return ", ".join(parts)

    def open_spans(self, day: date) -> tuple[OpenSpan, ...]:
        """When the shop is open on that local *day*."""
        return self.hours.get(day.weekday(), ())

    def is_open(self, now: datetime) -> bool:
        """Whether it is open at *now*, by the shop's own wall clock."""
        local = now.astimezone(ZoneInfo(self.zone))
        return any(span.opens <= local.time() < span.closes for span in self.open_spans(local.date()))


class Said(msgspec.Struct, frozen=True, kw_only=True):
    """One entry of the conversation as a turn reads it."""

    author: Author
    text: str
    at: datetime


class TurnContext(msgspec.Struct, frozen=True, kw_only=True):
    """Everything an answer may rest on, loaded before it begins.

    `recent` is oldest first and ends with what the customer said last. `tenant_id` keys the prompt cache and the
    circuit breakers; nothing else identifies anybody.
    """

    tenant_id: TenantId
    shop: ShopFacts
    channel: Channel
    now: datetime
    recent: tuple[Said, ...]
    first_name: str = ""
    vehicle: Vehicle = Vehicle()
    interest: str = ""
    disclosed_at: datetime | None = None

    @property
    def question(self) -> str:
        """All the customer has said since anybody answered."""
        waiting: list[str] = []
        for said in reversed(self.recent):
            if said.author != "customer":
                break
            waiting.append(said.text)
        return "\n".join(reversed(waiting))


# ------------------------------------------------------------------------------------------------------------- tools


class QuoteServiceArguments(msgspec.Struct, frozen=True, kw_only=True, forbid_unknown_fields=True):
    """`vehicle` as the customer said it; None means the vehicle of the lead."""

    service: Annotated[str, msgspec.Meta(min_length=1, max_length=200)]
    vehicle: Annotated[str, msgspec.Meta(max_length=120)] | None = None


class ShopInfoArguments(msgspec.Struct, frozen=True, kw_only=True, forbid_unknown_fields=True):
    """What about the shop is asked."""

    topic: Topic = "all"


class HandOverArguments(msgspec.Struct, frozen=True, kw_only=True, forbid_unknown_fields=True):
    """Why a person should take over, for the staff to read."""

    reason: Annotated[str, msgspec.Meta(min_length=1, max_length=300)]


class ToolOutcome(msgspec.Struct, frozen=True, kw_only=True):
    """What a tool answered (`content_json`, for the model) and what the answer may say because of it.

    `quoted` is the typed result behind a quote; `times` are strings whose clock times may be repeated; `handoff` is the
    reason a person takes over after this turn.
    """

    content_json: str
    is_error: bool = False
    quoted: QuoteOutcome | None = None
    times: tuple[str, ...] = ()
    handoff: str | None = None


class ToolBench(Protocol):
    """The tools of one turn. Tenant, lead and catalog are bound in it: the model never names them."""

    def run(self, call: ToolCall) -> ToolOutcome:
        """Answer *call* from what was loaded before. Pure and total: bad arguments become an error the model reads."""
        ...


class GuardFacts(msgspec.Struct, frozen=True, kw_only=True):
    """What an answer may claim.

    `quotes` are those of this very turn; `phrases` are texts that may be repeated although they hold numbers (service
    names, the vehicle, the address); `phones` are E.164.
    """

    quotes: tuple[Quote, ...] = ()
    times: tuple[str, ...] = ()
    phrases: tuple[str, ...] = ()
    link_domains: tuple[str, ...] = ()
    phones: tuple[str, ...] = ()
    language: Language = "en"


def _day_range(first: int, last: int, language: Language) -> str:
    names = _DAYS[language]
    return names[first] if first == last else f"{names[first]}-{names[last]}"


def _spans_text(spans: tuple[OpenSpan, ...], language: Language) -> str:
    if not spans:
        return _CLOSED[language]
    return " & ".join(f"{clock_text(span.opens)}-{clock_text(span.closes)}" for span in spans)


_MAX_VEHICLE_WORDS = 5
_NO_VEHICLE = re.compile(
    r"[^\w\s.-]|\b(?:at|be|buck\w*|cents?|charge|costs?|cuesta|d[oó]l+ar\w*|for|free|grand|hundred|is|just|of|off|only|pay"
    r"|pesos?|por|price|quote|thousand|to|usd)\b|\d\D*\d{5}|\d\S*\s+\d\S*\s+\d",
    re.IGNORECASE,
)


def spoken_vehicle(label: str) -> str:
    """Return *label* if it can only be a vehicle's name, else nothing: its words came from a customer or a model."""
    words = label.split()
    sound = words and len(words) <= _MAX_VEHICLE_WORDS and label.isascii() and not _NO_VEHICLE.search(label)
    return " ".join(words) if sound and any(ch.isalpha() for ch in label) else ""


def clock_text(moment: time) -> str:
    """A wall-clock time as people in the US write it: `9 AM`, `5:30 PM`."""
    half = "AM" if moment.hour < 12 else "PM"  # noqa: PLR2004 - noon
    minutes = f":{moment.minute:02d}" if moment.minute else ""
    return f"{moment.hour % 12 or 12}{minutes} {half}"
