"""The scheduler's composition: the worker loop beside a small HTTP port for health and metrics."""

import asyncio
import time
from collections.abc import AsyncIterator
from contextlib import AbstractAsyncContextManager, asynccontextmanager
from functools import partial
from typing import Protocol

from litestar import Litestar
from litestar.openapi.config import OpenAPIConfig

from leadcore.flows.apply import apply_inbox
from leadcore.flows.catalog_sync import sync_due_catalog
from leadcore.flows.fetch_picture import fetch_due_picture
from leadcore.flows.poll import poll_crm
from leadcore.flows.seams import Seams
from leadcore.flows.touch import decide_touch
from leadcore.kernel.errors import RefusedError
from leadcore_runtime.composition import open_container
from leadcore_runtime.health import health_routes
from leadcore_runtime.logs import configure_logs
from leadcore_runtime.metrics import Metrics
from leadcore_runtime.problems import HANDLERS
from leadcore_runtime.sending import Sender
from leadcore_runtime.settings import Settings
from leadcore_runtime.turn_keeper import TurnKeeper
from leadcore_scheduler.worker import Worker

_STALLED_S = 60.0


class Opened(AbstractAsyncContextManager["Opened"], Protocol):
    """What a process is made of, once it is open."""

    @property
    def seams(self) -> Seams:
        """What flows are given."""
        ...

    @property
    def metrics(self) -> Metrics:
        """The process's own registry."""
        ...

    async def ping(self) -> None:
        """Raise unless the database answers."""
        ...


def create_app(settings: Settings) -> Litestar:
    """Return the app: it works from start-up until it is told to stop."""
    configure_logs(level=settings.log_level, app="scheduler")
    return app_over(open_container(settings, warm=True), settings)


def app_over(opened: Opened, settings: Settings) -> Litestar:
    """Return the app over what *opened* holds: the container, or another store with the same promises."""
    workers: list[Worker] = []

    async def working() -> None:
        if not workers or time.monotonic() - workers[0].last_pass > _STALLED_S:
            raise RefusedError("the worker loop has not passed for a minute", fix="look for worker.pass_failed")

    @asynccontextmanager
    async def lifespan(app: Litestar) -> AsyncIterator[None]:
        async with opened:
            worker = _worker(opened, settings)
            workers.append(worker)
            loop = asyncio.create_task(worker.run(app.state.stopping))
            try:
                yield
            finally:
                app.state.stopping.set()
                await loop

    app = Litestar(
        route_handlers=health_routes(
            "scheduler", metrics=opened.metrics, probes={"database": opened.ping, "worker": working}
        ),
        lifespan=[lifespan],
        exception_handlers=HANDLERS,
        openapi_config=OpenAPIConfig(title="leadcore scheduler", version="1", use_handler_docstrings=True),
        logging_config=None,
    )
    app.state.stopping = asyncio.Event()
    return app


def _worker(opened: Opened, settings: Settings) -> Worker:
    seams = opened.seams
    sender = Sender(seams=seams, metrics=opened.metrics)
    keeper = TurnKeeper(seams=seams, metrics=opened.metrics)
    return Worker(
        store=seams.store,
        kinds={
            "inbox": partial(apply_inbox, seams),
            "touch": partial(decide_touch, seams),
            "message": sender.send,
            "attempt": sender.reconcile,
            "turn": keeper.perform,
            "poll": partial(poll_crm, seams),
            "catalog": partial(sync_due_catalog, seams),
            "picture": partial(fetch_due_picture, seams),
        },
        slots=settings.workers,
        lease_s=settings.lease_s,
        safety_tick_s=settings.safety_tick_s,
        metrics=opened.metrics,
    )
