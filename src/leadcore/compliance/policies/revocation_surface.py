"""What a customer said, without its dressing: case, signs, accents, look-alike letters, quotations, signatures."""

import re
import unicodedata

from leadcore.compliance.policies.revocation_spelling import LOOKALIKES, letters_for_digits, unglue

STOP_SIGN = "\N{OCTAGONAL SIGN}"
_WORDED = {ord(STOP_SIGN): " stop "} | dict.fromkeys(map(ord, "\U0001f6ab\u26d4\U0001f645\u274c"), " no ")
_WORDED |= dict.fromkeys(map(ord, "\U0001f4f1\U0001f4f2\U0001f4ac\u2709\U0001f4e9\U0001f4e8"), " texts ")
_WORDED |= dict.fromkeys(map(ord, "\U0001f515\U0001f507"), " mute ")
"""Signs that stand for a word beside others: the octagon; no entry, arms crossed; a phone, a letter; a struck bell."""
_SIGN = re.compile(f"[{''.join(map(chr, _WORDED))}]")
_NO_QUOTATION = 60
_INVISIBLE = frozenset({"Cf", "Mn", "Me", "Cc"})
_KEYCAP = re.compile("[0-9#*]\ufe0f?\u20e3")
_APOSTROPHES = re.compile("['\u2019\u2018`\u00b4\u02bc\u2032\uff07]")
_NOT_WORD = re.compile(r"[^0-9a-z]+")
_PARTED = re.compile(r"\b(?:(s top|st op|sto p)|(do nt|do ont|d ont|don t))\b")
"""A space the thumb struck in the middle of the two words that matter most."""
_SPELLED = re.compile(r"\b(?:[a-z0-9] ){2,}[a-z0-9]\b")
_NUMBER_SIGN = re.compile(r"\b(my|this|wrong|ur|mi) ?#(?!\w)")
_STANDS_FOR_A_LETTER = re.compile(r"[0134578$@!|*#]")
_SIGNATURE = re.compile(r"\s+sent from (?:my )?\w[\w ]{2,30}\.?\s*$|^\s*sent from my \w+:?\s+", re.IGNORECASE)
_TAPBACK = re.compile(
    r"^\s*(?:liked|loved|disliked|laughed at|emphasi[sz]ed|questioned|removed an? [\w ]+ from|reacted \S+ to"
    r"|(?:le|te) (?:gust|encant)\S+|a (?:aimé|adoré))\s+[“\"«].*[”\"»]?\s*$",
    re.IGNORECASE | re.DOTALL,
)
_QUOTED_LINE = re.compile(r"^[ \t]*>.*$", re.MULTILINE)
_QUOTE_BELOW = re.compile(
    r"^[ \t]*(?:On .{4,99} wrote:|El .{4,120} escribi[oó]:|Le .{4,120} a [eé]crit ?:|-{2,} ?Original Message ?-{2,}).*",
    re.MULTILINE | re.DOTALL | re.IGNORECASE,
)
_ASCII = str.maketrans(
    {
        chr(code): chr(code) if chr(code).isalnum() else None if chr(code) in "'`" or code < ord(" ") else " "
        for code in range(128)
    }
    | dict.fromkeys("\n\r\t", " ")
)


def spoken(text: str) -> str:
    """Leave out what the customer quotes: our own words in a reply below, or in a phone's reaction to a message."""
    if _TAPBACK.match(text):
        return ""
    own = text if len(text) <= _NO_QUOTATION else _QUOTED_LINE.sub("", _QUOTE_BELOW.sub("", text))
    return _SIGNATURE.sub("", own)


def readings(text: str) -> tuple[str, ...]:
    """The ways to read the same characters: as they are, without signs, and parted where words were written as one."""
    plainly = normal_form(text)
    parted = unglue(plainly)
    if text.isascii():
        return tuple(reading for reading in dict.fromkeys((plainly, parted)) if reading)
    signed = normal_form(_without_symbols(text))
    worded = normal_form(text.translate(_WORDED)) if _SIGN.search(text) else ""
    return tuple(reading for reading in dict.fromkeys((plainly, signed, worded, parted)) if reading)


def normal_form(text: str) -> str:
    """Return *text* as the word lists have it: NFKC, lower case, no accents or apostrophes, single spaces."""
    folded = text.lower() if text.isascii() else _folded(text)
    if _STANDS_FOR_A_LETTER.search(folded):
        folded = _NUMBER_SIGN.sub(r"\1 number ", letters_for_digits(folded))
    if folded.isascii():
        joined = " ".join(folded.translate(_ASCII).split())
    else:
        seen = "".join(" " if ch in "\n\r\t" else ch for ch in folded if ch in "\n\r\t" or not _is_invisible(ch))
        joined = _NOT_WORD.sub(" ", _APOSTROPHES.sub("", seen)).strip()
    whole = _PARTED.sub(lambda found: "stop" if found[1] else "dont", joined)
    return _SPELLED.sub(lambda run: run[0].replace(" ", ""), whole)


def _folded(text: str) -> str:
    """Without case, width, accents and look-alikes."""
    return unicodedata.normalize("NFKD", unicodedata.normalize("NFKC", text).casefold()).translate(LOOKALIKES)


def _is_invisible(ch: str) -> bool:
    return unicodedata.category(ch) in _INVISIBLE


def _without_symbols(text: str) -> str:
    """Drop emoji and signs before they are folded to letters ("™" would become "tm")."""
    bare = _KEYCAP.sub(" ", text).replace("\u2139", " ")
    return "".join(" " if unicodedata.category(ch)[0] == "S" else ch for ch in bare)
