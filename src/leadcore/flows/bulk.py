"""Bringing rows into the inbox in bulk, and what became of them."""

from collections.abc import Sequence

import msgspec

from leadcore.flows.seams import Seams
from leadcore.flows.work import Store, Work
from leadcore.intake.model import InboxItem
from leadcore.intake.policies import lane_of
from leadcore.kernel.ids import ConnectionId, InboxId, RunId, TenantId
from leadcore.ports.inbound import AdmittedItem

CHUNK = 500
"""Rows brought in by one commit."""


class Tally(msgspec.Struct, frozen=True, kw_only=True):
    """How far a bulk run has come. `left_out` counts why rows were ignored, `refused` why they died."""

    waiting: int
    done: int
    ignored: int
    dead: int
    left_out: dict[str, int]
    refused: dict[str, int]

    @property
    def total(self) -> int:
        """All rows of the run."""
        return self.waiting + self.done + self.ignored + self.dead

    @property
    def settled(self) -> int:
        """Rows that need no more work."""
        return self.total - self.waiting


async def bring_in(
    uow: Work,
    seams: Seams,
    items: Sequence[AdmittedItem],
    *,
    connection_id: ConnectionId,
    tenant_id: TenantId,
    source: str,
    run_id: RunId,
) -> int:
    """Store what is new and make it due, in this order, behind nobody and before nobody. Returns how many are new."""
    now = await uow.now()
    rows = [
        InboxItem(
            id=InboxId(seams.ids.new()),
            tenant_id=tenant_id,
            connection_id=connection_id,
            source=source,
            dedupe_key=item.dedupe_key,
            entity_key=item.entity_key,
            occurred_at=item.occurred_at,
            received_at=now,
            body=item.body,
            run_id=run_id,
        )
        for item in items
    ]
    new = await uow.inbox.add(rows)
    lanes = [(row.id, lane_of(row.entity_key, tenant_id=tenant_id)) for row in new]
    await uow.due.arm_all("bulk", lanes, tenant_id=tenant_id, at=now)
    return len(new)


async def tally(store: Store, run_id: RunId, *, tenant_id: TenantId, why: bool = False) -> Tally:
    """Return how far the run has come; the reasons only when asked for."""
    async with store.begin(tenant_id) as uow:
        states = await uow.inbox.run_states(run_id, tenant_id=tenant_id)
        left_out = await uow.inbox.run_errors(run_id, state="ignored", tenant_id=tenant_id) if why else {}
        refused = await uow.inbox.run_errors(run_id, state="dead", tenant_id=tenant_id) if why else {}
    return Tally(
        waiting=states.get("new", 0),
        done=states.get("done", 0),
        ignored=states.get("ignored", 0),
        dead=states.get("dead", 0),
        left_out=left_out,
        refused=refused,
    )
