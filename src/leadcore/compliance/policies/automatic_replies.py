"""Whether a phone or a mailbox answered by itself: out of office, driving, "this is an automated reply".

Headers tell most mails (RFC 3834), which adapters report as `CustomerMessage.automatic`; texts have none, and some mail
programs set none. Only wordings that machines use are known here. Whoever asks something, or revokes anything, is taken
for a person: to mistake a machine for a customer ends a follow-up, to mistake a customer for a machine loses one.
"""

import re

from leadcore.compliance.policies.revocation import classify

_LOOKED_AT = 600
_SUBJECTS = re.compile(
    r"^\s*(?:automatic reply|auto(?:matic)?[- ]?(?:reply|response)|out of (?:the )?office|abwesend"
    r"|respuesta autom[aá]tica|r[ée]ponse automatique)\b",
    re.IGNORECASE,
)
_MARKED = re.compile(
    r"^\W{0,3}auto(?:mated|matic|mat\w{0,4})?[- ]?(?:reply|response|responder)\b"
    r"|\bthis is an? auto(?:mated|matic)(?:ally generated)? (?:reply|response|message)\b"
    r"|\brespuesta autom[aá]tica\b",
    re.IGNORECASE,
)
_SET_BY_A_PHONE = re.compile(
    r"^\W{0,3}i(?:['\u2019]| a)m (?:currently )?driving (?:right now|with do not disturb|with focus)\b"
    r"|\bdo not disturb while driving (?:is )?turned on\b"
    r"|^\W{0,3}i(?:['\u2019]| a)m not receiving notifications\b.{0,80}\breply .urgent\b"
    r"|^\W{0,3}i(?:['\u2019]| a)m driving\W+sent from (?:my car|android auto)\b",
    re.IGNORECASE | re.DOTALL,
)
_AWAY = re.compile(
    r"^(?:[^\n.!?]{0,40}[\n,.!])?\s*(?:thank you for your (?:e-?mail|message)[^\n?]{0,20}[\n.!,]\s*)?"
    r"i (?:am|will be) (?:currently )?"
    r"(?:out of (?:the )?office\b.{0,200}\b(?:return|back|limited access|no access|respond|reply to your)"
    r"|on (?:vacation|(?:annual|parental) leave)\b.{0,200}\b(?:limited|no) access)\b",
    re.IGNORECASE | re.DOTALL,
)


def is_automatic_reply(text: str, *, subject: str = "") -> bool:
    """Whether *text* (an e-mail has a *subject*, too) was sent by a machine: nobody wrote."""
    words = text[:_LOOKED_AT]
    if not (_SUBJECTS.search(subject) or _MARKED.search(words) or _by_itself(words)):
        return False
    return all(classify(each).kind == "none" for each in (text, _MARKED.sub(" ", text).lstrip(" :,.-]")))


def _by_itself(words: str) -> bool:
    return "?" not in words and bool(_SET_BY_A_PHONE.search(words) or _AWAY.search(words))
