"""The orchestrator's composition: container in, Litestar out."""

import asyncio
from collections.abc import AsyncIterator
from contextlib import AbstractAsyncContextManager, asynccontextmanager
from typing import Protocol

from litestar import Litestar, Router
from litestar.di import Provide
from litestar.handlers import HTTPRouteHandler
from litestar.openapi.config import OpenAPIConfig

from leadcore.flows.seams import Seams
from leadcore.ports.plugin import PortName
from leadcore_orchestrator.cadences import Cadences
from leadcore_orchestrator.catalog import CatalogRoutes
from leadcore_orchestrator.evidence import ConsentEvidence
from leadcore_orchestrator.front_door import FrontDoor
from leadcore_orchestrator.holds import Holds
from leadcore_orchestrator.hook_routes import hook_routes
from leadcore_orchestrator.hooks import Hooks
from leadcore_orchestrator.inbox_desk import InboxDesk
from leadcore_orchestrator.lead_life import LeadLife
from leadcore_orchestrator.linked_pictures import picture_link_routes
from leadcore_orchestrator.messages import Messages
from leadcore_orchestrator.operators import Operators
from leadcore_orchestrator.people import People
from leadcore_orchestrator.pictures import LeadPictures
from leadcore_orchestrator.privacy import Privacy
from leadcore_orchestrator.refusal_tally import RefusalTally, counting
from leadcore_orchestrator.rollouts import Rollouts
from leadcore_orchestrator.unsubscribe import unsubscribe_routes
from leadcore_orchestrator.write_backs import WriteBacks
from leadcore_runtime.adapters import AdapterBook
from leadcore_runtime.composition import open_container
from leadcore_runtime.health import health_routes, sending_note
from leadcore_runtime.logs import configure_logs
from leadcore_runtime.metrics import Metrics
from leadcore_runtime.problems import HANDLERS
from leadcore_runtime.settings import Settings

_DESKS = (
    Operators, ConsentEvidence, WriteBacks, LeadLife, InboxDesk, People, LeadPictures, CatalogRoutes, Cadences,
    Rollouts, Holds, Messages, Privacy,
)  # fmt: skip

_USED: frozenset[PortName] = frozenset({"crm", "messaging", "intake"})


class Opened(AbstractAsyncContextManager["Opened"], Protocol):
    """What a process is made of, once it is open."""

    @property
    def seams(self) -> Seams:
        """What flows are given."""
        ...

    @property
    def adapters(self) -> AdapterBook:
        """The tenants' adapters."""
        ...

    @property
    def metrics(self) -> Metrics:
        """The process's own registry."""
        ...

    async def ping(self) -> None:
        """Raise unless the database answers."""
        ...


def create_app(settings: Settings) -> Litestar:
    """Return the app. Resources open when it starts and close when it stops."""
    configure_logs(level=settings.log_level, app="orchestrator")
    return app_over(open_container(settings, warm=_USED), settings)


def app_over(opened: Opened, settings: Settings) -> Litestar:
    """Return the app over what *opened* holds: the container, or another store with the same promises."""

    async def seams() -> Seams:
        return opened.seams

    @asynccontextmanager
    async def lifespan(app: Litestar) -> AsyncIterator[None]:
        async with opened, counting(opened.seams.store) as tally:
            app.register(Router(path="/", route_handlers=_routes(opened.seams, opened.adapters, tally)))
            yield

    def _routes(found: Seams, adapters: AdapterBook, tally: RefusalTally) -> list[HTTPRouteHandler]:
        hooks = Hooks(
            seams=found,
            adapters=adapters,
            metrics=opened.metrics,
            tally=tally,
            origin=settings.hooks_origin,
            max_body=settings.max_body_bytes,
            max_upload=settings.max_upload_bytes,
        )
        front_door.hooks = hooks
        largest = max(settings.max_body_bytes, settings.max_upload_bytes)
        return [*hook_routes(hooks, max_upload=largest), *unsubscribe_routes(found), *picture_link_routes(found)]

    app = Litestar(
        route_handlers=[
            *health_routes(
                "orchestrator", metrics=opened.metrics, probes={"database": opened.ping}, notes=sending_note(opened)
            ),
            *_DESKS,
        ],
        dependencies={"seams": Provide(seams)},
        lifespan=[lifespan],
        exception_handlers=HANDLERS,
        openapi_config=OpenAPIConfig(title="leadcore orchestrator", version="1", use_handler_docstrings=True),
        logging_config=None,
        request_max_body_size=settings.max_body_bytes,
    )
    app.state.stopping, app.state.settings = asyncio.Event(), settings
    app.state.front_door = front_door = FrontDoor(app)
    return app
