"""One running system for all stories: processes on loopback, a database of its own."""

import re
from collections.abc import AsyncIterator, Iterator
from pathlib import Path

import asyncpg
import pytest
import pytest_asyncio

from leadcore_localpg import RunningServer
from leadcore_postgres.migration import migrate
from tests.conftest import APP_PASSWORD, scratch_folder
from tests.e2e.system import System

WRITE_BACK = '{"messages": true, "columns": {"engaged": "Appointments", "quoted": "Appointments"}}'
_PERSONAL = re.compile(r"\+1\d{10}|[\w.]+@example\.com|How much|Tesla|sim-[a-z]+-(?:key|token)")
"""What the stories say and know of customers and credentials: none of it may be logged."""


@pytest.fixture(scope="module")
def folder() -> Iterator[Path]:
    """A folder for the system's files and logs."""
    with scratch_folder("leadcore-e2e-") as made:
        yield made


@pytest_asyncio.fixture(scope="module", loop_scope="module")
async def system(request: pytest.FixtureRequest, pg_server: RunningServer, folder: Path) -> AsyncIterator[System]:
    """Simulators, three apps and one connected shop."""
    name = f"e2e_{folder.name.replace('-', '_').lower()}"
    admin = await asyncpg.connect(pg_server.admin_url)
    await admin.execute(f'CREATE DATABASE "{name}"')
    report = await migrate(pg_server.url_of(name), create_roles=True, app_password=APP_PASSWORD, environment="test")
    try:
        async with System(folder, database_url=report.runtime_url) as running:
            if request.node.get_closest_marker("apart"):  # models as processes of their own, so that they can die
                await running.start_simulators(only="page,shopmonkey,twilio,sendgrid")
                await running.start_simulators(only="anthropic", name="anthropic")
                await running.start_simulators(only="openai", name="openai")
            elif request.node.get_closest_marker("crms"):
                await running.start_simulators(only="shopmonkey,hubspot,shopware,twilio,sendgrid,anthropic,openai")
            else:
                await running.start_simulators()
            if request.node.get_closest_marker("crms"):
                told = ["tenants", "set", "austin", "write_back", WRITE_BACK]
                await running.open_shop(told, connect="shopmonkey,twilio,sendgrid,anthropic")
            else:
                await running.open_shop()
            await running.start_apps("orchestrator", "chat", "scheduler")
            yield running
            for app in ("orchestrator", "chat", "scheduler"):
                assert _PERSONAL.findall(running.output(app)) == [], f"personal data in the log of {app}"
    finally:
        await admin.execute(f'DROP DATABASE IF EXISTS "{name}" WITH (FORCE)')
        await admin.close()
