"""Did the request leave? The one question on which never sending twice rests (reliability.md T4).

Exception types alone cannot say: our own total timeout may strike while connecting or while waiting. httpcore's
trace tells when the first byte of a request is about to be written, so that is what decides.
"""

from collections.abc import Mapping

import httpx

_FIRST_BYTE = "send_request_headers.started"
# Raised before a connection is even chosen; transports without a trace (MockTransport) need this list.
_BEFORE_WRITING = (
    httpx.ConnectError,
    httpx.ConnectTimeout,
    httpx.PoolTimeout,
    httpx.ProxyError,
    httpx.UnsupportedProtocol,
    httpx.LocalProtocolError,
    httpx.InvalidURL,
)


class NoAnswerError(Exception):
    """No usable HTTP answer. `reason` is short and free of personal data."""

    def __init__(self, reason: str) -> None:
        super().__init__(reason)
        self.reason = reason


class NeverLeftError(NoAnswerError):
    """No byte of the request was written: the vendor cannot have acted on it."""


class AnswerLostError(NoAnswerError):
    """At least one byte was written and no whole answer came back: the vendor may have acted."""


class AnswerTooLargeError(AnswerLostError):
    """The answer is larger than we are willing to read; it was not read to its end."""


class Departure:
    """Watches one request through httpcore's `trace` extension."""

    def __init__(self) -> None:
        self.left = False

    async def watch(self, event: str, _info: Mapping[str, object]) -> None:
        """Note the instant before the first byte goes out."""
        if event.endswith(_FIRST_BYTE):
            self.left = True

    def explain(self, cause: Exception) -> NoAnswerError:
        """Return what *cause* means for the question whether the vendor acted."""
        reason = f"{type(cause).__name__}: {cause}" if str(cause) else type(cause).__name__
        if self.left or not isinstance(cause, (*_BEFORE_WRITING, TimeoutError)):
            return AnswerLostError(reason)
        return NeverLeftError(reason)
