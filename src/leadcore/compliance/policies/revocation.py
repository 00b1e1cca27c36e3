"""Whether a customer's words mean: write to me no more. Pure code, no model; a model may only add revocations.

47 CFR 64.1200(a)(10): any reasonable means, the per-se words, and whatever a reasonable person would understand. So the
classifier looks for whole messages first, then for sentences, and what is left with a revoking word in it that no
harmless phrase explains is `ambiguous`: everything is held until a person has judged it.
"""

import re
import unicodedata
from typing import Literal

import msgspec

from leadcore.compliance.policies import revocation_calls as calls
from leadcore.compliance.policies import revocation_patterns as patterns
from leadcore.compliance.policies import revocation_words as words
from leadcore.compliance.policies import revocation_wrong_number as strangers
from leadcore.compliance.policies.revocation_spelling import LOOKALIKES, letters_for_digits, mend

RevocationKind = Literal["none", "stop", "start", "help", "wrong_number", "ambiguous"]


class Revocation(msgspec.Struct, frozen=True, kw_only=True):
    """What a message says about being written to. `words` is what decided it, in normal form.

    `rule` names what decided: a word list ("whole message") or a pattern by its place in its list ("stop sentence 12").
    `provider_handles` is true when the carrier recognises the message too and answers it, unless told otherwise.
    """

    kind: RevocationKind
    words: str = ""
    rule: str = ""
    provider_handles: bool = False


_NONE = Revocation(kind="none")
_SHORT = 4
_COMMAND = 6
_NO_QUOTATION = 60
_KINDS: dict[str, RevocationKind] = {"STOP": "stop", "START": "start", "HELP": "help"}
_PROVIDER: tuple[tuple[RevocationKind, frozenset[str]], ...] = (
    ("stop", words.PROVIDER_STOP),
    ("start", words.PROVIDER_START),
    ("help", words.PROVIDER_HELP),
)

_INVISIBLE = frozenset({"Cf", "Mn", "Me", "Cc"})
_KEYCAP = re.compile("[0-9#*]\ufe0f?\u20e3")
_STOP_SIGN = "\N{OCTAGONAL SIGN}"
_APOSTROPHES = re.compile("['\u2019\u2018`\u00b4\u02bc\u2032\uff07]")
_NOT_WORD = re.compile(r"[^0-9a-z]+")
_SIGNATURE = re.compile(r"\s+sent from (?:my )?\w[\w ]{2,30}\.?\s*$|^\s*sent from my \w+:?\s+", re.IGNORECASE)
_SPELLED = re.compile(r"\b(?:[a-z0-9] ){2,}[a-z0-9]\b")
_RUNS = re.compile(r"(.)\1+")
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


def classify(text: str, *, provider_opt_out: str | None = None) -> Revocation:
    """Say what *text* means for being written to; *provider_opt_out*: the carrier's finding (STOP, START, HELP)."""
    plain = text.strip().upper()
    told = _KINDS.get((provider_opt_out or "").strip().upper())
    for kind, known in _PROVIDER:
        if plain in known or told == kind:
            rule = "the carrier's finding" if told == kind else "the carrier's words"
            return Revocation(kind=kind, words=plain.casefold()[:80], rule=rule, provider_handles=True)
    spoken = _SIGNATURE.sub("", _spoken(text))
    readings = _readings(spoken)
    if _STOP_SIGN in spoken and not readings:
        return Revocation(kind="stop", words=_STOP_SIGN, rule="whole message")
    found = [_read(reading) for reading in readings]
    return next((one for kind in _BY_WEIGHT for one in found if one.kind == kind), _NONE)


def _readings(spoken: str) -> tuple[str, ...]:
    """The ways to read the same characters: as they are, without signs, and with slips of the keyboard mended."""
    plainly = normal_form(spoken)
    signed = normal_form(_without_symbols(spoken)) if not spoken.isascii() else plainly
    worded = f"stop {signed}" if signed and spoken.lstrip().startswith(_STOP_SIGN) else ""
    return tuple(reading for reading in dict.fromkeys((plainly, signed, worded, mend(plainly))) if reading)


def normal_form(text: str) -> str:
    """Return *text* as the word lists have it: NFKC, lower case, no accents or apostrophes, single spaces."""
    folded = unicodedata.normalize("NFKD", unicodedata.normalize("NFKC", text).casefold()).translate(LOOKALIKES)
    folded = letters_for_digits(folded)
    seen = "".join(" " if ch in "\n\r\t" else ch for ch in folded if ch in "\n\r\t" or not _is_invisible(ch))
    joined = _NOT_WORD.sub(" ", _APOSTROPHES.sub("", seen)).strip()
    return _SPELLED.sub(lambda run: run[0].replace(" ", ""), joined)


