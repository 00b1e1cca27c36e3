"""What every test lives under: no network, no silent skips; and the PostgreSQL server that some share."""

import asyncio
import os
import shutil
import sys
import tempfile
from collections.abc import AsyncIterator, Awaitable, Callable, Generator, Iterator
from contextlib import contextmanager
from importlib import import_module
from pathlib import Path
from urllib.parse import unquote, urlsplit
from uuid import uuid4

import asyncpg
import hypothesis
import pytest

from leadcore_localpg import RunningServer, start

# the same examples each time: a change is judged by what it changed; `nox -s properties` looks for new ones
hypothesis.settings.register_profile("leadcore", deadline=None, print_blob=True, derandomize=True)
hypothesis.settings.register_profile(
    "thorough", parent=hypothesis.settings.get_profile("leadcore"), max_examples=2000, derandomize=False
)
hypothesis.settings.load_profile(os.environ.get("LEADCORE_HYPOTHESIS", "leadcore"))

APP_PASSWORD = "runtime's pass/word"
"""Of the runtime role, which a server has once for all its databases: tests that share a server must agree on it."""
MakeDatabase = Callable[..., Awaitable[str]]

# ------------------------------------------------------------------------------------------------------- the network

_LOOPBACK = frozenset({"127.0.0.1", "::1", "localhost", "0.0.0.0", "::", "", None})


class NetworkForbiddenError(RuntimeError):
    """A test tried to leave this machine. Not an OSError, so no adapter translates it away."""


def _guard(event: str, arguments: tuple[object, ...]) -> None:
    if event == "socket.connect":
        address = arguments[1]
        host = address[0] if isinstance(address, tuple) else None  # a path is a unix socket
    elif event == "socket.getaddrinfo":
        host = arguments[0]
    else:
        return
    name = host.decode() if isinstance(host, bytes) else host
    if name not in _LOOPBACK and not str(name).startswith("127."):
        raise NetworkForbiddenError(f"a test tried to reach {name}: only loopback is allowed")


sys.addaudithook(_guard)

# ---------------------------------------------------------------------------------------- tests that need a program


def chromium_path() -> str | None:
    """`LEADCORE_CHROMIUM`, else what PATH has."""
    named = os.environ.get("LEADCORE_CHROMIUM")
    return named or shutil.which("chromium") or shutil.which("chromium-browser") or shutil.which("google-chrome")


def postgres15_bin() -> str | None:
    """The folder of Debian's second PostgreSQL."""
    folder = Path(os.environ.get("LEADCORE_PG15_BIN", "/usr/lib/postgresql/15/bin"))
    return str(folder) if (folder / "postgres").exists() and (folder / "initdb").exists() else None


_TOOLS = {
    "chromium": (chromium_path, "apt-get install chromium"),
    "postgres15": (postgres15_bin, "apt-get install postgresql-15"),
}


def _tools_of(item: pytest.Item) -> set[str]:
    named = {str(name) for marker in item.iter_markers("needs") for name in marker.args}
    return named | ({"chromium"} if item.get_closest_marker("browser") else set())


@pytest.hookimpl(tryfirst=True)
def pytest_runtest_setup(item: pytest.Item) -> None:
    for tool in sorted(_tools_of(item)):
        find, remedy = _TOOLS[tool]
        if find() is None:
            if tool in os.environ.get("LEADCORE_REQUIRE", "").split(","):
                pytest.fail(f"LEADCORE_REQUIRE names {tool}, but it is not installed ({remedy})", pytrace=False)
            pytest.skip(f"needs {tool} ({remedy})")


def pytest_collection_modifyitems(items: list[pytest.Item]) -> None:
    """Let what takes long begin at once, one after the other: it ends with the rest, and has a neighbour that is light.

    The order is random otherwise; the first worker begins with the front of it.
    """
    items.sort(key=lambda item: item.get_closest_marker("slow") is None)


def pytest_terminal_summary(terminalreporter: pytest.TerminalReporter) -> None:
    skipped = terminalreporter.stats.get("skipped", [])
    for tool, (_, remedy) in _TOOLS.items():
        count = sum(f"needs {tool} (" in str(report.longrepr) for report in skipped)
        if count:
            terminalreporter.write_line(f"NOT RUN: {count} tests need {tool} ({remedy})", yellow=True, bold=True)


@pytest.fixture
def chromium() -> str:
    """Path of the browser; the test carries the marker `browser`, so it is there."""
    path = chromium_path()
    assert path is not None, "mark the test with pytest.mark.browser"
    return path


# ------------------------------------------------------------------------------------------------------- PostgreSQL


@contextmanager
def scratch_folder(prefix: str) -> Iterator[Path]:
    """A folder that the server's user can enter, unlike pytest's own when we are root; gone afterwards."""
    folder = Path(tempfile.mkdtemp(prefix=prefix))
    folder.chmod(0o755)
    try:
        yield folder
    finally:
        shutil.rmtree(folder)


@pytest.fixture(scope="session")
def pg_server() -> Generator[RunningServer]:
    """A forgetful server per test process: the packaged one, or that of `LEADCORE_TEST_PG_BIN`.

    `LEADCORE_TEST_PG=container` takes the official image where a Docker engine answers, and fails where none does.
    """
    bin_dir = os.environ.get("LEADCORE_TEST_PG_BIN")
    if os.environ.get("LEADCORE_TEST_PG") == "container":
        containers = import_module("tests.postgres_container")  # slow to load, and rarely wanted
        assert containers.engine_answers(), "LEADCORE_TEST_PG=container, but no Docker engine answers"
        with containers.container() as server:
            yield server
        return
    with scratch_folder("leadcore-pg-") as folder, start(folder, durable=False, bin_dir=bin_dir) as server:
        asyncio.run(_keep_sign_in_cheap(server))
        yield server


async def _keep_sign_in_cheap(server: RunningServer) -> None:
    """Hash passwords once, not 4096 times: a hundredth of a second of each of thousands of connections."""
    admin = await asyncpg.connect(server.admin_url)
    if await admin.fetchval("SELECT count(*) FROM pg_settings WHERE name = 'scram_iterations'"):  # since 16
        await admin.execute("ALTER SYSTEM SET scram_iterations = 1")
        await admin.execute("SET scram_iterations = 1")
        password = unquote(urlsplit(server.admin_url).password or "")
        await admin.execute(f"ALTER ROLE CURRENT_USER PASSWORD '{password}'")
        await admin.execute("SELECT pg_reload_conf()")
    await admin.close()


@pytest.fixture
async def make_database(pg_server: RunningServer) -> AsyncIterator[MakeDatabase]:
    """Makes databases, empty or copied from a template, and returns the superuser's URL; dropped after the test."""
    made: list[str] = []
    admin = await asyncpg.connect(pg_server.admin_url)

    async def make(template: str = "template1") -> str:
        name = f"t_{uuid4().hex}"
        await admin.execute(f'CREATE DATABASE "{name}" TEMPLATE "{template}"')
        made.append(name)
        return pg_server.url_of(name)

    yield make

    for name in made:
        await admin.execute(f'DROP DATABASE IF EXISTS "{name}" WITH (FORCE)')
    await admin.close()


@pytest.fixture
async def pg_admin_url(make_database: MakeDatabase) -> str:
    """The superuser's URL of an empty database of this test's own."""
    return await make_database()
