"""Whether a customer asks for a day or a time to come by, read from the words alone, in English and simple Spanish."""

import re

from leadcore.conversations.policies.wishes import fold

_ASKS = re.compile(
    r"\b(?:book(?:ing)?|appointments?|appt|reserve|availab(?:le|ility)|openings?|slots?)\b"
    r"|\bschedul(?:e|ing)\b|\b(?:come|bring|drop|swing)(?:\s+\w+){0,3}\s+(?:in|by|over|off)\b"
    r"|\b(?:this|next|on|for|by)\s+(?:week(?:end)?|monday|tuesday|wednesday|thursday|friday|saturday|sunday)\b"
    r"|\b(?:tomorrow|today)\b|\bwhat (?:day|time)s?\b|\bwhen (?:can|could|may) (?:i|we|you)\b"
    r"|\bcitas?\b|\bagendar\b|\bmanana\b|\bcuando puedo\b|\bque dias?\b|\breservar\b"
)


def asks_for_time(text: str) -> bool:
    """Return whether *text* asks for, or offers, a day or a time."""
    return _ASKS.search(fold(text)) is not None
