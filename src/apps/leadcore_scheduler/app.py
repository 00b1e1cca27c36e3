"""The scheduler's composition: the worker loop beside a small HTTP port for health and metrics."""

import asyncio
import time
from collections.abc import AsyncIterator
from contextlib import AbstractAsyncContextManager, asynccontextmanager
from datetime import timedelta
from functools import partial
from typing import Protocol

from litestar import Litestar
from litestar.openapi.config import OpenAPIConfig

from leadcore.flows.apply import apply_inbox
from leadcore.flows.catalog_sync import sync_due_catalog
from leadcore.flows.fetch_picture import fetch_due_picture
from leadcore.flows.replan import replan_due
from leadcore.flows.retention import forget_bodies
from leadcore.flows.rollout_watch import watch_rollout
from leadcore.flows.scoring import score_due
from leadcore.flows.seams import Seams
from leadcore.flows.touch import decide_touch
from leadcore.flows.win_back import win_back_due
from leadcore.kernel.errors import RefusedError
from leadcore.messaging.policies.witnesses import WITNESSES
from leadcore.ports.plugin import PortName
from leadcore_runtime.composition import open_container
from leadcore_runtime.health import carriers_note, health_routes, sending_note
from leadcore_runtime.logs import configure_logs
from leadcore_runtime.metrics import Metrics
from leadcore_runtime.polling import Poller
from leadcore_runtime.problems import HANDLERS
from leadcore_runtime.sending import Sender
from leadcore_runtime.settings import Settings
from leadcore_runtime.turn_keeper import TurnKeeper
from leadcore_runtime.watching import Watch
from leadcore_runtime.witness_file import WitnessFile
from leadcore_runtime.writing_back import Writer
from leadcore_scheduler.bells import Bells
from leadcore_scheduler.worker import Worker

_STALLED_S = 60.0
_SETTLE_S = 5.0
"""How long the start waits for the witnesses; after that, work begins and what would be sent waits."""
_READING_DRAIN_S = 1.0
"""A pass that is cut off has noted what it found; the next one goes on."""
_USED: frozenset[PortName] = frozenset({"crm", "messaging", "ai", "intake"})
_READING_SLOTS = 32
"""How many CRMs are read at a time. A pass waits for its vendor nearly always, so this costs next to nothing."""


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
    return app_over(open_container(settings, warm=_USED), settings)


def app_over(opened: Opened, settings: Settings) -> Litestar:
    """Return the app over what *opened* holds: the container, or another store with the same promises."""
    workers: list[Worker] = []

    async def working() -> None:
        if not workers or time.monotonic() - min(worker.last_pass for worker in workers) > _STALLED_S:
            raise RefusedError("the worker loop has not passed for a minute", fix="look for worker.pass_failed")

    @asynccontextmanager
    async def lifespan(app: Litestar) -> AsyncIterator[None]:
        async with opened:
            watch = watch_over(opened, settings)
            await watch.settle(within_s=_SETTLE_S)
            watching = asyncio.create_task(watch.run(app.state.stopping))
            bells = Bells(opened.seams.store.doorbell, tick_s=settings.safety_tick_s)
            workers.extend(make(opened, settings, bell=bells.bell()) for make in (_worker, _reader))
            loops = [asyncio.create_task(worker.run(app.state.stopping)) for worker in workers]
            listening = asyncio.create_task(bells.run())
            try:
                yield
            finally:
                app.state.stopping.set()
                listening.cancel()
                await asyncio.gather(*loops, watching)
                await asyncio.gather(listening, return_exceptions=True)

    app = Litestar(
        route_handlers=health_routes(
            "scheduler",
            metrics=opened.metrics,
            probes={"database": opened.ping, "worker": working},
            notes=sending_note(opened) | carriers_note(opened.metrics),
        ),
        lifespan=[lifespan],
        exception_handlers=HANDLERS,
        openapi_config=OpenAPIConfig(title="leadcore scheduler", version="1", use_handler_docstrings=True),
        logging_config=None,
    )
    app.state.stopping = asyncio.Event()
    return app


def watch_over(opened: Opened, settings: Settings) -> Watch:
    """Return what hears the witnesses for this process."""
    return Watch(
        seams=opened.seams,
        metrics=opened.metrics,
        file=WitnessFile(settings.witness_path),
        deployment_id=settings.identity,
        monotonic=time.monotonic,
        heeded=WITNESSES if settings.provider_witness else WITNESSES - {"provider"},
    )


def _worker(opened: Opened, settings: Settings, *, bell: asyncio.Event | None = None) -> Worker:
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
            "score": partial(score_due, seams),
            "win_back": partial(win_back_due, seams),
            "bulk": partial(apply_inbox, seams),
            "retention": partial(forget_bodies, seams, keep=timedelta(days=settings.inbox_retention_days)),
            "picture": partial(fetch_due_picture, seams),
            "rollout": partial(watch_rollout, seams),
            "replan": partial(replan_due, seams),
        },
        slots=settings.workers,
        lease_s=settings.lease_s,
        safety_tick_s=settings.safety_tick_s,
        metrics=opened.metrics,
        bell=bell,
    )


def _reader(opened: Opened, settings: Settings, *, bell: asyncio.Event | None = None) -> Worker:
    """Return the worker that talks with CRMs. Its slots are its own: vendors that do not answer hold up no message."""
    seams = opened.seams
    return Worker(
        store=seams.store,
        kinds={
            "poll": Poller(seams=seams).perform,
            "catalog": partial(sync_due_catalog, seams),
            "write_back": Writer(seams=seams, metrics=opened.metrics, monotonic=time.monotonic).perform,
        },
        slots=_READING_SLOTS,
        lease_s=settings.lease_s,
        safety_tick_s=settings.safety_tick_s,
        metrics=opened.metrics,
        bell=bell,
        drain_s=_READING_DRAIN_S,
    )