_BY_WEIGHT: tuple[RevocationKind, ...] = ("stop", "wrong_number", "ambiguous", "help", "start")


def _is_invisible(ch: str) -> bool:
    return unicodedata.category(ch) in _INVISIBLE


def _without_symbols(text: str) -> str:
    """Drop emoji and signs before they are folded to letters ("™" would become "tm")."""
    bare = _KEYCAP.sub(" ", text).replace("\u2139", " ")
    return "".join(" " if unicodedata.category(ch)[0] == "S" else ch for ch in bare)


def _spoken(text: str) -> str:
    """Leave out what the customer quotes: our own words in a reply below, or in a phone's reaction to a message."""
    if _TAPBACK.match(text):
        return ""
    if len(text) <= _NO_QUOTATION:
        return text
    return _QUOTED_LINE.sub("", _QUOTE_BELOW.sub("", text))


def _read(text: str) -> Revocation:
    stop = _whole_stop(text)
    if stop:
        return Revocation(kind="stop", words=stop, rule="whole message")
    core = " ".join(token for token in text.split() if token not in words.COURTESY) or text
    if text in words.HELP or core in words.HELP:
        return Revocation(kind="help", words=text, rule="whole message")
    if text in words.START or core in words.START:
        return Revocation(kind="start", words=text, rule="whole message")
    return _sentence(text)


def _whole_stop(text: str) -> str:
    """The revocation a whole message is, with any courtesy around it; empty when it is something else."""
    if text in words.PER_SE or text in words.STRONG or text in words.WEAK or text in words.PHRASES:
        return text
    if text.replace(" ", "") in words.STRONG or _RUNS.sub(r"\1", text.replace(" ", "")) in _SQUEEZED_ALL:
        return text
    tokens = [token for token in text.split() if token not in words.COURTESY]
    core = " ".join(tokens)
    if core in words.PHRASES or core in words.WEAK or core in words.PER_SE:
        return core
    strong = [token for token in tokens if token in words.STRONG or _RUNS.sub(r"\1", token) in _SQUEEZED]
    rest = [token for token in tokens if token not in strong and token not in words.BABBLE]
    hedged = any(pattern.search(text) for pattern in patterns.HEDGED)
    return strong[0] if strong and not rest and not hedged else ""


_SQUEEZED = frozenset(_RUNS.sub(r"\1", word) for word in words.STRONG)
_SQUEEZED_ALL = _SQUEEZED | {_RUNS.sub(r"\1", word) for word in words.WEAK}


def _first(name: str, found_in: tuple[re.Pattern[str], ...], text: str) -> tuple[str, str]:
    """The words the first fitting pattern found, and its name."""
    for at, pattern in enumerate(found_in):
        if hit := pattern.search(text):
            return hit[0], f"{name} {at}"
    return "", ""


def _sentence(text: str) -> Revocation:
    stop, rule = _first("stop sentence", patterns.STOP, text)
    hedge, doubt = _first("hedge", patterns.HEDGED, text)
    if stop and not hedge and not _wants_text_instead(text):
        return Revocation(kind="stop", words=stop, rule=rule)
    wrong, strange = _first("wrong number", strangers.WRONG_NUMBER, text)
    if wrong and (strangers.OURS_TOO.search(text) or not strangers.NOT_WRONG_NUMBER.search(text)):
        return Revocation(kind="wrong_number", words=wrong, rule=strange)
    if stop and hedge:
        return Revocation(kind="ambiguous", words=hedge, rule=doubt)
    rest = _without_harmless(text)
    if rest.split()[:1] == ["stop"] and not hedge and len(rest.split()) <= _COMMAND:
        return Revocation(kind="stop", words=rest, rule="a command")
    suspicious, why = _first("suspicious", patterns.SUSPICIOUS, text)
    left = suspicious or _residue(text, rest)
    return Revocation(kind="ambiguous", words=left, rule=why or "a word left over") if left else _NONE


def _wants_text_instead(text: str) -> bool:
    """Whether only calls are unwelcome ("don't call me, text me")."""
    return bool(
        calls.NOT_CALLED.search(text)
        and calls.PREFERS_TEXT.search(calls.NOT_CALLED.sub(" ", text))
        and not calls.TEXT_REFUSED.search(text)
    )


def _without_harmless(text: str) -> str:
    rest = text
    for harmless in patterns.HARMLESS:
        rest = harmless.sub(" ", rest)
    return rest


def _residue(text: str, rest: str) -> str:
    watched = words.RESIDUE | words.SHORT_RESIDUE if len(text.split()) <= _SHORT else words.RESIDUE
    return next((token for token in rest.split() if token in watched), "")
