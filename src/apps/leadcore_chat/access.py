"""Who may speak and read here: a chat session's cookie, or an API key. Both end where a tenant and a thread end."""

from urllib.parse import urlsplit
from uuid import UUID

from litestar import Request
from litestar.datastructures import State

from leadcore.flows.api_keys import authenticate
from leadcore.flows.chat_session import ChatAccess, SessionRequiredError, access_to_lead, session_of
from leadcore.kernel.errors import LeadcoreError, NotFoundError
from leadcore.kernel.ids import LeadId
from leadcore_chat.desk import ChatDesk
from leadcore_chat.refusals import CrossSiteError, MissingScopeError
from leadcore_runtime.authentication import UnauthorizedError, bearer

ChatRequest = Request[object, object, State]
_SCOPE = "chat"


async def access_of(request: ChatRequest, desk: ChatDesk, lead_id: UUID) -> ChatAccess:
    """Return access to a lead's thread.

    Raises `UnauthorizedError`, `SessionRequiredError`, `MissingScopeError`, and `NotFoundError` for a lead that is not
    the caller's to reach: that one looks exactly like a lead that does not exist.
    """
    if "authorization" in request.headers:
        return await _by_key(request, desk, LeadId(lead_id))
    access = await session_of(desk.seams, session_token(request, desk))
    if access.lead_id == lead_id:
        return access
    same_thread = await access_to_lead(desk.seams, LeadId(lead_id), tenant_id=access.tenant_id)
    if same_thread.conversation_id != access.conversation_id:
        raise NotFoundError(f"no lead {lead_id}")
    return same_thread


async def is_still_allowed(request: ChatRequest, desk: ChatDesk, access: ChatAccess) -> bool:
    """Whether a long connection may go on: sessions end, links and keys are revoked while it is open."""
    try:
        now = await access_of(request, desk, access.lead_id)
    except LeadcoreError:
        return False
    return now.conversation_id == access.conversation_id


def session_token(request: ChatRequest, desk: ChatDesk) -> str:
    """Return the session's token. Raises `SessionRequiredError` when there is none."""
    token = request.cookies.get(desk.cookie_name)
    if not token:
        raise SessionRequiredError
    return token


def refuse_other_sites(request: ChatRequest, desk: ChatDesk) -> None:
    """Let a cookie act only for our own page. Raises `CrossSiteError`. A key needs none of this: no browser adds it."""
    if "authorization" in request.headers:
        return
    if _comes_from_here(request, desk) is not True:
        raise CrossSiteError("only the chat page itself may do this", field="Origin", fix="call from the chat page")


def refuse_foreign_page(request: ChatRequest, desk: ChatDesk) -> None:
    """The same where no cookie acts yet: who says nothing about its origin is no browser."""
    if _comes_from_here(request, desk) is False:
        raise CrossSiteError("only the chat page itself may do this", field="Origin", fix="call from the chat page")


def _comes_from_here(request: ChatRequest, desk: ChatDesk) -> bool | None:
    site = request.headers.get("sec-fetch-site")
    if site is not None:
        return site == "same-origin"
    origin = request.headers.get("origin")
    if origin is None:
        return None
    return origin == desk.origin or urlsplit(origin).netloc == request.headers.get("host", "")


async def _by_key(request: ChatRequest, desk: ChatDesk, lead_id: LeadId) -> ChatAccess:
    key = await authenticate(desk.seams.store, bearer(request))
    if key is None:
        raise UnauthorizedError(
            "a valid API key is needed", field="Authorization", fix="send `Authorization: Bearer lc_live_…`"
        )
    if _SCOPE not in key.scopes:
        raise MissingScopeError(
            "this key may not chat", field="Authorization", fix=f"create one with the scope `{_SCOPE}`"
        )
    return await access_to_lead(desk.seams, lead_id, tenant_id=key.tenant_id)
