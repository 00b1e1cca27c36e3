"""The HTTP twin of `leadcore hold`: what holds all sending, stopping it, and the way back after a restore."""

from typing import Any

import msgspec
from litestar import Controller, Request, get, post
from litestar.datastructures import State
from litestar.di import NamedDependency
from litestar.params import JSONBody

from leadcore.flows.release_hold import Released, Surveyed, release_hold, survey_hold
from leadcore.flows.seams import Seams
from leadcore.kernel.errors import InvalidInputError
from leadcore.ports.storage import DeploymentState, HoldEntry
from leadcore_orchestrator.refusals import refusals
from leadcore_runtime.authentication import Caller, caller_of
from leadcore_runtime.settings import Settings
from leadcore_runtime.watching import note_release
from leadcore_runtime.witness_file import WitnessFile

_NO_SCOPE = "the key has not the scope `deployment`"
_READ = refusals(s403=_NO_SCOPE)
_HOLD = refusals(s403=_NO_SCOPE, s422="the reason is missing, or the body has the wrong shape")
_RELEASE = refusals(
    s403=_NO_SCOPE,
    s409="nothing is held, a carrier's list cannot be read, or somebody else released it meanwhile",
    s422="the reason is missing, or the body has the wrong shape",
)
Incoming = Request[Any, Any, State]
Wired = NamedDependency[Seams]


class Reason(msgspec.Struct, frozen=True, kw_only=True, forbid_unknown_fields=True):
    """Why; it is kept with the key's label."""

    because: str


class HoldView(msgspec.Struct, frozen=True, kw_only=True):
    """What holds all sending, and the history of holds, newest first."""

    state: DeploymentState
    history: list[HoldEntry]


class Holds(Controller):
    """Acts on all shops at once, so it takes a key with the scope `deployment`."""

    path = "/api/v1/hold"
    tags = ["deployment"]  # noqa: RUF012 - Litestar reads a plain list

    @get(operation_id="getHold", responses=_READ)
    async def show(self, request: Incoming, seams: Wired) -> HoldView:
        """Say whether sending is held, by whom and why."""
        await _caller(request, seams)
        deployment = seams.store.deployment
        return HoldView(state=await deployment.state(), history=await deployment.history())

    @post("/set", status_code=200, operation_id="setHold", responses=_HOLD)
    async def hold(self, request: Incoming, seams: Wired, data: JSONBody[Reason]) -> DeploymentState:
        """Stop all sending at once; what is due waits."""
        caller = await _caller(request, seams)
        if not data.because.strip():
            raise InvalidInputError("say why sending stops", field="because", fix="give a reason; it is kept")
        await seams.store.deployment.hold(data.because, by="operator", name=caller.name)
        return await seams.store.deployment.state()

    @get("/survey", operation_id="surveyHold", responses=_RELEASE)
    async def survey(self, request: Incoming, seams: Wired) -> list[Surveyed]:
        """Ask the carriers what a release would write down; changes nothing."""
        await _caller(request, seams)
        return list(await survey_hold(seams))

    @post("/release", status_code=200, operation_id="releaseHold", responses=_RELEASE)
    async def release(self, request: Incoming, seams: Wired, data: JSONBody[Reason]) -> Released:
        """Resume sending; after a restore the carriers' lists are written down first, so that nothing goes twice."""
        caller = await _caller(request, seams)
        placed: Settings = request.app.state.settings
        before = await seams.store.deployment.state()
        done = await release_hold(seams, deployment_id=placed.identity, because=data.because, name=caller.name)
        if before.held_by == "witness":
            await note_release(seams, WitnessFile(placed.witness_path))
        return done


async def _caller(request: Incoming, seams: Seams) -> Caller:
    return await caller_of(request, seams.store, scope="deployment")
