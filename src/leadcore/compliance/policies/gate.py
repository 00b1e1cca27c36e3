"""The one gate. Everything that leaves the building holds a `SendPermit`, and only this module makes one.

`decide` asks in this order; the first answer stands:

1. Are the facts complete? What a purpose needs and nobody supplied is a reason to deny, never to guess.
2. Is it still wanted, surely not sent before a restore, and not too late (`not_after`; five minutes for the
   confirmation of an opt-out)?
3. May this contact be written to at all: suppression binds everything except the confirmation of the opt-out (once,
   47 CFR 64.1200(a)(12)) and the answer to HELP (CTIA Messaging Principles 5.1.2); then words from the customer that an
   automated message did not know of; then consent; then whether the carriers take
   marketing from this sender (10DLC) and the rules know the country.
4. May we send at all: deployment held, tenant paused (what nobody typed), sender not ready or (for what is no
   marketing) not registered with the carriers, the month's budget spent (what nobody typed). That work waits.
5. Is it a lawful hour in every zone and under every rule that may be the recipient's (unknown ones: the safe profile,
   anywhere in the US), and are there 60 seconds of it left?
6. Has this number had its share of marketing texts, over all cadences, and has this contact had none just now?
7. Has this contact had the very same marketing text today, from whatever cadence? Once is enough.
8. Has the sender a slot for it now, where the tenant paces it?

E-mail knows no hours and needs no prior consent: CAN-SPAM (15 USC 7704(a)) is opt-out, so suppression is what binds.
A wait that would end after `not_after` is a denial. Whatever is deferred comes back here with new facts.
"""

from datetime import datetime, timedelta

import msgspec

from leadcore.compliance.policies.grounds import FRESH, consented, is_fresh, is_marketing, law_of
from leadcore.compliance.policies.quiet_hours import closes_at, next_open
from leadcore.compliance.policies.rulebook import RULES_VERSION, Law, federal
from leadcore.compliance.policies.share import JUST_NOW, free_at, spaced_at
from leadcore.compliance.policies.verdicts import Allow, Decision, Defer, Deny, GateFacts, ReasonCode, Registration
from leadcore.compliance.policies.whereabouts import HOME
from leadcore.compliance.values import AUTOMATED, Purpose
from leadcore.kernel.ids import ContactPointId, TenantId
from leadcore.ports.messaging import SendChannel

__all__ = [
    "FRESH", "MARGIN", "RULES_VERSION", "Allow", "Decision", "Defer", "Deny", "GateFacts", "ReasonCode",
    "Registration", "SendPermit", "decide", "permit",
]  # fmt: skip


class SendPermit(msgspec.Struct, frozen=True, kw_only=True):
    """The right to hand one message to a carrier, once, until `expires_at`. Only `permit` in this module makes it."""

    tenant_id: TenantId
    contact_point_id: ContactPointId
    channel: SendChannel
    purpose: Purpose
    expires_at: datetime
    validity_s: int | None
    rules_version: str


CONFIRM_WITHIN = timedelta(minutes=5)
MARGIN = timedelta(seconds=60)
"""Left unused at the end of a window: carriers queue."""
CALL_BUDGET_S = 2.0
VALIDITY_MAX_S = 14_400
_HELD, _PAUSED, _NOT_READY, _SPENT, _NOWHERE = (timedelta(minutes=minutes) for minutes in (1, 5, 15, 60, 1440))
_EARLIEST_ZONE = timedelta(hours=14)
_UNREGISTERED: frozenset[Registration] = frozenset({"pending", "rejected"})
_ANSWERS_SUPPRESSED: frozenset[Purpose] = frozenset({"optout_confirm", "help"})


