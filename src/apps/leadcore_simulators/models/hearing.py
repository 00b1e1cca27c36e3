"""What a customer wants, read from the words alone: intent, language, service and vehicle."""

import re
from enum import StrEnum

from leadcore_simulators.models.talk import Prompt


class Intent(StrEnum):
    IDENTITY = "identity"
    PERSON = "person"
    PRICE = "price"
    HOURS = "hours"
    ADDRESS = "address"
    BOOKING = "booking"
    VEHICLE = "vehicle"
    THANKS = "thanks"
    GREETING = "greeting"
    OTHER = "other"


_SOMEBODY = r"\b(person|human|manager|someone|somebody|owner|representative|agent)\b"
# In order of precedence: "are you a real person?" must not be taken for a wish to talk to one.
_SIGNS: tuple[tuple[Intent, tuple[str, ...]], ...] = (
    (
        Intent.IDENTITY,
        (
            r"\b(are you|am i (talking|speaking) (to|with)|is this)\b.*\b(human|robot|bot|real|person|ai|machine)\b",
            r"\beres (un |una )?(robot|bot|humano|persona|m[aá]quina)",
        ),
    ),
    (
        Intent.PERSON,
        (
            rf"\b(talk|speak|chat|connect|transfer|call)\b.*{_SOMEBODY}",
            r"\b(real person|a human|manager|representative)\b",
            r"\bhablar con\b|\bgerente\b|\buna persona\b",
        ),
    ),
    (
        Intent.PRICE,
        (
            r"how much|\bpric(e|es|ing)\b|\bquot(e|es)\b|\bcosts?\b|\bcharge\b|\bestimate\b",
            r"cu[aá]nto|\bprecios?\b|\bcotiza|\bpresupuesto",
        ),
    ),
    (
        Intent.HOURS,
        (r"\bhours?\b|\bopen\b|\bclos(e|es|ed|ing)\b", r"\bhorarios?\b|\babren\b|\babiertos?\b|\bcierran\b"),
    ),
    (
        Intent.ADDRESS,
        (
            r"\baddress\b|\bwhere (are|r) (you|u)\b|\blocat(ed|ion)\b|\bdirections?\b",
            r"d[oó]nde (est[aá]n|queda)|direcci[oó]n|ubicaci",
        ),
    ),
    (
        Intent.BOOKING,
        (
            r"\bbook(ing)?\b|\bappointment\b|\bschedule\b|\bavailab|\bcome in\b|\bdrop (it )?off\b",
            r"\bcita\b|\bagendar\b|\breservar\b",
        ),
    ),
    (Intent.THANKS, (r"\bthank(s| you)?\b|\bgracias\b|\bperfect\b|\bgreat\b",)),
    (Intent.GREETING, (r"^\W*(hi|hello|hey|hola|good (morning|afternoon|evening)|buen[oa]s)\b",)),
)
_COMPILED = tuple((intent, re.compile("|".join(patterns), re.IGNORECASE)) for intent, patterns in _SIGNS)

_SPANISH = re.compile(
    r"[¿¡]|\b(hola|gracias|cu[aá]nto|cuesta|precio|quiero|necesito|puedo|hablar|horario|direcci[oó]n|d[oó]nde|abren"
    r"|cierran|carro|coche|camioneta|polarizado|cita|cotizaci[oó]n|tienen|est[aá]n|persona)\b",
    re.IGNORECASE,
)

_MAKES = (
    "acura|alfa romeo|audi|bmw|buick|cadillac|chevrolet|chevy|chrysler|dodge|fiat|ford|genesis|gmc|honda|hyundai"
    "|infiniti|jaguar|jeep|kia|land rover|range rover|lexus|lincoln|lucid|mazda|mercedes(?:-benz)?|mini|mitsubishi"
    "|nissan|polestar|porsche|ram|rivian|subaru|tesla|toyota|volkswagen|vw|volvo"
)
_NOT_A_MODEL = (
    "a|an|and|are|at|be|can|ceramic|coating|cost|costs|cuesta|do|does|el|en|for|full|get|hi|how|i|in|is|it|la|le|me"
    "|much|my|need|no|of|on|or|para|paint|please|por|ppf|price|quote|que|thanks|that|the|tint|to|want|what|window"
    "|windows|with|wrap|y|you|your"
)
_CAR = re.compile(
    rf"\b(?:(?:19|20)\d\d\s+)?(?:{_MAKES})\b(?:\s+(?!(?:{_NOT_A_MODEL})\b)[a-z0-9][\w-]*){{0,3}}", re.IGNORECASE
)
_BODY = re.compile(
    r"\b(sedan|sed[aá]n|suv|pickup(?: truck)?|truck|coupe|hatchback|minivan|van|crossover|convertible|wagon"
    r"|camioneta)\b",
    re.IGNORECASE,
)
_VALUE = r"\"?\s*[:=]\s*\"?([^\"\n;|]+)"
_NOTED_VEHICLE = re.compile(rf"\bvehicle(?: on file| of interest)?{_VALUE}|\bdrives an? ([^.\n]+)", re.IGNORECASE)
_NOTED_SERVICE = re.compile(
    rf"\b(?:requested service|service of interest|service|interested in|asked (?:for|about)){_VALUE}", re.IGNORECASE
)
_NOTHING = frozenset({"", "-", "none", "null", "unknown", "not known", "n/a", "not given", "(none)", "(unknown)"})

