"""What the shop's CRM was and is to be told, under /api/v1."""

from typing import Annotated
from uuid import UUID

from litestar import Controller, get, post
from litestar.params import FromPath, QueryParameter

from leadcore.flows.write_back import retry_writes, writes_of
from leadcore.kernel.ids import LeadId
from leadcore.write_back.model import WriteBack
from leadcore.write_back.values import WriteState
from leadcore_orchestrator.operators import Incoming, Limit, Wired, caller_to_operate
from leadcore_orchestrator.refusals import refusals

State = Annotated[WriteState | None, QueryParameter(name="state")]


class WriteBacks(Controller):
    """Reads, and another try; the key decides the tenant, never the request."""

    path = "/api/v1"
    tags = ["operators"]  # noqa: RUF012 - Litestar reads a plain list

    @get("/write-backs", operation_id="listWriteBacks", responses=refusals(s422="a parameter has the wrong shape"))
    async def write_backs(
        self, request: Incoming, seams: Wired, wanted: State = None, limit: Limit = 50
    ) -> list[WriteBack]:
        """List writes to the CRM, the most recently tried first; `state=refused` gives those for a person."""
        caller = await caller_to_operate(request, seams)
        return await writes_of(seams, caller.tenant_id, state=wanted, limit=limit)

    @post(
        "/leads/{lead_id:uuid}/write-backs/retry",
        status_code=200,
        operation_id="retryWriteBacks",
        responses=refusals(s404="no such lead for this tenant", s409="somebody else changed it meanwhile"),
    )
    async def retry(self, request: Incoming, seams: Wired, lead_id: FromPath[UUID]) -> list[WriteBack]:
        """Tell the CRM again what it refused about a lead; returns what is tried again."""
        caller = await caller_to_operate(request, seams)
        return await retry_writes(seams, LeadId(lead_id), tenant_id=caller.tenant_id)
