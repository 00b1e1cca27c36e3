"""How the words of a revocation are written when they are not written well: look-alikes, digits for letters, slips.

Only slips of the words listed here are mended, one slip each, and never one that is a word of its own ("shop", "test"):
mending must not turn an innocent sentence into a revocation.
"""

import re

from leadcore.compliance.policies.revocation_lexicon import LEXICON

_SMALL_CAPITALS = (
    "\u1d00\u0299\u1d04\u1d05\u1d07\ua730\u0262\u029c\u026a\u1d0a\u1d0b\u029f\u1d0d\u0274\u1d0f\u1d18\u0280\ua731\u1d1b"
    "\u1d1c\u1d20\u1d21\u028f\u1d22"
)
_BADGES = (0x1F130, 0x1F150, 0x1F170, 0x1F1E6)
LOOKALIKES = str.maketrans(
    "абвеікмнорстухѕјԁԛωαβεζηικμνορτυχɑɡıℓ" + _SMALL_CAPITALS,
    "abbeikmhopctyxsjdqwabezhikmnoptuxagil" + "abcdefghijklmnoprstuvwyz",
) | {first + at: chr(ord("a") + at) for first in _BADGES for at in range(26)}
"""Cyrillic, Greek and phonetic letters that look Latin, small capitals, letters on badges and flags; case folded."""


def _in_order(words: str) -> tuple[str, ...]:
    """The longest first, so that none is taken for its beginning."""
    return tuple(sorted(words.split(), key=len, reverse=True))


_SIGNS_OF = {
    "a": "a4@*", "b": "b8", "e": "e3\u20ac*", "i": "i1!|*", "u": "u*",
    "l": "l1|\u00a3", "o": "o0*", "s": "s5$", "t": "t7", "z": "z2",
}  # fmt: skip
_NAMED = _in_order(
    "stop stopall quit end revoke cancel unsubscribe unsub optout opt out remove text me alto parar pare basta"
    " cancelar baja"
    " arret arreter arretez desabonner stopper detener"
)


def _disguised(word: str) -> str:
    return "".join(f"[{re.escape(_SIGNS_OF[letter])}]" if letter in _SIGNS_OF else letter for letter in word)


_DISGUISED = re.compile("(?<![a-z0-9])(?:" + "|".join(f"({_disguised(word)})" for word in _NAMED) + ")(?![a-z0-9])")
_SIGN = re.compile(r"\bst[*#.]p\b")
_SWEARING = re.compile(r"\bf[*#@$]+(?:c?k)?(ing|in)?\b|\bf[*#@$]{2,}")
_LONG_RUN = re.compile(r"([a-z])\1{2,}")


def _listed(words: str) -> frozenset[str]:
    return frozenset(words.split())


