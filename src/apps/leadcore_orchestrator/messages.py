"""Messages that did not go, under /api/v1/messages: why, and letting one try again once."""

from typing import Annotated
from uuid import UUID

from litestar import Controller, get, post
from litestar.params import FromPath, QueryParameter

from leadcore.flows.release import Stuck, release_message, stuck_messages
from leadcore.kernel.ids import MessageId
from leadcore.messaging.values import StuckState
from leadcore_orchestrator.operators import LIST_REFUSALS, Incoming, Limit, Wired, caller_to_operate
from leadcore_orchestrator.refusals import refusals

Wanted = Annotated[StuckState | None, QueryParameter(name="state")]
_RELEASE = refusals(
    s404="no such message for this tenant",
    s409="it goes by itself, may have gone, is stale, or was released before",
)


class Messages(Controller):
    """What did not go; the key decides the tenant, never the request."""

    path = "/api/v1/messages"
    tags = ["operators"]  # noqa: RUF012 - Litestar reads a plain list

    @get("/stuck", operation_id="listStuckMessages", responses=LIST_REFUSALS)
    async def stuck(self, request: Incoming, seams: Wired, wanted: Wanted = None, limit: Limit = 50) -> list[Stuck]:
        """List messages that failed or are held, the newest first, and why each cannot be released."""
        caller = await caller_to_operate(request, seams)
        return await stuck_messages(seams, caller.tenant_id, state=wanted, limit=limit)

    @post("/{message_id:uuid}/release", status_code=200, operation_id="releaseMessage", responses=_RELEASE)
    async def release(self, request: Incoming, seams: Wired, message_id: FromPath[UUID]) -> Stuck:
        """Let a message be decided and tried again now, once; the rules still have their say."""
        caller = await caller_to_operate(request, seams)
        return await release_message(seams, MessageId(message_id), tenant_id=caller.tenant_id, by=caller.name)
