"""A link's token becomes a cookie. POST exchanges, GET only looks: link scanners open everything they are sent."""

from typing import Annotated

import msgspec
from litestar import Controller, Response, get, post
from litestar.datastructures import Cookie
from litestar.params import JSONBody

from leadcore.flows.chat_session import SESSION_LIVES, open_session, view_session
from leadcore.flows.seams import token_digest
from leadcore_chat.access import ChatRequest, refuse_foreign_page, session_token
from leadcore_chat.desk import Desk
from leadcore_chat.wire import SessionDocument, session_of_view

_NO_STORE = {"Cache-Control": "no-store"}


class ExchangeBody(msgspec.Struct, frozen=True, kw_only=True, forbid_unknown_fields=True):
    """The token behind the `#` of a link, and the IANA zone the browser says it is in."""

    token: Annotated[str, msgspec.Meta(min_length=1, max_length=100)]
    zone: Annotated[str, msgspec.Meta(max_length=64)] = ""


class Sessions(Controller):
    """Opening and reading the chat session."""

    path = "/api/chat/session"
    tags = ["chat"]  # noqa: RUF012 - Litestar reads a plain list

    @post("/", status_code=200, operation_id="openChatSession")
    async def exchange(
        self, request: ChatRequest, desk: Desk, data: JSONBody[ExchangeBody]
    ) -> Response[SessionDocument]:
        """Exchange a link for a session cookie. 404 `link_unknown` (or revoked), 410 `link_expired`, 429."""
        refuse_foreign_page(request, desk)
        address = request.client.host if request.client else ""
        desk.admit_exchange(address=address, link=token_digest(data.token))
        token, view = await open_session(desk.seams, data.token, zone=data.zone)
        cookie = Cookie(
            key=desk.cookie_name,
            value=token,
            path="/",
            httponly=True,
            samesite="lax",
            secure=desk.is_https,
            max_age=int(SESSION_LIVES.total_seconds()),
        )
        return Response(session_of_view(view), cookies=[cookie], headers=_NO_STORE)

    @get("/", operation_id="getChatSession")
    async def current(self, request: ChatRequest, desk: Desk) -> Response[SessionDocument]:
        """Return the cookie's session. 401 `session_required`."""
        view = await view_session(desk.seams, session_token(request, desk))
        return Response(session_of_view(view), headers=_NO_STORE)
