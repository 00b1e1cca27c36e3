"""The operator API for what becomes of a lead: lost, won, open again, somebody's, and how fast it was answered."""

from datetime import datetime
from typing import Annotated, Any
from uuid import UUID

import msgspec
from litestar import Controller, Request, get, post
from litestar.datastructures import State
from litestar.di import NamedDependency
from litestar.params import FromPath, JSONBody, QueryParameter

from leadcore.flows import lead_moves
from leadcore.flows.assign import reassign
from leadcore.flows.book import DEFAULT_MINUTES, Booked, book
from leadcore.flows.lead_views import response_speed
from leadcore.flows.seams import Seams
from leadcore.kernel.ids import LeadId
from leadcore.leads.model import Assignment, Lead
from leadcore.leads.policies.response_times import Speed
from leadcore.leads.values import LostReason
from leadcore_orchestrator.refusals import refusals
from leadcore_runtime.authentication import caller_of

_MOVE = refusals(
    s404="no such lead for this tenant",
    s409="the lead cannot get there from where it is, or somebody else changed it meanwhile",
    s422="the body has the wrong shape",
)
_BOOK = refusals(
    s404="no such lead for this tenant",
    s409="the lead is closed, or somebody else changed it meanwhile",
    s422="the time is past, far away or without a zone, or the body has the wrong shape",
)
_REOPEN = refusals(
    s404="no such lead for this tenant",
    s409="the lead is not lost, is a duplicate, or its customer may not be written to",
    s422="the body has the wrong shape",
)
_ASSIGN = refusals(
    s404="no such lead for this tenant",
    s409="somebody else changed it meanwhile",
    s422="no active member of staff is called so",
)
_SPEED = refusals(s422="a parameter has the wrong shape")
Days = Annotated[int, QueryParameter(ge=1, le=366)]
Incoming = Request[Any, Any, State]
Wired = NamedDependency[Seams]


class BookBody(msgspec.Struct, frozen=True, kw_only=True, forbid_unknown_fields=True):
    """When the customer comes in (`at`, with its offset), for how long, and what for (empty: what they asked for)."""

    at: datetime
    minutes: int = DEFAULT_MINUTES
    service: str = ""


class LoseBody(msgspec.Struct, frozen=True, kw_only=True, forbid_unknown_fields=True):
    """Why the lead is lost. `opted_out` and `wrong_number` also silence us for good."""

    reason: LostReason


class ReopenBody(msgspec.Struct, frozen=True, kw_only=True, forbid_unknown_fields=True):
    """Whether follow-up starts again, which needs a customer who may still be written to."""

    follow_up: bool = False


class AssignBody(msgspec.Struct, frozen=True, kw_only=True, forbid_unknown_fields=True):
    """Whose it shall be: the key of an active member of staff."""

    staff: str


class LeadLife(Controller):
    """Moves and assignments by the shop's people; the key decides the tenant, never the request."""

    path = "/api/v1/leads"
    tags = ["operators"]  # noqa: RUF012 - Litestar reads a plain list

    @get("/speed", operation_id="getResponseSpeed", responses=_SPEED)
    async def speed(self, request: Incoming, seams: Wired, days: Days = 30) -> list[Speed]:
        """Return how fast leads were first answered, by us and by a person: median and 90th percentile, seconds."""
        caller = await caller_of(request, seams.store, scope="operate")
        return list(await response_speed(seams, tenant_id=caller.tenant_id, days=days))

    @post("/{lead_id:uuid}/book", status_code=200, operation_id="bookLead", responses=_BOOK)
    async def book(self, request: Incoming, seams: Wired, lead_id: FromPath[UUID], data: JSONBody[BookBody]) -> Booked:
        """Note when the customer comes in and tell the CRM's calendar; the same again changes nothing."""
        caller = await caller_of(request, seams.store, scope="operate")
        return await book(
            seams, LeadId(lead_id), tenant_id=caller.tenant_id, starts_at=data.at, minutes=data.minutes,
            service=data.service, by=caller.name,
        )  # fmt: skip

    @post("/{lead_id:uuid}/lose", status_code=200, operation_id="loseLead", responses=_MOVE)
    async def lose(self, request: Incoming, seams: Wired, lead_id: FromPath[UUID], data: JSONBody[LoseBody]) -> Lead:
        """Close a lead as lost and stop its follow-up."""
        caller = await caller_of(request, seams.store, scope="operate")
        return await lead_moves.lose(seams, LeadId(lead_id), data.reason, tenant_id=caller.tenant_id, by=caller.name)

    @post("/{lead_id:uuid}/win", status_code=200, operation_id="winLead", responses=_MOVE)
    async def win(self, request: Incoming, seams: Wired, lead_id: FromPath[UUID]) -> Lead:
        """Close a lead as won and stop its follow-up."""
        caller = await caller_of(request, seams.store, scope="operate")
        return await lead_moves.win(seams, LeadId(lead_id), tenant_id=caller.tenant_id, by=caller.name)

    @post("/{lead_id:uuid}/reopen", status_code=200, operation_id="reopenLead", responses=_REOPEN)
    async def reopen(
        self, request: Incoming, seams: Wired, lead_id: FromPath[UUID], data: JSONBody[ReopenBody]
    ) -> Lead:
        """Open a lost lead again; follow-up starts only if told to and lawful."""
        caller = await caller_of(request, seams.store, scope="operate")
        return await lead_moves.reopen(
            seams, LeadId(lead_id), tenant_id=caller.tenant_id, by=caller.name, follow_up=data.follow_up
        )

    @post("/{lead_id:uuid}/assign", status_code=200, operation_id="assignLead", responses=_ASSIGN)
    async def assign(
        self, request: Incoming, seams: Wired, lead_id: FromPath[UUID], data: JSONBody[AssignBody]
    ) -> Assignment:
        """Give a lead to one of the staff, whoever had it."""
        caller = await caller_of(request, seams.store, scope="operate")
        return await reassign(seams, LeadId(lead_id), data.staff, tenant_id=caller.tenant_id, by=caller.name)
