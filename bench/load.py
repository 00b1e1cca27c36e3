"""A closed-loop HTTP client on raw sockets: so many connections, each with one request under way."""

import asyncio
import time
from collections.abc import Callable
from typing import cast

import msgspec
import uvloop

_MADE_AHEAD_PER_S = 15_000
"""Signing costs as much as sending: what the client spends while it measures, it takes from whom it measures."""

_FEW = 100


class Load(msgspec.Struct, frozen=True, kw_only=True):
    """What a run came to. Latencies in milliseconds, ascending; `statuses` counts answers."""

    seconds: float
    latencies_ms: list[float]
    statuses: dict[int, int]

    @property
    def per_second(self) -> float:
        """Answers with 200 per second."""
        return self.statuses.get(200, 0) / self.seconds

    def percentile(self, share: float) -> float:
        """Return the latency that *share* of all requests stayed below."""
        return self.latencies_ms[min(int(len(self.latencies_ms) * share), len(self.latencies_ms) - 1)]


class _Client(asyncio.Protocol):
    def __init__(self, run: "_Run") -> None:
        self._run = run
        self._buffer = b""
        self._asked_at = 0.0
        self._transport: asyncio.Transport | None = None

    def connection_made(self, transport: asyncio.BaseTransport) -> None:
        self._transport = cast("asyncio.Transport", transport)  # uvloop's own, which is no subclass
        self._ask()

    def data_received(self, data: bytes) -> None:
        if not self._buffer and data in self._run.whole:  # the answer that nearly all get: it was taken apart once
            self._run.note(self._run.whole[data], time.perf_counter() - self._asked_at)
            self._ask()
            return
        self._buffer += data
        head, found, rest = self._buffer.partition(b"\r\n\r\n")
        if not found:
            return
        length = head.lower().partition(b"content-length:")[2].partition(b"\r\n")[0]
        if len(rest) < int(length or 0):
            return
        if self._buffer == data and len(self._run.whole) < _FEW:
            self._run.whole[data] = int(head[9:12])
        self._buffer = b""
        self._run.note(int(head[9:12]), time.perf_counter() - self._asked_at)
        self._ask()

    def connection_lost(self, exc: Exception | None) -> None:
        self._run.gone()

    def _ask(self) -> None:
        assert self._transport is not None
        request = self._run.next_request()
        if request is None:
            self._transport.close()
            return
        self._asked_at = time.perf_counter()
        self._transport.write(request)


class _Run:
    def __init__(self, requests: Callable[[], bytes], *, connections: int, seconds: float) -> None:
        self._requests = requests
        self._stock = [requests() for _ in range(int(seconds * _MADE_AHEAD_PER_S))]
        self._open = connections
        self._ends = time.perf_counter() + seconds
        self.latencies: list[float] = []
        self.statuses: dict[int, int] = {}
        self.whole: dict[bytes, int] = {}
        self.over = asyncio.Event()

    def next_request(self) -> bytes | None:
        if time.perf_counter() >= self._ends:
            return None
        return self._stock.pop() if self._stock else self._requests()

    def note(self, status: int, seconds: float) -> None:
        self.latencies.append(seconds * 1000)
        self.statuses[status] = self.statuses.get(status, 0) + 1

    def gone(self) -> None:
        self._open -= 1
        if not self._open:
            self.over.set()


def fire(port: int, requests: Callable[[], bytes], *, connections: int, seconds: float) -> Load:
    """Ask 127.0.0.1:*port* what *requests* returns, on so many connections, for *seconds*; it stops by itself."""

    async def main() -> Load:
        run = _Run(requests, connections=connections, seconds=seconds)
        began = time.perf_counter()
        loop = asyncio.get_running_loop()
        for _ in range(connections):
            await loop.create_connection(lambda: _Client(run), "127.0.0.1", port)
        async with asyncio.timeout(seconds + 30):
            await run.over.wait()
        return Load(
            seconds=time.perf_counter() - began, latencies_ms=sorted(run.latencies), statuses=dict(run.statuses)
        )

    with asyncio.Runner(loop_factory=uvloop.new_event_loop) as runner:
        return runner.run(main())
