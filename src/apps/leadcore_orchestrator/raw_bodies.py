"""A request's bytes as they came, up to a limit: what signatures are checked over."""

from litestar.types import HTTPScope, Receive

from leadcore.kernel.errors import LeadcoreError

_PATIENCE = 4
"""How many times the limit is read, and thrown away, before a connection is cut: then its sender learns nothing."""


class OversizeError(LeadcoreError):
    """More bytes than we are willing to read."""

    code = "oversize"


class CutShortError(LeadcoreError):
    """The sender hung up before it had said everything. Nobody is there to be answered."""

    code = "cut_short"


async def whole_body(scope: HTTPScope, receive: Receive, *, limit: int) -> bytes:
    """Return the whole body. Raises `OversizeError` or `CutShortError`.

    One that is too large is read to its end within reason, so that its sender hears why.
    """
    told = next((value for name, value in scope["headers"] if name == b"content-length"), b"0")
    oversize = OversizeError(f"at most {limit} bytes are read")
    if told.isdigit() and int(told) > limit * _PATIENCE:
        raise oversize
    chunks: list[bytes] = []
    size = 0
    while True:
        event = await receive()
        if event["type"] != "http.request":
            raise CutShortError("the sender went away in the middle")
        size += len(event["body"])
        if size <= limit:
            chunks.append(event["body"])
        if size > limit * _PATIENCE or (size > limit and not event["more_body"]):
            raise oversize
        if not event["more_body"]:
            return b"".join(chunks)


def raw_target(scope: HTTPScope) -> str:
    """Return path and query as they stood in the request line: signatures cover these very bytes."""
    raw: bytes = scope.get("raw_path") or scope["path"].encode()
    path = raw.partition(b"?")[0].decode("latin-1")
    query = scope.get("query_string", b"").decode("latin-1")
    return f"{path}?{query}" if query else path
