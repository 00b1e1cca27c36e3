"""The word rules a price list is read by: the shop's own first, then ours."""

import re
from collections.abc import Iterable
from typing import get_args

import msgspec

from leadcore.catalog.policies.vocabulary import CLASS_WORDS, canonical, folded
from leadcore.catalog.values import Category, VehicleClass
from leadcore.kernel.errors import InvalidInputError
from leadcore.tenants.values import CatalogRules

CATEGORIES: tuple[Category, ...] = get_args(Category)
CLASSES: tuple[VehicleClass, ...] = get_args(VehicleClass)
_ARROW = re.compile(r"\s*(?:->|=>|→)\s*")
_SHIPPED = (
    "ppf -> ppf",
    "tint -> tint",
    "ceramic -> ceramic",
    "coating -> ceramic",
    "detail -> detail",
    "wash -> detail",
    "polish -> detail",
    "clay -> detail",
    "wrap -> wrap",
    "audio -> audio",
)


class CategoryRule(msgspec.Struct, frozen=True, kw_only=True):
    """A name with all of `words` (in canonical form) is of `category`. `text` is the rule as written."""

    words: frozenset[str]
    category: Category
    text: str
    is_shops: bool = True


class ClassRule(msgspec.Struct, frozen=True, kw_only=True):
    """`phrase` (in folded form) means these classes. `text` is the rule as written."""

    phrase: str
    classes: tuple[VehicleClass, ...]
    text: str

    @property
    def token(self) -> str:
        """The phrase as one word that no shop writes."""
        return "class0" + self.phrase.replace(" ", "0")


class LeaveOut(msgspec.Struct, frozen=True, kw_only=True):
    """A name with all of `words` (in canonical form) is not for customers."""

    words: frozenset[str]
    text: str


class Rules(msgspec.Struct, frozen=True, kw_only=True):
    """The rules of one shop, ours included, in the order they are asked."""

    categories: tuple[CategoryRule, ...]
    classes: tuple[ClassRule, ...] = ()
    leave_out: tuple[LeaveOut, ...] = ()

    def category_of(self, name: str) -> tuple[Category, CategoryRule | None]:
        """Return the category a service's name speaks of and the rule that says so; `other` when none does."""
        words = frozenset(canonical(name))
        rule = next((rule for rule in self.categories if rule.words <= words), None)
        return ("other", None) if rule is None else (rule.category, rule)

    def left_out_by(self, name: str) -> LeaveOut | None:
        """Return the rule that keeps *name* out of the catalog."""
        words = frozenset(canonical(name))
        return next((rule for rule in self.leave_out if rule.words <= words), None)

    def class_words(self, part: str) -> tuple[str, ...]:
        """Return the canonical words of *part*, with each phrase of the shop's class rules as one word."""
        text = f" {folded(part)} "
        for rule in sorted(self.classes, key=lambda rule: -len(rule.phrase)):
            text = text.replace(f" {rule.phrase} ", f" {rule.token} ")
        return canonical(text)

    def classes_of(self, word: str) -> tuple[VehicleClass, ...]:
        """Return the classes that a word of `class_words` names."""
        own = next((rule.classes for rule in self.classes if rule.token == word), None)
        return CLASS_WORDS.get(word, ()) if own is None else own

    def class_rule_of(self, word: str) -> ClassRule | None:
        """Return the shop's rule behind a word of `class_words`."""
        return next((rule for rule in self.classes if rule.token == word), None)


def read_rules(catalog: CatalogRules) -> Rules:
    """Return the rules of a shop. Raises `InvalidInputError` naming the setting and how a rule is written."""
    own = tuple(_category_rule(text) for text in catalog.categories)
    return Rules(
        categories=(*own, *(_category_rule(text, is_shops=False) for text in _SHIPPED)),
        classes=tuple(_class_rule(text) for text in catalog.classes),
        leave_out=tuple(_leave_out(text) for text in catalog.leave_out),
    )


def _category_rule(text: str, *, is_shops: bool = True) -> CategoryRule:
    words, meaning = _halves(text, "catalog.categories", CATEGORIES)
    category = next((one for one in CATEGORIES if one == meaning.casefold()), None)
    if category is None:
        raise _bad(text, "catalog.categories", CATEGORIES)
    return CategoryRule(words=frozenset(canonical(words)), category=category, text=text.strip(), is_shops=is_shops)


def _class_rule(text: str) -> ClassRule:
    words, meaning = _halves(text, "catalog.classes", CLASSES)
    named = re.split(r"[\s/&+]+", meaning.casefold())
    classes = tuple(one for one in CLASSES if one in named)
    if not named or len(classes) != len(set(named)):
        raise _bad(text, "catalog.classes", CLASSES)
    return ClassRule(phrase=folded(words), classes=classes, text=text.strip())


def _leave_out(text: str) -> LeaveOut:
    words = frozenset(canonical(text))
    if not words:
        raise InvalidInputError(
            f"{text!r} has no words", field="catalog.leave_out", fix="name words of entries, such as `shop supplies`"
        )
    return LeaveOut(words=words, text=text.strip())


def _halves(text: str, field: str, allowed: Iterable[str]) -> tuple[str, str]:
    parts = _ARROW.split(text.strip())
    if len(parts) != 2 or not folded(parts[0]) or not parts[1]:  # noqa: PLR2004
        raise _bad(text, field, allowed)
    return parts[0], parts[1]


def _bad(text: str, field: str, allowed: Iterable[str]) -> InvalidInputError:
    meanings = tuple(allowed)
    return InvalidInputError(
        f"{text!r} is no rule",
        field=field,
        fix=f"write `some words -> {meanings[0]}`; after the arrow: {', '.join(meanings)}",
    )


SHIPPED = read_rules(CatalogRules())
