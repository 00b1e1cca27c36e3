"""The events of a Messages stream, as far as they are read. Unknown events, blocks and deltas are skipped."""

from typing import Any

import msgspec


class WireUsage(msgspec.Struct, frozen=True):
    """Counts are cumulative; input is what was neither read from nor written to the cache."""

    input_tokens: int | None = None
    cache_creation_input_tokens: int | None = None
    cache_read_input_tokens: int | None = None
    output_tokens: int | None = None


class WireMessage(msgspec.Struct, frozen=True):
    model: str = ""
    usage: WireUsage | None = None


class WireDelta(msgspec.Struct, frozen=True):
    """Of a block (`type` says which kind) or of the whole message (`stop_reason`)."""

    type: str = ""
    text: str = ""
    partial_json: str = ""
    thinking: str = ""
    signature: str = ""
    stop_reason: str | None = None


class WireError(msgspec.Struct, frozen=True):
    type: str = "api_error"
    message: str = ""


class WireEvent(msgspec.Struct, frozen=True):
    type: str
    index: int = 0
    message: WireMessage | None = None
    content_block: dict[str, Any] | None = None
    delta: WireDelta | None = None
    usage: WireUsage | None = None
    error: WireError | None = None


class ReportedError(Exception):
    """An error the vendor reported inside a stream that had begun with 200."""

    def __init__(self, kind: str) -> None:
        super().__init__(kind)
        self.kind = kind


decode_event = msgspec.json.Decoder(WireEvent).decode
