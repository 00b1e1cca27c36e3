"""Reading what tools answered: quotes, refusals with choices, and facts about the shop."""

import re
from collections.abc import Iterator

import msgspec
from msgspec import Struct

from leadcore_simulators.models.talk import Turn


class Quote(Struct, frozen=True, kw_only=True):
    """`display` is the amount exactly as the tool wrote it; nothing else may be quoted."""

    display: str
    service: str
    vehicle_class: str | None
    assumptions: tuple[str, ...]
    amount_minor: int | None


class Snag(Struct, frozen=True, kw_only=True):
    """Why a tool gave no answer, and what it offers to choose from."""

    reason: str
    choices: tuple[str, ...]

    @property
    def about_vehicle(self) -> bool:
        return "vehicle" in self.reason.lower()


def quotes_in(results: tuple[Turn, ...]) -> list[Quote]:
    """Every object in *results* that carries a displayed price."""
    return [_quote(found) for result in results for found in _objects(_decoded(result.text)) if _is_quote(found)]


def snag_in(results: tuple[Turn, ...]) -> Snag | None:
    """The first refusal in *results*."""
    for result in results:
        for found in _objects(_decoded(result.text)):
            if found.get("error"):
                detail = [_words(found.get(key)) for key in ("error", "missing", "detail", "message")]
                return Snag(reason=" ".join(filter(None, detail)), choices=_strings(found.get("choices")))
        if result.failed:
            return Snag(reason=result.text, choices=())
    return None


def fact_in(results: tuple[Turn, ...], *, keys: str) -> str | None:
    """The first non-empty value whose key matches *keys* (a pattern), flattened to words."""
    for result in results:
        for found in _objects(_decoded(result.text)):
            for key, value in found.items():
                if re.search(keys, key, re.IGNORECASE) and (words := _words(value)):
                    return words
    return None


def everything_in(results: tuple[Turn, ...]) -> str:
    """All the words of all results, for an answer that no better reading was found for."""
    return "; ".join(filter(None, (_words(_decoded(result.text)) for result in results)))


def _decoded(text: str) -> object:
    try:
        return msgspec.json.decode(text)
    except msgspec.DecodeError:
        return text


def _objects(value: object) -> Iterator[dict[str, object]]:
    if isinstance(value, dict):
        yield value
        for inner in value.values():
            yield from _objects(inner)
    elif isinstance(value, list):
        for inner in value:
            yield from _objects(inner)


def _is_quote(found: dict[str, object]) -> bool:
    price = found.get("price")
    return isinstance(price, dict) and isinstance(price.get("display"), str)


def _quote(found: dict[str, object]) -> Quote:
    price = found["price"]
    fields: dict[str, object] = price if isinstance(price, dict) else {}
    amount = fields.get("amount_minor")
    return Quote(
        display=str(fields["display"]),
        service=_words(found.get("service")) or "that service",
        vehicle_class=_words(found.get("vehicle_class")) or None,
        assumptions=_strings(found.get("assumptions")),
        amount_minor=amount if isinstance(amount, int) else None,
    )


def _strings(value: object) -> tuple[str, ...]:
    return tuple(filter(None, (_words(item) for item in value))) if isinstance(value, list) else ()


def _words(value: object) -> str:
    if isinstance(value, str):
        return value.strip().rstrip(".")
    if isinstance(value, bool | int | float):
        return str(value)
    if isinstance(value, list):
        return ", ".join(filter(None, (_words(item) for item in value)))
    if isinstance(value, dict):
        for key in ("display", "text", "name", "title"):
            if isinstance(value.get(key), str):
                return _words(value[key])
        return ", ".join(f"{key} {words}" for key, item in value.items() if (words := _words(item)))
    return ""
