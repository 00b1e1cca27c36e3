"""The catalog follows the CRM, the shop's hand and the 48 hours; what is unusual waits for a person."""

from datetime import timedelta
from typing import Any

import pytest

from leadcore.catalog.model import Quote, Service
from leadcore.catalog.policies.differences import CatalogDiff
from leadcore.catalog.policies.quote import quote
from leadcore.flows.catalog_by_hand import explain, set_by_hand, unset
from leadcore.flows.catalog_sync import sync_catalog
from leadcore.flows.onboard import change_tenant, readiness
from leadcore.kernel.errors import InvalidInputError, NotFoundError
from leadcore.kernel.money import Money
from leadcore.ports.crm import CrmIncompleteError, CrmService, CrmUnavailableError
from leadcore.ports.storage import DueItem
from tests.unit.flows.world import MONDAY_NOON, TENANT, World, nothing_wrong

SLUG = "ceramic-tint-full-vehicle"
STAFF = "+15125550177"
DAY = timedelta(hours=24)


async def test_the_next_quote_follows_the_sync() -> None:
    world = await World().open()
    sell(world, "s1", "Ceramic Tint - Full Vehicle - SUV", 47000)

    diff = await sync_catalog(world.seams, TENANT)

    assert diff.repriced == ("Ceramic Tint - Full Vehicle (suv): $450 -> $470",)
    assert (diff.applied, diff.first) == (True, False)
    assert await asked(world) == "$470"


async def test_the_first_import_of_a_daily_sync_waits_for_a_person() -> None:
    world = await World().open()
    async with world.store.begin(TENANT) as uow:
        uow_services = await uow.catalog.services(TENANT)
    fresh = await empty_world()

    await daily(fresh)
    before = await services(fresh)
    shown = await sync_catalog(fresh.seams, TENANT, dry_run=True)
    nothing = await services(fresh)
    done = await sync_catalog(fresh.seams, TENANT)

    assert (before, nothing) == ([], [])
    assert (shown.first, shown.applied) == (True, False)
    assert shown.added == done.added == ("Ceramic Tint - Full Vehicle: sedan $399, suv $450",)
    assert [one.slug for one in await services(fresh)] == [one.slug for one in uow_services]


async def test_a_service_the_crm_drops_is_quoted_for_48_hours_then_inactive_and_comes_back() -> None:
    world = await shop_of_five()
    world.crm_records.forget("s9")

    after_a_day = await at(world, DAY)
    after_two = await at(world, DAY)
    gone = await services(world, inactive=True)
    sell(world, "s9", "Wash", 5000)
    back = await sync_catalog(world.seams, TENANT)

    assert (after_a_day.removed, after_a_day.unseen) == ((), ("Wash",))
    assert after_two.removed == ("Wash",)
    assert [one.active for one in gone if one.slug == "wash"] == [False]
    assert back.added == ("Wash: $50",)


async def test_a_list_that_does_not_settle_adds_and_reprices_but_takes_nothing_away() -> None:
    world = await shop_of_five()
    seen = (CrmService(external_id="s9", name="Wash", price=Money(minor=5500)),)
    world.clock.advance(timedelta(days=9))
    world.crm_records.failure = CrmIncompleteError("it shuffles", seen=seen)

    diff = await sync_catalog(world.seams, TENANT)

    assert (diff.complete, diff.removed, diff.repriced) == (False, (), ("Wash: $50 -> $55",))
    assert len(diff.unseen) == 4


async def test_half_the_catalog_gone_is_held_told_once_and_accepted_by_a_person() -> None:
    world = await shop_of_five(staff_phone=STAFF)
    for ref in ("s0", "s1", "s9"):
        world.crm_records.forget(ref)
    await at(world, DAY)

    held = await at(world, DAY)
    await daily(world)
    await daily(world)
    waiting = [one for one in await readiness(world.store, TENANT) if one.code == "catalog_held"]
    accepted = await sync_catalog(world.seams, TENANT, accept=True)

    assert held.removed == ()
    assert len(held.held) == 3
    assert await notices(world) == 1
    assert len(waiting) == 1
    assert accepted.removed == ("Ceramic Tint - Full Vehicle", "Wash")
    assert [one.code for one in await readiness(world.store, TENANT) if one.code == "catalog_held"] == []


