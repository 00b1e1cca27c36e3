"""One slip of the thumb in any word a rule knows: a letter dropped, doubled, swapped, or its neighbour on the keyboard.

Only words that mean nothing else are mended: what is in `REAL`, a name or a word of a rule stays as it is.
"""

from collections.abc import Iterable

from leadcore.compliance.policies.revocation_real_words import REAL
from leadcore.compliance.policies.revocation_spelling import NEAR

_SHORTEST = 3
_LONG = 9
_TWO = 2
_LETTERS = str.maketrans("0134578", "oieastb")


class Slips:
    """The words known, found again from what a thumb made of them."""

    def __init__(self, known: Iterable[str], *, names: Iterable[str] = (), telling: Iterable[str] = ()) -> None:
        """Take the words *known*, *names* no word is mended to, and long *telling* words mended from two slips."""
        self._known = frozenset(known)
        self._telling = tuple(telling)
        named = frozenset(names)
        self._near: dict[str, tuple[str, ...]] = {}
        for word in sorted(self._known, key=lambda word: (-len(word), word)):
            if len(word) >= _SHORTEST and word.isalpha() and word not in named:
                for trace in {word, *_without_one(word)}:
                    self._near[trace] = (*self._near.get(trace, ()), word)

    def mend(self, token: str) -> str:
        """Return the known word that *token* is one slip away from; *token* itself if there is none."""
        if not token.isalpha():
            plain = token.translate(_LETTERS)
            return plain if plain in self._known and not token.isdigit() else token
        if len(token) < _SHORTEST or token in self._known or token in REAL:
            return token
        traces = (token, *_without_one(token))
        found = {word for trace in traces for word in self._near.get(trace, ()) if is_slip(token, word)}
        if not found:
            return self._from_two(token)
        return min(found, key=lambda word: (abs(len(word) - len(token)), -len(word), word))

    def _from_two(self, token: str) -> str:
        """Return the telling word that *token* is two slips away from, any letter for another; else *token*."""
        if len(token) < _LONG - 1:
            return token
        return next((word for word in self._telling if _is_near(token, word)), token)


def is_slip(token: str, word: str) -> bool:
    """Whether *token* is *word* with one letter dropped, doubled, swapped with the next or struck beside its key."""
    at = next(
        (at for at, (one, other) in enumerate(zip(token, word, strict=False)) if one != other),
        min(len(token), len(word)),
    )
    if len(token) == len(word) - 1:
        return token[at:] == word[at + 1 :]
    if len(token) == len(word) + 1:
        extra = token[at]
        beside = word[max(at - 1, 0) : at + 1]
        return token[at + 1 :] == word[at:] and any(
            extra == letter or extra in NEAR.get(letter, "") for letter in beside
        )
    if len(token) != len(word) or at == len(word):
        return False
    if token[at + 1 :] == word[at + 1 :]:
        return token[at] in NEAR.get(word[at], "")
    return token[at : at + 2] == word[at : at + 2][::-1] and token[at + 2 :] == word[at + 2 :]


def _is_near(token: str, word: str) -> bool:
    """Whether two letters dropped, added, changed or swapped make *word* of *token*, which begins or ends alike."""
    if abs(len(token) - len(word)) > _TWO or (token[0] != word[0] and token[-2:] != word[-2:]):
        return False
    older: list[int] = []
    last = list(range(len(word) + 1))
    for at, letter in enumerate(token):
        row = [at + 1]
        for to, other in enumerate(word):
            cost = min(last[to] + (letter != other), last[to + 1] + 1, row[to] + 1)
            if older and to and letter == word[to - 1] and token[at - 1] == other:
                cost = min(cost, older[to - 1] + 1)
            row.append(cost)
        if min(row) > _TWO:
            return False
        older, last = last, row
    return last[-1] <= _TWO


def _without_one(word: str) -> list[str]:
    return [word[:at] + word[at + 1 :] for at in range(len(word))]