def decide(facts: GateFacts, *, version: str = RULES_VERSION) -> Decision:
    """Decide about one message. Total: every combination of facts has an answer, missing ones are denied.

    An older *version* decides by the rules of then. Raises `UnknownRulesError` for one this program does not have.
    """
    refusal = _incomplete(facts) or _too_late(facts) or _forbidden(facts, version)
    if refusal is not None:
        return refusal
    decision = _waits(facts) or _hours(facts, version)
    if isinstance(decision, Allow) and facts.same_text:
        return Deny(reason="the same text went to this contact today", code="same_text")
    if isinstance(decision, Allow) and facts.slot_at is not None and facts.slot_at > facts.now:
        return _in_slot(facts, facts.slot_at)
    return decision


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
        facts.budget_renews_at,
        facts.slot_at,
        *facts.sent_at,
    )
    missing = ""
    if any(instant is not None and instant.utcoffset() is None for instant in instants):
        missing = "an instant has no time zone"
    elif facts.purpose == "first_response" and facts.requested_at is None:
        missing = "nobody says when the customer asked"
    elif facts.purpose in {"reply", "help"} and facts.answered_at is None:
        missing = "nobody says which message this answers"
    elif facts.budget_left is not None and facts.budget_renews_at is None:
        missing = "nobody says when the budget renews"
    return Deny(reason=missing, code="incomplete") if missing else None


def _too_late(facts: GateFacts) -> Deny | None:
    if not facts.still_wanted:
        return Deny(reason="no longer wanted", code="not_wanted")
    if facts.purpose == "optout_confirm" and facts.already_confirmed:
        return Deny(reason="the opt-out was confirmed already", code="already_confirmed")
    if facts.sent_before_restore:
        reason = "it was due before the database was restored, and may have been sent then"
        return Deny(reason=reason, expired=True, code="restored")
    if facts.now > _deadline(facts):
        return _expired("too late")
    return None


def _forbidden(facts: GateFacts, version: str) -> Deny | None:
    if facts.suppressed_by and facts.purpose not in _ANSWERS_SUPPRESSED:
        return Deny(reason=f"suppressed: {', '.join(facts.suppressed_by)}", code="suppressed")
    if facts.purpose in AUTOMATED and facts.last_inbound_at is not None and facts.last_inbound_at > facts.decided_at:
        return Deny(reason="the customer wrote meanwhile", code="customer_wrote")
    if facts.channel == "email":
        return None
    if not consented(facts, version):
        return Deny(reason=f"no consent on record for {facts.purpose}", code="no_consent")
    if facts.registration_binds and facts.registration in _UNREGISTERED and is_marketing(facts, version):
        reason = f"the sender's 10DLC registration is {facts.registration}: no marketing texts until it is verified"
        return Deny(reason=reason, code="sender_not_registered")
    if facts.country and facts.country not in HOME and is_marketing(facts, version):
        return Deny(reason=f"no rules for marketing texts to {facts.country}", code="foreign")
    return None


# ------------------------------------------------------------------------------------------------------ 4–6: not now


def _waits(facts: GateFacts) -> Defer | Deny | None:
    automated = facts.purpose in AUTOMATED
    if facts.deployment_held:
        return _ask_again(facts, after=_HELD, reason="sending is held", code="held")
    if facts.tenant_paused and automated:
        return _ask_again(facts, after=_PAUSED, reason="the tenant paused automated messages", code="paused")
    if not facts.sender_ready:
        return _ask_again(facts, after=_NOT_READY, reason="the sender is not ready", code="sender_not_ready")
    if facts.channel == "sms" and facts.registration in _UNREGISTERED:
        reason = f"the sender's 10DLC registration is {facts.registration}"
        return _ask_again(facts, after=_NOT_READY, reason=reason, code="sender_not_registered")
    if automated and facts.budget_left is not None and facts.budget_left <= 0:
        rest = (facts.budget_renews_at or facts.now) - facts.now
        after = min(_SPENT, rest) if rest > timedelta(0) else _SPENT
        return _ask_again(facts, after=after, reason="the month's budget of messages is spent", code="budget")
    return None


