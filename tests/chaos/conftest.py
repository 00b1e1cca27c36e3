"""Chaos at two sizes: a slice inside `make test`, all of it with LEADCORE_CHAOS=full. A seed decides what breaks."""

import asyncio
import os
from collections.abc import AsyncIterator, Callable, Generator

import asyncpg
import msgspec
import pytest

from leadcore_localpg import RunningServer, start
from leadcore_postgres.migration import migrate
from tests.conftest import scratch_folder

Report = Callable[[str, dict[str, object]], None]


class Scale(msgspec.Struct, frozen=True, kw_only=True):
    """How much is tried, and with which luck."""

    is_full: bool
    seed: int

    def of(self, full: int, part: int) -> int:
        return full if self.is_full else part


class ShopDatabase(msgspec.Struct, frozen=True, kw_only=True):
    """A migrated database on a durable server that a test may kill."""

    server: RunningServer
    admin_url: str
    runtime_url: str


@pytest.fixture(scope="session")
def scale() -> Scale:
    return Scale(
        is_full=os.environ.get("LEADCORE_CHAOS") == "full", seed=int(os.environ.get("LEADCORE_CHAOS_SEED", "20261122"))
    )


@pytest.fixture
def report(pytestconfig: pytest.Config, scale: Scale) -> Report:
    """Print figures as a table, past pytest's capture: a chaos run is read, not only passed."""
    capture = pytestconfig.pluginmanager.getplugin("capturemanager")

    def write(title: str, figures: dict[str, object]) -> None:
        lines = [f"\n{title} (seed {scale.seed})", *(f"  {name:<44}{value}" for name, value in figures.items())]
        with capture.global_and_fixture_disabled():
            os.write(1, ("\n".join(lines) + "\n").encode())

    return write


@pytest.fixture(scope="session")
def chaos_server() -> Generator[RunningServer]:
    """Durable, and it notes when each transaction committed: that is how "after the acknowledgement" is judged."""
    with scratch_folder("leadcore-chaos-") as folder, start(folder) as server:
        asyncio.run(_prepare(server))
        server.stop()
        server.ensure_running()
        yield server


async def _prepare(server: RunningServer) -> None:
    admin = await asyncpg.connect(server.admin_url)
    await admin.execute("ALTER SYSTEM SET track_commit_timestamp = on")
    await admin.execute("CREATE DATABASE chaos_template")
    await admin.close()
    await migrate(server.url_of("chaos_template"), create_roles=True, app_password="chaos", environment="test")


@pytest.fixture
async def database(chaos_server: RunningServer, request: pytest.FixtureRequest) -> AsyncIterator[ShopDatabase]:
    name = f"c_{abs(hash(request.node.nodeid)):x}"
    admin = await asyncpg.connect(chaos_server.admin_url)
    await admin.execute(f'CREATE DATABASE "{name}" TEMPLATE chaos_template')
    await admin.close()
    admin_url = chaos_server.url_of(name)
    where = admin_url.rpartition("@")[2]
    yield ShopDatabase(server=chaos_server, admin_url=admin_url, runtime_url=f"postgresql://leadcore_app:chaos@{where}")
    admin = await asyncpg.connect(chaos_server.admin_url)
    await admin.execute(f'DROP DATABASE "{name}" WITH (FORCE)')
    await admin.close()