async def test_a_price_that_changed_by_more_than_half_is_not_quoted_until_accepted() -> None:
    world = await World(staff_phone=STAFF).open()
    sell(world, "s1", "Ceramic Tint - Full Vehicle - SUV", 4500)

    await daily(world)
    await daily(world)
    held = await asked(world)
    diff = await sync_catalog(world.seams, TENANT, accept=True)

    assert held == "$450"
    assert await notices(world) == 1
    assert diff.repriced == ("Ceramic Tint - Full Vehicle (suv): $450 -> $45",)
    assert (await asked(world), diff.held) == ("$45", ())


async def test_a_crm_in_trouble_changes_nothing_however_long() -> None:
    world = await World().open()
    world.crm_records.failure = CrmUnavailableError("down")
    world.clock.advance(timedelta(days=30))

    wait = await daily(world)

    assert wait == timedelta(minutes=15).total_seconds()
    assert await asked(world) == "$450"


async def test_a_price_set_by_hand_survives_syncs_until_it_is_unset() -> None:
    world = await World().open()

    await set_by_hand(world.store, TENANT, SLUG, {"price.suv": "479", "name": "Ceramic Film"}, by="Sam")
    sell(world, "s1", "Ceramic Tint - Full Vehicle - SUV", 46000)
    await sync_catalog(world.seams, TENANT)
    by_hand = await asked(world)
    told = await explain(world.store, TENANT, SLUG)
    await unset(world.store, TENANT, SLUG, ["price.suv"])
    by_crm = await asked(world)
    [service] = await services(world)

    assert (by_hand, by_crm) == ("$479", "$460")
    assert told.by_hand["price.suv"].by == "Sam"
    assert told.listed is not None
    assert told.listed.prices["suv"].display == "$460"
    assert (service.name, set(service.by_hand)) == ("Ceramic Film", {"name"})


async def test_a_service_hidden_by_hand_is_not_quoted_and_comes_back_when_unset() -> None:
    world = await World().open()

    await set_by_hand(world.store, TENANT, SLUG, {"sold": "no"}, by="Sam")
    await sync_catalog(world.seams, TENANT)
    hidden = await services(world)
    await unset(world.store, TENANT, SLUG, ())

    assert hidden == []
    assert await asked(world) == "$450"


async def test_what_is_gone_in_the_crm_does_not_come_back_by_hand() -> None:
    world = await shop_of_five()
    world.crm_records.forget("s9")
    await at(world, 2 * DAY)

    await set_by_hand(world.store, TENANT, "wash", {"price": "60"}, by="Sam")

    assert "wash" not in [one.slug for one in await services(world)]


async def test_what_cannot_be_set_is_refused_by_name() -> None:
    world = await World().open()

    with pytest.raises(NotFoundError, match="no service is called 'wax'"):
        await set_by_hand(world.store, TENANT, "wax", {"price": "5"}, by="Sam")
    with pytest.raises(InvalidInputError, match="nothing to set"):
        await set_by_hand(world.store, TENANT, SLUG, {}, by="Sam")
    with pytest.raises(NotFoundError, match=r"has not price\.suv set by hand"):
        await unset(world.store, TENANT, SLUG, ["price.suv"])
    with pytest.raises(NotFoundError, match="anything"):
        await unset(world.store, TENANT, SLUG, ())
    with pytest.raises(InvalidInputError, match="no name"):
        await explain(world.store, TENANT, " - ")


