"""Vendors' POSTs, taken before a framework sees them: its routing and rendering cost more than the work itself.

Two ways in give the same answers: at once for a plain webhook of a connection at hand (`offer`), else as an ASGI
application.
"""

import re
from uuid import UUID

from litestar import Litestar, Response
from litestar.enums import ScopeType
from litestar.types import HTTPScope, Receive, Scope, Send

from leadcore_orchestrator.hooks import TAKEN, Hooks
from leadcore_runtime.express import Answer, WholeRequest

_PREFIX = b"/hooks/"
_HOOK = re.compile(r"/hooks/([0-9a-f]{8}(?:-[0-9a-f]{4}){3}-[0-9a-f]{12})(?:/status)?", re.IGNORECASE)
_REMEMBERED = 10_000


class FrontDoor:
    """An ASGI application in front of *app*: it answers webhooks as the app's own routes would, and hands on the rest.

    Before *app* has started there is nobody to take a webhook; its routes then say so.
    """

    def __init__(self, app: Litestar) -> None:
        self._app = app
        self._ids: dict[bytes, UUID] = {}
        """Paths of connections that took something: reading an id anew costs as much as checking a signature."""
        self.hooks: Hooks | None = None

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        """Serve one request, or the lifespan."""
        if scope["type"] == ScopeType.HTTP and scope["method"] == "POST" and self.hooks is not None:
            found = _HOOK.fullmatch(scope["path"])
            if found:
                await self._take(self.hooks, scope, receive, send, UUID(found[1]))
                return
        await self._app(scope, receive, send)

    def wants(self, target: bytes) -> bool:
        """Whether it may be a webhook's."""
        return self.hooks is not None and target.startswith(_PREFIX)

    def offer(self, request: WholeRequest, answer: Answer) -> bool:
        """Take a plain webhook of a connection at hand; False is for everything else."""
        path, _, query = request.target.partition(b"?")
        connection_id = self._ids.get(path)
        if connection_id is None:
            found = _HOOK.fullmatch(path.decode("latin-1"))
            if found is None:
                return False
            connection_id = UUID(found[1])
        if self.hooks is None or b"#" in query:
            return False

        def respond(response: Response[bytes]) -> None:
            headers = _TAKEN_HEADERS if response is TAKEN else _headers(response)
            answer(response.status_code or 200, headers, response.content)

        is_taken = self.hooks.take_at_once(request, connection_id, respond)
        if is_taken and len(self._ids) < _REMEMBERED:
            self._ids[path] = connection_id
        return is_taken

    async def _take(self, hooks: Hooks, scope: HTTPScope, receive: Receive, send: Send, connection_id: UUID) -> None:
        answer = await hooks.take(scope, receive, connection_id)
        await send({"type": "http.response.start", "status": answer.status_code or 200, "headers": _headers(answer)})
        await send({"type": "http.response.body", "body": answer.content, "more_body": False})


def _headers(answer: Response[bytes]) -> list[tuple[bytes, bytes]]:
    kind = str(answer.media_type)
    if kind.startswith("text/"):
        kind += "; charset=utf-8"
    headers = [(b"content-type", kind.encode()), (b"content-length", b"%d" % len(answer.content))]
    return headers + [(name.lower().encode(), value.encode("latin-1")) for name, value in answer.headers.items()]


_TAKEN_HEADERS = _headers(TAKEN)
