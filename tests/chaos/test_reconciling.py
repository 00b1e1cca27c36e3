"""Nothing a CRM knows is lost, whatever its lists hide and its webhooks drop (acceptance: reconciling poll)."""

import random
from datetime import timedelta
from pathlib import Path
from typing import Any

import msgspec
import pytest

from leadcore_shopmonkey.api import ShopmonkeyApi
from tests.apps.simulators.vendor_server import Hit
from tests.chaos.conftest import Report, Scale
from tests.chaos.crm_shop import CrmShop, crm_shop

pytestmark = pytest.mark.chaos

LIST_OPS = {"shopmonkey": "list_orders", "hubspot": "search_deals", "shopware": "list_repair_orders"}
SHUFFLED: tuple[dict[str, Any], ...] = (
    {"op": "list_orders", "kind": "shuffle", "keep": 0.6},
    {"op": "list_orders", "kind": "ignore_filters"},
    {"op": "list_customer_orders", "kind": "shuffle", "keep": 0.6},
)
"""40 % of the rows hidden from each list, filters ignored. Limits are clamped to 100 always."""
LATE: dict[str, Any] = {"kind": "list_lag_s", "s": 3600.0, "times": 4}
"""What was typed a moment ago is not in the first lists that are asked for."""
RUDE_WEBHOOKS: tuple[dict[str, Any], ...] = (
    {"op": "webhook", "kind": "duplicate_callback", "rate": 0.3},
    {"op": "webhook", "kind": "reorder_callbacks", "rate": 0.5, "ms": 40},
)


async def test_after_three_polls_no_lead_is_missing_none_doubled_and_the_poll_found_what_was_dropped(
    tmp_path: Path, scale: Scale, report: Report
) -> None:
    leads = scale.of(full=600, part=24)
    luck = random.Random(scale.seed)
    async with crm_shop("shopmonkey", tmp_path) as shop:
        late = {"op": "list_orders", **LATE}
        await shop.vendor.misbehave(*SHUFFLED, late, *RUDE_WEBHOOKS, seed=scale.seed)
        dropped: set[str] = set()
        told: set[str] = set()
        for number in range(leads):
            is_dropped = luck.random() < 0.4
            order = await shop.vendor.lead(number, fire_webhooks=not is_dropped)
            (dropped if is_dropped else told).add(order)
        await shop.hear(await _hits_about(shop, told))

        await shop.poll(times=3)

        found = await shop.found()
        report(
            "Reconciling poll, 60 % lists, filters ignored, lists late",
            {"leads": leads, "webhooks dropped": len(dropped), "found": len(found),
             "doubled": sum(len(by) > 1 for by in found.values()),
             "found by poll": sum(by == ["poll"] for by in found.values())},
        )  # fmt: skip
        assert found == {order: ["poll" if order in dropped else "webhook"] for order in dropped | told}


async def test_a_cursor_that_reads_each_list_once_misses_leads_under_the_same_seed(
    tmp_path: Path, scale: Scale
) -> None:
    """The negative control: the check above would fail a poll that trusts lists."""
    async with crm_shop("shopmonkey", tmp_path) as shop:
        late = {"op": "list_orders", **LATE}
        await shop.vendor.misbehave(*SHUFFLED, late, seed=scale.seed)
        wanted = {await shop.vendor.lead(number, fire_webhooks=False) for number in range(scale.of(600, 24))}

        seen = await _cursor_reader(shop.adapter._api, passes=3)

        assert seen < wanted


@pytest.mark.parametrize("crm", ["hubspot", "shopware"])
async def test_the_other_crms_lose_nothing_either(tmp_path: Path, scale: Scale, crm: str) -> None:
    async with crm_shop(crm, tmp_path) as shop:
        rules = [{"op": LIST_OPS[crm], **LATE, "times": 1}]
        if crm == "shopware":
            rules.append({"op": LIST_OPS[crm], "kind": "ignore_filters"})
        await shop.vendor.misbehave(*rules, seed=scale.seed)
        wanted = {await shop.vendor.lead(number, fire_webhooks=False) for number in range(scale.of(250, 12))}

        await shop.poll()
        hidden = await shop.found()
        await shop.poll(times=2)

        assert hidden == {}  # the index was behind, and that was no error
        assert await shop.found() == {order: ["poll"] for order in wanted}


