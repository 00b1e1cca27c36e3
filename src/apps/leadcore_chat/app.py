"""The chat app's composition: container in, Litestar out."""

import asyncio
from collections.abc import AsyncIterator, Callable
from contextlib import AbstractAsyncContextManager, asynccontextmanager
from typing import Protocol

from litestar import Litestar
from litestar.datastructures import State
from litestar.di import Provide
from litestar.openapi.config import OpenAPIConfig

from leadcore.flows.chat import hand_back_turn
from leadcore.flows.seams import Seams
from leadcore.kernel.ids import TenantId, TurnId
from leadcore_chat.desk import ChatDesk, Pace
from leadcore_chat.messages import Messages
from leadcore_chat.page import page_routes
from leadcore_chat.refusals import CHAT_HANDLERS
from leadcore_chat.sessions import Sessions
from leadcore_chat.streams import Streams
from leadcore_chat.supervisor import Answer, TurnSupervisor
from leadcore_runtime.composition import open_container
from leadcore_runtime.health import health_routes, sending_note
from leadcore_runtime.hub import TurnHub
from leadcore_runtime.logs import configure_logs
from leadcore_runtime.metrics import Metrics
from leadcore_runtime.settings import Settings
from leadcore_runtime.turn_keeper import TurnKeeper


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


MakeAnswer = Callable[[Seams, TurnHub, Metrics], Answer]


def create_app(settings: Settings) -> Litestar:
    """Return the app. Resources open when it starts and close when it stops."""
    configure_logs(level=settings.log_level, app="chat")
    return app_over(open_container(settings, warm=frozenset({"ai"})), settings)


def app_over(
    opened: Opened, settings: Settings, *, make_answer: MakeAnswer | None = None, pace: Pace | None = None
) -> Litestar:
    """Return the app over what *opened* holds: the container, or another store with the same promises."""
    stopping = asyncio.Event()
    hub = TurnHub()
    speed = pace or Pace()
    desks: list[ChatDesk] = []

    @asynccontextmanager
    async def lifespan(_: Litestar) -> AsyncIterator[None]:
        async with opened:
            desk = _desk(
                opened, settings, hub=hub, make_answer=make_answer or keeper_answer, stopping=stopping, pace=speed
            )
            desks.append(desk)
            try:
                yield
            finally:
                stopping.set()
                await desk.supervisor.drain(timeout_s=speed.drain_s)
                desks.clear()

    async def desk() -> ChatDesk:
        return desks[0]

    return Litestar(
        route_handlers=[
            *health_routes(
                "chat", metrics=opened.metrics, probes={"database": opened.ping}, notes=sending_note(opened)
            ),
            Sessions,
            Messages,
            Streams,
            *page_routes(),
        ],
        dependencies={"desk": Provide(desk)},
        lifespan=[lifespan],
        exception_handlers=CHAT_HANDLERS,
        openapi_config=OpenAPIConfig(title="leadcore chat", version="1", use_handler_docstrings=True),
        logging_config=None,
        request_max_body_size=settings.max_body_bytes,
        state=State({"stopping": stopping, "hub": hub}),
    )


def keeper_answer(seams: Seams, hub: TurnHub, metrics: Metrics) -> Answer:
    """Return what answers turns in this process and shows them through *hub*."""
    return TurnKeeper(seams=seams, metrics=metrics, watchers=hub).answer


def _desk(
    opened: Opened, settings: Settings, *, hub: TurnHub, make_answer: MakeAnswer, stopping: asyncio.Event, pace: Pace
) -> ChatDesk:
    seams = opened.seams

    async def hand_back(turn_id: TurnId, tenant_id: TenantId) -> None:
        await hand_back_turn(seams, turn_id, tenant_id=tenant_id)

    supervisor = TurnSupervisor(make_answer(seams, hub, opened.metrics), hub=hub, hand_back=hand_back)
    return ChatDesk(seams=seams, hub=hub, supervisor=supervisor, settings=settings, stopping=stopping, pace=pace)
