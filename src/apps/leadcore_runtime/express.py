"""Requests that are answered without the detours of ASGI: no task, no events, one write.

uvicorn reads and answers HTTP as ever; only a request that is whole in one read is offered to an `Express` first. What
it does not take goes on as if nothing had happened: bodies in pieces, pipelined requests, everything unusual.
"""

from collections.abc import Callable
from typing import Any, Protocol, cast

import httptools
import msgspec
from uvicorn.middleware.proxy_headers import ProxyHeadersMiddleware
from uvicorn.protocols.http.httptools_impl import STATUS_LINE, HttpToolsProtocol

Headers = list[tuple[bytes, bytes]]
Answer = Callable[[int, Headers, bytes], None]


class WholeRequest(msgspec.Struct, frozen=True, kw_only=True):
    """A POST as it came: `target` is the request line's, header names are lower case, `peer` is who sent it."""

    target: bytes
    headers: Headers
    body: bytes
    peer: str


class Express(Protocol):
    """Takes some requests at once."""

    def wants(self, target: bytes) -> bool:
        """Whether POSTs to *target* may be offered. Takes hardly any time."""
        ...

    def offer(self, request: WholeRequest, answer: Answer) -> bool:
        """Take *request*, and call *answer* exactly once, now or later; or return False and do nothing."""
        ...


class ExpressProtocol(HttpToolsProtocol):
    """uvicorn's protocol with an express lane before it."""

    def __init__(self, *uvicorns: Any, express: Express, **by_name: Any) -> None:
        super().__init__(*uvicorns, **by_name)
        self._express = express
        self._held: list[bytes] | None = None
        """The body so far of a request that may be express."""

    def data_received(self, data: bytes) -> None:
        """Read on; what is not whole by the end of this read is not express."""
        super().data_received(data)
        if self._held is not None:
            self._pass_on(self._held)

    def on_message_begin(self) -> None:
        """Forget the last request. The scope is made for those who need one."""
        self.url, self.headers, self.expect_100_continue = b"", [], False

    def on_headers_complete(self) -> None:
        """Hold it back if it may be express."""
        if self._may_be_express():
            self._held = []
        else:
            self._begin()

    def on_body(self, body: bytes) -> None:
        """Gather."""
        if self._held is None:
            super().on_body(body)
        else:
            self._held.append(body)

    def on_message_complete(self) -> None:
        """Offer what is whole."""
        held = self._held
        if held is None:
            super().on_message_complete()
        elif self._is_taken(b"".join(held)):
            self._held = None
        else:
            self._pass_on(held)
            super().on_message_complete()

    def _may_be_express(self) -> bool:
        parser: httptools.HttpRequestParser = self.parser
        return (
            parser.get_method() == b"POST"
            and self._express.wants(self.url)
            and self._is_idle()
            and not self.expect_100_continue
            and not parser.should_upgrade()
            and parser.get_http_version() == "1.1"
            and self.limit_concurrency is None
        )

    def _is_idle(self) -> bool:
        cycle: Any = self.cycle  # None before the first request, whatever its type says
        return cycle is None or cycle.response_complete

    def _is_taken(self, body: bytes) -> bool:
        request = WholeRequest(target=self.url, headers=self.headers, body=body, peer=self._peer())
        before, cycle = self.cycle, _Cycle(self, keep_alive=self.parser.should_keep_alive())
        self.cycle = cast("Any", cycle)  # so that what is pipelined behind it waits, and a shutdown too
        if self._express.offer(request, cycle.answer):
            return True
        self.cycle = before
        return False

    def _pass_on(self, held: list[bytes]) -> None:
        """Let it go the ordinary way, with all that was held back."""
        self._held = None
        self._begin()
        for body in held:
            super().on_body(body)

    def _begin(self) -> None:
        url, headers, expects = self.url, self.headers, self.expect_100_continue
        super().on_message_begin()
        self.url, self.expect_100_continue = url, expects
        self.headers.extend(headers)
        super().on_headers_complete()

    def _peer(self) -> str:
        client = self.client
        if self.config.proxy_headers and b"x-forwarded-for" in dict(self.headers):
            client = _forwarded(self.headers, client, trusted=self.config.forwarded_allow_ips)
        return client[0] if client else ""


class _Cycle:
    """A request that was taken, in the place where uvicorn keeps the one it is answering."""

    __slots__ = ("_protocol", "body", "disconnected", "keep_alive", "message_event", "response_complete")

    def __init__(self, protocol: ExpressProtocol, *, keep_alive: bool) -> None:
        self._protocol = protocol
        self.keep_alive = keep_alive
        self.response_complete = False
        self.disconnected = False
        self.message_event = _NOBODY_WAITS

    def answer(self, status: int, headers: Headers, body: bytes) -> None:
        """Write all of it, and go on with what waits behind it."""
        self.response_complete = True
        protocol = self._protocol
        if self.disconnected or protocol.transport.is_closing():
            return
        lines = [STATUS_LINE[status]]
        for name, value in protocol.server_state.default_headers + headers:
            lines += (name, b": ", value, b"\r\n")
        lines += (b"\r\n" if self.keep_alive else b"connection: close\r\n\r\n", body)
        protocol.transport.write(b"".join(lines))
        if not self.keep_alive:
            protocol.transport.close()
        protocol.on_response_complete()


class _Nobody:
    """An event that nobody waits for."""

    def set(self) -> None:
        """Wake nobody."""


_NOBODY_WAITS = _Nobody()


def _forwarded(headers: Headers, client: tuple[str, int] | None, *, trusted: list[str] | str) -> tuple[str, int] | None:
    """Return who sent it, as uvicorn's own middleware reads it from the headers of a trusted proxy."""
    scope: dict[str, Any] = {"type": "http", "client": client, "headers": headers, "scheme": "http"}

    async def nothing(*_: object) -> None:
        return

    reading = ProxyHeadersMiddleware(cast("Any", nothing), trusted)(cast("Any", scope), cast("Any", None), nothing)
    try:
        reading.send(None)
    except StopIteration:
        return cast("tuple[str, int] | None", scope["client"])
    raise RuntimeError("the middleware for proxy headers waits")  # pragma: no cover - it never has
