"""Promises about units of work, the directory and the deployment."""

from datetime import timedelta

import pytest

from leadcore.flows.work import Store
from leadcore.kernel.errors import ConflictError, NotFoundError, RefusedError
from leadcore.kernel.ids import ConnectionId
from leadcore.leads.events import LeadArrived, LeadMoved
from leadcore.leads.values import LeadStatus
from leadcore.ports.storage import LinkOwner
from leadcore.testing.builders import (
    NOON,
    a_connection,
    a_lead,
    a_message,
    a_person,
    a_point,
    a_tenant,
    an_api_key,
    new_id,
)
from leadcore.testing.contracts.contract import Contract
from leadcore.testing.contracts.shop import Shop, open_shop

_DAY_S = 86400.0


class WorkContract(Contract):
    """All or nothing, each tenant alone."""

    async def test_uncommitted_changes_vanish(self, store: Store) -> None:
        shop = await open_shop(store)
        lead = a_lead(shop.person)

        async with store.begin(shop.id) as uow:
            await uow.leads.add(lead)
            await uow.due.arm("touch", lead.id, tenant_id=shop.id, at=await uow.now())

        async with store.begin(shop.id) as uow:
            with pytest.raises(NotFoundError):
                await uow.leads.get(lead.id, tenant_id=shop.id)
        assert await store.due.claim(("touch",), limit=10, lease_s=30, worker="w") == []

    async def test_an_exception_undoes_everything(self, store: Store) -> None:
        shop = await open_shop(store)

        with pytest.raises(ZeroDivisionError):
            await _mark_inbound_and_fail(store, shop)

        async with store.begin(shop.id) as uow:
            assert (await uow.compliance.get_point(shop.point.id, tenant_id=shop.id)).last_inbound_at is None

    async def test_a_unit_of_work_sees_its_own_changes(self, store: Store) -> None:
        shop = await open_shop(store)
        lead = a_lead(shop.person)

        async with store.begin(shop.id) as uow:
            await uow.leads.add(lead)

            assert await uow.leads.get(lead.id, tenant_id=shop.id) == lead

    async def test_a_unit_of_work_is_over_after_its_commit(self, store: Store) -> None:
        shop = await open_shop(store)

        async with store.begin(shop.id) as uow:
            await uow.leads.get(shop.lead.id, tenant_id=shop.id)
            await uow.commit()

            with pytest.raises(RuntimeError):
                await uow.leads.get(shop.lead.id, tenant_id=shop.id)

    async def test_rows_of_other_tenants_do_not_exist(self, store: Store) -> None:
        ours, theirs = await open_shop(store), await open_shop(store)

        async with store.begin(ours.id) as uow:
            for tenant_id in (ours.id, theirs.id):
                with pytest.raises(NotFoundError):
                    await uow.leads.get(theirs.lead.id, tenant_id=tenant_id)
                with pytest.raises(NotFoundError):
                    await uow.compliance.lock_point(theirs.point.id, tenant_id=tenant_id)
                with pytest.raises(NotFoundError):
                    await uow.tenants.connection(theirs.connection.id, tenant_id=tenant_id)
                with pytest.raises(NotFoundError):
                    await uow.conversations.lock(theirs.conversation.id, tenant_id=tenant_id)
                with pytest.raises(NotFoundError):
                    await uow.cadences.touch(theirs.touch.id, tenant_id=tenant_id)
            with pytest.raises(NotFoundError):
                await uow.tenants.get(theirs.id)
            assert await uow.leads.listing(theirs.id, status=None, limit=9, before=None) == []
            assert await uow.tenants.connections(theirs.id) == []

    async def test_rows_of_other_tenants_cannot_be_written(self, store: Store) -> None:
        ours, theirs = await open_shop(store), await open_shop(store)

        async with store.begin(ours.id) as uow:
            with pytest.raises(NotFoundError):
                await uow.leads.add(a_lead(theirs.person))
        async with store.begin(ours.id) as uow:
            with pytest.raises(NotFoundError):
                await uow.tenants.put_connection(a_connection(theirs.tenant, id=theirs.connection.id))
        async with store.begin(ours.id) as uow:
            with pytest.raises(NotFoundError):
                await uow.due.arm("touch", new_id(), tenant_id=theirs.id, at=NOON)

    async def test_another_tenants_connection_id_cannot_be_taken(self, store: Store) -> None:
        ours, theirs = await open_shop(store), await open_shop(store)

        async with store.begin(ours.id) as uow:
            with pytest.raises(NotFoundError):
                await uow.tenants.put_connection(a_connection(ours.tenant, id=theirs.connection.id))

        assert await store.directory.tenant_of_connection(theirs.connection.id) == theirs.id

    async def test_a_row_cannot_refer_to_another_tenants_row(self, store: Store) -> None:
        ours, theirs = await open_shop(store), await open_shop(store)

        async with store.begin(ours.id) as uow:
            with pytest.raises(NotFoundError):
                await uow.leads.add(a_lead(ours.person, person_id=theirs.person.id))
        async with store.begin(ours.id) as uow:
            with pytest.raises(NotFoundError):
                await uow.messages.add(a_message(theirs.point, tenant_id=ours.id))

    async def test_events_tell_the_leads_story_in_order(self, store: Store) -> None:
        shop = await open_shop(store)
        other = a_lead(shop.person)
        arrived = LeadArrived(tenant_id=shop.id, at=NOON, lead_id=shop.lead.id, source="shopmonkey")
        _, moved = shop.lead.move_to(LeadStatus.ENGAGED, at=NOON + timedelta(minutes=1))
        elsewhere = LeadArrived(tenant_id=shop.id, at=NOON, lead_id=other.id, source="web")

        async with store.begin(shop.id) as uow:
            uow.publish(moved, elsewhere)
            uow.publish(arrived)
            await uow.commit()

        async with store.begin(shop.id) as uow:
            story = await uow.leads.timeline(shop.lead.id, tenant_id=shop.id)
        assert [(line.at, line.type) for line in story] == [(NOON, "lead.arrived"), (moved.at, "lead.moved")]
        assert story[1].detail == {
            "lead_id": str(shop.lead.id),
            "came_from": "new",
            "went_to": "engaged",
            "reason": None,
            "by": "",
        }

    async def test_events_of_an_undone_unit_of_work_are_not_told(self, store: Store) -> None:
        shop = await open_shop(store)
        lost = LeadMoved(
            tenant_id=shop.id, at=NOON, lead_id=shop.lead.id, came_from=LeadStatus.NEW, went_to=LeadStatus.LOST
        )

        async with store.begin(shop.id) as uow:
            uow.publish(lost)

        async with store.begin(shop.id) as uow:
            assert await uow.leads.timeline(shop.lead.id, tenant_id=shop.id) == []


