"""The operator API's view of the inbox: what the poll had to find, and which webhooks were refused."""

from typing import Annotated

from litestar import Controller, get
from litestar.params import QueryParameter

from leadcore.flows.misses import MissReport, misses
from leadcore.flows.refusals import RefusedConnection, refusals
from leadcore_orchestrator.operators import LIST_REFUSALS, Incoming, Wired
from leadcore_runtime.authentication import caller_of

Days = Annotated[int, QueryParameter(ge=1, le=366)]


class InboxDesk(Controller):
    """Reads about what came in; the key decides the tenant, never the request."""

    path = "/api/v1/inbox"
    tags = ["operators"]  # noqa: RUF012 - Litestar reads a plain list

    @get("/misses", operation_id="listMisses", responses=LIST_REFUSALS)
    async def missed(self, request: Incoming, seams: Wired, days: Days = 7) -> MissReport:
        """Tell what the poll found that no webhook had told in time, by day."""
        caller = await caller_of(request, seams.store, scope="operate")
        return await misses(seams.store, caller.tenant_id, days=days)

    @get("/refused", operation_id="listRefusedWebhooks", responses=LIST_REFUSALS)
    async def refused(self, request: Incoming, seams: Wired, days: Days = 1) -> list[RefusedConnection]:
        """Tell which webhooks were refused, how often, why, and what to do."""
        caller = await caller_of(request, seams.store, scope="operate")
        return await refusals(seams.store, caller.tenant_id, days=days)
