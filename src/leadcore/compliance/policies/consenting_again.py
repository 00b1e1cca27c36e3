"""When a contact that revoked may be written to again: its own START, and a consent in writing given since.

START alone is no consent (47 CFR 64.1200(a)(9) wants a writing), and a form alone proves no phone: anybody can type a
number. So both must follow the revocation, in either order, and the next revocation ends it again. What was agreed to
before a revocation never counts again: only the purpose that was agreed to anew is open.
"""

from collections.abc import Iterable, Sequence

from leadcore.compliance.model import Consent, Suppression, SuppressionReason

TAKEN_BACK: frozenset[SuppressionReason] = frozenset(
    {"stop_word", "free_text", "provider_stop", "unsubscribe", "staff"}
)
"""Revocations that their author can take back; a wrong number, a complaint or a bounce is not among them."""
_REVOKES = TAKEN_BACK | {"wrong_number", "withdrawn_in_crm", "complaint"}
_OWN_ACT = frozenset({"browser", "server", "vendor"})


def is_evidence(consent: Consent) -> bool:
    """Whether the line proves an act of the customer's own, with the wording shown; a flag in a CRM does not."""
    return bool(consent.wording.strip()) and consent.evidence.get("recorded_by") in _OWN_ACT


def reopens(suppression: Suppression, consents: Iterable[Consent]) -> Consent | None:
    """Return the newest consent that ends *suppression* with the customer's START, None while either is missing."""
    if suppression.lifted_at is not None or suppression.reason not in TAKEN_BACK:
        return None
    if suppression.restarted_at is None or suppression.restarted_at <= suppression.since:
        return None
    since = [
        each
        for each in consents
        if each.channel == suppression.channel and each.obtained_at > suppression.since and is_evidence(each)
    ]
    return max(since, key=lambda each: each.obtained_at, default=None)


def standing(consents: Sequence[Consent], history: Iterable[Suppression]) -> list[Consent]:
    """Return the lines that no later revocation of their channel took back. *history* has ended suppressions, too."""
    revoked = [each for each in history if each.reason in _REVOKES]
    return [
        line
        for line in consents
        if not any(each.channel == line.channel and each.since >= line.obtained_at for each in revoked)
    ]
