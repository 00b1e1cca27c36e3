"""The one gate. Everything that leaves the building holds a `SendPermit`, and only this module makes one.

`decide` asks in this order; the first answer stands:

1. Are the facts complete? What a purpose needs and nobody supplied is a reason to deny, never to guess.
2. Is it still wanted, and not too late (`not_after`; five minutes for the confirmation of an opt-out)?
3. May this contact be written to at all: suppression binds everything except the confirmation of the opt-out (once,
   47 CFR 64.1200(a)(12)) and the answer to HELP (CTIA Messaging Principles 5.1.2); then words from the customer that an
   automated message did not know of; then consent.
4. May we send at all: deployment held, tenant paused (what nobody typed), sender not ready. That work waits.
5. Is it a lawful hour, and are there 60 seconds of it left?
6. Has this number had its share of marketing texts?

E-mail knows no hours and needs no prior consent: CAN-SPAM (15 USC 7704(a)) is opt-out, so suppression is what binds.
A wait that would end after `not_after` is a denial. Whatever is deferred comes back here with new facts.
"""

from datetime import datetime, timedelta
from typing import Literal

import msgspec

from leadcore.compliance.policies.contact_rules import RULES, QuietProfile
from leadcore.compliance.policies.quiet_hours import closes_at, next_open
from leadcore.compliance.values import AUTOMATED, Purpose
from leadcore.kernel.ids import ContactPointId, TenantId
from leadcore.ports.messaging import SendChannel

RULES_VERSION = "2026-11-22"
"""Names the rule set; stored with every decision so that it can be replayed."""


class GateFacts(msgspec.Struct, frozen=True, kw_only=True):
    """Everything a decision rests on, gathered in the unit of work that holds the contact point's lock.

    `decided_at` is when the message (or touch) was decided; `requested_at` when the customer asked (first response);
    `answered_at` the inbound message this replies to. `zones` are all IANA zones the recipient may be in: empty means
    unknown. `sends_24h` counts marketing messages on this channel that went or may have gone in the last 24 hours.
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
    quiet_profile: Literal["federal", "safe_default"] = "federal"
    sends_24h: int = 0
    already_confirmed: bool = False


class Allow(msgspec.Struct, frozen=True, kw_only=True, tag="allow"):
    """It may go now, and must have left by `window_closes` (None: no window binds it)."""

    window_closes: datetime | None = None
    reason: str = "allowed"


class Defer(msgspec.Struct, frozen=True, kw_only=True, tag="defer"):
    """Not now: decide again at `until`."""

    until: datetime
    reason: str


class Deny(msgspec.Struct, frozen=True, kw_only=True, tag="deny"):
    """Never. `expired` tells a message that came too late from one that was forbidden."""

    reason: str
    expired: bool = False


Decision = Allow | Defer | Deny


class SendPermit(msgspec.Struct, frozen=True, kw_only=True):
    """The right to hand one message to a carrier, once, until `expires_at`. Only `permit` in this module makes it."""

    tenant_id: TenantId
    contact_point_id: ContactPointId
    channel: SendChannel
    purpose: Purpose
    expires_at: datetime
    validity_s: int | None
    rules_version: str


FRESH = timedelta(minutes=15)
"""How long after the customer's own act an answer counts as part of the same conversation."""
CONFIRM_WITHIN = timedelta(minutes=5)
MARGIN = timedelta(seconds=60)
"""Left unused at the end of a window: carriers queue."""
CALL_BUDGET_S = 2.0
VALIDITY_MAX_S = 14_400
_AHEAD = timedelta(minutes=5)  # the customer's act is dated by other people's clocks
_HELD, _PAUSED, _NOT_READY, _CAPPED = (timedelta(minutes=minutes) for minutes in (1, 5, 15, 60))
_ANSWERS_SUPPRESSED: frozenset[Purpose] = frozenset({"optout_confirm", "help"})


def decide(facts: GateFacts) -> Decision:
    """Decide about one message. Total: every combination of facts has an answer, missing ones are denied."""
    refusal = _incomplete(facts) or _too_late(facts) or _forbidden(facts)
    if refusal is not None:
        return refusal
    return _waits(facts) or _hours(facts)


def permit(facts: GateFacts, allow: Allow, *, call_budget_s: float = CALL_BUDGET_S) -> SendPermit:
    """Make the permit that *allow*, decided on the same *facts*, stands for.

    The call to the carrier must begin within *call_budget_s* seconds of `facts.now`; a carrier of texts may queue the
    message for `validity_s` seconds (None: e-mail).
    """
    ends = _deadline(facts) if allow.window_closes is None else min(allow.window_closes, _deadline(facts))
    rest_s = int((ends - facts.now - MARGIN).total_seconds())
    return SendPermit(
        tenant_id=facts.tenant_id,
        contact_point_id=facts.contact_point_id,
        channel=facts.channel,
        purpose=facts.purpose,
        expires_at=min(facts.now + timedelta(seconds=call_budget_s), ends),
        validity_s=None if facts.channel == "email" else max(1, min(rest_s, VALIDITY_MAX_S)),
        rules_version=RULES_VERSION,
    )


# ------------------------------------------------------------------------------------------- 1–3: never, or no more


def _incomplete(facts: GateFacts) -> Deny | None:
    instants = (
        facts.now,
        facts.decided_at,
        facts.not_after,
        facts.last_inbound_at,
        facts.requested_at,
        facts.answered_at,
    )
    if any(instant is not None and instant.utcoffset() is None for instant in instants):
        return Deny(reason="an instant has no time zone")
    if facts.purpose == "first_response" and facts.requested_at is None:
        return Deny(reason="nobody says when the customer asked")
    if facts.purpose in {"reply", "help"} and facts.answered_at is None:
        return Deny(reason="nobody says which message this answers")
    return None


