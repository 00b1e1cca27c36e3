"""The rules of all languages compiled over one lexicon, and what the first that fits says."""

from collections.abc import Mapping

from leadcore.compliance.policies import revocation_frames_english as frames
from leadcore.compliance.policies import revocation_frames_french as french
from leadcore.compliance.policies import revocation_frames_more as more_frames
from leadcore.compliance.policies import revocation_frames_spanish as spanish
from leadcore.compliance.policies import revocation_rules as english
from leadcore.compliance.policies import revocation_rules_doubt as doubt
from leadcore.compliance.policies import revocation_rules_foreign as foreign
from leadcore.compliance.policies import revocation_rules_more as more
from leadcore.compliance.policies.revocation_grammar import BLANK, Grammar, Rules
from leadcore.compliance.policies.revocation_lexicon import LEXICON
from leadcore.compliance.policies.revocation_set_aside import SET_ASIDE
from leadcore.compliance.policies.revocation_slips import Slips
from leadcore.compliance.policies.revocation_spelling import mend
from leadcore.compliance.policies.revocation_wrong_number import NAMES


def _together(*tables: Mapping[str, tuple[str, ...]]) -> dict[str, tuple[str, ...]]:
    """All the rules of *tables*, those of one name under it."""
    rules: dict[str, tuple[str, ...]] = {}
    for table in tables:
        for name, patterns in table.items():
            rules[name] = (*rules.get(name, ()), *patterns)
    return rules


def _words_together(*lexicons: Mapping[str, str]) -> dict[str, str]:
    """All the words of *lexicons*, those of one concept under it."""
    words: dict[str, str] = {}
    for lexicon in lexicons:
        for concept, listed in lexicon.items():
            words[concept] = f"{words.get(concept, '')} {listed}"
    return words


_FRAMES = (frames, spanish, french)
_STOP = _together(
    english.STOP_RULES,
    more.MORE_STOP_RULES,
    foreign.STOP_RULES,
    *(language.STOP_RULES for language in _FRAMES),
    more_frames.MORE_STOP_RULES,
)
_HOLD = _together(english.HOLD_RULES, foreign.HOLD_RULES, more_frames.HOLD_RULES, spanish.HOLD_RULES, french.HOLD_RULES)
_DOUBT = (doubt.STRANGER_RULES, doubt.SUSPECT_RULES, doubt.HARMLESS_RULES)
_LEXICON = _words_together(LEXICON, *(language.LEXICON for language in _FRAMES), {"NAME": " ".join(sorted(NAMES))})
_GRAMMAR = Grammar(_LEXICON, _STOP, _HOLD, more_frames.DOUBTLESS_RULES, SET_ASIDE, *_DOUBT)
_STOPS, _HOLDS = _GRAMMAR.compile(_STOP), _GRAMMAR.compile(_HOLD)
_DOUBTLESS = _GRAMMAR.compile(more_frames.DOUBTLESS_RULES)
_ASIDE = _GRAMMAR.compile(SET_ASIDE)
_STRANGERS, _SUSPECTS, _HARMLESS = map(_GRAMMAR.compile, _DOUBT)


def prepare() -> None:
    """Compile every rule (about a second): to be done at start-up by what reads messages, or the first one waits."""
    for rules in (_STOPS, _HOLDS, _DOUBTLESS, _ASIDE, _STRANGERS, _SUSPECTS, _HARMLESS):
        rules.prepare()


_TELLING = (
    "unsubscribe",
    "unsubscribed",
    "desuscribir",
    "desuscribirme",
    "desabonner",
    "desabonnez",
    "desinscrire",
    "desinscription",
    "desabonnement",
)
_KNOWN = _GRAMMAR.words
_SLIPS = Slips(_KNOWN, names=NAMES, telling=_TELLING)


def mended(text: str) -> str:
    """Return *text* in normal form with a slip of the keyboard mended in each word that means nothing as it is."""
    return " ".join([token if token in _KNOWN else _SLIPS.mend(mend(token)) for token in text.split()])


class Sentence:
    """A message in normal form, ready to be asked what it says."""

    def __init__(self, text: str) -> None:
        self._words = text.split()
        self._code = _GRAMMAR.encode(self._words)
        self._meant = _ASIDE.blank(self._code)

    @property
    def meant(self) -> str:
        """The message without the phrases that are set aside before any rule is tried."""
        if self._meant == self._code:
            return " ".join(self._words)
        return " ".join(word for word, sign in zip(self._words, self._meant, strict=True) if sign != BLANK)

    def stop(self) -> tuple[str, str]:
        """Return the words that end contact and the rule that says so; empty when there are none."""
        return self._first(_STOPS)

    def doubtless(self) -> tuple[str, str]:
        """Return the words that end contact whatever else is said, and the rule."""
        return self._first(_DOUBTLESS)

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
        kept = _HARMLESS.blank(self._meant)
        return " ".join(word for word, sign in zip(self._words, kept, strict=True) if sign != BLANK)

    def _first(self, rules: Rules) -> tuple[str, str]:
        if found := rules.find(self._meant):
            begin, until, rule = found
            return " ".join(self._words[begin:until]), rule
        return "", ""
