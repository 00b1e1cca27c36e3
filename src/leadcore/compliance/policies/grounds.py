"""What a text rests on: consent, or an act of the customer so young that we still answer it; and which law binds it."""

from datetime import datetime, timedelta

from leadcore.compliance.policies.quiet_hours import next_open
from leadcore.compliance.policies.rulebook import Law, law
from leadcore.compliance.policies.verdicts import GateFacts
from leadcore.compliance.policies.whereabouts import are_certain

FRESH = timedelta(minutes=15)
"""How long after the customer's own act an answer counts as part of the same conversation."""
_AHEAD = timedelta(minutes=5)  # the customer's act is dated by other people's clocks


def consented(facts: GateFacts, version: str) -> bool:
    """Whether the consent a text of this purpose needs is there.

    Marketing needs prior express written consent (47 CFR 64.1200(a)(2)); other automated texts prior express consent
    (a)(1), which writing to us from that number gives too.
    """
    match facts.purpose:
        case "marketing":
            return facts.consent == "marketing"
        case "first_response":
            return facts.consent == "marketing" or (facts.consent == "conversational" and in_time(facts, version))
        case "transactional":
            return facts.consent != "none" or facts.last_inbound_at is not None
        case _:
            return True  # the customer wrote, or it is our own staff


def is_marketing(facts: GateFacts, version: str) -> bool:
    """Whether the rules take it for marketing: a first response that comes too late is no answer any more."""
    return facts.purpose == "marketing" or (facts.purpose == "first_response" and not in_time(facts, version))


def in_time(facts: GateFacts, version: str) -> bool:
    """Whether a first response still answers the request; one that had to wait for the window is as fresh as it."""
    if is_fresh(facts.requested_at, facts.now):
        return True
    if facts.first_response_any_hour or facts.requested_at is None:
        return False
    opened = next_open(facts.requested_at, facts.zones, law_of(facts, version))
    return opened is not None and is_fresh(opened, facts.now)


def law_of(facts: GateFacts, version: str) -> Law:
    """What binds marketing: the profile the tenant chose, the safe one when zone or state are uncertain."""
    certain = are_certain(facts.zones, facts.states)
    return law(facts.quiet_profile, facts.states, certain=certain, version=version)


def is_fresh(act: datetime | None, now: datetime) -> bool:
    """Whether the customer's act is so young that what follows still answers it."""
    return act is not None and -_AHEAD <= now - act <= FRESH
