"""The operator API for cadences: publish, who waits, what people do to one lead's, and why a touch went as it did."""

from datetime import datetime
from uuid import UUID

import msgspec
from litestar import Controller, get, post
from litestar.params import FromPath, JSONBody

from leadcore.cadences.model import CadenceVersion, Enrollment, Touch
from leadcore.cadences.policies.checking import Problem, check_cadence
from leadcore.flows import steer
from leadcore.flows.cadence_files import Published, all_cadences, cadence_named, publish_cadence
from leadcore.flows.explain_touch import TouchPreview, Waiting, WhyTouch, preview_touch, waiting, why_touch
from leadcore.flows.try_step import TrialReport, try_step
from leadcore.kernel.ids import LeadId, TouchId
from leadcore_orchestrator.operators import LIST_REFUSALS, Incoming, Limit, Wired, caller_to_operate
from leadcore_orchestrator.refusals import refusals

_FILE = refusals(s422="the file has mistakes, or the body has the wrong shape")
_ONE = refusals(s404="no such thing for this tenant", s422="there is no cadence of that name")
_STEER = refusals(
    s404="no such lead for this tenant",
    s409="no cadence is running, or it waits for nothing, or somebody else changed it meanwhile",
    s422="the body has the wrong shape, or the instant is past or more than a year away",
)
_AGAIN = refusals(
    s404="no such lead for this tenant",
    s409="a cadence is running, the lead is past it, or its customer may not be written to",
    s422="there is no cadence of that name, or the body has the wrong shape",
)


_TRIAL = refusals(
    s404="no such lead or step for this tenant",
    s422="the address is nobody's of the shop, or the body has the wrong shape",
)


class FileBody(msgspec.Struct, frozen=True, kw_only=True, forbid_unknown_fields=True):
    """A cadence file, TOML."""

    source: str


class SnoozeBody(msgspec.Struct, frozen=True, kw_only=True, forbid_unknown_fields=True):
    """When the next touch is due instead, with its zone."""

    until: datetime


class EnrollBody(msgspec.Struct, frozen=True, kw_only=True, forbid_unknown_fields=True):
    """Which cadence; empty means the shop's."""

    cadence: str = ""


class TrialBody(msgspec.Struct, frozen=True, kw_only=True, forbid_unknown_fields=True):
    """A phone number or an address of the shop's own people; empty means the shop's."""

    to: str = ""