def _too_late(facts: GateFacts) -> Deny | None:
    if not facts.still_wanted:
        return Deny(reason="no longer wanted")
    if facts.purpose == "optout_confirm" and facts.already_confirmed:
        return Deny(reason="the opt-out was confirmed already")
    if facts.now > _deadline(facts):
        return Deny(reason="too late", expired=True)
    return None


def _forbidden(facts: GateFacts) -> Deny | None:
    if facts.suppressed_by and facts.purpose not in _ANSWERS_SUPPRESSED:
        return Deny(reason=f"suppressed: {', '.join(facts.suppressed_by)}")
    if facts.purpose in AUTOMATED and facts.last_inbound_at is not None and facts.last_inbound_at > facts.decided_at:
        return Deny(reason="the customer wrote meanwhile")
    if facts.channel == "email" or _consented(facts):
        return None
    return Deny(reason=f"no consent on record for {facts.purpose}")


def _consented(facts: GateFacts) -> bool:
    """Whether the consent a text of this purpose needs is there.

    Marketing needs prior express written consent (47 CFR 64.1200(a)(2)); other automated texts prior express consent
    (a)(1), which writing to us from that number gives too.
    """
    match facts.purpose:
        case "marketing":
            return facts.consent == "marketing"
        case "first_response":
            return facts.consent == "marketing" or (facts.consent == "conversational" and _in_time(facts))
        case "transactional":
            return facts.consent != "none" or facts.last_inbound_at is not None
        case _:
            return True  # the customer wrote, or it is our own staff


def _in_time(facts: GateFacts) -> bool:
    """Whether a first response still answers the request; one that had to wait for the window is as fresh as it."""
    if _is_fresh(facts.requested_at, facts.now):
        return True
    if facts.first_response_any_hour or facts.requested_at is None:
        return False
    opened = next_open(facts.requested_at, facts.zones, facts.quiet_profile)
    return opened is not None and _is_fresh(opened, facts.now)


# ------------------------------------------------------------------------------------------------------ 4–6: not now


def _waits(facts: GateFacts) -> Defer | Deny | None:
    if facts.deployment_held:
        return _ask_again(facts, after=_HELD, reason="sending is held")
    if facts.tenant_paused and facts.purpose in AUTOMATED:
        return _ask_again(facts, after=_PAUSED, reason="the tenant paused automated messages")
    if not facts.sender_ready:
        return _ask_again(facts, after=_NOT_READY, reason="the sender is not ready")
    return None


def _hours(facts: GateFacts) -> Decision:
    if facts.channel == "email":
        return Allow(reason="no hours bind e-mail")
    match facts.purpose:
        case "staff_notice" | "help":
            return Allow(reason=f"{facts.purpose} goes at any hour")
        case "optout_confirm":
            return Allow(window_closes=_deadline(facts), reason="the opt-out is confirmed at any hour, within minutes")
        case "first_response":
            asked = facts.requested_at if facts.first_response_any_hour else None
            return _at_any_hour(facts, asked) or _in_window(facts, facts.quiet_profile, capped=not _in_time(facts))
        case "reply":
            return _at_any_hour(facts, facts.answered_at) or _in_window(facts, "federal")
        case "transactional":
            acts = (facts.last_inbound_at, facts.requested_at, facts.answered_at)
            newest = max((act for act in acts if act is not None and _is_fresh(act, facts.now)), default=None)
            return _at_any_hour(facts, newest) or _in_window(facts, "federal")
        case _:
            return _in_window(facts, facts.quiet_profile, capped=True)


def _at_any_hour(facts: GateFacts, act: datetime | None) -> Allow | None:
    """Allow what answers an act of the customer at most `FRESH` ago, for as long as that or the open window lasts."""
    if act is None or not _is_fresh(act, facts.now):
        return None
    # allowed in the last second, it still gets a minute of the carrier's queue
    fresh_until = max(act + FRESH, facts.now + 2 * MARGIN)
    closes = closes_at(facts.now, facts.zones, "federal")
    return Allow(
        window_closes=fresh_until if closes is None else max(closes, fresh_until),
        reason="the customer acted within the last 15 minutes",
    )


def _in_window(facts: GateFacts, profile: QuietProfile, *, capped: bool = False) -> Decision:
    closes = closes_at(facts.now, facts.zones, profile)
    if closes is None or closes - facts.now < MARGIN:
        opens = next_open(closes or facts.now, facts.zones, profile)
        if opens is None:
            return Deny(reason="no hour is lawful in every zone the recipient may be in")
        if opens > _deadline(facts):
            return Deny(reason="too late once the window opens", expired=True)
        return Defer(until=opens, reason=f"outside the {profile} window")
    if capped and facts.sends_24h >= RULES[profile].max_24h:
        return _ask_again(facts, after=_CAPPED, reason=f"{facts.sends_24h} marketing texts in 24 hours")
    return Allow(window_closes=closes, reason=f"inside the {profile} window")


def _ask_again(facts: GateFacts, *, after: timedelta, reason: str) -> Defer | Deny:
    """Defer what nobody knows the end of: asked again after a while, for the last time at the deadline."""
    deadline = _deadline(facts)
    if facts.now >= deadline:
        return Deny(reason=f"too late: {reason}", expired=True)
    return Defer(until=min(facts.now + after, deadline), reason=reason)


def _deadline(facts: GateFacts) -> datetime:
    if facts.purpose == "optout_confirm":
        return min(facts.not_after, facts.decided_at + CONFIRM_WITHIN)
    return facts.not_after


def _is_fresh(act: datetime | None, now: datetime) -> bool:
    return act is not None and -_AHEAD <= now - act <= FRESH
