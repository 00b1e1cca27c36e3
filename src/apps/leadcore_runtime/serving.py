"""One uvicorn server that ends at once: open event streams are told to stop before connections are closed."""

import asyncio
from functools import partial
from types import FrameType
from typing import Any, cast

import uvicorn
from litestar import Litestar

from leadcore_runtime.express import ExpressProtocol

_GRACE_S = 4


class Server(uvicorn.Server):
    """Sets `stopping` on the first signal, so that streams say goodbye instead of holding the exit."""

    def __init__(self, config: uvicorn.Config, *, stopping: asyncio.Event) -> None:
        super().__init__(config)
        self._stopping = stopping

    def handle_exit(self, sig: int, frame: FrameType | None) -> None:
        """Tell streams, then let uvicorn drain."""
        self._stopping.set()
        super().handle_exit(sig, frame)


def server_for(app: Litestar, *, host: str, port: int) -> Server:
    """Return a server for *app*, not started yet.

    `app.state.stopping` is the event its streams watch; `app.state.front_door`, if there is one, is what is served: an
    ASGI application that hands on to *app* what it does not answer itself, and an `Express` for what is simple.
    """
    front_door = app.state.get("front_door")
    config = uvicorn.Config(
        front_door or app,
        http=cast("Any", partial(ExpressProtocol, express=front_door)) if front_door else "httptools",
        host=host,
        port=port,
        log_config=None,
        access_log=False,
        timeout_graceful_shutdown=_GRACE_S,
        date_header=True,
        server_header=False,
        lifespan="on",
        ws="none",
    )
    return Server(config, stopping=app.state.stopping)
