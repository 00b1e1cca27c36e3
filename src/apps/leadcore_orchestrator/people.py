"""People under /api/v1: who is who, who may be the same, merging two and taking it back."""

from typing import Annotated, Any
from uuid import UUID

import msgspec
from litestar import Controller, Request, get, post
from litestar.datastructures import State
from litestar.di import NamedDependency
from litestar.params import FromPath, JSONBody, QueryParameter

from leadcore.flows.merge import MergeReport, merge_people
from leadcore.flows.merge_plan import Choices
from leadcore.flows.person_card import Candidate, PersonCard, duplicates, person_card
from leadcore.flows.seams import Seams
from leadcore.flows.unmerge import UnmergeReport, unmerge_people
from leadcore.kernel.ids import MergeId, PersonId
from leadcore_orchestrator.refusals import refusals
from leadcore_runtime.authentication import Caller, caller_of

_LIST = refusals(s422="a parameter has the wrong shape")
_ONE = refusals(s404="no such person for this tenant")
_MERGE = refusals(
    s404="no such person for this tenant",
    s409="one of them is merged already, or an answer is being written to one of them",
    s422="the body has the wrong shape, or names one person twice",
)
_UNMERGE = refusals(
    s404="no such merge for this tenant", s409="it was taken back already, or what it changed was changed since"
)
Limit = Annotated[int, QueryParameter(ge=1, le=200)]
Incoming = Request[Any, Any, State]
Wired = NamedDependency[Seams]


class MergeBody(msgspec.Struct, frozen=True, kw_only=True, forbid_unknown_fields=True):
    """Whom to merge into the person of the path. With `dry_run` the answer says what would happen."""

    other: UUID
    choices: Choices = Choices()
    dry_run: bool = False


class UnmergeBody(msgspec.Struct, frozen=True, kw_only=True, forbid_unknown_fields=True):
    """With `dry_run` the answer says whether the merge can be taken back."""

    dry_run: bool = False


class People(Controller):
    """Who is who; the key decides the tenant, never the request."""

    path = "/api/v1"
    tags = ["people"]  # noqa: RUF012 - Litestar reads a plain list

    @get("/people/duplicates", operation_id="listDuplicates", responses=_LIST)
    async def candidates(self, request: Incoming, seams: Wired, limit: Limit = 50) -> list[Candidate]:
        """List people who may be one, with what speaks for it."""
        caller = await _caller(request, seams)
        return await duplicates(seams, tenant_id=caller.tenant_id, limit=limit)

    @get("/people/{person_id:uuid}", operation_id="getPerson", responses=_ONE)
    async def person(self, request: Incoming, seams: Wired, person_id: FromPath[UUID]) -> PersonCard:
        """Return a person with contact points, leads and merges."""
        caller = await _caller(request, seams)
        return await person_card(seams, PersonId(person_id), tenant_id=caller.tenant_id)

    @post("/people/{person_id:uuid}/merge", status_code=200, operation_id="mergePeople", responses=_MERGE)
    async def merge(
        self, request: Incoming, seams: Wired, person_id: FromPath[UUID], data: JSONBody[MergeBody]
    ) -> MergeReport:
        """Make another person part of this one, or say what that would do."""
        caller = await _caller(request, seams)
        return await merge_people(
            seams,
            PersonId(person_id),
            PersonId(data.other),
            tenant_id=caller.tenant_id,
            by=caller.name,
            choices=data.choices,
            dry_run=data.dry_run,
        )

    @post("/merges/{merge_id:uuid}/undo", status_code=200, operation_id="unmergePeople", responses=_UNMERGE)
    async def unmerge(
        self, request: Incoming, seams: Wired, merge_id: FromPath[UUID], data: JSONBody[UnmergeBody]
    ) -> UnmergeReport:
        """Take a merge back, or say whether it can be."""
        caller = await _caller(request, seams)
        return await unmerge_people(
            seams, MergeId(merge_id), tenant_id=caller.tenant_id, by=caller.name, dry_run=data.dry_run
        )


async def _caller(request: Incoming, seams: Seams) -> Caller:
    return await caller_of(request, seams.store, scope="operate")
