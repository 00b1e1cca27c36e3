"""The root of conformance suites."""

import functools
import inspect
from collections.abc import Callable, Iterable
from typing import Any, ClassVar


class Contract:
    """A set of promises: methods whose names begin with `test_`. Who subclasses it supplies the fixtures it names.

    A promise cannot be overridden: an adapter keeps it, or does not conform. A contract that names its `port` says in
    every failure which promise of that port was broken.
    """

    port: ClassVar[str] = ""

    def __init_subclass__(cls, *, port: str = "", **rest: Any) -> None:
        super().__init_subclass__(**rest)
        makers = _makers(cls.__mro__[1:])
        rewritten = sorted(makers.keys() & vars(cls).keys())
        if rewritten:
            raise TypeError(f"{cls.__name__} rewrites promises: {', '.join(rewritten)}")
        doubled = sorted(name for name, bases in makers.items() if len(bases) > 1)
        if doubled:
            raise TypeError(f"{cls.__name__} would lose promises, two bases have them: {', '.join(doubled)}")
        if port:
            cls.port = port
            for name in _promises(cls):
                setattr(cls, name, _telling(vars(cls)[name], port=port))


def _promises(contract: type) -> list[str]:
    return [name for name in vars(contract) if name.startswith("test_")]


def _makers(bases: Iterable[type]) -> dict[str, list[type]]:
    """Who makes each promise: more than one means that one of them would be lost."""
    makers: dict[str, list[type]] = {}
    for base in bases:
        for name in _promises(base):
            makers.setdefault(name, []).append(base)
    return makers


def _telling(promise: Callable[..., Any], *, port: str) -> Callable[..., Any]:
    """Return *promise* with a note on whatever breaks it."""
    words = promise.__name__.removeprefix("test_").replace("_", " ")
    note = f"broken promise of {port}: {words}"

    if inspect.iscoroutinefunction(promise):

        @functools.wraps(promise)
        async def told(*given: Any, **fixtures: Any) -> None:
            try:
                await promise(*given, **fixtures)
            except BaseException as broken:  # what pytest itself fails with is no `Exception`
                broken.add_note(note)
                raise

        return told

    @functools.wraps(promise)
    def said(*given: Any, **fixtures: Any) -> None:
        try:
            promise(*given, **fixtures)
        except BaseException as broken:
            broken.add_note(note)
            raise

    return said
