"""Merges on the real database: exact reversal, two at once, and a merge against a message that comes in."""

import asyncio
from random import Random
from typing import Any

import pytest

from leadcore.flows.apply_message import receive_message
from leadcore.flows.conflicts import until_undisturbed
from leadcore.flows.merge import BusyConversationError, merge_people
from leadcore.flows.merge_plan import Choices
from leadcore.flows.thread import drop_turns
from leadcore.flows.unmerge import unmerge_people
from leadcore.kernel.errors import RefusedError
from leadcore.leads.model import Person
from leadcore.ports.inbound import CustomerMessage
from leadcore.testing.builders import a_connection, a_tenant, an_inbox_item
from leadcore_postgres.schema import SHARED_TABLES
from leadcore_postgres.store import PostgresStore
from tests.two_people import choices_of, seams_of, two_people

pytestmark = pytest.mark.postgres

ANA, PAT = "+15125550142", "+15125550143"
_EXCEPTED = SHARED_TABLES | {"outbox", "person_merge"}
_TENANT_TABLES = """
    SELECT c.relname FROM pg_class c JOIN pg_attribute a ON a.attrelid = c.oid AND a.attname = 'tenant_id'
    WHERE c.relnamespace = 'leadcore'::regnamespace AND c.relkind = 'r' ORDER BY 1"""


async def dump(admin: Any, tenant_id: Any) -> dict[str, list[str]]:
    """Every row of the tenant as text. The outbox, the journal of merges and the due queue are left out."""
    names = [row[0] for row in await admin.fetch(_TENANT_TABLES) if row[0] not in _EXCEPTED]
    return {
        name: [
            row[0]
            for row in await admin.fetch(
                f"SELECT t::text FROM {name} t WHERE tenant_id = $1 ORDER BY t::text",
                tenant_id,
            )
        ]
        for name in names
    }


async def test_taking_a_merge_back_restores_every_byte(store: PostgresStore, admin: Any) -> None:
    for seed in range(16):
        luck = Random(seed)
        pair = await two_people(store, luck)
        before = await dump(admin, pair.id)

        report = await merge_people(
            seams_of(store), pair.keep.id, pair.other.id, tenant_id=pair.id, by="Dana", choices=choices_of(luck)
        )
        assert await dump(admin, pair.id) != before
        assert report.merge_id
        await unmerge_people(seams_of(store), report.merge_id, tenant_id=pair.id, by="Dana")

        assert await dump(admin, pair.id) == before


async def test_of_merges_both_ways_at_once_one_wins(store: PostgresStore) -> None:
    for seed in range(4):
        pair = await two_people(store, Random(seed))

        async def merged(keep: Person, other: Person, tenant_id: Any = pair.id) -> bool:
            try:
                await merge_people(
                    seams_of(store), keep.id, other.id, tenant_id=tenant_id, by="Dana", choices=Choices()
                )
            except RefusedError:
                return False
            return True

        outcomes = await asyncio.gather(merged(pair.keep, pair.other), merged(pair.other, pair.keep))

        assert sorted(outcomes) == [False, True]


class Desk:
    """A shop where two phones are known, and what happens to it at once."""

    def __init__(self, store: PostgresStore) -> None:
        self.store, self.seams, self.tenant = store, seams_of(store), a_tenant()

    async def open(self) -> "Desk":
        async with self.store.begin(self.tenant.id) as uow:
            await uow.tenants.add(self.tenant)
            await uow.commit()
        return self

    async def text(self, phone: str, ref: str) -> None:
        said = CustomerMessage(channel="sms", sender=phone, recipient="+15125550100", text="Hello?", provider_id=ref)

        async def once() -> None:
            async with self.store.begin(self.tenant.id) as uow:
                row = an_inbox_item(a_connection(self.tenant), received_at=await uow.now())
                await receive_message(uow, self.seams, said, row=row)
                await uow.commit()

        await until_undisturbed(once)

    async def quiet(self) -> None:
        """Let every open turn be over."""
        async with self.store.begin(self.tenant.id) as uow:
            for thread in await uow.conversations.listing(self.tenant.id, waiting_for_staff=False, limit=9):
                await drop_turns(uow, thread)
            await uow.commit()

    async def owner(self, phone: str) -> Person:
        async with self.store.begin(self.tenant.id) as uow:
            point = await uow.compliance.point("phone", phone, tenant_id=self.tenant.id)
            assert point is not None
            found = await uow.leads.person_of([point.id], tenant_id=self.tenant.id)
            assert found is not None
            return found

    async def merge(self, keep: Person, other: Person) -> bool:
        try:
            await merge_people(self.seams, keep.id, other.id, tenant_id=self.tenant.id, by="Dana", choices=Choices())
        except BusyConversationError:
            return False
        return True


@pytest.mark.parametrize("seed", range(3))
async def test_words_that_meet_a_merge_are_in_the_one_thread(store: PostgresStore, seed: int) -> None:
    desk = await Desk(store).open()
    await desk.text(ANA, "SM1")
    await desk.text(PAT, "SM2")
    await desk.quiet()
    keep, other = await desk.owner(ANA), await desk.owner(PAT)

    work = [desk.merge(keep, other), desk.text(PAT, "SM3"), desk.text(ANA, "SM4")]
    Random(seed).shuffle(work)
    await asyncio.gather(*work)
    await desk.quiet()
    if (await desk.owner(PAT)).id != keep.id:
        assert await desk.merge(keep, other)

    async with store.begin(desk.tenant.id) as uow:
        [thread] = await uow.conversations.listing(desk.tenant.id, waiting_for_staff=False, limit=9)
        entries = await uow.conversations.entries(thread.id, tenant_id=desk.tenant.id, after_seq=0, limit=99)
        leads = await uow.leads.listing(desk.tenant.id, status=None, limit=9, before=None)
    refs = {each.source_ref for each in entries if each.author == "customer"}
    assert refs == {f"sms:SM{n}" for n in (1, 2, 3, 4)}
    assert {lead.person_id for lead in leads} == {keep.id}
    assert sum(lead.is_open for lead in leads) == 1
