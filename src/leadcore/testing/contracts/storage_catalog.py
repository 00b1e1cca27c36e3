"""Promises about the catalog."""

from datetime import timedelta

from msgspec.structs import replace

from leadcore.catalog.model import HandSet, Listed, PriceRange
from leadcore.flows.work import Store
from leadcore.kernel.money import Money
from leadcore.testing.builders import NOON, a_catalog_entry, a_service
from leadcore.testing.contracts.contract import Contract
from leadcore.testing.contracts.shop import open_shop

_WIDE = PriceRange(lowest=Money(minor=30000), highest=Money(minor=45000))


class CatalogContract(Contract):
    """What is sold is known by its slug; what the CRM showed is known by its id."""

    async def test_a_service_keeps_its_id_and_disappears_without_being_forgotten(self, store: Store) -> None:
        shop = await open_shop(store)
        ceramic, wrap = a_service(shop.tenant), a_service(shop.tenant, slug="wrap", name="A wrap")
        dearer = a_service(shop.tenant, prices={"any": Money(minor=50000)}, external_ids=(), synced_at=None)

        async with store.begin(shop.id) as uow:
            await uow.catalog.replace_all([ceramic, wrap], tenant_id=shop.id)
            assert await uow.catalog.services(shop.id) == [wrap, ceramic]

            await uow.catalog.replace_all([dearer], tenant_id=shop.id)
            assert await uow.catalog.services(shop.id) == [replace(dearer, id=ceramic.id)]
            every = await uow.catalog.services(shop.id, include_inactive=True)
            assert [(each.slug, each.active) for each in every] == [("wrap", False), ("ceramic-tint", True)]

            await uow.catalog.replace_all([], tenant_id=shop.id)
            assert await uow.catalog.services(shop.id) == []

    async def test_every_fact_of_a_service_comes_back_and_is_replaced(self, store: Store) -> None:
        shop = await open_shop(store)
        plain = a_service(shop.tenant)
        full = replace(
            plain,
            lowest={"suv": Money(minor=30000)},
            hours_by_class={"sedan": 3.0, "suv": 3.5},
            listed=Listed(name="Tint", category="tint", prices={"suv": _WIDE}, hours=2.0, bookable=True),
            held={"sedan": _WIDE},
            by_hand={"price.suv": HandSet(value="450", by="Sam", at=NOON)},
        )

        async with store.begin(shop.id) as uow:
            await uow.catalog.replace_all([full], tenant_id=shop.id)
            await uow.commit()
        async with store.begin(shop.id) as uow:
            assert await uow.catalog.services(shop.id, for_change=True) == [full]
            await uow.catalog.replace_all([plain], tenant_id=shop.id)
            assert await uow.catalog.services(shop.id) == [plain]

    async def test_entries_are_kept_by_their_id_and_never_dropped(self, store: Store) -> None:
        shop, other = await open_shop(store), await open_shop(store)
        sedan, suv = a_catalog_entry(shop.tenant), a_catalog_entry(shop.tenant, external_id="svc-2")
        retired = replace(sedan, seen_at=NOON + timedelta(days=3), state="retired")

        async with store.begin(shop.id) as uow:
            await uow.catalog.keep_entries([suv, sedan], tenant_id=shop.id)
            assert await uow.catalog.entries(shop.id) == [sedan, suv]

            await uow.catalog.keep_entries([retired], tenant_id=shop.id)
            await uow.catalog.keep_entries([], tenant_id=shop.id)
            assert await uow.catalog.entries(shop.id) == [retired, suv]
            await uow.commit()
        async with store.begin(other.id) as uow:
            assert await uow.catalog.entries(other.id) == []
            assert await uow.catalog.entries(shop.id) == []
