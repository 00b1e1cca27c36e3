"""A vendor whose lists are shuffled subsets never empties the catalog."""

from collections.abc import AsyncIterator
from datetime import timedelta
from typing import Any

import pytest

from leadcore.catalog.policies.entries import Listing
from leadcore.flows.catalog_sync import sync_catalog, take_listing
from leadcore.ports.crm import CrmIncompleteError
from leadcore_shopmonkey.connection import ShopmonkeyConnection
from leadcore_shopmonkey.settings import ShopmonkeySettings
from tests.integration.vendors.conftest import Vendor
from tests.unit.flows.world import TENANT, World

KEY = "shuffling"
DAY = timedelta(hours=24)
NAMES = [f"{kind} {number}" for kind in ("Ceramic Tint", "PPF", "Wash") for number in range(34)]


class ShuffledShop(World):
    """A shop whose CRM is the simulator."""

    connection: ShopmonkeyConnection

    async def crm(self, tenant_id: Any) -> Any:
        return self.connection


@pytest.fixture
async def shop(shopmonkey_vendor: Vendor) -> AsyncIterator[ShuffledShop]:
    catalog = [{"name": name, "fixedPriceCents": 10000 + n, "totalCents": 10000 + n} for n, name in enumerate(NAMES)]
    await shopmonkey_vendor.control("accounts", api_key=KEY, location_name="A", timezone="UTC", catalog=catalog)
    shop = ShuffledShop()
    shop.connection = ShopmonkeyConnection(ShopmonkeySettings(api_key=KEY, base_url=f"{shopmonkey_vendor.url}/v3"))
    async with shop.store.begin(TENANT) as uow:
        await uow.tenants.add(shop.tenant)
        await uow.commit()
    await sync_catalog(shop.seams, TENANT)
    yield shop
    await shop.connection.aclose()


async def sold(shop: ShuffledShop) -> list[str]:
    async with shop.store.begin(TENANT) as uow:
        return sorted(each.name for each in await uow.catalog.services(TENANT))


async def test_ten_days_of_shuffled_subsets_take_nothing_away(shop: ShuffledShop, shopmonkey_vendor: Vendor) -> None:
    await shopmonkey_vendor.misbehave({"op": "list_canned_services", "kind": "shuffle", "keep": 0.6})

    for _ in range(10):
        shop.clock.advance(DAY)
        await sync_catalog(shop.seams, TENANT)
        assert await sold(shop) == sorted(NAMES)


async def test_a_single_sweep_believed_would_have_lost_services(shop: ShuffledShop, shopmonkey_vendor: Vendor) -> None:
    """The negative control: without sweeps and without the hold, the same vendor empties the catalog."""
    await shopmonkey_vendor.misbehave({"op": "list_canned_services", "kind": "shuffle", "keep": 0.6})

    for _ in range(10):
        shop.clock.advance(2 * DAY)
        once = await shop.connection._api.sweep("canned_service")
        seen = tuple(each for each in await everything(shop) if each.external_id in {row["id"] for row in once})
        await take_listing(shop.seams, TENANT, Listing(services=seen), accept=True)

    assert len(await sold(shop)) < len(NAMES)


async def everything(shop: ShuffledShop) -> Any:
    async with shop.store.begin(TENANT) as uow:
        return [entry.listed for entry in await uow.catalog.entries(TENANT)]


async def test_a_list_that_never_settles_hands_over_what_it_saw(shop: ShuffledShop, shopmonkey_vendor: Vendor) -> None:
    await shopmonkey_vendor.misbehave({"op": "list_canned_services", "kind": "shuffle", "keep": 0.02})
    shop.clock.advance(9 * DAY)

    with pytest.raises(CrmIncompleteError) as cause:
        await shop.connection.services()
    diff = await sync_catalog(shop.seams, TENANT)

    assert {one.name for one in cause.value.seen} < set(NAMES)
    assert (diff.complete, diff.removed) == (False, ())
    assert await sold(shop) == sorted(NAMES)
