"""Small values a tenant is made of."""

from datetime import time

import msgspec

Weekday = int
"""Monday is 0, as in `date.weekday()`."""


class OpenSpan(msgspec.Struct, frozen=True, kw_only=True, forbid_unknown_fields=True):
    """Open from `opens` until `closes`, local wall-clock times of the tenant's zone; `closes` itself is closed."""

    opens: time
    closes: time


class Senders(msgspec.Struct, frozen=True, kw_only=True, forbid_unknown_fields=True):
    """Whom messages come from: an SMS number in E.164 (or a Messaging Service SID), an e-mail address and its name."""

    sms: str = ""
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
    """What is told to the shop's CRM. A note on the first answer is; moving orders and logging talks are asked for."""

    note: bool = True
    messages: bool = False
    columns: StatusColumns = StatusColumns()
