"""Plugins by name: the only way an app reaches an adapter."""

from functools import lru_cache
from importlib.metadata import EntryPoint, entry_points
from typing import get_args

from leadcore.kernel.errors import NotFoundError
from leadcore.ports.plugin import Plugin, PortName

_CONNECTABLE = frozenset({"crm", "messaging", "ai", "intake"})


@lru_cache(maxsize=1)
def _entries() -> dict[tuple[str, str], EntryPoint]:
    return {
        (port, entry.name): entry for port in get_args(PortName) for entry in entry_points(group=f"leadcore.{port}")
    }


@lru_cache
def _loaded(port: str, name: str) -> Plugin:
    found: Plugin = _entries()[port, name].load()
    return found


def plugins() -> dict[tuple[str, str], Plugin]:
    """Return every installed plugin by (port, name). Loading one imports its package."""
    return {key: _loaded(*key) for key in _entries()}


def plugin(port: PortName, name: str) -> Plugin:
    """Return the plugin, and load no other. Raises `NotFoundError` that lists what is installed."""
    known = _entries()
    if (port, name) not in known:
        choices = ", ".join(sorted(each for kind, each in known if kind == port)) or "none"
        raise NotFoundError(f"no {port} plugin called {name!r} is installed", field=name, fix=f"installed: {choices}")
    return _loaded(port, name)


def plugin_by_name(name: str) -> Plugin:
    """Return the plugin called *name* whatever its port (`leadcore connect NAME`). Raises `NotFoundError`."""
    for port, known in _entries():
        if known == name and port in _CONNECTABLE:
            return _loaded(port, known)
    choices = ", ".join(sorted(each for port, each in _entries() if port in _CONNECTABLE))
    raise NotFoundError(f"nothing called {name!r} can be connected", field="vendor", fix=f"choose one of {choices}")
