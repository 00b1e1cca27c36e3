"""The words shops and their customers use for the same things, English and Spanish, as data."""

import re
import unicodedata

from leadcore.catalog.values import VehicleClass

CLASS_WORDS: dict[str, tuple[VehicleClass, ...]] = {
    "coupe": ("coupe",),
    "coupes": ("coupe",),
    "convertible": ("coupe",),
    "roadster": ("coupe",),
    "cabriolet": ("coupe",),
    "2door": ("coupe",),
    "sedan": ("sedan",),
    "sedans": ("sedan",),
    "saloon": ("sedan",),
    "hatchback": ("sedan",),
    "4door": ("sedan",),
    "car": ("coupe", "sedan"),
    "cars": ("coupe", "sedan"),
    "suv": ("suv",),
    "suvs": ("suv",),
    "crossover": ("suv",),
    "crossovers": ("suv",),
    "cuv": ("suv",),
    "wagon": ("suv",),
    "truck": ("truck",),
    "trucks": ("truck",),
    "pickup": ("truck",),
    "pickups": ("truck",),
    "camioneta": ("truck",),
    "van": ("van",),
    "vans": ("van",),
    "minivan": ("van",),
    "minivans": ("van",),
}
SIZES = frozenset({"small", "compact", "mid", "midsize", "medium", "large", "full", "fullsize", "size", "extra", "xl"})
JOINERS = frozenset({"and", "or", "y", "o"})

_PHRASES: tuple[tuple[str, str], ...] = (
    ((r"\b(?:paint protection(?: films?)?|paint protective film|clear ?bras?|clear film|xpel(?: films?)?"
    r"|ppf(?: films?)?|pelicula de proteccion"
     r"|proteccion de pintura)\b"), " ppf "),
    ((r"\b(?:ceramic|ceramico|ceramica) (?:pro|coat(?:ing|ings|ed)?)\b|\b(?:recubrimiento|sellador) ceramic[oa]\b"
     r"|\bnano ?coat(?:ing)?\b"), " ceramic coating "),
    (r"\bcoat(?:ings|ed)?\b|\brecubrimientos?\b", " coating "),
    ((r"\b(?:window )?(?:films?|tint(?:s|ed|ing)?|tinter|tinte)\b|\b(?:polariz|entint|tintad)\w*|\bpapel ahumado\b"
     r"|\bahumad[oa]s?\b"), " tint "),
    (r"\bceramic[oa]s?\b", " ceramic "),
    (r"\bcarbono?\b", " carbon "),
    (r"\b(?:windshields?|wind shield|front glass|parabrisas)\b", " windshield "),
    (r"\b(?:remov(?:al|e|ed|ing)|take off|strip(?:ping|ped)?|quitar|remocion|peel off|retirar)\b", " removal "),
    ((r"\b(?:full|whole|entire|complete|all the|todo el|toda la) (?:vehicle|car|auto|carro|coche|truck|suv|van|thing)\b"
     r"|\ball (?:the )?(?:windows|around|sides|glass)\b|\ball the way around\b|\bcomplet[oa]\b|\bfull cars?\b"),
     " full vehicle "),
    (r"\b(?:full|whole|entire|complete) (?:body|wrap)\b", " full body "),
    (r"\b(?:vinyl|wrap(?:s|ped|ping)?|vinil)\b", " wrap "),
    (r"\b(?:detail(?:s|ed|ing)?|detallado|car ?wash|lavado)\b", " detail "),
    (r"\b(?:audio|stereos?|speakers?|subwoofers?|estereo|bocinas?)\b", " audio "),
    (r"\b(?:one|un|uno)(?= (?:year|yr|ano))", " 1 "),
    (r"\b(?:two|dos)(?= (?:year|yr|ano))", " 2 "),
    (r"\b(?:three|tres)(?= (?:year|yr|ano))", " 3 "),
    (r"\b(?:five|cinco)(?= (?:year|yr|ano))", " 5 "),
    (r"\b(?:seven|siete)(?= (?:year|yr|ano))", " 7 "),
    (r"\b(?:ten|diez)(?= (?:year|yr|ano))", " 10 "),
    (r"\b(\d{1,2}) *(?:years?|yrs?|anos?)\b", r" \1year "),
    (r"\b([24]) ?(?:doors?|dr)\b", r" \1door "),
    (r"\bpick ups?\b", " pickup "),
    (r"\bmini vans?\b", " minivan "),
    (r"\b(?:frontal|delantera?)\b", " front "),
)  # fmt: skip
_RULES = tuple((re.compile(pattern), into) for pattern, into in _PHRASES)

FAMILIES = frozenset({"tint", "ppf", "coating", "wrap", "detail", "audio"})
"""What kind of work it is. Asked for one of these, nothing of another kind is ever offered at a price."""

ELSEWHERE = frozenset(
    {
        "house", "home", "homes", "residential", "office", "building", "commercial", "storefront", "boat", "rv", "casa",
        "motorcycle", "oficina", "headlight", "headlights", "taillight", "taillights", "repair", "replacement",
        "replace", "fix", "chip", "crack", "removal", "warranty",
    }
)  # fmt: skip
"""Other things to work on and other work: asked about one, only a service that names it too comes into question."""

PARTS = frozenset(
    {
        "windshield", "sunroof", "moonroof", "visor", "brow", "strip", "door", "doors", "mirror", "mirrors", "wheel",
        "wheels", "interior", "exterior", "leather", "engine", "roof", "hood", "bumper", "fender", "fenders", "trunk",
    }
)  # fmt: skip
"""Parts of a vehicle: asked about one, only a service that names it has a price; unasked, such services come last."""

GENERIC = frozenset({"full", "vehicle"})

SILENT = frozenset(
    """
    a about all an and any are as at be been better but by can car cars carro coche auto vehicle vehiculo
    charge charging cost costs could cuanto cuesta cuestan de del do does el en es estimate for from get
    getting give going good have hello hey hi hola how i if im in install installed installation installing
    interested into is it its just know la las like long looking los lo me mi mine money much my need of on one
    or our out para pay pls please por precio precios price priced prices pricing quiero quisiera quote quotes
    put run service services set should si so some su take tell than thank thanks thanx that the them there
    these thing this to today total un una us wanna want wanted was we what whats when which will wife with
    wondering would y you your yours yes ok okay window windows ventanas side sides done dont back rear costo
    vale cobran cobra husband son daughter mom dad new brand also too only great nice
    """.split()  # noqa: SIM905
)
"""Words around a question that say nothing about what is asked."""

_NOT_WORD = re.compile(r"[^0-9a-z]+")


def folded(text: str) -> str:
    """Return *text* in lower case ASCII words parted by single spaces."""
    bare = "".join(ch for ch in unicodedata.normalize("NFKD", text) if not unicodedata.combining(ch))
    return _NOT_WORD.sub(" ", bare.casefold().replace("'", "").replace("’", "")).strip()


def canonical(text: str) -> tuple[str, ...]:
    """Return the words of *text* with one word for each idea ("clear bra" is "ppf"), in order, without repeats."""
    words = f" {folded(text)} "
    for pattern, into in _RULES:
        words = pattern.sub(into, words)
    return tuple(dict.fromkeys(words.split()))
