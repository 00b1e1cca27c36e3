"""What the tests of writing back have in common."""

from datetime import timedelta

from leadcore.flows.tell_crm import tell
from leadcore.flows.write_back import open_write, settle_write, writes_of
from leadcore.leads.model import Lead
from leadcore.ports.crm import CrmError, CrmUnavailableError
from leadcore.ports.storage import DueItem
from leadcore.tenants.values import StatusColumns, WriteBackRule
from leadcore.write_back.machine import Failed, Outcome
from leadcore.write_back.model import WriteBack
from tests.unit.flows.world import TENANT, World

COLUMNS = StatusColumns(contacted="Contacted", engaged="Talking", lost="Closed")
ALL = WriteBackRule(note=True, messages=True, columns=COLUMNS)


async def the_lead(world: World, order_id: str = "o1") -> Lead:
    async with world.store.begin(TENANT) as uow:
        found = await uow.leads.by_external_ref("shopmonkey", order_id, tenant_id=TENANT)
    assert found is not None
    return found


async def writes(world: World) -> list[WriteBack]:
    return await writes_of(world.seams, TENANT, state=None, limit=99)


async def claimed(world: World) -> DueItem:
    [item] = await world.store.due.claim(("write_back",), limit=9, lease_s=30, worker="test")
    return item


async def answered_lead(world: World) -> Lead:
    """A lead whose first text has gone, with nothing told to the CRM yet."""
    await world.lead_arrives()
    for _ in range(9):
        items = await world.store.due.claim(("inbox", "touch", "message"), limit=50, lease_s=30, worker="test")
        for item in items:
            await world.perform(item)
    lead = await the_lead(world)
    assert lead.first_response_at is not None
    return lead


async def open_and_tell(world: World, item: DueItem) -> None:
    """What the runtime's writer does, without its clock."""
    writing = await open_write(world.seams, item)
    if writing is None:
        return
    outcome: Outcome
    try:
        outcome = await tell(world.crm_records, writing)
    except CrmError as refusal:
        outcome = Failed(error=refusal)
    await settle_write(world.seams, writing, outcome)


async def tell_amid(world: World, mishap: str) -> None:
    """Tell what is due while *mishap* strikes: the answer is lost, the CRM is down, or we crash before or after it."""
    world.crm_records.lost_answers = int(mishap == "lost")
    world.crm_records.failure = CrmUnavailableError("down") if mishap == "down" else None
    for item in await world.store.due.claim(("write_back",), limit=9, lease_s=30, worker="test"):
        if mishap.startswith("crash"):
            writing = await open_write(world.seams, item)
            if writing is not None and mishap == "crash_after":
                await tell(world.crm_records, writing)
        else:
            await open_and_tell(world, item)
    world.clock.advance(timedelta(seconds=61))


async def told_at_last(world: World, *, hours: int) -> None:
    """Let all go well for so many hours."""
    world.crm_records.lost_answers, world.crm_records.failure = 0, None
    for _ in range(hours):
        for item in await world.store.due.claim(("write_back",), limit=9, lease_s=30, worker="test"):
            await open_and_tell(world, item)
        world.clock.advance(timedelta(hours=1))
