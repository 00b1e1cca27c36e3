"""Reading a stream of server-sent events: complete `data` payloads out of bytes, under three deadlines."""

import asyncio
from collections.abc import AsyncIterator
from contextlib import suppress

import msgspec

_LONGEST_EVENT = 8 * 1024 * 1024


class StreamLimits(msgspec.Struct, frozen=True, kw_only=True):
    """Seconds: from asking to the first sign of progress, between signs of progress, and in all."""

    first_s: float = 8.0
    idle_s: float = 20.0
    total_s: float = 90.0


class Watch:
    """The deadline of one stream. Keep-alive pings are no progress; only the reader knows what is."""

    def __init__(self, limits: StreamLimits) -> None:
        self._limits = limits
        self._now = asyncio.get_running_loop().time
        began = self._now()
        self._last = began + limits.total_s
        self._due = began + limits.first_s
        self._moving = False

    @property
    def deadline(self) -> float:
        """In the running loop's time."""
        return min(self._due, self._last)

    @property
    def complaint(self) -> str:
        """What an expiry of the deadline means."""
        if self._last <= self._due:
            return f"not finished within {self._limits.total_s:g} s"
        if self._moving:
            return f"silent for {self._limits.idle_s:g} s"
        return f"no first token within {self._limits.first_s:g} s"

    def progressed(self) -> None:
        """Put the deadline off: something worth waiting for has arrived."""
        self._moving = True
        self._due = self._now() + self._limits.idle_s


class EventReader:
    """Payloads of the events in *chunks*. An event that never saw its blank line is no event (WHATWG HTML 9.2.6)."""

    def __init__(self, chunks: AsyncIterator[bytes], watch: Watch) -> None:
        self._chunks = chunks
        self._watch = watch
        self._rest = b""

    async def next_batch(self) -> list[bytes] | None:
        """Return the payloads that arrived together, never an empty list; None at the end of the stream.

        Raises `TimeoutError` at the watch's deadline and whatever *chunks* raises.
        """
        while True:
            async with asyncio.timeout_at(self._watch.deadline):
                chunk = await anext(self._chunks, None)
            if chunk is None:
                return self._payloads_with(b"\n") or None if self._rest.endswith(b"\r") else None
            if payloads := self._payloads_with(chunk):
                return payloads

    async def drain(self, *, patience_s: float = 0.25) -> None:
        """Read what little follows the terminal event, so that the connection can be used again."""
        with suppress(Exception):
            async with asyncio.timeout(patience_s):
                while await anext(self._chunks, None) is not None:
                    pass

    def _payloads_with(self, chunk: bytes) -> list[bytes]:
        text = self._rest + chunk
        if b"\r" in text:
            # A carriage return at the very end may be half of a line end: it waits for its other half.
            held = text.endswith(b"\r")
            text = text[: len(text) - held].replace(b"\r\n", b"\n").replace(b"\r", b"\n") + b"\r" * held
        blocks = text.split(b"\n\n")
        self._rest = blocks.pop()
        if len(self._rest) > _LONGEST_EVENT:
            raise ValueError("an event of the stream is too long")
        return [payload for block in blocks if (payload := _payload(block))]


def _payload(block: bytes) -> bytes:
    lines = [line[5:].removeprefix(b" ") for line in block.split(b"\n") if line.startswith(b"data:")]
    return lines[0] if len(lines) == 1 else b"\n".join(lines)
