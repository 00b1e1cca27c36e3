"""Small values a tenant is made of."""

from datetime import time
from typing import Literal

import msgspec

Weekday = int
"""Monday is 0, as in `date.weekday()`."""


class OpenSpan(msgspec.Struct, frozen=True, kw_only=True, forbid_unknown_fields=True):
    """Open from `opens` until `closes`, local wall-clock times of the tenant's zone; `closes` itself is closed."""

    opens: time
    closes: time


class Senders(msgspec.Struct, frozen=True, kw_only=True, forbid_unknown_fields=True):
    """Whom messages come from: an SMS number in E.164 (or a Messaging Service SID), an e-mail address and its name.

    `sms_registration` is where the number's 10DLC brand and campaign stand. While pending or rejected marketing texts
    are denied and all others wait; unset (once called unchecked) they go, and `leadcore doctor` asks.
    `sms_segments_per_second` is what the number's carriers take (a long code: 1); 0: not paced, the carrier queues.
    """

    sms: str = ""
    sms_registration: Literal["unset", "unchecked", "pending", "verified", "rejected", "not_needed"] = "unset"
    sms_segments_per_second: float = 0.0
    email: str = ""
    email_name: str = ""


class ModelChoice(msgspec.Struct, frozen=True, kw_only=True, forbid_unknown_fields=True):
    """A provider by plugin name and, if not its default, the model id."""

    provider: str
    model: str = ""


class ProviderChoice(msgspec.Struct, frozen=True, kw_only=True, forbid_unknown_fields=True):
    """Which plugin serves which role. `assistant` is tried in order; when all fail the catalog assistant answers."""

    crm: str = "shopmonkey"
    sms: str = "twilio"
    email: str = "sendgrid"
    assistant: tuple[ModelChoice, ...] = ()


class LeadRule(msgspec.Struct, frozen=True, kw_only=True, forbid_unknown_fields=True):
    """What counts as a lead in this shop's CRM. Empty lists do not restrict. Compared without case."""

    columns: tuple[str, ...] = ("Website Leads", "Appointments")
    statuses: tuple[str, ...] = ("Estimate",)
    name_prefixes: tuple[str, ...] = ("New Quote",)
    service_words: tuple[str, ...] = ("tint", "window", "ppf", "ceramic", "coating", "film", "wrap")
    require_no_messages: bool = True
    require_no_appointments: bool = True
    max_age_days: int = 30


class StatusColumns(msgspec.Struct, frozen=True, kw_only=True, forbid_unknown_fields=True):
    """The CRM's column (status, deal stage) by its name for each status of a lead; empty leaves the order alone."""

    contacted: str = ""
    engaged: str = ""
    quoted: str = ""
    booked: str = ""
    won: str = ""
    lost: str = ""

    def of(self, status: str) -> str:
        """Return the column for a lead's status, empty when none is set; a new lead's never is."""
        return str(getattr(self, status, "")).strip()

    @property
    def names(self) -> tuple[str, ...]:
        """All columns that are set."""
        return tuple(name for field in self.__struct_fields__ if (name := self.of(field)))


class WriteBackRule(msgspec.Struct, frozen=True, kw_only=True, forbid_unknown_fields=True):
    """What is told to the shop's CRM: notes, and what people book here; more only when it is asked for."""

    note: bool = True
    pictures: bool = True
    appointments: bool = True
    messages: bool = False
    columns: StatusColumns = StatusColumns()


class StaffMember(msgspec.Struct, frozen=True, kw_only=True, forbid_unknown_fields=True):
    """One of the shop's people whom leads are given to. `key` is what assignments remember, so it never changes.

    `hours` are when they are in, as the shop's own hours are written; empty means: whenever the shop is open. Who is
    not `active` gets no lead and no notice, and keeps what was assigned before.
    """

    key: str
    name: str
    phone: str = ""
    email: str = ""
    hours: dict[Weekday, tuple[OpenSpan, ...]] = msgspec.field(default_factory=dict)
    active: bool = True


class AssignmentRule(msgspec.Struct, frozen=True, kw_only=True, forbid_unknown_fields=True):
    """Who gets a new lead: nobody, everybody in turn, or in turn whoever is in at the time (everybody if nobody is).

    `sticky`: who asked before goes to the advisor they had, while that one is active.
    """

    policy: Literal["off", "round_robin", "on_duty"] = "round_robin"
    sticky: bool = True


class ScoreWeights(msgspec.Struct, frozen=True, kw_only=True, forbid_unknown_fields=True):
    """Points, 0 to 100 each, for what is known of a lead; their sum is cut off at 100. `sources` are extra, by source.

    `fast_reply` is given whole for a reply within 15 minutes and half within an hour; `recent` fades in steps over
    seven days without a word from the customer.
    """

    textable: int = 10
    consent: int = 10
    vehicle: int = 5
    service: int = 10
    price: int = 15
    replied: int = 15
    fast_reply: int = 10
    slot: int = 15
    recent: int = 10
    sources: dict[str, int] = msgspec.field(default_factory=dict)


class WinBack(msgspec.Struct, frozen=True, kw_only=True, forbid_unknown_fields=True):
    """Asking once more, `after_days` after a lead was lost (0: never) for one of `reasons`, with a cadence by name."""

    after_days: int = 0
    cadence: str = "win-back"
    reasons: tuple[Literal["no_answer", "price", "went_elsewhere"], ...] = ("no_answer", "price", "went_elsewhere")


class CatalogRules(msgspec.Struct, frozen=True, kw_only=True, forbid_unknown_fields=True):
    """How this shop's price list is read, asked in order and before the rules that leadcore brings.

    `categories` are rules `WORDS -> CATEGORY`, `classes` rules `WORDS -> CLASS CLASS` for words that name a vehicle
    class; entries with all the words of one of `leave_out` are never quoted.
    """

    categories: tuple[str, ...] = ()
    classes: tuple[str, ...] = ()
    leave_out: tuple[str, ...] = ()
