"""A server that breaks the connection at a chosen moment, below what an HTTP framework lets one do."""

import asyncio
import contextlib
import socket
import struct
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from typing import Literal

Rudeness = Literal["closes", "resets", "half_answer", "garbage", "silent", "closes_unread", "cut_json"]

_HALF = b"HTTP/1.1 201 Created\r\nContent-Type: application/json\r\nContent-Length: 900\r\n\r\n" + b'{"sid": "SM'
_CUT = b"HTTP/1.1 201 Created\r\nContent-Type: application/json\r\nContent-Length: 11\r\n\r\n" + b'{"sid": "SM'


class RudeServer:
    """Counts the requests whose bytes arrived."""

    def __init__(self, rudeness: Rudeness) -> None:
        self.url = ""
        self.requests = 0
        self._rudeness = rudeness
        self._visits: set[asyncio.Task[None]] = set()

    def visited(self, reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        self._visits.add(asyncio.create_task(self._serve(reader, writer)))

    async def stop(self) -> None:
        for visit in self._visits:
            visit.cancel()
        await asyncio.gather(*self._visits, return_exceptions=True)

    async def _serve(self, reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        try:
            await self._misbehave(reader, writer)
        finally:
            writer.close()
            with contextlib.suppress(ConnectionError):
                await writer.wait_closed()

    async def _misbehave(self, reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        with contextlib.suppress(ConnectionError, asyncio.IncompleteReadError):
            if self._rudeness != "closes_unread":
                await self._take(reader)
            match self._rudeness:
                case "half_answer":
                    writer.write(_HALF)
                case "cut_json":
                    writer.write(_CUT)
                case "garbage":
                    writer.write(b"220 mail.example.com ESMTP\r\n\r\n")
                case "silent":
                    await reader.read()  # until the client gives up
                case "resets" | "closes_unread":
                    connection = writer.get_extra_info("socket")
                    connection.setsockopt(socket.SOL_SOCKET, socket.SO_LINGER, struct.pack("ii", 1, 0))
                case _:
                    pass
            await writer.drain()

    async def _take(self, reader: asyncio.StreamReader) -> None:
        head = (await reader.readuntil(b"\r\n\r\n")).lower()
        self.requests += 1
        if b"content-length: " in head:
            await reader.readexactly(int(head.partition(b"content-length: ")[2].split(b"\r\n")[0]))


@asynccontextmanager
async def rude(rudeness: Rudeness) -> AsyncIterator[RudeServer]:
    """A rude server on a free port."""
    found = RudeServer(rudeness)
    server = await asyncio.start_server(found.visited, "127.0.0.1", 0)
    found.url = f"http://127.0.0.1:{server.sockets[0].getsockname()[1]}"
    try:
        yield found
    finally:
        server.close()
        await found.stop()
        await server.wait_closed()


def closed_port() -> str:
    """The address of a port on which nobody listens."""
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        return f"http://127.0.0.1:{probe.getsockname()[1]}"


class DeafPort:
    """A port whose queue is full: the kernel drops further connection attempts, so they time out."""

    def __init__(self) -> None:
        self._listener = socket.socket()
        self._listener.bind(("127.0.0.1", 0))
        self._listener.listen(0)
        self._fillers = [socket.socket() for _ in range(3)]
        for filler in self._fillers:
            filler.setblocking(False)
            filler.connect_ex(self._listener.getsockname())
        self.url = f"http://127.0.0.1:{self._listener.getsockname()[1]}"

    def close(self) -> None:
        for one in (*self._fillers, self._listener):
            one.close()
