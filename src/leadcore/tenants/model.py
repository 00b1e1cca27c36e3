"""The tenant as configured. One document: what an operator sets is what is stored."""

from datetime import time
from typing import Literal

import msgspec

from leadcore.kernel.ids import ConnectionId, TenantId
from leadcore.tenants.values import (
    AssignmentRule,
    CatalogRules,
    LeadRule,
    OpenSpan,
    ProviderChoice,
    ScoreWeights,
    Senders,
    StaffMember,
    WinBack,
    WriteBackRule,
)

_WEEKDAYS = (0, 1, 2, 3, 4)
_NINE, _SIX, _TWO = time(9), time(18), time(14)


def _usual_hours() -> dict[int, tuple[OpenSpan, ...]]:
    hours = {day: (OpenSpan(opens=_NINE, closes=_SIX),) for day in _WEEKDAYS}
    return {**hours, 5: (OpenSpan(opens=_NINE, closes=_TWO),)}


class Tenant(msgspec.Struct, frozen=True, kw_only=True, forbid_unknown_fields=True):
    """One location. `zone` is IANA; `postal_address` is the physical address CAN-SPAM (15 USC 7704) wants in mails.

    `first_response` decides whether the answer to a customer's own request may go at any hour or waits for the window
    (ADR 0008). `stop_confirmation` and `help_reply` say who answers those words: Twilio does by default, and then we
    must not. `state` (its code) is where the shop is, evidence of where its customers are. `monthly_messages` is how
    many messages a month, in the shop's zone, may go that nobody typed (None: any number). `reopen_days`: for so long
    after the last activity a second request for the same vehicle is the same lead (0: never).
    `staff_phone`/`staff_email` are told when a conversation is handed to a person and its advisor (one of `staff`)
    cannot be reached. `holidays` is a country or subdivision (`US-TX`) whose public holidays are no business days of
    the cadences; `closures` are single dates (`2026-12-24`) that are none either.
    """

    id: TenantId
    slug: str
    brand: str
    zone: str
    region: str = "US"
    phone: str = ""
    address: str = ""
    postal_address: str = ""
    hours: dict[int, tuple[OpenSpan, ...]] = msgspec.field(default_factory=_usual_hours)
    holidays: str = ""
    closures: tuple[str, ...] = ()
    senders: Senders = Senders()
    providers: ProviderChoice = ProviderChoice()
    lead_rule: LeadRule = LeadRule()
    write_back: WriteBackRule = WriteBackRule()
    reopen_days: int = 30
    catalog: CatalogRules = CatalogRules()
    cadence: str = "seven-in-eight"
    consent_wording: str = (
        "By submitting this form you agree to receive texts and e-mails about your request from us. "
        "Consent is not a condition of purchase. Reply STOP to opt out. Msg & data rates may apply."
    )
    consent_covers_marketing: bool = True
    first_response: Literal["any_hour", "wait_for_window"] = "any_hour"
    quiet_profile: Literal["federal", "strict", "safe_default"] = "federal"
    state: str = ""
    monthly_messages: int | None = None
    stop_confirmation: Literal["provider", "ours"] = "provider"
    help_reply: Literal["provider", "ours"] = "provider"
    staff_phone: str = ""
    staff_email: str = ""
    staff: tuple[StaffMember, ...] = ()
    assignment: AssignmentRule = AssignmentRule()
    score: ScoreWeights = ScoreWeights()
    win_back: WinBack = WinBack()
    paused: bool = False
    version: int = 1


class Connection(msgspec.Struct, frozen=True, kw_only=True):
    """Credentials and settings of one plugin for one tenant. `sealed` holds the secret fields, sealed by the vault.

    `id` is unguessable and stands in webhook paths; `signing_secret` is sealed too.
    """

    id: ConnectionId
    tenant_id: TenantId
    port: str
    plugin: str
    settings: dict[str, object]
    sealed: bytes
    version: int = 1
