"""Server-sent events: the response only tells; what it tells is made and stored by others.

Between two events nothing is held: no transaction, no lock, no provider's stream. A browser that goes away cancels this
generator anywhere, and nothing else notices.
"""

from collections.abc import AsyncIterator
from uuid import UUID

import structlog
from litestar import Controller, get, post
from litestar.params import FromPath, JSONBody
from litestar.response import Stream

from leadcore.flows.chat import Posted
from leadcore.flows.chat_reading import look, turns_of
from leadcore.flows.chat_session import ChatAccess
from leadcore_chat import wire
from leadcore_chat.access import ChatRequest, access_of, is_still_allowed
from leadcore_chat.desk import ChatDesk, Desk
from leadcore_chat.follower import Follower, follow_answer, follow_from
from leadcore_chat.messages import MessageBody, say_once
from leadcore_runtime.hub import Reader

_HEADERS = {"Cache-Control": "no-store", "X-Accel-Buffering": "no"}
_MEDIA_TYPE = "text/event-stream"


class Streams(Controller):
    """The same words, as they are spoken."""

    path = "/api/chat/{lead_id:uuid}/stream"
    tags = ["chat"]  # noqa: RUF012 - Litestar reads a plain list

    @post("/", status_code=200, operation_id="streamChatMessage", media_type=_MEDIA_TYPE)
    async def say(
        self, request: ChatRequest, desk: Desk, lead_id: FromPath[UUID], data: JSONBody[MessageBody]
    ) -> Stream:
        """Say something and read the answer as it is spoken: `turn`, `delta`…, `done`."""
        access, posted = await say_once(request, desk, lead_id, data)
        if posted.turn is None:
            return _stream(_told(posted))
        first, follower = follow_answer(posted, posted.turn)
        return _stream(_Telling(request, desk, access, follower).events(first))

    @get("/", operation_id="followChat", media_type=_MEDIA_TYPE)
    async def tail(self, request: ChatRequest, desk: Desk, lead_id: FromPath[UUID]) -> Stream:
        """Follow the conversation. With `Last-Event-ID`, exactly what is missing comes first."""
        access = await access_of(request, desk, lead_id)
        last_id = request.headers.get("last-event-id")
        follower = follow_from(last_id, await turns_of(desk.seams, access) if last_id else {})
        return _stream(_Telling(request, desk, access, follower).events([]))


def _stream(events: AsyncIterator[bytes]) -> Stream:
    return Stream(events, media_type=_MEDIA_TYPE, headers=_HEADERS)


async def _told(posted: Posted) -> AsyncIterator[bytes]:
    """What is told when nobody generates an answer: the words are in the thread, and who speaks next."""
    yield wire.OPENING
    yield wire.message_event(posted.entry)
    if posted.notice is not None:
        yield wire.message_event(posted.notice)
    if posted.speaker == "staff":
        yield wire.handoff_event("staff")


class _Telling:
    """One connection."""

    def __init__(self, request: ChatRequest, desk: ChatDesk, access: ChatAccess, follower: Follower) -> None:
        self._request = request
        self._desk = desk
        self._access = access
        self._follower = follower
        self._began = self._spoke = self._checked = desk.monotonic()
        self._look_at = self._began

    async def events(self, first: list[bytes]) -> AsyncIterator[bytes]:
        """Yield one event at a time, each as soon as it is known."""
        try:
            async for event in self._told(first):
                yield event
        except Exception as surprise:  # noqa: BLE001 - the status is out already; the reader connects again and resumes
            structlog.get_logger().error(
                "stream.failed", conversation_id=str(self._access.conversation_id), exc_info=surprise
            )
            yield wire.bye_event("trouble")

    async def _told(self, first: list[bytes]) -> AsyncIterator[bytes]:
        yield wire.OPENING
        for event in first:
            yield event
        while not self._follower.is_over:
            with self._desk.hub.subscribe(self._access.conversation_id) as reader:
                self._look_at = self._desk.monotonic()
                while not (reader.was_cut or self._follower.is_over):
                    why = await self._why_end()
                    if why:
                        yield wire.bye_event(why)
                        return
                    for event in await self._step(reader):
                        yield event

    async def _step(self, reader: Reader) -> list[bytes]:
        desk = self._desk
        now = desk.monotonic()
        events: list[bytes] = []
        if now >= self._look_at:
            events = await self._look()
        else:
            piece = await reader.next(timeout_s=self._look_at - now)
            if piece is not None:
                told = self._follower.on_piece(piece)
                if told is None:
                    events = await self._look()
                    told = self._follower.on_piece(piece) or []
                events += told
        if events:
            self._spoke = desk.monotonic()
        elif desk.monotonic() - self._spoke >= desk.pace.heartbeat_s:
            self._spoke = desk.monotonic()
            events = [wire.HEARTBEAT]
        return events

    async def _look(self) -> list[bytes]:
        follower = self._follower
        found = await look(self._desk.seams, self._access, after_seq=follower.after_seq, reached=dict(follower.reached))
        self._look_at = self._desk.monotonic() + self._desk.pace.look_s
        return follower.on_look(found)

    async def _why_end(self) -> str:
        now = self._desk.monotonic()
        if self._desk.stopping.is_set():
            return "restart"
        if now - self._began >= self._desk.pace.longest_s:
            return "long enough"
        if now - self._checked >= self._desk.pace.heartbeat_s:
            self._checked = now
            if not await is_still_allowed(self._request, self._desk, self._access):
                return "session over"
        return ""
