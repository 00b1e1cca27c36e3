"""Every form of the Spanish and French verbs people end contact with, in normal form, from a table of their stems.

A list written by hand knows "dejen de escribirme" and not "dejad de escribirme"; the grammar of a verb knows both.
"""

from collections.abc import Iterator

_CLITICS = ("", "me", "nos", "lo", "la", "los", "las", "le", "les", "melo", "mela")
"""What Spanish writes onto an infinitive, a gerund or an affirmative command: "quitenme", "borrenla"."""
_AR = {"taking": ("a", "ad", "ar", "ando"), "of_command": ("e", "en"), "bare": ("es", "eis")}
_ER = {"taking": ("e", "ed", "er", "iendo"), "of_command": ("a", "an"), "bare": ("as", "ais")}
_IR = {"taking": ("e", "id", "ir", "iendo"), "of_command": ("a", "an"), "bare": ("as", "ais")}
_ENDINGS = {"ar": _AR, "er": _ER, "ir": _IR}

_ELIDED = ("", "m", "n", "d", "t", "l")
"""What French elides before a vowel, written without its apostrophe: "menvoyez", "darreter"."""
_FRENCH = ("e", "es", "ez", "er", "ons", "ant", "ent", "iez", "ee", "ees")


def spanish(verbs: str, *, clitics: tuple[str, ...] = _CLITICS) -> str:
    """Return the forms of *verbs*: infinitives, or `stem/stem of the command/ending` where it changes."""
    return " ".join(dict.fromkeys(form for verb in verbs.split() for form in _spanish(verb, clitics)))


def french(verbs: str, *, elided_onto: tuple[str, ...] = _ELIDED) -> str:
    """Return the forms of *verbs* in -er, given by their infinitives without accents, and what is elided onto them."""
    return " ".join(dict.fromkeys(form for verb in verbs.split() for form in _french(verb, elided_onto)))


def elided(words: str) -> str:
    """Return *words*, and each with every pronoun or particle French elides before it."""
    return " ".join(prefix + word for word in words.split() for prefix in _ELIDED)


def _spanish(verb: str, clitics: tuple[str, ...]) -> Iterator[str]:
    stem, command, ending = verb.split("/") if "/" in verb else (verb[:-2], verb[:-2], verb[-2:])
    endings = _ENDINGS[ending]
    hosts = [stem + one for one in endings["taking"]] + [command + one for one in endings["of_command"]]
    yield from (host + clitic for host in hosts for clitic in clitics)
    yield from (command + one for one in endings["bare"])


def _french(verb: str, elided_onto: tuple[str, ...]) -> Iterator[str]:
    stem = verb.removesuffix("er")
    prefixes = elided_onto if stem[0] in "aeiouh" else ("",)
    yield from (prefix + stem + ending for prefix in prefixes for ending in _FRENCH)
