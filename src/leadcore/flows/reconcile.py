"""Finding out what became of an attempt: the provider's own records are asked, outside any unit of work."""

from datetime import timedelta

from msgspec.structs import replace

from leadcore.flows.seams import Seams
from leadcore.flows.settle import settle_attempt
from leadcore.kernel.errors import NotFoundError
from leadcore.kernel.ids import AttemptId
from leadcore.messaging.machine import FoundInList, LookFailed, NotFoundInList
from leadcore.messaging.policies.matching import find_attempt
from leadcore.ports.messaging import CarrierError, SenderRefusedError
from leadcore.ports.storage import DueItem

_OPEN = {"started", "unknown"}
_SLACK = timedelta(minutes=10)


async def look_for(seams: Seams, item: DueItem) -> str | None:
    """Look for one unsettled attempt at its provider and settle it. Returns the outcome, None when nothing was open."""
    attempt_id = AttemptId(item.item_id)
    async with seams.store.begin(item.tenant_id) as uow:
        attempt = await uow.messages.attempt(attempt_id, tenant_id=item.tenant_id)
        if attempt.state not in _OPEN:
            await uow.due.finish(item)
            await uow.commit()
            return None
        message = await uow.messages.peek(attempt.message_id, tenant_id=item.tenant_id)
    # the provider's clock is the real one; ours may be moved (demo, tests)
    offset = timedelta(seconds=(await seams.store.deployment.state()).clock_offset_s)
    try:
        carrier, _ = await seams.adapters.carrier(item.tenant_id, message.channel)
        listed = await carrier.accepted_for(attempt.recipient, since=attempt.started_at - _SLACK - offset)
    except CarrierError as trouble:
        return await settle_attempt(seams, attempt_id, LookFailed(error=trouble), tenant_id=item.tenant_id, item=item)
    except NotFoundError as gone:  # disconnected meanwhile: asked again until it is back
        refusal = SenderRefusedError(gone.message, fix=gone.fix)
        return await settle_attempt(seams, attempt_id, LookFailed(error=refusal), tenant_id=item.tenant_id, item=item)
    listed = tuple(replace(each, created_at=each.created_at + offset) for each in listed)
    async with seams.store.begin(item.tenant_id) as uow:
        bound = {
            each.provider_id
            for each in listed
            if await uow.messages.attempt_by_provider_id(each.provider_id, tenant_id=item.tenant_id) is not None
        }
    found = find_attempt(attempt, listed, bound=bound)
    outcome = FoundInList(provider_id=found.provider_id) if found else NotFoundInList()
    return await settle_attempt(seams, attempt_id, outcome, tenant_id=item.tenant_id, item=item)
