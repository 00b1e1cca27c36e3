"""Requests and answers on raw ASGI, and a way to hang up without one."""

import asyncio
import contextlib
import socket
import struct
from collections.abc import Awaitable, Callable, MutableMapping
from typing import Any
from urllib.parse import parse_qsl

import msgspec
from msgspec import Struct

from leadcore_simulators.wire.faults import NO_FAULTS, FiredFaults

Fields = dict[str, Any]
Message = MutableMapping[str, Any]
Scope = MutableMapping[str, Any]
Receive = Callable[[], Awaitable[Message]]
Send = Callable[[Message], Awaitable[None]]
AsgiApp = Callable[[Scope, Receive, Send], Awaitable[None]]
Lifecycle = Callable[[], Awaitable[None]]

_MAX_BODY_BYTES = 30 * 1024 * 1024
_HANG_UP_GRACE_S = 1.0


class Answer(Struct, frozen=True, kw_only=True):
    """A complete HTTP response."""

    status: int = 200
    body: bytes = b""
    headers: tuple[tuple[str, str], ...] = ()


class RefusalError(Exception):
    """The vendor refuses; carries the vendor's own error body."""

    def __init__(self, answer: Answer) -> None:
        super().__init__(f"refused with status {answer.status}")
        self.answer = answer


class Request(Struct, frozen=True, kw_only=True):
    """One HTTP request, its body read to the end. Header names are lower case."""

    method: str
    path: str
    query: tuple[tuple[str, str], ...] = ()
    headers: dict[str, str]
    body: bytes = b""
    params: dict[str, str] = {}
    faults: FiredFaults = NO_FAULTS

    def asked(self, name: str, default: str = "") -> str:
        """Give the last value of a query parameter."""
        return dict(self.query).get(name, default)

    def form(self) -> dict[str, list[str]]:
        """Read an urlencoded body; blank values are kept, because vendors give them a meaning."""
        found: dict[str, list[str]] = {}
        for name, value in parse_qsl(self.body.decode("utf-8", "replace"), keep_blank_values=True):
            found.setdefault(name, []).append(value)
        return found

    def json(self) -> Any:
        """Decode the body. Raises `msgspec.DecodeError`; an empty body is `None`."""
        return msgspec.json.decode(self.body) if self.body.strip() else None

    def json_object(self) -> Fields:
        """Decode the body, which has to be an object. Raises `msgspec.DecodeError`."""
        found = self.json()
        if not isinstance(found, dict):
            raise msgspec.DecodeError("body must be object")
        return found


def json_answer(data: object, *, status: int = 200, headers: tuple[tuple[str, str], ...] = ()) -> Answer:
    """Render data the way all five vendors do: UTF-8 JSON."""
    content_type = ("content-type", "application/json; charset=utf-8")
    return Answer(status=status, body=msgspec.json.encode(data), headers=(content_type, *headers))


async def read_request(scope: Scope, receive: Receive) -> Request:
    """Read the whole body, at most 30 MB (SendGrid's own limit)."""
    body = bytearray()
    while True:
        message = await receive()
        if message["type"] == "http.disconnect":
            break
        body += message.get("body", b"")
        if len(body) > _MAX_BODY_BYTES:
            raise RefusalError(json_answer({"message": "payload too large"}, status=413))
        if not message.get("more_body", False):
            break
    query = parse_qsl(scope.get("query_string", b"").decode(), keep_blank_values=True)
    return Request(
        method=scope["method"],
        path=scope["path"],
        query=tuple(query),
        headers={name.decode("latin-1").lower(): value.decode("latin-1") for name, value in scope["headers"]},
        body=bytes(body),
    )


async def send_answer(answer: Answer, send: Send) -> None:
    """Write the response in one piece."""
    headers = [(name.encode("latin-1"), value.encode("latin-1")) for name, value in answer.headers]
    headers.append((b"content-length", str(len(answer.body)).encode()))
    await send({"type": "http.response.start", "status": answer.status, "headers": headers})
    await send({"type": "http.response.body", "body": answer.body})


async def hang_up(receive: Receive, send: Send) -> None:
    """Cut the TCP connection so that the client sees a reset and no status line.

    ASGI has no word for this. Under uvicorn `send` is a bound method of the object that holds the
    transport. Under any other server the raised error is the closest there is.
    """
    transport = getattr(getattr(send, "__self__", None), "transport", None)
    if transport is None:
        raise ConnectionResetError("the simulator dropped the connection")
    raw = transport.get_extra_info("socket")
    if raw is not None:
        with contextlib.suppress(OSError):
            raw.setsockopt(socket.SOL_SOCKET, socket.SO_LINGER, struct.pack("ii", 1, 0))
    transport.abort()
    # uvicorn writes a 500 for an app that returns before it noticed the disconnect
    with contextlib.suppress(TimeoutError):
        async with asyncio.timeout(_HANG_UP_GRACE_S):
            while (await receive())["type"] != "http.disconnect":
                pass