class Cadences(Controller):
    """Follow-up as files and in motion; the key decides the tenant, never the request."""

    path = "/api/v1"
    tags = ["operators"]  # noqa: RUF012 - Litestar reads a plain list

    @get("/cadences", operation_id="listCadences", responses=LIST_REFUSALS)
    async def cadences(self, request: Incoming, seams: Wired) -> list[CadenceVersion]:
        """List the shop's published versions, and what comes with leadcore."""
        caller = await caller_to_operate(request, seams)
        return await all_cadences(seams.store, caller.tenant_id)

    @get("/cadences/waiting", operation_id="listWaiting", responses=LIST_REFUSALS)
    async def who_waits(self, request: Incoming, seams: Wired, limit: Limit = 50) -> list[Waiting]:
        """List who waits on which step until when, the next first."""
        caller = await caller_to_operate(request, seams)
        return await waiting(seams, caller.tenant_id, limit=limit)

    @get("/cadences/{name:str}", operation_id="getCadence", responses=_ONE)
    async def cadence(self, request: Incoming, seams: Wired, name: FromPath[str]) -> CadenceVersion:
        """Return `NAME` as it is present, or `NAME@VERSION`."""
        caller = await caller_to_operate(request, seams)
        return await cadence_named(seams.store, caller.tenant_id, name)

    @post("/cadences/check", status_code=200, operation_id="checkCadence", responses=_FILE)
    async def check(self, request: Incoming, seams: Wired, data: JSONBody[FileBody]) -> list[Problem]:
        """Return everything that is wrong with a file; nothing is stored."""
        await caller_to_operate(request, seams)
        return list(check_cadence(data.source))

    @post("/cadences", status_code=200, operation_id="publishCadence", responses=_FILE)
    async def publish(self, request: Incoming, seams: Wired, data: JSONBody[FileBody]) -> Published:
        """Publish a file that passes the check; leads that are in the cadence stay on their version."""
        caller = await caller_to_operate(request, seams)
        return await publish_cadence(seams.store, caller.tenant_id, data.source)

    @post("/leads/{lead_id:uuid}/cadence/pause", status_code=200, operation_id="pauseCadence", responses=_STEER)
    async def pause(self, request: Incoming, seams: Wired, lead_id: FromPath[UUID]) -> Enrollment:
        """Hold a lead's follow-up until it is resumed; what has not left is cancelled."""
        caller = await caller_to_operate(request, seams)
        return await steer.pause(seams, LeadId(lead_id), tenant_id=caller.tenant_id, by=caller.name)

    @post("/leads/{lead_id:uuid}/cadence/resume", status_code=200, operation_id="resumeCadence", responses=_STEER)
    async def resume(self, request: Incoming, seams: Wired, lead_id: FromPath[UUID]) -> Enrollment:
        """Let a paused follow-up go on; what became stale meanwhile expires."""
        caller = await caller_to_operate(request, seams)
        return await steer.resume(seams, LeadId(lead_id), tenant_id=caller.tenant_id, by=caller.name)

    @post("/leads/{lead_id:uuid}/cadence/snooze", status_code=200, operation_id="snoozeCadence", responses=_STEER)
    async def snooze(
        self, request: Incoming, seams: Wired, lead_id: FromPath[UUID], data: JSONBody[SnoozeBody]
    ) -> Touch:
        """Put a lead's next touch off."""
        caller = await caller_to_operate(request, seams)
        return await steer.snooze(seams, LeadId(lead_id), until=data.until, tenant_id=caller.tenant_id, by=caller.name)

    @post("/leads/{lead_id:uuid}/cadence/skip", status_code=200, operation_id="skipTouch", responses=_STEER)
    async def skip(self, request: Incoming, seams: Wired, lead_id: FromPath[UUID]) -> Touch:
        """Leave out a lead's next touch and plan the one after it."""
        caller = await caller_to_operate(request, seams)
        return await steer.skip(seams, LeadId(lead_id), tenant_id=caller.tenant_id, by=caller.name)

    @post("/leads/{lead_id:uuid}/cadence/enroll", status_code=200, operation_id="enrollAgain", responses=_AGAIN)
    async def enroll(
        self, request: Incoming, seams: Wired, lead_id: FromPath[UUID], data: JSONBody[EnrollBody]
    ) -> Enrollment:
        """Begin another rotation for an open lead."""
        caller = await caller_to_operate(request, seams)
        return await steer.enroll_again(seams, LeadId(lead_id), cadence=data.cadence, tenant_id=caller.tenant_id)

    @get("/touches/{touch_id:uuid}/why", operation_id="whyTouch", responses=_ONE)
    async def why(self, request: Incoming, seams: Wired, touch_id: FromPath[UUID]) -> WhyTouch:
        """Return every decision about a touch with its inputs, its messages and their delivery."""
        caller = await caller_to_operate(request, seams)
        return await why_touch(seams, TouchId(touch_id), tenant_id=caller.tenant_id)

    @get("/leads/{lead_id:uuid}/touches/{step:str}/preview", operation_id="previewTouch", responses=_ONE)
    async def preview(
        self, request: Incoming, seams: Wired, lead_id: FromPath[UUID], step: FromPath[str]
    ) -> TouchPreview:
        """Return what a step would send to a lead now, and what the rules say of it; nothing changes."""
        caller = await caller_to_operate(request, seams)
        return await preview_touch(seams, LeadId(lead_id), step, tenant_id=caller.tenant_id)

    @post(
        "/leads/{lead_id:uuid}/touches/{step:str}/test-send",
        status_code=200,
        operation_id="testSendTouch",
        responses=_TRIAL,
    )
    async def trial(
        self,
        request: Incoming,
        seams: Wired,
        lead_id: FromPath[UUID],
        step: FromPath[str],
        data: JSONBody[TrialBody],
    ) -> TrialReport:
        """Send a step as a lead would get it to the shop's own people; marked, and counted apart."""
        caller = await caller_to_operate(request, seams)
        return await try_step(seams, LeadId(lead_id), step, to=data.to, tenant_id=caller.tenant_id, by=caller.name)
