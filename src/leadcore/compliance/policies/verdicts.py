"""What the gate is asked and what it answers."""

from datetime import datetime
from typing import Literal

import msgspec

from leadcore.compliance.policies.contact_rules import QuietProfile
from leadcore.compliance.policies.whereabouts import Clue
from leadcore.compliance.values import Purpose
from leadcore.kernel.ids import ContactPointId, TenantId
from leadcore.ports.messaging import SendChannel

Registration = Literal["unset", "unchecked", "pending", "verified", "rejected", "not_needed"]
"""Where the 10DLC brand and campaign of a sender stand. While nobody has said, texts go: carriers refuse by themselves.

`unchecked` is how unset was called before. Toll-free and short codes, and numbers outside the US, need none.
"""

ReasonCode = Literal[
    "allowed",
    "incomplete",
    "not_wanted",
    "already_confirmed",
    "restored",
    "expired",
    "suppressed",
    "customer_wrote",
    "no_consent",
    "foreign",
    "held",
    "paused",
    "sender_not_ready",
    "sender_not_registered",
    "budget",
    "quiet_hours",
    "no_common_hour",
    "cap",
    "same_text",
    "pace",
    "unspecified",
]
"""Why, for programs; `reason` says it to people. `no_common_hour` waits for a person; unspecified is from before."""


class GateFacts(msgspec.Struct, frozen=True, kw_only=True):
    """Everything a decision rests on, gathered in the unit of work that holds the contact point's lock.

    `decided_at` is when the message (or touch) was decided; `requested_at` when the customer asked (first response);
    `answered_at` the inbound message this replies to. `zones` and `states` are all the recipient may be in (none means
    unknown), `clues` where that comes from, `country` the phone's (empty: unknown). `sent_at` are the instants at which
    texts that count against caps went or may have gone in the last seven days. `budget_left` is how many messages the
    tenant may still send before `budget_renews_at` (None: no budget). `sent_before_restore`: it was due in the time a
    restored database does not know, and may have been sent then.

    `registration_binds` is false in decisions from before marketing texts of an unregistered sender were denied.
    """

    now: datetime
    tenant_id: TenantId
    contact_point_id: ContactPointId
    channel: SendChannel
    purpose: Purpose
    decided_at: datetime
    not_after: datetime
    zones: tuple[str, ...]
    consent: Literal["none", "conversational", "marketing"]
    suppressed_by: tuple[str, ...] = ()
    last_inbound_at: datetime | None = None
    requested_at: datetime | None = None
    answered_at: datetime | None = None
    still_wanted: bool = True
    tenant_paused: bool = False
    deployment_held: bool = False
    sender_ready: bool = True
    first_response_any_hour: bool = True
    quiet_profile: QuietProfile = "federal"
    already_confirmed: bool = False
    sent_before_restore: bool = False
    states: tuple[str, ...] = ()
    clues: tuple[Clue, ...] = ()
    country: str = ""
    sent_at: tuple[datetime, ...] = ()
    registration: Registration = "unset"
    registration_binds: bool = False
    budget_left: int | None = None
    budget_renews_at: datetime | None = None
    same_text: bool = False
    slot_at: datetime | None = None


class Allow(msgspec.Struct, frozen=True, kw_only=True, tag="allow"):
    """It may go now, and must have left by `window_closes` (None: no window binds it)."""

    window_closes: datetime | None = None
    reason: str = "allowed"
    code: ReasonCode = "allowed"


class Defer(msgspec.Struct, frozen=True, kw_only=True, tag="defer"):
    """Not now: decide again at `until`."""

    until: datetime
    reason: str
    code: ReasonCode = "unspecified"


class Deny(msgspec.Struct, frozen=True, kw_only=True, tag="deny"):
    """Never. `expired` tells a message that came too late from one that was forbidden."""

    reason: str
    expired: bool = False
    code: ReasonCode = "unspecified"


Decision = Allow | Defer | Deny
