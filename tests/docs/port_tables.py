"""What the ports are and may raise, read from the code: the tables of docs/reference/ports.md."""

import importlib
import inspect
import re
from pkgutil import iter_modules
from types import ModuleType

from leadcore import ports
from leadcore.kernel import errors as kernel_errors
from leadcore.kernel.errors import LeadcoreError
from leadcore.testing import contracts

_NAMED = re.compile(r"`(\w+Error)`")
_BASE = re.compile(r"^Base of the closed set")


def port_rows() -> list[list[str]]:
    """Port, module, verbs, what it may raise, its contract; ordered by module and place in it."""
    kept = _contracts()
    return [
        [
            f"`{port.__name__}`",
            f"`{module.__name__}`",
            ", ".join(f"`{verb}`" for verb in _verbs(port)),
            ", ".join(f"`{name}`" for name in _raised(port, module)) or "nothing",
            f"`{kept[port.__name__]}`" if port.__name__ in kept else "",
        ]
        for module in _modules()
        for port in _ports_of(module)
    ]


def error_rows() -> list[list[str]]:
    """Error, its stable code, what it is a kind of, what it means."""
    return [
        [f"`{error.__name__}`", f"`{error.code}`", f"`{error.__bases__[0].__name__}`", _first_line(error)]
        for module in _modules()
        for error in _errors_of(module)
    ]


def lines_of(rows: list[list[str]]) -> str:
    """The rows as they stand in the page."""
    return "\n".join(f"| {' | '.join(cells)} |" for cells in rows)


def _modules() -> list[ModuleType]:
    return [importlib.import_module(f"{ports.__name__}.{one.name}") for one in iter_modules(ports.__path__)]


def _classes_of(module: ModuleType) -> list[type]:
    own = [each for each in vars(module).values() if inspect.isclass(each) and each.__module__ == module.__name__]
    return [each for each in own if not each.__name__.startswith("_")]


def _ports_of(module: ModuleType) -> list[type]:
    return [each for each in _classes_of(module) if getattr(each, "_is_protocol", False)]


def _errors_of(module: ModuleType) -> list[type[LeadcoreError]]:
    return [each for each in _classes_of(module) if issubclass(each, LeadcoreError)]


def _verbs(port: type) -> list[str]:
    return [name for name in vars(port) if not name.startswith("_")]


def _raised(port: type, module: ModuleType) -> list[str]:
    """The base of the module's closed set, and every error that the port's own words name."""
    known = {each.__name__ for each in (*_errors_of(module), *vars(kernel_errors).values()) if inspect.isclass(each)}
    base = [each.__name__ for each in _errors_of(module) if _BASE.match(each.__doc__ or "")]
    words = [port.__doc__ or "", *(inspect.getdoc(vars(port)[verb]) or "" for verb in _verbs(port))]
    named = [name for text in words for name in _NAMED.findall(text)]
    unknown = sorted(set(named) - known)
    if unknown:
        raise AssertionError(f"{port.__name__} names errors that its module does not have: {', '.join(unknown)}")
    return list(dict.fromkeys((*base, *named)))


def _contracts() -> dict[str, str]:
    """The contract of each port that has one."""
    found: dict[str, str] = {}
    for one in iter_modules(contracts.__path__):
        module = importlib.import_module(f"{contracts.__name__}.{one.name}")
        for each in _classes_of(module):
            if vars(each).get("port"):
                found[vars(each)["port"]] = f"{one.name}.{each.__name__}"
    return found


def _first_line(error: type[LeadcoreError]) -> str:
    return (inspect.getdoc(error) or "").partition("\n")[0]