class DirectoryContract(Contract):
    """Whose is what, before a tenant is known; and what is true of the whole database."""

    async def test_a_tenant_is_found_by_its_name(self, store: Store) -> None:
        shop = await open_shop(store)

        assert await store.directory.tenant_by_slug(shop.tenant.slug) == shop.id
        assert await store.directory.tenant_by_slug("nobody") is None
        assert shop.id in await store.directory.tenant_ids()

    async def test_a_name_belongs_to_one_tenant(self, store: Store) -> None:
        shop = await open_shop(store)
        copycat = a_tenant(slug=shop.tenant.slug)

        async with store.begin(copycat.id) as uow:
            with pytest.raises(ConflictError):
                await uow.tenants.add(copycat)

    async def test_a_tenant_is_replaced_by_its_next_version_only(self, store: Store) -> None:
        shop = await open_shop(store)
        renamed = a_tenant(id=shop.id, brand="Shade Bros", version=2)

        async with store.begin(shop.id) as uow:
            await uow.tenants.save(renamed)
            await uow.commit()

        async with store.begin(shop.id) as uow:
            assert await uow.tenants.get(shop.id) == renamed
            with pytest.raises(ConflictError):
                await uow.tenants.save(renamed)
        assert await store.directory.tenant_by_slug(renamed.slug) == shop.id
        assert await store.directory.tenant_by_slug(shop.tenant.slug) is None

    async def test_a_connection_is_found_by_its_id_and_replaced(self, store: Store) -> None:
        shop = await open_shop(store)
        newer = a_connection(shop.tenant, id=shop.connection.id, settings={"base_url": "x", "deep": [1, None]})

        async with store.begin(shop.id) as uow:
            await uow.tenants.put_connection(newer)
            await uow.commit()

        async with store.begin(shop.id) as uow:
            assert await uow.tenants.connection(newer.id, tenant_id=shop.id) == newer
            assert await uow.tenants.connections(shop.id) == [newer]
        assert await store.directory.tenant_of_connection(newer.id) == shop.id
        assert await store.directory.tenant_of_connection(ConnectionId(new_id())) is None

    async def test_an_api_key_is_found_without_its_label(self, store: Store) -> None:
        shop = await open_shop(store)
        key = an_api_key(shop.tenant)
        newer = an_api_key(shop.tenant, created_at=NOON + timedelta(days=1), revoked_at=NOON + timedelta(days=2))

        async with store.begin(shop.id) as uow:
            await uow.tenants.put_api_key(key)
            await uow.tenants.put_api_key(newer)
            await uow.commit()

        async with store.begin(shop.id) as uow:
            assert await uow.tenants.api_keys(shop.id) == [newer, key]
        found = await store.directory.api_key(key.key_id)
        assert found is not None
        assert (found.tenant_id, found.digest, found.scopes, found.label) == (shop.id, key.digest, ("chat",), "")
        assert await store.directory.api_key("nobody") is None

    async def test_a_chat_token_leads_to_its_conversation_until_revoked(self, store: Store) -> None:
        shop = await open_shop(store)
        owner = LinkOwner(tenant_id=shop.id, target_id=shop.conversation.id, expires_at=NOON)
        digests = [new_id().bytes, new_id().bytes]

        async with store.begin(shop.id) as uow:
            for digest in digests:
                await uow.conversations.put_token(digest, owner)
            await uow.commit()

        assert [await store.directory.chat_token(digest) for digest in digests] == [owner, owner]

        async with store.begin(shop.id) as uow:
            await uow.conversations.revoke_tokens(shop.conversation.id, tenant_id=shop.id)
            await uow.commit()

        assert [await store.directory.chat_token(digest) for digest in digests] == [None, None]

    async def test_the_clock_moves_for_everybody(self, store: Store) -> None:
        shop = await open_shop(store)
        async with store.begin(shop.id) as uow:
            before = await uow.now()

        await store.deployment.set_clock_offset(_DAY_S)

        async with store.begin(shop.id) as uow:
            assert timedelta(days=1) <= await uow.now() - before < timedelta(days=1, minutes=5)
        assert (await store.deployment.state()).clock_offset_s == _DAY_S

    async def test_production_has_no_other_clock(self, production_store: Store) -> None:
        with pytest.raises(RefusedError):
            await production_store.deployment.set_clock_offset(1)

        assert (await production_store.deployment.state()).clock_offset_s == 0

    async def test_two_people_cannot_own_one_phone(self, store: Store) -> None:
        shop = await open_shop(store)
        email = a_point(shop.tenant, kind="email", value="ana@example.com")
        claimant = a_person(shop.point, email_id=email.id)

        async with store.begin(shop.id) as uow:
            await uow.compliance.ensure_point(email)

            assert await uow.leads.put_person(claimant) == shop.person
            assert await uow.leads.person_of([email.id], tenant_id=shop.id) is None
            assert await uow.leads.person_of([email.id, shop.point.id], tenant_id=shop.id) == shop.person


async def _mark_inbound_and_fail(store: Store, shop: Shop) -> None:
    async with store.begin(shop.id) as uow:
        await uow.compliance.mark_inbound(shop.point.id, tenant_id=shop.id, at=NOON)
        raise ZeroDivisionError