@pytest.mark.parametrize("crm", ["shopmonkey", "hubspot", "shopware"])
async def test_without_any_webhook_a_new_lead_is_here_within_sixty_seconds(
    tmp_path: Path, scale: Scale, report: Report, crm: str
) -> None:
    """30 s to the next pass at most, 20 s for a pass at most; the grace for a webhook runs beside the first."""
    waits: list[float] = []
    async with crm_shop(crm, tmp_path) as shop:
        if crm == "shopmonkey":
            await shop.vendor.misbehave(*SHUFFLED, seed=scale.seed)
        await shop.poll()
        luck = random.Random(scale.seed)
        for number in range(scale.of(full=60, part=5)):
            await _pass_time(shop, luck.uniform(0, 29))
            at = shop.clock.now()
            order = await shop.vendor.lead(number, fire_webhooks=False)
            for _ in range(3):
                if order not in await shop.found():
                    await shop.poll()
            assert order in await shop.found()
            arrived = [event.at for event in shop.happened("lead.arrived")]
            waits.append((max(arrived) - at).total_seconds())

        report(f"Webhooks off, {crm}", {"leads": len(waits), "slowest find (virtual s)": round(max(waits), 1)})
        assert max(waits) <= 60


@pytest.mark.parametrize("change", [{"authorized": True, "status": "RepairOrder"}, {"archived": True}])
async def test_a_close_in_the_crm_is_noticed_within_one_poll_although_lists_lie(
    tmp_path: Path, scale: Scale, change: dict[str, Any]
) -> None:
    async with crm_shop("shopmonkey", tmp_path) as shop:
        orders = [await shop.vendor.lead(number, fire_webhooks=False) for number in range(scale.of(50, 10))]
        await shop.poll(times=2)
        assert set(await shop.found()) == set(orders)
        blind = {"op": "list_orders", "kind": "list_lag_s", "s": 3600.0}
        await shop.vendor.misbehave(*SHUFFLED, blind, seed=scale.seed)

        await shop.vendor.put(f"order/{orders[-1]}", change)
        await shop.poll()

        ended = [event for event in shop.happened("lead.moved") if event.went_to in {"won", "lost"}]
        assert [event.went_to for event in ended] == ["won" if "authorized" in change else "lost"]


async def _hits_about(shop: CrmShop, orders: set[str]) -> list[Hit]:
    """What the vendor delivered until every order was told of: duplicates and disorder included."""
    hits: list[Hit] = []
    missing = set(orders)
    while missing:
        hits.append(await shop.vendor.receiver.next())
        event = msgspec.json.decode(hits[-1].body)
        missing.discard(event["data"]["id"])
    return hits


async def _pass_time(shop: CrmShop, seconds: float) -> None:
    """Let time pass, with the polls that fall into it."""
    end = shop.clock.now() + timedelta(seconds=seconds)
    while (wait := await shop.store.due.next_due(("poll",))) is not None:
        if shop.clock.now() + timedelta(seconds=wait) >= end:
            break
        await shop.poll()
    if shop.clock.now() < end:
        shop.clock.advance(end - shop.clock.now())


async def _cursor_reader(api: ShopmonkeyApi, *, passes: int) -> set[str]:
    """Read what is newer than the newest seen, once per pass: right for a list that does not lie."""
    seen: set[str] = set()
    cursor = ""
    for _ in range(passes):
        where = {"updatedDate": {"gte": cursor}} if cursor else {}
        rows = [row for row in await api.sweep("order", where=where) if row["updatedDate"] >= cursor]
        seen |= {str(row["id"]) for row in rows}
        cursor = max((str(row["updatedDate"]) for row in rows), default=cursor)
    return seen
