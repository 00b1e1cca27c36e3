"""Plugins by name: the only way an app reaches an adapter."""

from functools import lru_cache
from importlib.metadata import entry_points
from typing import get_args

from leadcore.kernel.errors import NotFoundError
from leadcore.ports.plugin import Plugin, PortName


@lru_cache(maxsize=1)
def plugins() -> dict[tuple[str, str], Plugin]:
    """Return every installed plugin by (port, name). Loading one imports its package."""
    found: dict[tuple[str, str], Plugin] = {}
    for port in get_args(PortName):
        for entry in entry_points(group=f"leadcore.{port}"):
            found[port, entry.name] = entry.load()
    return found


def plugin(port: PortName, name: str) -> Plugin:
    """Return the plugin. Raises `NotFoundError` that lists what is installed."""
    known = plugins()
    if (port, name) not in known:
        choices = ", ".join(sorted(each for kind, each in known if kind == port)) or "none"
        raise NotFoundError(f"no {port} plugin called {name!r} is installed", field=name, fix=f"installed: {choices}")
    return known[port, name]


def plugin_by_name(name: str) -> Plugin:
    """Return the plugin called *name* whatever its port (`leadcore connect NAME`). Raises `NotFoundError`."""
    for (_, known), found in plugins().items():
        if known == name and found.port in {"crm", "messaging", "ai"}:
            return found
    choices = ", ".join(sorted(each for kind, each in plugins() if kind in {"crm", "messaging", "ai"}))
    raise NotFoundError(f"nothing called {name!r} can be connected", field="vendor", fix=f"choose one of {choices}")
