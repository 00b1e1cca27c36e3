"""Whether a customer's words mean: write to me no more. Pure code, no model; a model may only add revocations.

47 CFR 64.1200(a)(10): any reasonable means, the per-se words, and whatever a reasonable person would understand. So the
classifier looks for whole messages first, then for sentences, and what is left with a revoking word in it that no
harmless phrase explains is `ambiguous`: everything is held until a person has judged it.
"""

import re
from collections.abc import Iterator
from typing import Literal

import msgspec

from leadcore.compliance.policies import revocation_calls as calls
from leadcore.compliance.policies import revocation_patterns as patterns
from leadcore.compliance.policies import revocation_words as words
from leadcore.compliance.policies import revocation_wrong_number as strangers
from leadcore.compliance.policies.revocation_sentences import Sentence, mended
from leadcore.compliance.policies.revocation_spelling import NEAR_STOP
from leadcore.compliance.policies.revocation_surface import STOP_SIGN, normal_form, readings, spoken

RevocationKind = Literal["none", "stop", "start", "help", "wrong_number", "ambiguous"]


class Revocation(msgspec.Struct, frozen=True, kw_only=True):
    """What a message says about being written to. `words` is what decided it, in normal form.

    `rule` names what decided: a word list ("whole message"), a rule by its name ("remove me") or a pattern by its place
    in its list ("stop sentence 12"). `provider_handles` is true when the carrier recognises the message too and answers
    it, unless told otherwise. `is_hedged`: the same message doubts the revocation ("don't stop texting me").
    """

    kind: RevocationKind
    words: str = ""
    rule: str = ""
    provider_handles: bool = False
    is_hedged: bool = False


_NONE = Revocation(kind="none")
_TEXT_INSTEAD = Revocation(kind="none", is_hedged=True)
_SHORT = 4
_COMMAND = 6
_SEVERAL = 2
_KINDS: dict[str, RevocationKind] = {"STOP": "stop", "START": "start", "HELP": "help"}
_PROVIDER: dict[str, RevocationKind] = {
    **dict.fromkeys(words.PROVIDER_HELP, "help"),
    **dict.fromkeys(words.PROVIDER_START, "start"),
    **dict.fromkeys(words.PROVIDER_STOP, "stop"),
}
_BY_WEIGHT: tuple[RevocationKind, ...] = ("stop", "wrong_number", "ambiguous", "help", "start")
_WEAK = words.WEAK | {"stop it", "stop that"}
_PLEAS = words.STRONG | frozenset(
    {"remove", "take", "delete", "dont", "not", "no", "quiten", "borren", "arretez", "retirez"}
)
_LIMITS = (
    "until ",
    "till ",
    "before ",
    "after ",
    "unless ",
    "except ",
    "during ",
    "while ",
    "hasta ",
    "avant ",
    "no i ",
    "no im ",
)
"""How a clause begins that narrows the one before it: "don't text me, until Monday"."""
_CLAUSE = re.compile(r"[.,;:!?\n\u2014\u2013]+|\s-+\s")
_RUNS = re.compile(r"(.)\1+")
_SQUEEZED = frozenset(_RUNS.sub(r"\1", word) for word in words.STRONG)
_SQUEEZED_ALL = _SQUEEZED | {_RUNS.sub(r"\1", word) for word in words.WEAK}
_WHOLE = words.PER_SE | words.STRONG | words.WEAK | words.PHRASES
_CORE = words.PER_SE | words.WEAK | words.PHRASES | NEAR_STOP
_JOINED = {word.replace(" ", "") for word in words.STRONG | words.PHRASES}


def classify(text: str, *, provider_opt_out: str | None = None) -> Revocation:
    """Say what *text* means for being written to; *provider_opt_out*: the carrier's finding (STOP, START, HELP)."""
    plain = text.strip().upper()
    told = _KINDS.get((provider_opt_out or "").strip().upper())
    if kind := told or _PROVIDER.get(plain):
        rule = "the carrier's finding" if told else "the carrier's words"
        return Revocation(kind=kind, words=plain.casefold()[:80], rule=rule, provider_handles=True)
    said = spoken(text)
    ways = readings(said)
    if not ways:
        return Revocation(kind="stop", words=STOP_SIGN, rule="whole message") if STOP_SIGN in said else _NONE
    found: list[Revocation] = []
    for way in _each_way(ways):
        found.append(_read(way))
        if found[-1].kind == "stop":
            return found[-1]
    heaviest = next((one for kind in _BY_WEIGHT for one in found if one.kind == kind), _NONE)
    is_doubted = heaviest.kind == "ambiguous"
    is_silent = heaviest.kind == "none" and not any(one.is_hedged for one in found)
    return (_by_clause(said, ways[0], is_doubted=is_doubted) if is_doubted or is_silent else None) or heaviest


def _each_way(ways: tuple[str, ...]) -> Iterator[str]:
    """The readings, and what is left when slips of the keyboard are mended, if that is another one."""
    yield from ways
    if (meant := mended(ways[0])) not in ways:
        yield meant