_AUXILIARY = "(?:would|does|do|is|are|for|to|will)?"
_SHELLS = tuple(
    re.compile(pattern, re.IGNORECASE)
    for pattern in (
        rf"how much {_AUXILIARY}\s*(?:it cost|you charge|you guys charge|be)?\s*(?:to|for|is|get)?\s*(?P<what>.+)",
        r"(?:price|pricing|prices|quote|estimate|cost)\s+(?:on|for|of|to)\s+(?P<what>.+)",
        r"what (?:do|would) you charge (?:for|to)\s+(?P<what>.+)",
        r"cu[aá]nto (?:cuesta|cuestan|sale|vale|cobran|es|ser[ií]a)?\s*(?:por|para|el|la|un|una)?\s*(?P<what>.+)",
        r"(?:precio|cotizaci[oó]n|presupuesto)s? (?:de|del|para|por)\s+(?P<what>.+)",
        r"(?P<what>.+?)\s+(?:price|pricing|cost|quote)\b",
    )
)
_TRIMMINGS = re.compile(
    r"^(?:a|an|the|some|my|get|getting|have|do|doing|el|la|los|las|un|una|is|for|to|what's|whats|what is|hi|hey)\b\s*"
    r"|\s*\b(?:my|mi|the|el)\s+(?:car|vehicle|carro|coche)$"
    r"|\s*\b(?:on|for|in|to|en|para|my|mi|a|an|the|un|una|el|cost|please|thanks|por favor|cuesta|done)$",
    re.IGNORECASE,
)
_PRONOUNS = frozenset(
    {"it", "that", "this", "one", "them", "those", "you", "eso", "esto", "lo", "my car", "my vehicle", "me"}
)


def intent_of(text: str) -> Intent:
    """What one message asks for."""
    for intent, sign in _COMPILED:
        if sign.search(text):
            return intent
    return Intent.VEHICLE if vehicle_in(text) else Intent.OTHER


def speaks_spanish(text: str) -> bool:
    """A guess from a few telling words."""
    return bool(_SPANISH.search(text))


def vehicle_in(text: str) -> str | None:
    """The car in *text* as it is written there (year, make, model), else the kind of body."""
    found = _CAR.search(text) or _BODY.search(text)
    return " ".join(found.group(0).split()) if found else None


def service_in(text: str) -> str | None:
    """The thing whose price is asked, without the question around it and without the vehicle."""
    bare = _CAR.sub(" ", text)
    for shell in _SHELLS:
        found = shell.search(bare)
        if found and (phrase := _trimmed(found.group("what"))):
            return phrase
    return None


def vehicle_known(prompt: Prompt) -> str | None:
    """The vehicle named last by the person, else the one the system prompt notes."""
    for turn in reversed(prompt.turns):
        if turn.kind == "user" and (found := vehicle_in(turn.text)):
            return found
    return _noted(_NOTED_VEHICLE, prompt.system)


def service_wanted(prompt: Prompt) -> str | None:
    """The service named last by the person, else the one the system prompt notes."""
    for turn in reversed(prompt.turns):
        if turn.kind == "user" and intent_of(turn.text) is Intent.PRICE and (found := service_in(turn.text)):
            return found
    return _noted(_NOTED_SERVICE, prompt.system)


def price_is_pending(prompt: Prompt) -> bool:
    """True when the person asked a price before, and the assistant's last words asked for the vehicle."""
    spoken = [turn for turn in prompt.turns if turn.kind in {"user", "assistant"} and turn.text]
    if len(spoken) < 3 or spoken[-2].kind != "assistant":  # noqa: PLR2004 - price, question back, answer
        return False
    asked_back = re.search(r"vehicle|car\b|veh[ií]culo|carro", spoken[-2].text, re.IGNORECASE)
    earlier = [turn for turn in spoken[:-2] if turn.kind == "user"]
    return bool(asked_back) and any(intent_of(turn.text) is Intent.PRICE for turn in earlier)


def _noted(pattern: re.Pattern[str], system: str) -> str | None:
    for found in pattern.finditer(system):
        value = next(group for group in found.groups() if group is not None).strip(" .,*`'")
        if value.lower() not in _NOTHING:
            return value
    return None


def _trimmed(phrase: str) -> str | None:
    words = " ".join(_BODY.sub(" ", re.split(r"[?!\n;]|\.(?:\s|$)|,", phrase)[0]).split())
    before = None
    while words != before:
        before = words
        words = _TRIMMINGS.sub("", words).strip()
    return words if words and words.lower() not in _PRONOUNS else None
