"""The guard of a streamed answer: tokens pass at once, claims wait for the end of their sentence.

The state is a value and every decision hangs on the text alone, never on how it was cut into pieces: what may begin
a claim is kept back until it certainly does not, and the place from which a sentence is withheld follows from its
letters.
"""

import re

import msgspec

from leadcore.conversations.guardrails.allowed import Allowed, allowed_by
from leadcore.conversations.guardrails.claims import ClaimKind, is_allowed_link, refuted
from leadcore.conversations.guardrails.plain import folded, is_currency, plain_text
from leadcore.conversations.guardrails.triggers import PERHAPS, PREFIXES, STEMS, WHOLE
from leadcore.conversations.guardrails.wording import (
    closest_quote,
    confirm_sentence,
    identity_sentence,
    quote_sentence,
)
from leadcore.conversations.values import GuardFacts

_SENTENCE_END = re.compile(r"[.!?…]+[\"'”’)\]]*$")
_ABBREVIATION = re.compile(
    r"(?:^|[\s(])(?:e\.g|i\.e|approx|incl|mr|mrs|ms|dr|st|ave|blvd|rd|no|vs|etc|ca|u\.s|[ap]\.m|p\.ej|ud|sr|sra|aprox)\.$",
    re.IGNORECASE,
)
_MARKDOWN_LINK = re.compile(r"!?\[([^\[\]]*)\]\(([^()]*)\)")
_TAG = re.compile(r"<[^<>]*>")
_MARKS = {ord(mark): None for mark in "<>[]"}


class Correction(msgspec.Struct, frozen=True, kw_only=True):
    """A claim that was not let through. `said` stands in its place; it is empty where that had been said before."""

    kind: ClaimKind
    withheld: str
    said: str


class Release(msgspec.Struct, frozen=True, kw_only=True):
    """Text that may be shown, in order."""

    text: str
    correction: Correction | None = None


class GuardState(msgspec.Struct, frozen=True, kw_only=True):
    """Where the guard is. `sentence` is the unfinished sentence, of which `released` characters were let through."""

    sentence: str = ""
    released: int = 0
    held_from: int | None = None
    perhaps_from: int | None = None
    word_from: int | None = None
    word: str | None = None
    said: tuple[str, ...] = ()

    @property
    def is_holding(self) -> bool:
        """Whether a claim waits for the end of its sentence."""
        return self.held_from is not None


def fed(state: GuardState, text: str, *, allowed: Allowed) -> tuple[GuardState, tuple[Release, ...]]:
    """Take *text* in and return what may be shown of all that came so far."""
    reader = _Reader(state, allowed)
    for ch in plain_text(text):
        reader.take(ch)
    reader.let_through()
    return reader.state(), tuple(reader.releases)


def finished(state: GuardState, *, allowed: Allowed) -> tuple[GuardState, tuple[Release, ...]]:
    """Settle what is still waiting: the text ends here."""
    reader = _Reader(state, allowed)
    reader.end_sentence()
    return reader.state(), tuple(reader.releases)


class StreamGuard:
    """The same over one stream, keeping the state for the caller."""

    def __init__(self, facts: GuardFacts) -> None:
        self._allowed = allowed_by(facts)
        self._state = GuardState()

    @property
    def is_holding(self) -> bool:
        """Whether a claim waits for the end of its sentence."""
        return self._state.is_holding

    def feed(self, text: str) -> tuple[Release, ...]:
        """Take *text* in and return what may be shown now."""
        self._state, releases = fed(self._state, text, allowed=self._allowed)
        return releases

    def finish(self) -> tuple[Release, ...]:
        """Return what was still waiting, checked."""
        self._state, releases = finished(self._state, allowed=self._allowed)
        return releases


