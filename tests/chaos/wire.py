"""A lean HTTP/1.1 client for load: requests are rendered before the clock runs, connections are kept."""

import asyncio
from collections.abc import Mapping
from types import TracebackType
from typing import Self
from urllib.parse import urlsplit

_PATIENCE_S = 30.0
_Line = tuple[asyncio.StreamReader, asyncio.StreamWriter]


def rendered(url: str, body: bytes, headers: Mapping[str, str]) -> bytes:
    """Return the bytes of one POST."""
    where = urlsplit(url)
    told = {"host": where.netloc, "content-length": str(len(body)), **headers}
    head = "".join(f"{name}: {value}\r\n" for name, value in told.items())
    return f"POST {where.path} HTTP/1.1\r\n{head}\r\n".encode() + body


class Wire:
    """Open connections to one origin, as many as there are requests under way."""

    def __init__(self, url: str) -> None:
        where = urlsplit(url)
        self._host, self._port = str(where.hostname), where.port
        self._idle: list[_Line] = []

    async def __aenter__(self) -> Self:
        return self

    async def __aexit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        for _, writer in self._idle:
            writer.close()
        await asyncio.gather(*(writer.wait_closed() for _, writer in self._idle), return_exceptions=True)

    async def status_of(self, request: bytes) -> int:
        """Send *request* and return the status of its answer. Raises what the connection raises; it is closed then."""
        reader, writer = await self._line()
        try:
            async with asyncio.timeout(_PATIENCE_S):
                writer.write(request)
                head = (await reader.readuntil(b"\r\n\r\n")).lower()
                length = int(head.partition(b"content-length:")[2].partition(b"\r\n")[0] or 0)
                await reader.readexactly(length)
        except BaseException:
            writer.transport.abort()
            raise
        if b"connection: close" in head:
            writer.transport.abort()
        else:
            self._idle.append((reader, writer))
        return int(head[9:12])

    async def _line(self) -> _Line:
        while self._idle:
            reader, writer = self._idle.pop()
            if not reader.at_eof():  # the server closes what was idle for long
                return reader, writer
            writer.close()
        return await asyncio.open_connection(self._host, self._port)
