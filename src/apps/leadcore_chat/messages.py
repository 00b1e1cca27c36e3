"""The chat API without streaming: say something and wait for the answer, read history and context."""

from typing import Annotated, Generic, TypeVar
from uuid import UUID

import msgspec
from litestar import Controller, Response, get, post
from litestar.params import FromPath, FromQuery, JSONBody, QueryParameter

from leadcore.conversations.model import Entry
from leadcore.flows.chat import Outcome, Posted, outcome_of, post_message
from leadcore.flows.chat_reading import context, history
from leadcore.flows.chat_session import ChatAccess
from leadcore.kernel.ids import TurnId
from leadcore_chat.access import ChatRequest, access_of, refuse_other_sites
from leadcore_chat.desk import ChatDesk, Desk
from leadcore_chat.refusals import AnswerTimeoutError
from leadcore_chat.wire import HistoryItem, ReplyMetadataDocument, ShopDocument, item_of, metadata_of, shop_of

_NO_STORE = {"Cache-Control": "no-store"}
_TEAM_ANSWERS = "Thanks! Someone from our team will answer you here shortly."
_ASK_EVERY_S = 0.5
_NO_TOKENS = {"input": 0, "output": 0, "total": 0}

T = TypeVar("T")


class MessageBody(msgspec.Struct, frozen=True, kw_only=True, forbid_unknown_fields=True):
    """The customer's words. `client_message_id` is the caller's own id: the same one says a thing only once."""

    message: str
    client_message_id: str | None = None


class Success(msgspec.Struct, Generic[T], frozen=True, kw_only=True):
    """The envelope operators know."""

    data: T
    success: bool = True


class Reply(msgspec.Struct, frozen=True, kw_only=True):
    """An answer and how it came about. `provider` is `staff` when a person will answer, `catalog` without a model."""

    content: str
    provider: str
    metadata: ReplyMetadataDocument


class HistoryDocument(msgspec.Struct, frozen=True, kw_only=True):
    """What was said, oldest first. Pass `next_cursor` as `after` to go on."""

    messages: list[HistoryItem]
    speaker: str
    next_cursor: str | None


class ContextDocument(msgspec.Struct, frozen=True, kw_only=True):
    """What the conversation is about."""

    shop: ShopDocument
    vehicle: str | None
    services_of_interest: tuple[str, ...]
    services: tuple[str, ...]


class Messages(Controller):
    """Words in, words out. A chat session reaches its own lead; an API key every lead of its tenant."""

    path = "/api/chat/{lead_id:uuid}"
    tags = ["chat"]  # noqa: RUF012 - Litestar reads a plain list

    @post("/message", status_code=200, operation_id="sendChatMessage")
    async def message(
        self, request: ChatRequest, desk: Desk, lead_id: FromPath[UUID], data: JSONBody[MessageBody]
    ) -> Response[Success[Reply]]:
        """Say something and wait for the whole answer, at most 95 seconds. `Idempotency-Key` may name the message."""
        access, posted = await say_once(request, desk, lead_id, data)
        return Response(Success(data=await _reply(desk, access, posted)), headers=_NO_STORE)

    @get("/history", operation_id="getChatHistory")
    async def history(
        self,
        request: ChatRequest,
        desk: Desk,
        lead_id: FromPath[UUID],
        limit: Annotated[int, QueryParameter(ge=1, le=200)] = 50,
        after: FromQuery[str | None] = None,
    ) -> Response[Success[HistoryDocument]]:
        """Return what was said on every channel."""
        access = await access_of(request, desk, lead_id)
        page = await history(desk.seams, access, limit=limit, after=after)
        document = HistoryDocument(
            messages=[item_of(entry) for entry in page.entries], speaker=page.speaker, next_cursor=page.next_cursor
        )
        return Response(Success(data=document), headers=_NO_STORE)

    @get("/context", operation_id="getChatContext")
    async def context(
        self, request: ChatRequest, desk: Desk, lead_id: FromPath[UUID]
    ) -> Response[Success[ContextDocument]]:
        """Return the shop, the vehicle and the services."""
        access = await access_of(request, desk, lead_id)
        found = await context(desk.seams, access)
        document = ContextDocument(
            shop=shop_of(found.shop, open_now=found.open_now),
            vehicle=found.vehicle or None,
            services_of_interest=found.services_of_interest,
            services=found.services,
        )
        return Response(Success(data=document), headers=_NO_STORE)


async def say_once(request: ChatRequest, desk: ChatDesk, lead_id: UUID, data: MessageBody) -> tuple[ChatAccess, Posted]:
    """Check, count and post one message, and have its answer begun."""
    refuse_other_sites(request, desk)
    access = await access_of(request, desk, lead_id)
    await desk.admit_message(access.conversation_id, tenant_id=access.tenant_id)
    client_id = data.client_message_id or request.headers.get("idempotency-key") or str(desk.seams.ids.new())
    posted = await post_message(desk.seams, access, data.message, client_id=client_id)
    for overtaken in posted.overtaken:
        desk.supervisor.drop(overtaken)
    if posted.turn is not None and posted.turn.state == "pending":
        desk.supervisor.start(posted.turn.id, access.conversation_id, tenant_id=access.tenant_id)
    return access, posted


async def _reply(desk: ChatDesk, access: ChatAccess, posted: Posted) -> Reply:
    if posted.notice is not None:
        return _scripted(posted.notice.text, provider="catalog", reason="stop")
    if posted.turn is None:
        return _scripted(_TEAM_ANSWERS, provider="staff", reason="handoff")
    entry = await _answer(desk, access, posted.turn.id)
    if entry is None or entry.metadata is None:
        return _scripted(_TEAM_ANSWERS, provider="staff", reason="handoff")
    return Reply(content=entry.text, provider=entry.metadata.provider, metadata=metadata_of(entry.metadata))


async def _answer(desk: ChatDesk, access: ChatAccess, turn_id: TurnId) -> Entry | None:
    """Return the answer; None when a person gives it. Raises `AnswerTimeoutError`, also when the process stops."""
    deadline = desk.monotonic() + desk.pace.answer_s
    while True:
        found: Outcome = await outcome_of(desk.seams, access, turn_id)
        if found.state == "answered":
            return found.entry
        if found.state == "staff":
            return None
        if found.state == "replaced" and found.turn is not None:
            turn_id = found.turn.id
            continue
        left_s = deadline - desk.monotonic()
        if left_s <= 0 or desk.stopping.is_set():
            raise AnswerTimeoutError
        await desk.supervisor.settled(turn_id, timeout_s=min(left_s, _ASK_EVERY_S))


def _scripted(text: str, *, provider: str, reason: str) -> Reply:
    made = ReplyMetadataDocument(
        provider=provider, model="", tokens_used=_NO_TOKENS, latency_ms=0, finish_reason=reason, cost_usd=0.0
    )
    return Reply(content=text, provider=provider, metadata=made)