class _Reader:
    """Reads characters: the working copy of a `GuardState`, for the length of one call."""

    __slots__ = (
        "_allowed", "_held_from", "_perhaps_from", "_released", "_said", "_sentence", "_word", "_word_from", "releases",
    )  # fmt: skip

    def __init__(self, state: GuardState, allowed: Allowed) -> None:
        self._allowed = allowed
        self._sentence, self._released = state.sentence, state.released
        self._held_from, self._perhaps_from = state.held_from, state.perhaps_from
        self._word_from, self._word = state.word_from, state.word
        self._said = state.said
        self.releases: list[Release] = []

    def state(self) -> GuardState:
        return GuardState(
            sentence=self._sentence, released=self._released, held_from=self._held_from,
            perhaps_from=self._perhaps_from, word_from=self._word_from, word=self._word, said=self._said,
        )  # fmt: skip

    def take(self, ch: str) -> None:
        if ch.isspace() and self._ends_here(ch):
            self.end_sentence()
        at = len(self._sentence)
        self._sentence += ch
        if self._held_from is None:
            self._watch(ch, at)

    def _ends_here(self, ch: str) -> bool:
        if ch == "\n":
            return bool(self._sentence.strip())
        return bool(_SENTENCE_END.search(self._sentence)) and not _ABBREVIATION.search(self._sentence)

    def _watch(self, ch: str, at: int) -> None:
        letter = folded(ch)
        if not letter:
            return  # an accent belongs to its letter
        if letter.isalpha() and not ch.isnumeric():
            self._watch_letter(letter, at)
            return
        self._close_word()
        if self._held_from is None and (ch in "%@<[" or ch.isnumeric() or is_currency(ch)):
            self._hold(at)

    def _watch_letter(self, letter: str, at: int) -> None:
        if self._word_from is None:
            self._word_from, self._word = at, ""
            if (
                at > 1 and self._sentence[at - 1] == "." and self._sentence[at - 2].isalnum()
            ):  # "deals.example": a host, not the end of a sentence
                self._hold(at)
                return
        if self._word is None:
            return
        self._word += letter
        if self._word in STEMS:
            self._hold(self._word_from)
        elif self._word not in PREFIXES:
            self._word = self._perhaps_from = None

    def _close_word(self) -> None:
        if self._word_from is not None and self._word is not None:
            if self._word in WHOLE:
                self._hold(self._word_from)
            elif self._word not in PERHAPS:
                self._perhaps_from = None
            elif self._perhaps_from is None:
                self._perhaps_from = self._word_from
        self._word_from = self._word = None

    def _hold(self, at: int) -> None:
        self._held_from = at if self._perhaps_from is None else self._perhaps_from

    def let_through(self) -> None:
        """Release all of the sentence that cannot be part of a claim any more."""
        if self._held_from is not None:
            upto = self._held_from
        elif self._perhaps_from is not None:
            upto = self._perhaps_from
        elif self._word is not None and self._word_from is not None:
            upto = self._word_from
        else:
            upto = len(self._sentence)
        if upto > self._released and not self._sentence[:upto].isspace():  # the gap before a sentence goes with it
            self._release(self._sentence[self._released : upto])
            self._released = upto

    def end_sentence(self) -> None:
        if self._held_from is None:
            self._close_word()
        if self._held_from is None:
            rest = self._sentence[self._released :]
            self._release("" if rest == self._sentence and rest.isspace() else rest)
        else:
            self.let_through()
            self._judge(self._sentence[: self._held_from], self._sentence[self._held_from :])
        self._sentence, self._released = "", 0
        self._held_from = self._perhaps_from = self._word_from = self._word = None

    def _judge(self, head: str, tail: str) -> None:
        gap = head if head.isspace() else ""
        bare = self._without_markup(tail)
        kind = refuted(head + bare, self._allowed)
        if kind:
            text = self._replacement(kind, head + bare)
            self._release(
                gap + _joined(head, text) if text or not gap else "", Correction(kind=kind, withheld=tail, said=text)
            )
        elif bare != tail:
            self._release(gap + bare, Correction(kind="link", withheld=tail, said=bare))
        else:
            self._release(gap + bare)

    def _without_markup(self, text: str) -> str:
        def linked(found: re.Match[str]) -> str:
            label, url = found.groups()
            return f"{label} {url}" if is_allowed_link(url, self._allowed) else label

        untagged = _TAG.sub("", _MARKDOWN_LINK.sub(linked, text))
        return untagged.translate(_MARKS)

    def _replacement(self, kind: ClaimKind, sentence: str) -> str:
        facts = self._allowed.facts
        quote = closest_quote(sentence, facts) if kind in {"amount", "discount"} else None
        text = quote_sentence(quote, facts.language) if quote else confirm_sentence(facts.language)
        if kind == "identity":
            text = identity_sentence(facts.language)
        if text in self._said:
            return ""
        self._said = (*self._said, text)
        return text

    def _release(self, text: str, correction: Correction | None = None) -> None:
        if not correction and self.releases and not self.releases[-1].correction:
            self.releases[-1] = Release(text=self.releases[-1].text + text)
        elif text or correction:
            self.releases.append(Release(text=text, correction=correction))


def _joined(head: str, text: str) -> str:
    """*text* as it follows what was released of its sentence: the beginning stands, its claim does not."""
    if not head.strip():
        return text
    gap = "" if head[-1].isspace() else " "
    return f"{gap}- {text[:1].lower() if text.startswith('Let ') else text[:1]}{text[1:]}" if text else f"{gap}..."
