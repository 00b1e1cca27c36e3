"""HTTP as the simulators speak it: plain ASGI, so that each byte and each pause is theirs to choose."""

import asyncio
from collections.abc import Awaitable, Callable, Mapping, MutableMapping
from contextlib import suppress
from typing import Any
from urllib.parse import parse_qsl

import msgspec
from msgspec import Struct

Scope = MutableMapping[str, Any]
Message = MutableMapping[str, Any]
Receive = Callable[[], Awaitable[Message]]
Send = Callable[[Message], Awaitable[None]]
App = Callable[[Scope, Receive, Send], Awaitable[None]]


class Request(Struct, frozen=True, kw_only=True):
    """Header names are lower case; `query` keeps the last value of a repeated name."""

    method: str
    path: str
    query: dict[str, str]
    headers: dict[str, str]
    body: bytes

    @property
    def bearer(self) -> str | None:
        scheme, _, token = self.headers.get("authorization", "").partition(" ")
        return token.strip() if scheme.lower() == "bearer" else None


class Answer:
    """The way back to one caller: a JSON body or a stream of server-sent events.

    `gone` turns true when the caller left.
    """

    def __init__(self, receive: Receive, send: Send) -> None:
        self._receive = receive
        self._send = send
        self._watch: asyncio.Task[None] | None = None
        self._left = asyncio.Event()
        self.headers: dict[str, str] = {}

    @property
    def gone(self) -> bool:
        return self._left.is_set()

    async def json(self, status: int, body: object) -> None:
        payload = msgspec.json.encode(body)
        await self._start(status, {"content-type": "application/json", "content-length": str(len(payload))})
        await self._send({"type": "http.response.body", "body": payload})

    async def open_stream(self) -> None:
        self._watch = asyncio.create_task(self._notice_leaving())
        await self._start(200, {"content-type": "text/event-stream; charset=utf-8", "cache-control": "no-cache"})

    async def event(self, data: object, *, name: str | None = None) -> None:
        await self.text(data=msgspec.json.encode(data), name=name)

    async def text(self, *, data: bytes, name: str | None = None) -> None:
        head = f"event: {name}\n".encode() if name else b""
        await self._send({"type": "http.response.body", "body": head + b"data: " + data + b"\n\n", "more_body": True})

    async def finish_stream(self) -> None:
        await self._send({"type": "http.response.body", "body": b""})
        await self.close()

    async def cut_unstarted(self) -> None:
        """Announces a body and never sends it; when the app then returns, the server drops the connection."""
        await self._start(200, {"content-type": "application/json", "content-length": "4096"})

    async def pause(self, seconds: float) -> None:
        """Waits, but not longer than the caller does."""
        with suppress(TimeoutError):
            await asyncio.wait_for(self._left.wait(), seconds)

    async def close(self) -> None:
        if self._watch is not None:
            self._watch.cancel()
            with suppress(asyncio.CancelledError):
                await self._watch
            self._watch = None

    async def _start(self, status: int, headers: Mapping[str, str]) -> None:
        lines = [(name.encode(), value.encode()) for name, value in {**self.headers, **headers}.items()]
        await self._send({"type": "http.response.start", "status": status, "headers": lines})

    async def _notice_leaving(self) -> None:
        while (await self._receive())["type"] != "http.disconnect":
            pass
        self._left.set()


async def read_request(scope: Scope, receive: Receive) -> Request:
    """The whole request, body included."""
    chunks: list[bytes] = []
    more = True
    while more:
        message = await receive()
        chunks.append(message.get("body", b""))
        more = message.get("more_body", False)
    return Request(
        method=scope["method"],
        path=scope["path"],
        query=dict(parse_qsl(scope["query_string"].decode())),
        headers={name.decode().lower(): value.decode("latin-1") for name, value in scope["headers"]},
        body=b"".join(chunks),
    )
