"""What the inbox forgets: the bytes of what is settled, in small batches. Rows, keys and digests stay."""

from datetime import timedelta

from leadcore.flows.seams import Seams
from leadcore.ports.storage import DueItem

DEAD_KEPT = timedelta(days=90)
"""A dead row keeps its bytes so long, for an operator to look at and to replay."""
REFUSALS_KEPT = timedelta(days=30)
BATCH = 500
_NEXT_BATCH = timedelta(seconds=1)
_EVERY = timedelta(hours=6)


async def forget_bodies(seams: Seams, item: DueItem, *, keep: timedelta) -> None:
    """Blank one batch of one tenant's old bodies; the next one is due at once while there is more."""
    async with seams.store.begin(item.tenant_id) as uow:
        now = await uow.now()
        blanked = await uow.inbox.blank(
            item.tenant_id,
            settled_before=now - keep,
            dead_before=now - max(keep, DEAD_KEPT),
            at=now,
            limit=BATCH,
        )
        await uow.refusals.forget(tenant_id=item.tenant_id, before=now - REFUSALS_KEPT)
        jitter = 0.9 + 0.2 * seams.chance.fraction()
        await uow.due.postpone(item, at=now + (_NEXT_BATCH if blanked == BATCH else _EVERY * jitter))
        await uow.commit()
