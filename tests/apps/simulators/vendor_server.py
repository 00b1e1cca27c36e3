"""Vendor simulators over real HTTP in this process, and an app that takes their webhooks."""

import asyncio
from collections.abc import AsyncIterator, Awaitable, Callable, MutableMapping
from contextlib import AsyncExitStack, asynccontextmanager
from typing import Any

import httpx
import uvicorn
from msgspec import Struct

from tests.loopback import on_loopback

Message = MutableMapping[str, Any]
Receive = Callable[[], Awaitable[Message]]
Send = Callable[[Message], Awaitable[None]]

PATIENCE_S = 5.0


class Hit(Struct, frozen=True, kw_only=True):
    """A webhook as it arrived."""

    url: str
    headers: dict[str, str]
    body: bytes


class Receiver:
    """Takes webhooks; answers with the statuses it was told, then with 204."""

    def __init__(self) -> None:
        self.url = ""
        self.answers: list[int] = []
        self.reply = b""
        self._hits: asyncio.Queue[Hit] = asyncio.Queue()

    async def __call__(self, scope: Message, receive: Receive, send: Send) -> None:
        body = bytearray()
        while (message := await receive()).get("more_body"):
            body += message["body"]
        body += message["body"]
        headers = {name.decode(): value.decode() for name, value in scope["headers"]}
        query = f"?{scope['query_string'].decode()}" if scope["query_string"] else ""
        status = self.answers.pop(0) if self.answers else 200
        await self._hits.put(Hit(url=self.url + scope["path"] + query, headers=headers, body=bytes(body)))
        await send({"type": "http.response.start", "status": status, "headers": []})
        await send({"type": "http.response.body", "body": self.reply})

    async def next(self) -> Hit:
        """The next webhook in order of arrival."""
        async with asyncio.timeout(PATIENCE_S):
            return await self._hits.get()

    async def take(self, count: int) -> list[Hit]:
        return [await self.next() for _ in range(count)]

    def forget(self) -> None:
        """Drop what arrived and what it was told to answer."""
        self._hits = asyncio.Queue()
        self.answers, self.reply = [], b""

    @property
    def waiting(self) -> int:
        """How many webhooks arrived that nobody has looked at."""
        return self._hits.qsize()


@asynccontextmanager
async def served(app: Any, *, lifespan: str = "on") -> AsyncIterator[str]:
    """The base URL of an app on a free port."""
    config = uvicorn.Config(app, log_config=None, ws="none", lifespan=lifespan, timeout_graceful_shutdown=1)  # type: ignore[arg-type]
    async with on_loopback(uvicorn.Server(config)) as url:
        yield url


class Stage(Struct, frozen=True, kw_only=True):
    """A vendor, a client for it, and somebody who takes its webhooks."""

    http: httpx.AsyncClient
    app: Receiver

    async def ask(self, method: str, path: str, **options: Any) -> Any:
        """The JSON of an answer that has to be good."""
        answer = (await self.http.request(method, path, **options)).raise_for_status()
        return answer.json() if answer.content else None

    async def fresh(self) -> None:
        """Forget what earlier tests did."""
        await self.ask("POST", "/_sim/reset")
        self.app.forget()

    async def misbehave(self, *rules: dict[str, object], seed: int = 1) -> None:
        await self.ask("POST", "/_sim/faults", json={"seed": seed, "rules": list(rules)})

    async def log(self, **filters: str) -> list[dict[str, Any]]:
        found: list[dict[str, Any]] = (await self.ask("GET", "/_sim/log", params=filters))["entries"]
        return found


@asynccontextmanager
async def staged(simulator: Any, **client: Any) -> AsyncIterator[Stage]:
    async with AsyncExitStack() as stack:
        receiver = Receiver()
        receiver.url = await stack.enter_async_context(served(receiver, lifespan="off"))
        url = await stack.enter_async_context(served(simulator))
        options = {"timeout": PATIENCE_S, "trust_env": False, **client}
        http = await stack.enter_async_context(httpx.AsyncClient(base_url=url, **options))
        yield Stage(http=http, app=receiver)
