"""Promises about what the poll needs: its memory, and ways to find the leads behind many orders."""

from datetime import timedelta

import pytest
from msgspec.structs import replace

from leadcore.flows.work import Store
from leadcore.intake.model import PollState
from leadcore.kernel.errors import NotFoundError
from leadcore.kernel.ids import LeadId, LeadReferenceId
from leadcore.leads.model import Lead, LeadReference
from leadcore.leads.values import LeadStatus
from leadcore.testing.builders import NOON, a_lead, new_id
from leadcore.testing.contracts.contract import Contract
from leadcore.testing.contracts.shop import Shop, open_shop


class PollContract(Contract):
    """Memory per tenant, and rounds over open leads."""

    async def test_a_poll_begins_fresh_and_remembers_what_was_put(self, store: Store) -> None:
        ours, theirs = await open_shop(store), await open_shop(store)
        state = replace(
            PollState(tenant_id=ours.id).slowed("busy"),
            lead_cursor=LeadId(new_id()),
            listed_at=NOON,
            passes=7,
            source="shopmonkey",
            began_at=NOON,
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

    async def test_a_lead_with_two_orders_is_found_by_each_as_that_order_names_it(self, store: Store) -> None:
        shop = await open_shop(store)
        own, joined, elsewhere = shop.lead.external_ref, "order-2", "contact-9"
        await _name(store, shop.lead, "shopmonkey", joined)
        await _name(store, shop.lead, "hubspot", elsewhere)

        async with store.begin(shop.id) as uow:
            refs = [joined, own, elsewhere]
            orders = await uow.leads.by_external_refs("shopmonkey", refs, tenant_id=shop.id)
            contacts = await uow.leads.by_external_refs("hubspot", refs, tenant_id=shop.id)

        assert orders == {own: shop.lead, joined: replace(shop.lead, external_ref=joined)}
        assert contacts == {elsewhere: replace(shop.lead, source="hubspot", external_ref=elsewhere)}

    async def test_open_leads_stand_there_as_often_as_the_source_names_them(self, store: Store) -> None:
        shop = await open_shop(store)
        form = await _stored(store, shop, source="webform")
        closed = await _stored(store, shop, status=LeadStatus.WON)
        for lead, ref in ((shop.lead, "order-2"), (shop.lead, "order-3"), (form, "order-4"), (closed, "order-5")):
            await _name(store, lead, "shopmonkey", ref)
        last = await _stored(store, shop)

        async with store.begin(shop.id) as uow:
            # the limit counts leads: the references of one are never torn apart
            first = await uow.leads.open_of_source("shopmonkey", tenant_id=shop.id, after=None, limit=1)
            rest = await uow.leads.open_of_source("shopmonkey", tenant_id=shop.id, after=shop.lead.id, limit=9)
            forms = await uow.leads.open_of_source("webform", tenant_id=shop.id, after=None, limit=9)

        assert first == [shop.lead, *(replace(shop.lead, external_ref=ref) for ref in ("order-2", "order-3"))]
        assert rest == [replace(form, source="shopmonkey", external_ref="order-4"), last]
        assert forms == [form]

    async def test_orders_of_another_tenant_name_nothing(self, store: Store) -> None:
        ours, theirs = await open_shop(store), await open_shop(store)
        await _name(store, theirs.lead, "shopmonkey", "order-2")

        async with store.begin(ours.id) as uow:
            found = await uow.leads.by_external_refs("shopmonkey", ["order-2"], tenant_id=ours.id)
            theirs_seen = await uow.leads.open_of_source("shopmonkey", tenant_id=theirs.id, after=None, limit=9)
            own = await uow.leads.open_of_source("shopmonkey", tenant_id=ours.id, after=None, limit=9)

        assert found == {}
        assert theirs_seen == []
        assert own == [ours.lead]


async def _name(store: Store, lead: Lead, source: str, external_ref: str) -> None:
    """Let one more reference name the lead, behind those it has."""
    async with store.begin(lead.tenant_id) as uow:
        known = await uow.leads.references(lead.id, tenant_id=lead.tenant_id)
        added = LeadReference(
            id=LeadReferenceId(new_id()),
            tenant_id=lead.tenant_id,
            lead_id=lead.id,
            source=source,
            external_ref=external_ref,
            added_at=known[-1].added_at + timedelta(hours=1),
        )
        assert await uow.leads.add_reference(added)
        await uow.commit()


async def _stored(store: Store, shop: Shop, **changes: object) -> Lead:
    lead = a_lead(shop.person, **changes)
    async with store.begin(shop.id) as uow:
        await uow.leads.add(lead)
        await uow.commit()
    return lead
