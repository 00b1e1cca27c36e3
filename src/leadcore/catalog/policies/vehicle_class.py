"""Which class a vehicle is priced in."""

import re

from leadcore.catalog.policies.vehicle_models import ALIASES, MODELS
from leadcore.catalog.policies.vocabulary import CLASS_WORDS, canonical, folded
from leadcore.catalog.values import VehicleClass

_CABS = frozenset({"crew", "supercrew", "supercab", "crewmax"})
_YEAR = re.compile(r"(?:19[5-9]|20\d)\d")
_DISTINCT = 3  # models shorter than this ("3", "es") name nothing without their make


def vehicle_class(*, make: str = "", model: str = "", body: str = "", size: str = "") -> VehicleClass | None:
    """Return the class of a vehicle, None when nothing tells.

    The CRM's own body word wins (`body`, then `size`), then a body word in the model's name, then the table of models.
    """
    for text in (body, size, model):
        said = class_said(text)
        if said is not None:
            return said
    return _from_table(make, model)


def class_said(text: str) -> VehicleClass | None:
    """Return the one class that *text* names in so many words, None when it names none or several."""
    words = canonical(text)
    if any(word in _CABS for word in words):
        return "truck"
    named = {CLASS_WORDS[word] for word in words if word in CLASS_WORDS and len(CLASS_WORDS[word]) == 1}
    return next(iter(named))[0] if len(named) == 1 else None


def is_vehicle_word(word: str) -> bool:
    """Whether *word* (in folded form) is part of a make's or model's name."""
    return word in _VEHICLE_WORDS


def _from_table(make: str, model: str) -> VehicleClass | None:
    maker = folded(make)
    maker = ALIASES.get(maker, maker)
    words = [word for word in folded(model).split() if not _YEAR.fullmatch(word)]
    known = _model_of(maker, words) if maker in MODELS else None  # a model may be called like a make: Dodge Ram
    if known is not None:
        return known
    for length in (2, 1):  # the make may be written into the model
        named = " ".join(words[:length])
        named = named if length > 1 else ALIASES.get(named, named)
        if named in MODELS and len(words) > length:
            maker = maker if maker in MODELS else named
            words = words[length:]
            break
    return _model_of(maker, words)


def _model_of(maker: str, words: list[str]) -> VehicleClass | None:
    tables = [MODELS[maker]] if maker in MODELS else list(MODELS.values())
    for length in range(len(words), 0, -1):
        key = "".join(words[:length])
        found = {table[key] for table in tables if key in table}
        if len(found) == 1 and (maker in MODELS or len(key) >= _DISTINCT):
            return found.pop()
    return None


_VEHICLE_WORDS = frozenset(
    {word for make in MODELS for word in make.split()}
    | set(ALIASES)
    | {model for table in MODELS.values() for model in table if len(model) >= _DISTINCT}
)
