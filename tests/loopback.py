"""Apps on loopback, served in this process by uvicorn's protocol without the pauses of its loop.

`uvicorn.Server.serve` looks every tenth of a second whether it shall end, and ends with another tenth: a fifth of a
second for each of hundreds of tests. How a whole process starts and ends is shown by tests that run one.
"""

import asyncio
import socket
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager

import uvicorn


def listening() -> socket.socket:
    """A socket on a free port; callers queue there from now on.

    Without the protocol named, asyncio does not switch Nagle's algorithm off, and each answer waits 40 ms for an ACK.
    """
    listener = socket.socket(socket.AF_INET, socket.SOCK_STREAM, socket.IPPROTO_TCP)
    listener.bind(("127.0.0.1", 0))
    listener.listen()
    return listener


def url_of(listener: socket.socket) -> str:
    """The origin of what listens there."""
    return f"http://127.0.0.1:{listener.getsockname()[1]}"


@asynccontextmanager
async def on_loopback(server: uvicorn.Server) -> AsyncIterator[str]:
    """Start *server*'s app on a free port, yield its origin, and end it as uvicorn would: answers first."""
    listener = listening()
    config = server.config
    if not config.loaded:
        config.load()
    server.lifespan = config.lifespan_class(config)
    try:
        await server.startup(sockets=[listener])
        await server.on_tick(0)  # the headers that every answer bears
        try:
            yield url_of(listener)
        finally:
            await _ended(server)
    finally:
        listener.close()


async def _ended(server: uvicorn.Server) -> None:
    state = server.server_state
    for each in server.servers:
        each.close()
    for connection in list(state.connections):
        connection.shutdown()
    if state.tasks:
        _, late = await asyncio.wait(set(state.tasks), timeout=server.config.timeout_graceful_shutdown)
        for task in late:
            task.cancel()
        await asyncio.gather(*late, return_exceptions=True)
    await server.lifespan.shutdown()
    await asyncio.sleep(0)  # the connections that were closed say so
