"""A model simulator served over real HTTP on a port of the system's choice, and its control interface."""

import threading
from collections.abc import AsyncIterator, Callable, Iterator
from contextlib import asynccontextmanager, contextmanager
from pathlib import Path
from typing import Any

import httpx
import uvicorn

from tests.loopback import listening, on_loopback, url_of

CreateApp = Callable[[Path, int], Any]


class Simulator:
    """Where a running simulator is, and its controls."""

    def __init__(self, url: str, control: httpx.AsyncClient) -> None:
        self.url = url
        self._control = control

    async def fresh(self) -> "Simulator":
        """The same simulator with an empty journal, no faults, and talking as fast as tests like it."""
        (await self._control.post("/_sim/reset")).raise_for_status()
        await self.set(token_delay_ms=0.3, first_token_ms=1)
        return self

    async def set(self, **settings: object) -> None:
        (await self._control.post("/_sim/settings", json=settings)).raise_for_status()

    async def misbehave(self, *rules: dict[str, object], seed: int = 1) -> None:
        order = {"seed": seed, "rules": list(rules)}
        (await self._control.post("/_sim/faults", json=order)).raise_for_status()

    async def log(self) -> list[dict[str, Any]]:
        answer = (await self._control.get("/_sim/log")).raise_for_status()
        requests: list[dict[str, Any]] = answer.json()["requests"]
        return requests

    async def get(self, path: str) -> httpx.Response:
        return await self._control.get(path)

    async def post(
        self, path: str, *, json: dict[str, object], headers: dict[str, str] | None = None
    ) -> httpx.Response:
        return await self._control.post(path, json=json, headers=headers)


@asynccontextmanager
async def served(create_app: CreateApp, store: Path) -> AsyncIterator[Simulator]:
    """A simulator with its files in *store*, talking at its default pace."""
    async with on_loopback(_server(create_app, store)) as url, connected(url) as simulator:
        yield simulator


@contextmanager
def serving(create_app: CreateApp, store: Path) -> Iterator[str]:
    """The same beside the test, for tests that each have an event loop of their own; its URL."""
    listener, server = listening(), _server(create_app, store)
    thread = threading.Thread(target=server.run, kwargs={"sockets": [listener]})
    thread.start()
    try:
        yield url_of(listener)
    finally:
        server.should_exit = True
        thread.join()
        listener.close()


@asynccontextmanager
async def connected(url: str) -> AsyncIterator[Simulator]:
    """The controls of the simulator at *url*."""
    async with httpx.AsyncClient(base_url=url, timeout=10) as control:
        yield Simulator(url, control)


def _server(create_app: CreateApp, store: Path) -> uvicorn.Server:
    config = uvicorn.Config(create_app(store, 7), log_config=None, ws="none", timeout_graceful_shutdown=1)
    return uvicorn.Server(config)
