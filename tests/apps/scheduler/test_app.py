"""The scheduler as an app: it works while it is up, and its health says whether it does."""

from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from types import TracebackType
from typing import Any, Self

import httpx
from litestar import Litestar

from leadcore.flows.seams import Seams
from leadcore.ports.inbound import DeliveryReport
from leadcore_runtime.serving import server_for
from leadcore_runtime.settings import Settings
from leadcore_scheduler.app import app_over
from tests.apps.scheduler.heard import HeardMetrics
from tests.conftest import scratch_folder
from tests.loopback import on_loopback
from tests.unit.flows.world import World


class Opened:
    """A world as what the scheduler is opened over."""

    def __init__(self, world: World) -> None:
        self.seams: Seams = world.seams
        self.metrics = HeardMetrics()
        self.is_down = False

    async def __aenter__(self) -> Self:
        return self

    async def __aexit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        """Memory needs no closing."""

    async def ping(self) -> None:
        if self.is_down:
            raise OSError("the database is away")


async def test_a_lead_is_answered_while_the_scheduler_is_up() -> None:
    world = await World().open()
    await world.lead_arrives()
    opened = Opened(world)

    async with _served(opened) as site:
        await opened.metrics.until(lambda: opened.metrics.counted("message", "done") > 0)
        well = await site.get("/health")
        counted = (await site.get("/metrics")).text

    assert len(world.texts) == 1
    assert (well.status_code, well.json()["checks"]) == (200, {"database": "ok", "worker": "ok"})
    assert 'leadcore_work_total{kind="inbox",outcome="done"} 1.0' in counted


async def test_a_report_that_is_nobodys_is_ignored_with_its_reason() -> None:
    world = await World().open()
    await world.webhook(DeliveryReport(provider_id="SM404", status="delivered"))
    opened = Opened(world)

    async with _served(opened):
        await opened.metrics.until(lambda: opened.metrics.counted("inbox", "done") > 0)

    async with world.store.begin(world.tenant.id) as uow:
        [row] = await uow.inbox.listing(world.tenant.id, state=None, limit=9)
    assert (row.state, row.error) == ("ignored", "no attempt of ours is behind this report")


async def test_health_names_a_database_that_is_away() -> None:
    opened = Opened(await World().open())
    opened.is_down = True

    async with _served(opened) as site:
        ill = await site.get("/readyz")
        alive = await site.get("/livez")

    assert (ill.status_code, ill.json()["checks"]["database"]) == (503, "OSError")
    assert alive.status_code == 200


@asynccontextmanager
async def _served(opened: Any) -> AsyncIterator[httpx.AsyncClient]:
    with scratch_folder("leadcore-scheduler-") as folder:
        app = app_over(opened, Settings(environment="test", safety_tick_s=0.05, data_dir=str(folder)))
        async with _listening(app) as site:
            yield site


@asynccontextmanager
async def _listening(app: Litestar) -> AsyncIterator[httpx.AsyncClient]:
    server = server_for(app, host="127.0.0.1", port=0)
    async with on_loopback(server) as url, httpx.AsyncClient(base_url=url, timeout=20) as client:
        yield client
