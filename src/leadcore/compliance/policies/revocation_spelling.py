"""How the words of a revocation are written when they are not written well: look-alikes, digits for letters, slips.

Only slips of the words listed here are mended, one slip each, and never one that is a word of its own ("shop", "test"):
mending must not turn an innocent sentence into a revocation.
"""

import re

LOOKALIKES = str.maketrans(
    "абвеікмнорстухѕјԁԛωαβεζηικμνορτυχɑɡıℓ",
    "abbeikmhopctyxsjdqwabezhikmnoptuxagil",
)
"""Cyrillic, Greek and phonetic letters that look Latin, after case folding."""

_DIGITS = str.maketrans("0134578$@!|€£", "oieastbsailel")
_MIXED = re.compile(r"(?<!\S)(?=\S*[a-z])(?=\S*[0134578$@!|€£])[a-z0-9$@!|€£]{3,14}(?=[.,;:?!]*(?:\s|$))")
_SIGN = re.compile(r"\bst[*#.]p\b")
_SWEARING = re.compile(r"\bf[*#@$]+(?:c?k)?(ing|in)?\b|\bf[*#@$]{2,}")
_LONG_RUN = re.compile(r"([a-z])\1{2,}")
_NAMED = frozenset(
    {"stop", "stopall", "quit", "end", "revoke", "cancel", "unsubscribe", "unsub", "optout", "opt", "remove", "text"}
)


def _listed(words: str) -> frozenset[str]:
    return frozenset(words.split())


_VOCABULARY = _listed(
    "stop quit revoke cancel unsubscribe remove removed texting messages message messaging contact contacting"
    " contacted number please wrong alone leave interested delete consent sending person anymore subscription"
    " emails discontinue list text texts send mensajes mensaje textos escriban escribir manden numero cancelar"
    " cancelen equivocado arretez stoppez arreter cessez contacter recevoir desabonner desabonnez desinscrire"
    " supprimez"
)
_REAL = _listed(
    "test tests testing tested texted lost last lust lint fist mist shop step top atop drop wring quiet quite suit"
    " contract contracts contracting contrast remote remover removes massage massages send sent seen end lend sand"
    " live love leaf lave weave place pleased pleas persons along clone aline numb umber number next tent textures"
    " sens senda manten mandan escriba escribe arrete arretes stopper stop stow lit list its texts text sends"
    " leaves messaged messenger consents consult content interest interests emailed"
)
_NEAR = {
    "q": "wa", "w": "qes", "e": "wrd", "r": "etf", "t": "ryg", "y": "tuh", "u": "yij", "i": "uok", "o": "ipl",
    "p": "ol", "a": "qsz", "s": "adwx", "d": "sfec", "f": "dgrv", "g": "fhtb", "h": "gjyn", "j": "hkum", "k": "jlim",
    "l": "kop", "z": "asx", "x": "zcs", "c": "xvd", "v": "cbf", "b": "vng", "n": "bmh", "m": "njk",
}  # fmt: skip
_SHORT = 5
_SHORTEST = 4


def _slips(word: str) -> set[str]:
    found: set[str] = set()
    for at, letter in enumerate(word):
        before, after = word[:at], word[at + 1 :]
        found.add(before + letter + letter + after)
        found |= {before + near + after for near in _NEAR[letter]}
        found |= {before + letter + near + after for near in _NEAR[letter] if len(word) >= _SHORT}
        if after:
            found.add(before + after[0] + letter + after[1:])
        if len(word) >= _SHORT and at:
            found.add(before + after)
    return found


def _mended() -> dict[str, str]:
    mended: dict[str, str] = {}
    for word in sorted(_VOCABULARY):
        for slip in _slips(word):
            mended.setdefault(slip, word)
    return {
        slip: word
        for slip, word in mended.items()
        if slip not in _REAL and slip not in _VOCABULARY and len(slip) >= _SHORTEST
    }


MENDED = _mended()
"""Every single slip of the keyboard in a listed word, and the word."""


def letters_for_digits(text: str) -> str:
    """Read "st0p" and "c@ncel" as what they stand for, in case-folded *text*; prices and years stay as they are."""
    signed = _SIGN.sub("stop", _SWEARING.sub(r"fuck\1", text))
    return _MIXED.sub(_as_letters, signed)


def _as_letters(found: re.Match[str]) -> str:
    plain = found[0].rstrip("!").translate(_DIGITS)
    return plain if plain in _NAMED else found[0]


def mend(text: str) -> str:
    """Mend each word of *text* in normal form: long runs of a letter first, then one slip."""
    tokens = _LONG_RUN.sub(r"\1", text).split()
    return " ".join(MENDED.get(token, token) for token in tokens)
