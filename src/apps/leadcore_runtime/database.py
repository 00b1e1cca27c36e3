"""Which database a deployment uses, and making it ready: a server of yours, or the embedded one in the data folder."""

import asyncio
import os
import secrets
from collections.abc import Callable
from pathlib import Path
from typing import Any
from urllib.parse import quote, unquote, urlsplit

import msgspec

from leadcore.kernel.errors import NotFoundError, RefusedError
from leadcore.ports.plugin import Finding
from leadcore_runtime.registry import plugin
from leadcore_runtime.settings import Settings

Progress = Callable[[str], None]

_FOLDER = "postgres"
_URL_NOTE = "runtime-url"


def _nothing() -> None:
    return


def _silent(_step: str) -> None:
    return


class ReadyDatabase(msgspec.Struct, frozen=True, kw_only=True):
    """A database that answers. `url` is the runtime role's, `admin_url` the owner's (empty when it is not known).

    `stop` gives up our share in an embedded server, which ends with the last share; it does nothing to others.
    """

    url: str
    admin_url: str = ""
    embedded: bool = False
    stop: Callable[[], None] = _nothing


def prepare(settings: Settings, progress: Progress = _silent) -> ReadyDatabase:
    """Start the embedded database unless DATABASE_URL names one, and bring it to this version.

    Blocks for tenths of a second, at first for a few; call it in a thread from async code. A server of yours is
    migrated only when DATABASE_ADMIN_URL is given; without it, `fit` says what is missing. Raises `RefusedError`.
    """
    if settings.database_url:
        if settings.database_admin_url:
            progress("migrating the database")
            asyncio.run(_migrated(settings.database_url, settings.database_admin_url))
        return ReadyDatabase(url=settings.database_url, admin_url=settings.database_admin_url)
    server = _embedded(settings, progress)
    try:
        return _sound(settings, server, progress)
    except BaseException:
        server.stop()
        raise


def join(settings: Settings, progress: Progress = _silent) -> ReadyDatabase:
    """Reach the database as it is: named by DATABASE_URL, else the embedded one if `leadcore up` has made it.

    An embedded server that does not run is started, until `stop`. Raises `RefusedError` when there is none.
    """
    if settings.database_url:
        return ReadyDatabase(url=settings.database_url, admin_url=settings.database_admin_url)
    note = Path(settings.data_dir) / _URL_NOTE
    if not note.exists():
        raise RefusedError(
            f"no database is configured, and {settings.data_dir} holds none",
            field="database_url",
            fix="set DATABASE_URL, or run `leadcore up`, or name the folder of another one with --data-dir",
        )
    server = _embedded(settings, progress)
    return _ready(server, _moved(note.read_text("utf-8").strip(), server.admin_url))


async def inspect(url: str, *, environment: str | None = None) -> tuple[Finding, ...]:
    """Return what the storage plugin says of the database behind *url*: role, isolation, migrations."""
    store = _store(url)
    try:
        found: tuple[Finding, ...] = await store.inspect(environment=environment)
        return found
    finally:
        await store.aclose()


async def migrate(admin_url: str, *, create_roles: bool, password: str = "", environment: str | None = None) -> Any:
    """Migrate the database of *admin_url*; return the plugin's report (came_from, went_to, runtime_url)."""
    store = _store(admin_url)
    try:
        return await store.migrate(
            admin_url,
            create_roles=create_roles,
            app_password=password or secrets.token_urlsafe(32),
            environment=environment,
        )
    finally:
        await store.aclose()


def _embedded(settings: Settings, progress: Progress) -> Any:
    try:
        found = plugin("database", "localpg")
    except NotFoundError as cause:
        raise RefusedError(
            "no database is configured", field="database_url", fix="set DATABASE_URL, or install leadcore[localpg]"
        ) from cause
    folder = str(Path(settings.data_dir).absolute() / _FOLDER)
    return found.open(found.settings(data_dir=folder)).start(progress)


def _sound(settings: Settings, server: Any, progress: Progress) -> ReadyDatabase:
    note = Path(settings.data_dir) / _URL_NOTE
    kept = note.read_text("utf-8").strip() if note.exists() else ""
    if kept:
        url = _moved(kept, server.admin_url)
        if all(each.ok for each in asyncio.run(inspect(url, environment=settings.environment))):
            return _ready(server, url)
    progress("migrating the database")
    password = unquote(urlsplit(kept).password or "") or secrets.token_urlsafe(32)
    report = asyncio.run(
        migrate(server.admin_url, create_roles=True, password=password, environment=settings.environment)
    )
    _write_private(note, report.runtime_url)
    return _ready(server, report.runtime_url)


async def _migrated(url: str, admin_url: str) -> None:
    if not all(each.ok for each in await inspect(url)):
        await migrate(admin_url, create_roles=False)


def _ready(server: Any, url: str) -> ReadyDatabase:
    return ReadyDatabase(url=url, admin_url=server.admin_url, embedded=True, stop=server.stop)


def _moved(url: str, admin_url: str) -> str:
    """The embedded server may have taken another port since *url* was written down."""
    old, new = urlsplit(url), urlsplit(admin_url)
    return old._replace(
        netloc=f"{old.username}:{quote(unquote(old.password or ''), safe='')}@{new.hostname}:{new.port}"
    ).geturl()


def _store(url: str) -> Any:
    found = plugin("storage", "postgres")
    return found.open(found.settings(url=url, pool_size=1))


def _write_private(path: Path, text: str) -> None:
    partial = path.with_name(f"{path.name}.partial")
    partial.unlink(missing_ok=True)
    with os.fdopen(os.open(partial, os.O_WRONLY | os.O_CREAT | os.O_EXCL, 0o600), "w", encoding="utf-8") as file:
        file.write(f"{text}\n")
        file.flush()
        os.fsync(file.fileno())
    partial.rename(path)