_VOCABULARY = _listed(
    "stop quit revoke cancel unsubscribe remove removed texting messages message messaging contact contacting"
    " contacted number please wrong alone leave interested delete consent sending person anymore subscription"
    " emails discontinue list text texts send mensajes mensaje textos escriban escribir manden numero cancelar"
    " cancelen equivocado arretez stoppez arreter cessez contacter recevoir desabonner desabonnez desinscrire"
    " supprimez texted calling emailing unsubscribed harassing bothering molesten contacten envien dejen"
    " quiten borren textos"
    " desabonnement ecrivez envoyez retirez numeros"
)
_TELLING = (
    "STOP DOING SENT TEXT BEEN NUMBER LIST DROP CONSENT PAREN ESCRIBIR MENSAJE QUITAR NUMERO ARRETER ECRIRE"
    " MECRIRE TEXTO RETIRER"
)
_LONG = 6
_ALL = frozenset(word for words in LEXICON.values() for word in words.split())
_MENDABLE = _VOCABULARY | {word for name in _TELLING.split() for word in LEXICON[name].split() if len(word) >= _LONG}
_PLAIN = _listed("no more not do me my to out off opt all of the this it your from alone leave dont mas ya de don")
_REAL = _listed(
    "test tests testing tested texted lost last lust lint fist mist shop step top atop drop wring quiet quite suit"
    " contract contracts contracting contrast remote remover removes massage massages send sent seen end lend sand"
    " live love leaf lave weave place pleased pleas persons along clone aline numb umber number next tent textures"
    " sens senda manten mandan escriba escribe arrete arretes stopper stop stow lit list its texts text sends"
    " revoked leaves messaged messenger consents consult content interest interests emailed"
    " bisque blown bowing callee cancels canceled candela contracted corre coupon deleted detail details digit digits"
    " director discontinued enlist inlist excluded exclude glowing offer llama manda marca perdon quien quot retire"
    " retires retired sensing slicing strip stipe stopped stroke teaching terminated tester thread threads tread"
    " update updated updates wend notified parle peter pleaser promise envia escribi escribe cell cello sample"
    " note notez noter molesta aviso avise avisen drop drip slop shape stock stomp storm stoup swop snop trop prop crop"
)
NEAR = {
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
        found |= {before + near + after for near in NEAR[letter]}
        found |= {before + letter + near + after for near in NEAR[letter] if len(word) >= _SHORT}
        if after:
            found.add(before + after[0] + letter + after[1:])
        if len(word) >= _SHORT and at:
            found.add(before + after)
    return found


def _mended() -> dict[str, str]:
    mended: dict[str, str] = {}
    for word in sorted(_MENDABLE):
        for slip in _slips(word):
            mended.setdefault(slip, word)
    return {
        slip: word
        for slip, word in mended.items()
        if slip not in _REAL and slip not in _MENDABLE and slip not in _ALL and len(slip) >= _SHORTEST
    }


MENDED = _mended() | {
    "mor": "more",
    "moar": "more",
    "mroe": "more",
    "moer": "more",
    "sop": "stop",
    "sto": "stop",
    "stoop": "stop",
    "stopp": "stop",
    "qit": "quit",
    "uit": "quit",
}
"""Every single slip of the keyboard in a listed word, and the word."""


def _near_stop() -> frozenset[str]:
    word = "stop"
    any_letter = {word[:at] + letter + word[at:] for at in range(len(word) + 1) for letter in NEAR}
    slid = {a + b + c + d for a in "s" + NEAR["s"] for b in "t" + NEAR["t"] for c in "oipl" for d in "pol"}
    near = {one for one in slid if sum(a != b for a, b in zip(one, word, strict=True)) <= _SLID}
    return frozenset((any_letter | near) - (_REAL - {"atop"}) - {"estop"})


_SLID = 2
NEAR_STOP = _near_stop()
"""What a thumb makes of "stop" in a hurry. Read so only when it is the whole message."""


def letters_for_digits(text: str) -> str:
    """Read "st0p" and "c@ncel" as what they stand for, in case-folded *text*; prices and years stay as they are."""
    signed = _SIGN.sub("stop", _SWEARING.sub(r"fuck\1", text))
    return _DISGUISED.sub(lambda found: _NAMED[(found.lastindex or 1) - 1], signed)


def mend(text: str) -> str:
    """Mend each word of *text* in normal form: long runs of a letter first, then one slip."""
    if _LONG_RUN.search(text):
        return " ".join([MENDED.get(token) or _squeezed(token) for token in text.split()])
    return " ".join([MENDED.get(token, token) for token in text.split()])


def _squeezed(token: str) -> str:
    once = _LONG_RUN.sub(r"\1", token)
    return MENDED.get(once, once)


_PARTS = frozenset(word for word in _ALL | _VOCABULARY | _PLAIN if len(word) > 1) | {"i", "u"}
_GLUED = range(6, 30)
_FEW = 3
_GLUE = (
    "stop",
    "quit",
    "dont",
    "donot",
    "please",
    "pls",
    "plz",
    "leave",
    "remove",
    "opt",
    "nomore",
    "nomas",
    "unsub",
    "take",
    "delete",
    "not",
    "para",
    "yano",
    "nome",
    "text",
    "end",
    "lose",
    "go",
    "cancel",
    "more",
    "any",
)
"""How words begin that people write as one."""


def unglue(text: str) -> str:
    """Part words that were written as one ("leavemealone", "donttext me") in a short message in normal form."""
    tokens = text.split()
    if len(tokens) > _FEW or not any(token.startswith(_GLUE) and token not in _PARTS for token in tokens):
        return ""
    return " ".join([_parted(token) or token for token in tokens])


def _parted(token: str) -> str:
    """The words *token* is made of; empty when it is not made of words we know."""
    if len(token) not in _GLUED or token in _PARTS:
        return ""
    ways: list[tuple[str, ...] | None] = [()]
    for until in range(1, len(token) + 1):
        ends = [
            (*before, token[at:until])
            for at in range(until)
            if (before := ways[at]) is not None and token[at:until] in _PARTS
        ]
        ways.append(min(ends, key=len, default=None))
    parts = ways[-1]
    return " ".join(parts) if parts and len(parts) > 1 else ""
