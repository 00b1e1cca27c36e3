"""An attribute that is made when it is first looked at, as `functools.cached_property` does, without its lock."""

from collections.abc import Callable
from typing import Any, Generic, TypeVar

T = TypeVar("T")


class once(Generic[T]):  # noqa: N801 - a decorator
    """Decorates a method: its first answer stands in its place. Units of work are made by the thousand."""

    def __init__(self, make: Callable[[Any], T]) -> None:
        self._make = make
        self.__doc__ = make.__doc__
        self._name = ""

    def __set_name__(self, owner: type, name: str) -> None:
        """Remember what to keep the answer as."""
        del owner
        self._name = name

    def __get__(self, instance: Any, owner: type | None = None) -> T:
        """Make it, and keep it in the attribute's place."""
        del owner
        made = self._make(instance)
        instance.__dict__[self._name] = made
        return made
