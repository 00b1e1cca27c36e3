"""The operator API for rolling out a new version of a cadence at the key's own location."""

from typing import Annotated

import msgspec
from litestar import Controller, get, post
from litestar.params import FromPath, JSONBody, QueryParameter

from leadcore.cadences.model import MigrationMap, Rollout, Thresholds
from leadcore.flows import rollouts as flow
from leadcore.flows.rollout_plan import NewVersion, RolloutPlan, plan_rollout
from leadcore_orchestrator.operators import LIST_REFUSALS, Incoming, Wired, caller_to_operate
from leadcore_orchestrator.refusals import refusals

_PLAN = refusals(s422="the file has mistakes, the map names what does not exist, or the body has the wrong shape")
_START = refusals(
    s409="another roll-out of the cadence is being tried",
    s422="the file has mistakes, the map lacks an entry, a threshold is none, or the body has the wrong shape",
)
_DECIDE = refusals(
    s409="there is no roll-out in a state that allows it, or other locations take part",
    s422="the body has the wrong shape",
)
Named = Annotated[str, QueryParameter(max_length=63)]


class PlanBody(msgspec.Struct, frozen=True, kw_only=True, forbid_unknown_fields=True):
    """A cadence file, or NAME@VERSION as `wanted`; the map; the share of leads that try it."""

    source: str = ""
    wanted: str = ""
    moves: MigrationMap = msgspec.field(default_factory=MigrationMap)
    percent: int = 10


class StartBody(msgspec.Struct, frozen=True, kw_only=True, forbid_unknown_fields=True):
    """The same, and when to halt by itself."""

    source: str = ""
    wanted: str = ""
    moves: MigrationMap = msgspec.field(default_factory=MigrationMap)
    percent: int = 10
    thresholds: Thresholds = Thresholds()


class ReasonBody(msgspec.Struct, frozen=True, kw_only=True, forbid_unknown_fields=True):
    """What is kept as the reason."""

    reason: str = ""


class PlanAnswer(msgspec.Struct, frozen=True, kw_only=True):
    """The plan, and the same in a sentence."""

    summary: str
    plan: RolloutPlan


class Rollouts(Controller):
    """Start and decide; leads are moved by the scheduler, `is_moving` says whether it is at it."""

    path = "/api/v1"
    tags = ["operators"]  # noqa: RUF012 - Litestar reads a plain list

    @post("/cadences/rollouts/plan", status_code=200, operation_id="planRollout", responses=_PLAN)
    async def plan(self, request: Incoming, seams: Wired, data: JSONBody[PlanBody]) -> PlanAnswer:
        """Return what a roll-out would do to every lead in the cadence; nothing changes."""
        caller = await caller_to_operate(request, seams)
        new = NewVersion(source=data.source, wanted=data.wanted)
        found = await plan_rollout(seams.store, caller.tenant_id, new, moves=data.moves, percent=data.percent)
        return PlanAnswer(summary=found.summary, plan=found)

    @post("/cadences/rollouts", status_code=200, operation_id="startRollout", responses=_START)
    async def start(self, request: Incoming, seams: Wired, data: JSONBody[StartBody]) -> Rollout:
        """Begin a roll-out at this location. Beginning the same again changes nothing."""
        caller = await caller_to_operate(request, seams)
        command = flow.StartRollout(
            new=NewVersion(source=data.source, wanted=data.wanted),
            moves=data.moves,
            percent=data.percent,
            thresholds=data.thresholds,
            by=caller.name,
        )
        return (await flow.start_rollout(seams, caller.tenant_id, command))[0]

    @get("/cadences/rollouts", operation_id="listRollouts", responses=LIST_REFUSALS)
    async def standings(self, request: Incoming, seams: Wired, cadence: Named = "") -> list[flow.RolloutStanding]:
        """Say how this location's roll-outs stand, the newest first."""
        caller = await caller_to_operate(request, seams)
        return await flow.rollouts_of(seams, caller.tenant_id, cadence=cadence)

    @post("/cadences/{name:str}/rollout/promote", status_code=200, operation_id="promoteRollout", responses=_DECIDE)
    async def promote(self, request: Incoming, seams: Wired, name: FromPath[str]) -> Rollout:
        """Let every lead enter the new version and the rest move; refused while other locations take part."""
        caller = await caller_to_operate(request, seams)
        return await flow.promote_rollout(seams, caller.tenant_id, name, by=caller.name)

    @post("/cadences/{name:str}/rollout/halt", status_code=200, operation_id="haltRollout", responses=_DECIDE)
    async def halt(self, request: Incoming, seams: Wired, name: FromPath[str], data: JSONBody[ReasonBody]) -> Rollout:
        """Let nobody else get the new version; the scheduler halts the other locations, too."""
        caller = await caller_to_operate(request, seams)
        return await flow.halt_rollout(seams, caller.tenant_id, name, by=caller.name, reason=data.reason)

    @post("/cadences/{name:str}/rollout/rollback", status_code=200, operation_id="rollBackRollout", responses=_DECIDE)
    async def rollback(
        self, request: Incoming, seams: Wired, name: FromPath[str], data: JSONBody[ReasonBody]
    ) -> Rollout:
        """Bring back everybody who was moved at this location; leads enter the old version."""
        caller = await caller_to_operate(request, seams)
        return await flow.roll_back(seams, caller.tenant_id, name, by=caller.name, reason=data.reason)
