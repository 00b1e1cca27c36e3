"""Patterns over words rather than letters: what the rules of `revocation_rules` are written in.

Every word a rule or the lexicon names is one character of a private alphabet, so a message of eight words is a string
of eight characters, and a whole list of rules is one regular expression over it: one rule covers every synonym, in
three languages at once, and a search costs a few microseconds.

A term of a rule is a word, the name of a concept (capitals), or several of them parted by `|`; `_` is any word. `/`
parts whole alternatives. `?`, `*`, `+` and `{0,2}` count the term or the `( ... )` before them, `^` and `$` are the
ends of the message and `!(...)` is what must not follow. A word that ends in `~` is the beginning of words.
"""

import itertools
import re
from collections.abc import Callable, Iterable, Iterator, Mapping
from functools import cached_property

_TERM = re.compile(r"\{\d,\d\}|[A-Za-z0-9_~|]+")
BLANK = " "
_ANY = "."
_NEVER = r"(?!)"
_FIRST = 0x4E00  # letters all, so that none is a sign of the pattern language
_UNKNOWN = chr(_FIRST)
_SHORTEST_STEM = 3
_NOT_AHEAD = "\x01"


class Grammar:
    """A lexicon, and the lists of rules compiled over it."""

    def __init__(self, lexicon: Mapping[str, str], *rules: Mapping[str, tuple[str, ...]]) -> None:
        self._concepts = {name: words.split() for name, words in lexicon.items()}
        spoken = {word for words in self._concepts.values() for word in words} | set(_words_of(rules))
        self._codes = {word: chr(_FIRST + 1 + at) for at, word in enumerate(sorted(spoken))}
        self._stems = {word[:-1]: code for word, code in self._codes.items() if word.endswith("~")}
        self._longest = max(map(len, self._stems), default=0)

    @property
    def words(self) -> frozenset[str]:
        """Every word a rule or the lexicon names, and the beginnings of words."""
        return frozenset(word.rstrip("~") for word in self._codes)

    def encode(self, words: Iterable[str]) -> str:
        """Return one character for each of *words*."""
        known = self._codes
        return "".join([known.get(word) or self._by_stem(word) for word in words])

    def compile(self, rules: Mapping[str, tuple[str, ...]]) -> "Rules":
        """Return *rules*, by name, as one search."""
        return Rules(lambda: {name: tuple(map(self._pattern, patterns)) for name, patterns in rules.items()})

    def _by_stem(self, word: str) -> str:
        for size in range(min(len(word), self._longest), _SHORTEST_STEM - 1, -1):
            if code := self._stems.get(word[:size]):
                return code
        return _UNKNOWN

    def _pattern(self, rule: str) -> str:
        bare = rule.replace("!(", _NOT_AHEAD).replace("(", "(?:")
        coded = _TERM.sub(self._term, bare).replace(" ", "")
        return coded.replace("/", "|").replace(_NOT_AHEAD, "(?!")

    def _term(self, found: re.Match[str]) -> str:
        term = found[0]
        if term.startswith("{"):
            return term
        words = term.strip("|").split("|")
        codes = {code for one in words if one for word in self._concepts.get(one, (one,)) for code in self._all(word)}
        sign = _ANY if "_" in words else f"[{''.join(sorted(codes))}]" if codes else ""
        return f"{'|' if sign and term.startswith('|') else ''}{sign}{'|' if term.endswith('|') else ''}"

    def _all(self, word: str) -> Iterator[str]:
        if word == "_":
            return
        yield self._codes[word]
        if word.endswith("~"):
            yield from (code for other, code in self._codes.items() if other.startswith(word[:-1]))


class Rules:
    """A list of named rules, compiled when first asked: a program that reads no messages need not wait for them.

    What begins at the start of a message is tried there only, and not again at each of its words.
    """

    def __init__(self, patterns: Callable[[], Mapping[str, tuple[str, ...]]]) -> None:
        self._patterns = patterns

    def prepare(self) -> None:
        """Compile them."""
        self._compiled  # noqa: B018 - looking is what compiles

    @cached_property
    def _compiled(self) -> tuple[re.Pattern[str], re.Pattern[str], dict[str, re.Pattern[str]]]:
        named = self._patterns()
        each = tuple(itertools.chain(*named.values()))
        return (
            re.compile("|".join(one for one in each if one.startswith("^")) or _NEVER),
            re.compile("|".join(one for one in each if not one.startswith("^")) or _NEVER),
            {name: re.compile("|".join(patterns)) for name, patterns in named.items()},
        )

    def find(self, code: str) -> tuple[int, int, str] | None:
        """Return where in *code* the first rule fits (from, until), and its name."""
        first, anywhere, each = self._compiled
        if not first.match(code) and not anywhere.search(code):
            return None
        return next((found.start(), found.end(), name) for name, one in each.items() if (found := one.search(code)))

    def blank(self, code: str) -> str:
        """Return *code* with `BLANK` for every word that a rule fits."""
        first, anywhere, _ = self._compiled
        return anywhere.sub(_blanked, first.sub(_blanked, code))


def _blanked(found: re.Match[str]) -> str:
    return BLANK * len(found[0])


def _words_of(rules: Iterable[Mapping[str, tuple[str, ...]]]) -> Iterator[str]:
    for patterns in rules:
        for rule in (rule for one in patterns.values() for rule in one):
            for term in _TERM.findall(rule):
                yield from (
                    word for word in term.split("|") if word not in {"", "_"} and not word.isupper() and word[0] != "{"
                )
