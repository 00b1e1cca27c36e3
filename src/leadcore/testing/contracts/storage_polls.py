"""Promises about what the poll needs: its memory, and ways to find the leads behind many orders."""

import pytest
from msgspec.structs import replace

from leadcore.flows.work import Store
from leadcore.intake.model import PollState
from leadcore.kernel.errors import NotFoundError
from leadcore.kernel.ids import LeadId
from leadcore.leads.model import Lead
from leadcore.leads.values import LeadStatus
from leadcore.testing.builders import NOON, a_lead, new_id
from leadcore.testing.contracts.contract import Contract
from leadcore.testing.contracts.shop import Shop, open_shop


class PollContract(Contract):
    """Memory per tenant, and rounds over open leads."""

    async def test_a_poll_begins_fresh_and_remembers_what_was_put(self, store: Store) -> None:
        ours, theirs = await open_shop(store), await open_shop(store)
        state = replace(
            PollState(tenant_id=ours.id).slowed("busy"), lead_cursor=LeadId(new_id()), listed_at=NOON, passes=7
        )

        async with store.begin(ours.id) as uow:
            assert await uow.polls.get(ours.id) == PollState(tenant_id=ours.id)
            await uow.polls.put(PollState(tenant_id=ours.id))
            await uow.polls.put(state)
            await uow.commit()

        async with store.begin(ours.id) as uow:
            assert await uow.polls.get(ours.id) == state
        async with store.begin(theirs.id) as uow:
            assert await uow.polls.get(theirs.id) == PollState(tenant_id=theirs.id)

    async def test_the_memory_of_another_tenant_is_neither_seen_nor_written(self, store: Store) -> None:
        ours, theirs = await open_shop(store), await open_shop(store)
        async with store.begin(theirs.id) as uow:
            await uow.polls.put(PollState(tenant_id=theirs.id, passes=9))
            await uow.commit()

        async with store.begin(ours.id) as uow:
            assert (await uow.polls.get(theirs.id)).passes == 0
            with pytest.raises(NotFoundError):
                await uow.polls.put(PollState(tenant_id=theirs.id, passes=1))

    async def test_leads_are_found_by_many_orders_at_once(self, store: Store) -> None:
        shop, other = await open_shop(store), await open_shop(store)
        second = await _stored(store, shop)
        elsewhere = await _stored(store, shop, source="hubspot")
        refs = [shop.lead.external_ref, second.external_ref, elsewhere.external_ref, other.lead.external_ref, "nothing"]

        async with store.begin(shop.id) as uow:
            found = await uow.leads.by_external_refs("shopmonkey", refs, tenant_id=shop.id)
            none = await uow.leads.by_external_refs("shopmonkey", [], tenant_id=shop.id)

        assert found == {shop.lead.external_ref: shop.lead, second.external_ref: second}
        assert none == {}

    async def test_open_leads_of_a_source_are_gone_round_oldest_first(self, store: Store) -> None:
        shop = await open_shop(store)
        won = await _stored(store, shop, status=LeadStatus.WON)
        await _stored(store, shop, source="webform")
        leads = [shop.lead, await _stored(store, shop), await _stored(store, shop, status=LeadStatus.BOOKED)]
        leads.sort(key=lambda lead: lead.id)

        async with store.begin(shop.id) as uow:
            first = await uow.leads.open_of_source("shopmonkey", tenant_id=shop.id, after=None, limit=2)
            rest = await uow.leads.open_of_source("shopmonkey", tenant_id=shop.id, after=first[-1].id, limit=2)
            end = await uow.leads.open_of_source("shopmonkey", tenant_id=shop.id, after=rest[-1].id, limit=2)

        assert (first, rest) == (leads[:2], leads[2:])
        assert end == []
        assert won not in first + rest


async def _stored(store: Store, shop: Shop, **changes: object) -> Lead:
    lead = a_lead(shop.person, **changes)
    async with store.begin(shop.id) as uow:
        await uow.leads.add(lead)
        await uow.commit()
    return lead
