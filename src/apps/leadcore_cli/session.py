"""What commands that look into a deployment have open while they work."""

import asyncio
import os
from collections.abc import AsyncIterator, Callable, Coroutine
from contextlib import asynccontextmanager
from pathlib import Path
from typing import Any

import msgspec

from leadcore.flows.onboard import find_tenant
from leadcore.flows.seams import Seams
from leadcore.kernel.errors import InvalidInputError
from leadcore.tenants.model import Tenant
from leadcore_cli.options import Place
from leadcore_runtime.adapters import AdapterBook
from leadcore_runtime.settings import Settings, layered, load_settings

DEMO_FILE = "leadcore.toml"


class Session(msgspec.Struct, frozen=True, kw_only=True):
    """An open deployment."""

    settings: Settings
    seams: Seams
    adapters: AdapterBook

    async def tenant(self, wanted: str) -> Tenant:
        """Return the tenant a command is about: named, else TENANT_ID, else the only one."""
        return await find_tenant(self.seams.store, wanted or self.settings.tenant_id)


def file_of(place: Place) -> Path | None:
    """Return the settings file to read: named, else the one that lies in the data folder."""
    if place.config is not None:
        return place.config
    left = place.data_dir / DEMO_FILE if place.data_dir else None
    return left if left is not None and left.exists() and "LEADCORE_CONFIG" not in os.environ else None


def settings_at(place: Place, **more: object) -> Settings:
    """Return the settings; a deployment file in --data-dir outranks DATABASE_URL, for it names its own database."""
    return load_settings({**place.flags(), **more}, env=environment_of(place), file=file_of(place))


def environment_of(place: Place) -> dict[str, str]:
    """Return the environment without what would point a deployment that brings its own database to another one."""
    found = dict(os.environ)
    file = file_of(place)
    if place.config is None and file is not None and "database_url" not in layered(env={}, file=file):
        for name in ("DATABASE_URL", "DATABASE_ADMIN_URL"):
            found.pop(name, None)
            found.pop(f"{name}_FILE", None)
    return found


def child_environment(place: Place) -> dict[str, str]:
    """Return the environment of processes that shall read the same settings file."""
    file = file_of(place)
    return environment_of(place) | ({"LEADCORE_CONFIG": str(file.absolute())} if file is not None else {})


@asynccontextmanager
async def opened(place: Place) -> AsyncIterator[Session]:
    """Open the deployment: an embedded database that sleeps is woken and put back to sleep."""
    from leadcore_runtime.composition import open_container
    from leadcore_runtime.database import join

    settings = settings_at(place)
    database = await asyncio.to_thread(join, settings)
    try:
        settings = msgspec.structs.replace(settings, database_url=database.url)
        async with open_container(settings) as container:
            yield Session(settings=settings, seams=container.seams, adapters=container.adapters)
    finally:
        await asyncio.to_thread(database.stop)


def within(place: Place, work: Callable[[Session], Coroutine[Any, Any, int | None]]) -> int:
    """Do *work* in an open deployment and return its exit code."""

    async def do() -> int:
        async with opened(place) as session:
            return await work(session) or 0

    return asyncio.run(do())


def pairs(texts: list[str], *, flag: str = "--set") -> dict[str, str]:
    """Read `key=value` arguments of *flag*. Raises `InvalidInputError`."""
    found: dict[str, str] = {}
    for text in texts:
        key, equals, value = text.partition("=")
        if not equals or not key:
            raise InvalidInputError(f"{text!r} is not key=value", field=flag, fix=f"write {flag} key=value")
        found[key.strip()] = value
    return found