async def test_the_shops_rules_decide_at_the_next_sync_and_explain_says_which() -> None:
    world = await shop_of_five()
    await change_tenant(
        world.store,
        TENANT,
        {"catalog.categories": "wash -> other", "catalog.leave_out": "hazmat", "catalog.classes": "exotic -> coupe"},
    )

    diff = await sync_catalog(world.seams, TENANT)
    own = (await explain(world.store, TENANT, "Wash")).readings
    ours = (await explain(world.store, TENANT, SLUG)).readings
    left_out = (await explain(world.store, TENANT, "Hazmat Fee")).readings
    tried = (await explain(world.store, TENANT, "Ceramic Coating - Exotic")).readings

    assert diff.changed == ("Wash, category: detail -> other",)
    assert (diff.removed, diff.left_out) == (("Hazmat Fee",), ("Hazmat Fee",))
    assert [(one.category, one.category_because) for one in own] == [("other", "the shop's rule `wash -> other`")]
    assert {one.category_because for one in ours} == {"our rule `tint -> tint`"}
    assert {(one.classes, one.classes_because) for one in ours} == {
        (("sedan",), "the words `Sedan`"),
        (("suv",), "the words `SUV`"),
    }
    assert [one.left_out_because for one in left_out] == ["the shop leaves out `hazmat`"]
    assert [(one.classes, one.classes_because, one.state) for one in tried] == [
        (("coupe",), "the shop's rule `exotic -> coupe`", None)
    ]


async def test_a_range_is_quoted_by_its_upper_end_and_says_so() -> None:
    world = await World().open()
    sell(world, "s5", "Ceramic Tint - Full Vehicle - Crossover", 52000)
    await sync_catalog(world.seams, TENANT)

    said = await quoted(world)

    assert said.price.display == "$520"
    assert any("$450-$520" in text for text in said.assumptions)


def sell(world: World, ref: str, name: str, cents: int) -> None:
    world.crm_records.put(CrmService(external_id=ref, name=name, price=Money(minor=cents)))


async def shop_of_five(**tenant: Any) -> World:
    world = await World(**tenant).open()
    sell(world, "s9", "Wash", 5000)
    sell(world, "s8", "Vinyl Wrap", 250000)
    sell(world, "s7", "Hazmat Fee", 500)
    await sync_catalog(world.seams, TENANT)
    return world


async def empty_world() -> World:
    """A shop whose catalog was never imported."""
    world = await World().open()
    other = World()
    other.crm_records = world.crm_records
    async with other.store.begin(TENANT) as uow:
        await uow.tenants.add(other.tenant)
        await uow.commit()
    return other


async def at(world: World, later: timedelta) -> CatalogDiff:
    world.clock.advance(later)
    return await sync_catalog(world.seams, TENANT)


async def daily(world: World) -> float:
    """Perform the scheduler's sync now and return the seconds until its next."""
    async with world.store.begin(TENANT) as uow:
        await uow.due.arm("catalog", TENANT, tenant_id=TENANT, at=MONDAY_NOON)
        await uow.commit()
    [item] = await world.store.due.claim(("catalog",), limit=1, lease_s=30, worker="test")
    assert isinstance(item, DueItem)
    await world.perform(item)
    wait = await world.store.due.next_due(("catalog",))
    assert wait is not None
    return wait


async def services(world: World, *, inactive: bool = False) -> list[Service]:
    async with world.store.begin(TENANT) as uow:
        return await uow.catalog.services(TENANT, include_inactive=inactive)


async def quoted(world: World) -> Quote:
    said = quote(await services(world), "ceramic tint full vehicle", vehicle_class="suv", quote_id="q")
    assert isinstance(said, Quote)
    return said


async def asked(world: World) -> str:
    return (await quoted(world)).price.display


async def notices(world: World) -> int:
    """How often the shop's people were told."""
    await world.drain()
    await nothing_wrong(world)
    return sum("price list" in text for text in world.texts)
