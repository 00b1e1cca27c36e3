"""The operator API under /api/v1: leads, their story, conversations and who speaks in them."""

from typing import Annotated, Any
from uuid import UUID

import msgspec
from litestar import Controller, Request, get, post
from litestar.datastructures import State
from litestar.di import NamedDependency
from litestar.openapi.datastructures import ResponseSpec
from litestar.params import FromPath, FromQuery, JSONBody, QueryParameter

from leadcore.conversations.model import Conversation, Entry
from leadcore.flows import people
from leadcore.flows.seams import Seams
from leadcore.kernel.ids import ConversationId, LeadId
from leadcore.leads.model import Lead
from leadcore.leads.repository import TimelineEntry
from leadcore.leads.values import LeadStatus
from leadcore_runtime.authentication import Caller, caller_of
from leadcore_runtime.problems import MEDIA_TYPE, Problem


def refusals(**why: str) -> dict[int, ResponseSpec]:
    """Return what an operation may refuse with, for the OpenAPI document."""
    everywhere = {
        "s401": "no API key, a wrong or a revoked one",
        "s403": "the key has not the scope `operate`",
        "s503": "our own trouble: try again after Retry-After",
    }
    return {
        int(status[1:]): ResponseSpec(Problem, generate_examples=False, description=text, media_type=MEDIA_TYPE)
        for status, text in {**everywhere, **why}.items()
    }


_LIST = refusals(s422="a parameter has the wrong shape")
_ONE = refusals(s404="no such thing for this tenant")
_CHANGE = refusals(s404="no such conversation for this tenant", s409="somebody else changed it meanwhile")
_REPLY = refusals(
    s404="no such conversation for this tenant",
    s409="the assistant has the word, the reply was sent already, or the customer cannot be reached",
    s422="the reply is empty, too long, or of the wrong shape",
)
Limit = Annotated[int, QueryParameter(ge=1, le=200)]
Incoming = Request[Any, Any, State]
Wired = NamedDependency[Seams]


class LeadPage(msgspec.Struct, frozen=True, kw_only=True):
    """Leads, newest first; pass `next_cursor` as `after` to go on."""

    leads: list[Lead]
    next_cursor: UUID | None
    has_more: bool


class Timeline(msgspec.Struct, frozen=True, kw_only=True):
    """A lead's story, oldest first."""

    lead: Lead
    events: list[TimelineEntry]


class Thread(msgspec.Struct, frozen=True, kw_only=True):
    """A conversation with what was said, oldest first."""

    conversation: Conversation
    entries: list[Entry]


class ReplyBody(msgspec.Struct, frozen=True, kw_only=True, forbid_unknown_fields=True):
    """A person's words. `ref` is the caller's own id of this reply: sending it twice says it once."""

    text: str
    ref: str


class Operators(Controller):
    """Reads and take-over for the shop's people; the key decides the tenant, never the request."""

    path = "/api/v1"
    tags = ["operators"]  # noqa: RUF012 - Litestar reads a plain list

    @get("/leads", operation_id="listLeads", responses=_LIST)
    async def leads(
        self,
        request: Incoming,
        seams: Wired,
        status: FromQuery[LeadStatus | None] = None,
        limit: Limit = 50,
        after: FromQuery[UUID | None] = None,
    ) -> LeadPage:
        """List leads, newest first."""
        caller = await _caller(request, seams)
        async with seams.store.begin(caller.tenant_id) as uow:
            found = await uow.leads.listing(
                caller.tenant_id, status=status, limit=limit + 1, before=LeadId(after) if after else None
            )
        page = found[:limit]
        more = len(found) > limit
        return LeadPage(leads=page, next_cursor=page[-1].id if more else None, has_more=more)

    @get("/leads/{lead_id:uuid}", operation_id="getLead", responses=_ONE)
    async def lead(self, request: Incoming, seams: Wired, lead_id: FromPath[UUID]) -> Lead:
        """Return one lead."""
        caller = await _caller(request, seams)
        async with seams.store.begin(caller.tenant_id) as uow:
            return await uow.leads.get(LeadId(lead_id), tenant_id=caller.tenant_id)

    @get("/leads/{lead_id:uuid}/timeline", operation_id="getLeadTimeline", responses=_ONE)
    async def timeline(self, request: Incoming, seams: Wired, lead_id: FromPath[UUID]) -> Timeline:
        """Return everything that happened to a lead, with reasons."""
        caller = await _caller(request, seams)
        async with seams.store.begin(caller.tenant_id) as uow:
            lead = await uow.leads.get(LeadId(lead_id), tenant_id=caller.tenant_id)
            return Timeline(lead=lead, events=await uow.leads.timeline(lead.id, tenant_id=caller.tenant_id))

    @get("/conversations", operation_id="listConversations", responses=_LIST)
    async def conversations(
        self,
        request: Incoming,
        seams: Wired,
        waiting: FromQuery[bool] = False,  # noqa: FBT002 - a query flag
        limit: Limit = 50,
    ) -> list[Conversation]:
        """List conversations; `waiting=true` gives those that wait for a person."""
        caller = await _caller(request, seams)
        async with seams.store.begin(caller.tenant_id) as uow:
            return await uow.conversations.listing(caller.tenant_id, waiting_for_staff=waiting, limit=limit)

    @get("/conversations/{conversation_id:uuid}", operation_id="getConversation", responses=_ONE)
    async def thread(self, request: Incoming, seams: Wired, conversation_id: FromPath[UUID]) -> Thread:
        """Return a conversation with its last 200 entries."""
        caller = await _caller(request, seams)
        key = ConversationId(conversation_id)
        async with seams.store.begin(caller.tenant_id) as uow:
            conversation = await uow.conversations.get(key, tenant_id=caller.tenant_id)
            entries = await uow.conversations.last_entries(key, tenant_id=caller.tenant_id, limit=200)
        return Thread(conversation=conversation, entries=entries)

    @post(
        "/conversations/{conversation_id:uuid}/take",
        status_code=200,
        operation_id="takeConversation",
        responses=_CHANGE,
    )
    async def take(self, request: Incoming, seams: Wired, conversation_id: FromPath[UUID]) -> Conversation:
        """Let a person speak: the assistant falls silent and the follow-up stops."""
        caller = await _caller(request, seams)
        return await people.take(seams, ConversationId(conversation_id), tenant_id=caller.tenant_id, by=caller.name)

    @post(
        "/conversations/{conversation_id:uuid}/reply",
        status_code=201,
        operation_id="replyInConversation",
        responses=_REPLY,
    )
    async def reply(
        self,
        request: Incoming,
        seams: Wired,
        conversation_id: FromPath[UUID],
        data: JSONBody[ReplyBody],
    ) -> Entry:
        """Say something as a person, on the channel the customer used last."""
        caller = await _caller(request, seams)
        return await people.reply(
            seams, ConversationId(conversation_id), data.text, tenant_id=caller.tenant_id, by=caller.name, ref=data.ref
        )

    @post(
        "/conversations/{conversation_id:uuid}/release",
        status_code=200,
        operation_id="releaseConversation",
        responses=_CHANGE,
    )
    async def release(self, request: Incoming, seams: Wired, conversation_id: FromPath[UUID]) -> Conversation:
        """Give the word back to the assistant."""
        caller = await _caller(request, seams)
        return await people.release(seams, ConversationId(conversation_id), tenant_id=caller.tenant_id, by=caller.name)


async def _caller(request: Incoming, seams: Seams) -> Caller:
    return await caller_of(request, seams.store, scope="operate")
