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

    `sms_registration` is where the number's 10DLC brand and campaign stand; while pending or rejected no text goes.
    """

    sms: str = ""
    sms_registration: Literal["unchecked", "pending", "verified", "rejected"] = "unchecked"
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
