"""Promises about writes to the CRM."""

from datetime import timedelta

import pytest
from msgspec.structs import replace

from leadcore.flows.work import Store
from leadcore.kernel.errors import ConflictError, LeadcoreError
from leadcore.testing.builders import NOON, a_lead, a_write_back, a_write_block
from leadcore.testing.contracts.contract import Contract
from leadcore.testing.contracts.shop import Shop, open_shop
from leadcore.write_back.model import WriteBack


class WriteBackContract(Contract):
    """Of two tries one begins, of two settlements the newest try's counts."""

    async def test_the_newest_of_each_kind_comes_out_as_it_is(self, store: Store) -> None:
        shop = await open_shop(store)
        old = a_write_back(shop.lead, what="column", version=1, target="Contacted")
        new = a_write_back(shop.lead, what="column", version=2, target="Booked", error="down", fix="wait", failures=2)
        note = a_write_back(shop.lead)

        async with store.begin(shop.id) as uow:
            for row in (old, new, note):
                await uow.write_backs.begin(row)
            await uow.commit()

        async with store.begin(shop.id) as uow:
            assert await uow.write_backs.newest(shop.lead.id, tenant_id=shop.id) == {"column": new, "note": note}

    async def test_only_one_of_two_first_tries_begins(self, store: Store) -> None:
        shop = await open_shop(store)
        row = a_write_back(shop.lead)
        async with store.begin(shop.id) as uow:
            await uow.write_backs.begin(row)
            await uow.commit()

        async with store.begin(shop.id) as uow:
            with pytest.raises(ConflictError):
                await uow.write_backs.begin(row)
        async with store.begin(shop.id) as uow:
            with pytest.raises(ConflictError):
                await uow.write_backs.begin(replace(row, tries=3))
        async with store.begin(shop.id) as uow:
            await uow.write_backs.begin(replace(row, tries=2))
            await uow.commit()

    async def test_an_overtaken_try_settles_nothing(self, store: Store) -> None:
        shop = await open_shop(store)
        first = a_write_back(shop.lead)
        second = replace(first, tries=2, started_at=NOON + timedelta(minutes=2))
        async with store.begin(shop.id) as uow:
            await uow.write_backs.begin(first)
            await uow.write_backs.begin(second)
            await uow.commit()

        async with store.begin(shop.id) as uow:
            with pytest.raises(ConflictError):
                await uow.write_backs.settle(replace(first, state="done"))
        async with store.begin(shop.id) as uow:
            await uow.write_backs.settle(replace(second, state="done"))
            await uow.commit()

        async with store.begin(shop.id) as uow:
            assert [row.state for row in await uow.write_backs.listing(shop.id, state=None, limit=9)] == ["done"]

    async def test_writes_are_listed_newest_first_by_state_and_each_tenant_has_its_own(self, store: Store) -> None:
        shop, other = await open_shop(store), await open_shop(store)
        rows = [
            a_write_back(shop.lead, what="message", version=n, started_at=NOON + timedelta(minutes=n), state=state)
            for n, state in ((1, "done"), (2, "refused"), (3, "refused"))
        ]
        async with store.begin(shop.id) as uow:
            for row in rows:
                await uow.write_backs.begin(row)
            await uow.commit()

        async with store.begin(shop.id) as uow:
            assert await uow.write_backs.listing(shop.id, state=None, limit=2) == [rows[2], rows[1]]
            assert await uow.write_backs.listing(shop.id, state="refused", limit=9) == [rows[2], rows[1]]
        async with store.begin(other.id) as uow:
            assert await uow.write_backs.listing(shop.id, state=None, limit=9) == []
            assert await uow.write_backs.newest(shop.lead.id, tenant_id=shop.id) == {}

    async def test_what_writes_of_one_kind_were_about_is_known_whatever_became_of_them(self, store: Store) -> None:
        shop, other = await open_shop(store), await open_shop(store)
        rows = [
            a_write_back(shop.lead, what="picture", version=n, target=target, state=state)
            for n, target, state in ((1, "front", "done"), (2, "back", "refused"), (3, "side", "dropped"))
        ]
        async with store.begin(shop.id) as uow:
            for row in (*rows, a_write_back(shop.lead, what="column", target="Booked")):
                await uow.write_backs.begin(row)
            await uow.commit()

        async with store.begin(shop.id) as uow:
            assert await uow.write_backs.targets(shop.lead.id, "picture", tenant_id=shop.id) == {
                "front",
                "back",
                "side",
            }
            assert await uow.write_backs.targets(shop.lead.id, "message", tenant_id=shop.id) == frozenset()
        async with store.begin(other.id) as uow:
            assert await uow.write_backs.targets(shop.lead.id, "picture", tenant_id=shop.id) == frozenset()

    async def test_what_a_crm_forbids_is_remembered_by_kind_until_it_is_allowed(self, store: Store) -> None:
        shop, other = await open_shop(store), await open_shop(store)
        note = a_write_block(shop.lead, error="no scope", fix="give it one")
        column = a_write_block(shop.lead, what="column", tries=3)
        elsewhere = a_write_block(shop.lead, source="hubspot")

        async with store.begin(shop.id) as uow:
            for block in (replace(note, tries=7), note, column, elsewhere):
                await uow.write_backs.put_block(block)
            await uow.commit()
        async with store.begin(other.id) as uow:
            assert await uow.write_backs.blocks(note.source, tenant_id=shop.id) == {}
            assert not await uow.write_backs.unblock(note.source, "note", tenant_id=shop.id)
        async with store.begin(shop.id) as uow:
            assert await uow.write_backs.blocks(note.source, tenant_id=shop.id) == {"note": note, "column": column}
            assert await uow.write_backs.unblock(note.source, "note", tenant_id=shop.id)
            assert not await uow.write_backs.unblock(note.source, "note", tenant_id=shop.id)
            assert await uow.write_backs.blocks(note.source, tenant_id=shop.id) == {"column": column}
            assert await uow.write_backs.blocks("hubspot", tenant_id=shop.id) == {"note": elsewhere}

    async def test_a_write_belongs_to_a_lead_of_its_tenant(self, store: Store) -> None:
        shop, other = await open_shop(store), await open_shop(store)

        for row in (a_write_back(a_lead(shop.person)), replace(a_write_back(other.lead), tenant_id=shop.id)):
            with pytest.raises(LeadcoreError):
                await _begin(store, shop, row)


async def _begin(store: Store, shop: Shop, row: WriteBack) -> None:
    async with store.begin(shop.id) as uow:
        await uow.write_backs.begin(row)
        await uow.commit()
