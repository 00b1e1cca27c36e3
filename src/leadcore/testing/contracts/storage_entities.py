"""Promises about what is known of records elsewhere."""

from datetime import timedelta
from itertools import permutations
from typing import Any

from leadcore.flows.work import Store
from leadcore.intake.model import EntityVersion, Span
from leadcore.testing.builders import NOON, a_version
from leadcore.testing.contracts.contract import Contract
from leadcore.testing.contracts.shop import Shop, open_shop

_MINUTE = timedelta(minutes=1)


class EntityContract(Contract):
    """The newest version wins, ends are kept, marks only grow: in whatever order versions come."""

    async def test_a_record_nobody_saw_is_unknown(self, store: Store) -> None:
        shop = await open_shop(store)

        async with store.begin(shop.id) as uow:
            assert await uow.inbox.entity("shopmonkey", "order", "o1", tenant_id=shop.id) is None

    async def test_a_newer_version_advances_and_an_older_or_equal_one_does_not(self, store: Store) -> None:
        shop = await open_shop(store)
        first = a_version(shop.tenant, external_id="o1", body=b"first")
        second = a_version(shop.tenant, external_id="o1", at=NOON + _MINUTE, body=b"second", customer_ref="c1")

        assert await _advanced(store, first)
        assert await _advanced(store, second)
        assert not await _advanced(store, first)
        assert not await _advanced(store, second)

        assert await _known(store, shop) == second

    async def test_among_versions_of_one_instant_the_stricter_wins(self, store: Store) -> None:
        shop = await open_shop(store)
        strict = a_version(shop.tenant, external_id="o1", weight=1, body=b"a")

        await _advanced(store, strict)

        assert not await _advanced(store, a_version(shop.tenant, external_id="o1", weight=0, body=b"z"))
        assert await _known(store, shop) == strict

    async def test_an_end_is_kept_and_a_late_change_does_not_undo_it(self, store: Store) -> None:
        shop = await open_shop(store)

        await _advanced(store, a_version(shop.tenant, external_id="o1", at=NOON, gone_at=NOON + _MINUTE))
        await _advanced(store, a_version(shop.tenant, external_id="o1", at=NOON + _MINUTE, body=b"late"))
        known = await _known(store, shop)
        await _advanced(store, a_version(shop.tenant, external_id="o1", at=NOON + 2 * _MINUTE, body=b"restored"))

        assert known is not None
        assert known.is_gone
        restored = await _known(store, shop)
        assert restored is not None
        assert not restored.is_gone

    async def test_marks_of_late_versions_are_kept(self, store: Store) -> None:
        shop = await open_shop(store)
        closed, later = Span(first=NOON, last=NOON), Span(first=NOON + _MINUTE, last=NOON + _MINUTE)
        await _advanced(store, a_version(shop.tenant, external_id="o1", at=NOON + _MINUTE, marks={"closed": later}))

        assert await _advanced(store, a_version(shop.tenant, external_id="o1", at=NOON, marks={"closed": closed}))

        known = await _known(store, shop)
        assert known is not None
        assert known.marks == {"closed": Span(first=NOON, last=NOON + _MINUTE)}

    async def test_every_order_of_versions_comes_to_the_same(self, store: Store) -> None:
        shop = await open_shop(store)
        told: list[dict[str, Any]] = [
            {"at": NOON, "body": b"1", "customer_ref": "c1", "marks": {"booked": Span(first=NOON, last=NOON)}},
            {"at": NOON + _MINUTE, "body": b"2", "weight": 2, "customer_ref": "c2"},
            {"at": NOON + _MINUTE, "body": b"3", "customer_ref": "c3"},
            {"at": NOON, "gone_at": NOON + 3 * _MINUTE},
        ]
        found = []

        for number, order in enumerate(permutations(told)):
            for version in order:
                await _advanced(store, a_version(shop.tenant, external_id=f"p{number}", **version))
            found.append(await _known(store, shop, f"p{number}"))

        assert len({(each.version, each.customer_ref, each.gone_at, tuple(each.marks)) for each in found if each}) == 1

    async def test_records_are_found_by_what_they_refer_to_now(self, store: Store) -> None:
        shop, other = await open_shop(store), await open_shop(store)
        for name in ("o2", "o1"):
            await _advanced(store, a_version(shop.tenant, external_id=name, customer_ref="c1", vehicle_ref="v1"))
        await _advanced(store, a_version(shop.tenant, external_id="o2", at=NOON + _MINUTE, customer_ref="c2"))
        await _advanced(store, a_version(other.tenant, external_id="o3", customer_ref="c1"))
        await _advanced(store, a_version(shop.tenant, kind="appointment", external_id="a1", order_ref="o1"))

        async with store.begin(shop.id) as uow:
            of_customer = await uow.inbox.entities_of(
                "shopmonkey", "order", ref="customer", value="c1", tenant_id=shop.id
            )
            of_vehicle = await uow.inbox.entities_of(
                "shopmonkey", "order", ref="vehicle", value="v1", tenant_id=shop.id
            )
            visits = await uow.inbox.entities_of(
                "shopmonkey", "appointment", ref="order", value="o1", tenant_id=shop.id
            )

        assert [each.external_id for each in of_customer] == ["o1"]
        assert [each.external_id for each in of_vehicle] == ["o1"]
        assert [each.external_id for each in visits] == ["a1"]

    async def test_what_was_not_committed_is_not_known(self, store: Store) -> None:
        shop = await open_shop(store)

        async with store.begin(shop.id) as uow:
            assert await uow.inbox.advance(a_version(shop.tenant, external_id="o1"))

        assert await _known(store, shop) is None


async def _advanced(store: Store, version: EntityVersion) -> bool:
    async with store.begin(version.tenant_id) as uow:
        told_anything = await uow.inbox.advance(version)
        await uow.commit()
    return told_anything


async def _known(store: Store, shop: Shop, external_id: str = "o1") -> EntityVersion | None:
    async with store.begin(shop.id) as uow:
        return await uow.inbox.entity("shopmonkey", "order", external_id, tenant_id=shop.id)
