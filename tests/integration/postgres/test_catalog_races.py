"""A sync and a correction by hand at once: the correction is never lost."""

import asyncio

import pytest

from leadcore.catalog.model import HandSet
from leadcore.flows.catalog_by_hand import set_by_hand
from leadcore.testing.builders import a_service
from leadcore.testing.contracts.shop import Shop, open_shop
from leadcore_postgres.store import PostgresStore

pytestmark = pytest.mark.postgres


async def selling_shop(store: PostgresStore) -> Shop:
    shop = await open_shop(store)
    async with store.begin(shop.id) as uow:
        await uow.catalog.replace_all([a_service(shop.tenant)], tenant_id=shop.id)
        await uow.commit()
    return shop


async def set_now(store: PostgresStore, shop: Shop) -> dict[str, HandSet]:
    await set_by_hand(store, shop.id, "ceramic-tint", {"price.suv": "499"}, by="Sam")
    return await stored(store, shop)


async def stored(store: PostgresStore, shop: Shop) -> dict[str, HandSet]:
    async with store.begin(shop.id) as uow:
        [service] = await uow.catalog.services(shop.id)
    return service.by_hand


async def test_a_value_set_while_a_sync_decides_waits_for_it_and_is_kept(store: PostgresStore) -> None:
    shop = await selling_shop(store)

    async with store.begin(shop.id) as sync:
        before = await sync.catalog.services(shop.id, include_inactive=True, for_change=True)
        setting = asyncio.create_task(set_now(store, shop))
        done, _ = await asyncio.wait({setting}, timeout=0.3)
        await sync.catalog.replace_all(before, tenant_id=shop.id)
        await sync.commit()
    await setting

    assert not done
    assert (await stored(store, shop))["price.suv"].value == "499"


async def test_without_the_lock_it_would_be_lost(store: PostgresStore) -> None:
    """The negative control: a sync that only reads overwrites what was set meanwhile."""
    shop = await selling_shop(store)

    async with store.begin(shop.id) as sync:
        before = await sync.catalog.services(shop.id, include_inactive=True)
        meanwhile = await set_now(store, shop)
        await sync.catalog.replace_all(before, tenant_id=shop.id)
        await sync.commit()

    assert set(meanwhile) == {"price.suv"}
    assert await stored(store, shop) == {}