def _hours(facts: GateFacts, version: str) -> Decision:
    if facts.channel == "email":
        free = spaced_at(facts.sent_at, now=facts.now) if facts.purpose == "marketing" else facts.now
        return Allow(reason="no hours bind e-mail") if free == facts.now else _spaced(facts, until=free)
    match facts.purpose:
        case "staff_notice" | "help" | "test":
            return Allow(reason=f"{facts.purpose} goes at any hour")
        case "optout_confirm":
            return Allow(window_closes=_deadline(facts), reason="the opt-out is confirmed at any hour, within minutes")
        case "first_response":
            asked = facts.requested_at if facts.first_response_any_hour else None
            return _at_any_hour(facts, asked, version) or _in_window(
                facts, law_of(facts, version), capped=is_marketing(facts, version)
            )
        case "reply":
            return _at_any_hour(facts, facts.answered_at, version) or _in_window(facts, federal(version))
        case "transactional":
            acts = (facts.last_inbound_at, facts.requested_at, facts.answered_at)
            newest = max((act for act in acts if act is not None and is_fresh(act, facts.now)), default=None)
            return _at_any_hour(facts, newest, version) or _in_window(facts, federal(version))
        case _:
            return _in_window(facts, law_of(facts, version), capped=True)


def _at_any_hour(facts: GateFacts, act: datetime | None, version: str) -> Allow | None:
    """Allow what answers an act of the customer at most `FRESH` ago, for as long as that or the open window lasts."""
    if act is None or not is_fresh(act, facts.now):
        return None
    # allowed in the last second, it still gets a minute of the carrier's queue
    fresh_until = max(act + FRESH, facts.now + 2 * MARGIN)
    closes = closes_at(facts.now, facts.zones, federal(version))
    return Allow(
        window_closes=fresh_until if closes is None else max(closes, fresh_until),
        reason="the customer acted within the last 15 minutes",
    )


def _in_window(facts: GateFacts, law: Law, *, capped: bool = False) -> Decision:
    # a rule takes force at midnight in its zone: asked for the day of the earliest zone, no cap begins too late
    caps = law.caps_on((facts.now + _EARLIEST_ZONE).date()) if capped else ()
    shared = free_at(facts.sent_at, caps, now=facts.now)
    free = max(shared, spaced_at(facts.sent_at, now=facts.now)) if capped else shared
    closes = closes_at(free, facts.zones, law)
    if free == facts.now and closes is not None and closes - facts.now >= MARGIN:
        return Allow(window_closes=closes, reason=f"inside the hours of {law.named}")
    opens = next_open(free if closes is None or closes - free >= MARGIN else closes, facts.zones, law)
    if opens is None:
        reason = "no hour is lawful everywhere the recipient may be: a person has to look"
        return _ask_again(facts, after=_NOWHERE, reason=reason, code="no_common_hour")
    if opens > _deadline(facts):
        return _expired("too late once the window opens")
    if free > shared:
        return _spaced(facts, until=opens)
    if free > facts.now:
        counted = f"{len(facts.sent_at)} marketing texts in the last week are this number's share"
        return Defer(until=opens, reason=counted, code="cap")
    return Defer(until=opens, reason=f"outside the hours of {law.named}", code="quiet_hours")


def _spaced(facts: GateFacts, *, until: datetime) -> Defer | Deny:
    return (
        _expired("too late once it is its turn")
        if until > _deadline(facts)
        else Defer(until=until, reason=JUST_NOW, code="cap")
    )


def _in_slot(facts: GateFacts, slot_at: datetime) -> Defer | Deny:
    if slot_at > _deadline(facts):
        return _expired("too late once the sender has a slot")
    return Defer(until=slot_at, reason="waits for a sending slot", code="pace")


def _ask_again(facts: GateFacts, *, after: timedelta, reason: str, code: ReasonCode) -> Defer | Deny:
    """Defer what nobody knows the end of: asked again after a while, for the last time at the deadline."""
    deadline = _deadline(facts)
    if facts.now >= deadline:
        return _expired(f"too late: {reason}")
    return Defer(until=min(facts.now + after, deadline), reason=reason, code=code)


def _expired(reason: str) -> Deny:
    return Deny(reason=reason, expired=True, code="expired")


def _deadline(facts: GateFacts) -> datetime:
    if facts.purpose == "optout_confirm":
        return min(facts.not_after, facts.decided_at + CONFIRM_WITHIN)
    return facts.not_after
