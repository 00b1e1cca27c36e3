"""The events of a Responses stream, as far as they are read. Unknown events and items are skipped."""

from typing import Any

import msgspec


class InputDetails(msgspec.Struct, frozen=True):
    cached_tokens: int | None = None
    cache_write_tokens: int | None = None


class WireUsage(msgspec.Struct, frozen=True):
    """Input includes what came from the cache."""

    input_tokens: int = 0
    output_tokens: int = 0
    input_tokens_details: InputDetails | None = None


class WireError(msgspec.Struct, frozen=True):
    code: str | None = None


class IncompleteDetails(msgspec.Struct, frozen=True):
    reason: str | None = None


class WireResponse(msgspec.Struct, frozen=True):
    model: str = ""
    output: list[dict[str, Any]] = []
    usage: WireUsage | None = None
    error: WireError | None = None
    incomplete_details: IncompleteDetails | None = None


class WireEvent(msgspec.Struct, frozen=True):
    """`delta` is text for the events that are read; `code` belongs to the error event."""

    type: str
    delta: Any = None
    output_index: int = 0
    item: dict[str, Any] | None = None
    response: WireResponse | None = None
    code: str | None = None
    error: WireError | None = None


class ReportedError(Exception):
    """An error the vendor reported inside a stream that had begun with 200; `code` may be empty."""

    def __init__(self, code: str) -> None:
        super().__init__(code or "no error code")
        self.code = code


decode_event = msgspec.json.Decoder(WireEvent).decode
