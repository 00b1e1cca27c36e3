"""Vendors' POSTs, taken before a framework sees them: its routing and rendering cost more than the work itself."""

import re
from uuid import UUID

from litestar import Litestar, Response
from litestar.enums import ScopeType
from litestar.types import HTTPScope, Receive, Scope, Send

from leadcore_orchestrator.hooks import Hooks

_HOOK = re.compile(r"/hooks/([0-9a-f]{8}(?:-[0-9a-f]{4}){3}-[0-9a-f]{12})(?:/status)?", re.IGNORECASE)


class FrontDoor:
    """An ASGI application in front of *app*: it answers webhooks as the app's own routes would, and hands on the rest.

    Before *app* has started there is nobody to take a webhook; its routes then say so.
    """

    def __init__(self, app: Litestar) -> None:
        self._app = app
        self.hooks: Hooks | None = None

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        """Serve one request, or the lifespan."""
        if scope["type"] == ScopeType.HTTP and scope["method"] == "POST" and self.hooks is not None:
            found = _HOOK.fullmatch(scope["path"])
            if found:
                await self._take(self.hooks, scope, receive, send, UUID(found[1]))
                return
        await self._app(scope, receive, send)

    async def _take(self, hooks: Hooks, scope: HTTPScope, receive: Receive, send: Send, connection_id: UUID) -> None:
        answer = await hooks.take(scope, receive, connection_id)
        await send({"type": "http.response.start", "status": answer.status_code or 200, "headers": _headers(answer)})
        await send({"type": "http.response.body", "body": answer.content, "more_body": False})


def _headers(answer: Response[bytes]) -> list[tuple[bytes, bytes]]:
    headers = [(b"content-type", str(answer.media_type).encode()), (b"content-length", b"%d" % len(answer.content))]
    return headers + [(name.lower().encode(), value.encode("latin-1")) for name, value in answer.headers.items()]
