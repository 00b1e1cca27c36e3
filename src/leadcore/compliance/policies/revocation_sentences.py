"""The rules of all languages compiled over one lexicon, and what the first that fits says."""

from leadcore.compliance.policies import revocation_rules as english
from leadcore.compliance.policies import revocation_rules_doubt as doubt
from leadcore.compliance.policies import revocation_rules_foreign as foreign
from leadcore.compliance.policies import revocation_rules_more as more
from leadcore.compliance.policies.revocation_grammar import BLANK, Grammar, Rules
from leadcore.compliance.policies.revocation_lexicon import LEXICON
from leadcore.compliance.policies.revocation_slips import Slips
from leadcore.compliance.policies.revocation_spelling import mend
from leadcore.compliance.policies.revocation_wrong_number import NAMES

_STOP = english.STOP_RULES | more.MORE_STOP_RULES | foreign.STOP_RULES
_HOLD = english.HOLD_RULES | foreign.HOLD_RULES
_DOUBT = (doubt.STRANGER_RULES, doubt.SUSPECT_RULES, doubt.HARMLESS_RULES)
_GRAMMAR = Grammar(LEXICON | {"NAME": " ".join(sorted(NAMES))}, _STOP, _HOLD, *_DOUBT)
_STOPS, _HOLDS = _GRAMMAR.compile(_STOP), _GRAMMAR.compile(_HOLD)
_STRANGERS, _SUSPECTS, _HARMLESS = map(_GRAMMAR.compile, _DOUBT)

_SLIPS = Slips(_GRAMMAR.words, names=NAMES)


def mended(text: str) -> str:
    """Return *text* in normal form with a slip of the keyboard mended in each word that means nothing as it is."""
    return " ".join([_SLIPS.mend(token) for token in mend(text).split()])


class Sentence:
    """A message in normal form, ready to be asked what it says."""

    def __init__(self, text: str) -> None:
        self._words = text.split()
        self._code = _GRAMMAR.encode(self._words)

    def stop(self) -> tuple[str, str]:
        """Return the words that end contact and the rule that says so; empty when there are none."""
        return self._first(_STOPS)

    def doubt(self) -> tuple[str, str]:
        """Return the words that make a revocation doubtful, and the rule."""
        return self._first(_HOLDS)

    def stranger(self) -> tuple[str, str]:
        """Return the words that say we write to the wrong person, and the rule."""
        return self._first(_STRANGERS)

    def suspect(self) -> tuple[str, str]:
        """Return the words of a grudge that names no wish, and the rule."""
        return self._first(_SUSPECTS)

    def rest(self) -> str:
        """Return the message without its harmless uses of revoking words."""
        kept = _HARMLESS.blank(self._code)
        return " ".join(word for word, sign in zip(self._words, kept, strict=True) if sign != BLANK)

    def _first(self, rules: Rules) -> tuple[str, str]:
        if found := rules.find(self._code):
            begin, until, rule = found
            return " ".join(self._words[begin:until]), rule
        return "", ""