def _by_clause(said: str, way: str, *, is_doubted: bool) -> Revocation | None:
    """A revocation that is a clause of its own ("I went elsewhere, stop"), where no other clause doubts it.

    Signs between clauses matter: "I don't. Please stop" is a plea, "don't stop" is none.
    """
    if (_PLEAS if is_doubted else words.STRONG).isdisjoint(way.split()):
        return None
    clauses = [clause for clause in map(normal_form, _CLAUSE.split(said)) if clause]
    if len(clauses) < _SEVERAL or any(clause.startswith(_LIMITS) for clause in clauses[1:]):
        return None
    read = [_read(clause) for clause in clauses]
    if any(one.is_hedged for one in read):
        return None
    return next((one for one in read if one.kind == "stop" and one.words not in _WEAK), None)


def _read(text: str) -> Revocation:
    stop = _whole_stop(text)
    if stop:
        return Revocation(kind="stop", words=stop, rule="whole message")
    core = " ".join([token for token in text.split() if token not in words.COURTESY]) or text
    if text in words.HELP or core in words.HELP:
        return Revocation(kind="help", words=text, rule="whole message")
    if text in words.START or core in words.START:
        return Revocation(kind="start", words=text, rule="whole message")
    return _sentence(text)


def _whole_stop(text: str) -> str:
    """The revocation a whole message is, with any courtesy around it; empty when it is something else."""
    if text in _WHOLE:
        return text
    if text in words.INNOCENT:
        return ""
    joined = text.replace(" ", "")
    if joined in _JOINED or _RUNS.sub(r"\1", joined) in _SQUEEZED_ALL:
        return text
    tokens = [token for token in text.split() if token not in words.COURTESY]
    core = " ".join(tokens)
    if core in _CORE:
        return core
    squeezed = _RUNS.sub(r"\1", core).split() if tokens else []
    strong = [token for token, once in zip(tokens, squeezed, strict=True) if token in words.STRONG or once in _SQUEEZED]
    if not strong or any(token not in strong and token not in words.BABBLE for token in tokens):
        return ""
    return "" if any(pattern.search(text) for pattern in patterns.HEDGED) else strong[0]


def _sentence(text: str) -> Revocation:
    sentence = Sentence(text)
    plainly, rule = sentence.doubtless()
    if plainly:
        return Revocation(kind="stop", words=plainly, rule=rule)
    stop, rule = sentence.stop()
    hedge, doubt = sentence.doubt()
    if not hedge and any(word in text for word in patterns.HEDGING):
        hedge, doubt = _first("hedge", patterns.HEDGED, sentence.meant)
    wants_text = _wants_text_instead(text)
    if stop and not hedge and not wants_text:
        return Revocation(kind="stop", words=stop, rule=rule)
    wrong, strange = _stranger(sentence, sentence.meant)
    if wrong:
        return Revocation(kind="wrong_number", words=wrong, rule=strange)
    if stop and hedge and not wants_text:
        return Revocation(kind="ambiguous", words=hedge, rule=doubt, is_hedged=True)
    return _TEXT_INSTEAD if wants_text else _doubtful(sentence, text, is_hedged=bool(hedge))


def _stranger(sentence: Sentence, text: str) -> tuple[str, str]:
    """The words that say we write to the wrong person, and the rule."""
    wrong, rule = sentence.stranger()
    if wrong:
        return wrong, rule
    if not strangers.SPEAKS_OF_ONE.search(text):
        return "", ""
    wrong, rule = _first("wrong number", strangers.WRONG_NUMBER, text)
    is_theirs = wrong and strangers.NOT_WRONG_NUMBER.search(text) and not strangers.OURS_TOO.search(text)
    return ("", "") if is_theirs else (wrong, rule)


def _doubtful(sentence: Sentence, text: str, *, is_hedged: bool) -> Revocation:
    """What a message is that neither ends contact nor comes from a stranger."""
    rest = _without_harmless(sentence.rest())
    if rest.split()[:1] == ["stop"] and not is_hedged and len(rest.split()) <= _COMMAND:
        return Revocation(kind="stop", words=rest, rule="a command")
    suspicious, why = sentence.suspect()
    if not suspicious:
        suspicious, why = _first("suspicious", patterns.SUSPICIOUS, rest)
    left = suspicious or _residue(text, rest)
    if not left:
        return _NONE
    return Revocation(kind="ambiguous", words=left, rule=why or "a word left over", is_hedged=is_hedged)


def _first(name: str, found_in: tuple[re.Pattern[str], ...], text: str) -> tuple[str, str]:
    """The words the first fitting pattern found, and its name."""
    for at, pattern in enumerate(found_in):
        if hit := pattern.search(text):
            return hit[0], f"{name} {at}"
    return "", ""


def _wants_text_instead(text: str) -> bool:
    """Whether only calls are unwelcome ("don't call me, text me")."""
    return bool(
        calls.NOT_CALLED.search(text)
        and calls.PREFERS_TEXT.search(calls.NOT_CALLED.sub(" ", text))
        and not calls.TEXT_REFUSED.search(text)
    )


def _without_harmless(text: str) -> str:
    if words.WATCHED.isdisjoint(text.split()):
        return text
    rest = text
    for harmless in patterns.HARMLESS:
        rest = harmless.sub(" ", rest)
    return rest


def _residue(text: str, rest: str) -> str:
    watched = words.RESIDUE | words.SHORT_RESIDUE if len(text.split()) <= _SHORT else words.RESIDUE
    return next((token for token in rest.split() if token in watched), "")
