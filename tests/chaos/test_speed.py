"""Speed to lead: signed webhooks in, first texts out. Latencies are reported; asserted is that each came, once."""

import asyncio
import os
import time
from collections import Counter
from collections.abc import AsyncIterator
from datetime import UTC, datetime, timedelta
from typing import Any

import httpx
import msgspec
import pytest
from standardwebhooks import Webhook

from tests.chaos.conftest import Report, Scale, ShopDatabase
from tests.chaos.fleet import Fleet
from tests.chaos.shop import WEBHOOK_SECRET, Shop, phones, shop_in
from tests.chaos.witness import Witness
from tests.conftest import scratch_folder

pytestmark = [pytest.mark.postgres, pytest.mark.chaos, pytest.mark.slow]

_PER_SECOND = 20
_SETTINGS = {"LEADCORE_SAFETY_TICK_S": "1"}


class Hook(msgspec.Struct, frozen=True, kw_only=True):
    """One signed webhook, as it goes over the wire."""

    url: str
    body: bytes
    headers: dict[str, str]


@pytest.fixture
async def fleet(database: ShopDatabase) -> AsyncIterator[Fleet]:
    with scratch_folder("leadcore-fleet-") as folder:
        async with Fleet(folder, database_url=database.runtime_url, **_SETTINGS) as found:
            yield found


@pytest.fixture
async def shop(database: ShopDatabase, fleet: Fleet) -> AsyncIterator[Shop]:
    """A connected shop whose orchestrator and scheduler run."""
    await fleet.start_simulators(only="shopmonkey,twilio,sendgrid")
    async with shop_in(database.runtime_url) as found:
        await found.open(
            twilio=fleet.sim("twilio"), shopmonkey=f"{fleet.sim('shopmonkey')}/v3", sendgrid=fleet.sim("sendgrid")
        )
        await fleet.start_apps("orchestrator", "scheduler")
        yield found


async def _wish(fleet: Fleet, shop: Shop, phone: str) -> Hook:
    """Let a visitor ask for a quote; return the webhook that Shopmonkey would send about the order."""
    lead = await fleet.new_lead(phone, fire_webhooks=False, email=f"pat{phone[2:]}@example.com")
    return _hook(fleet, shop, lead["order_id"])


def _hook(fleet: Fleet, shop: Shop, order_id: str, *, secret: str = WEBHOOK_SECRET, age_s: float = 0) -> Hook:
    body = msgspec.json.encode({"apiVersion": "3", "operation": "INSERT", "table": "order", "data": {"id": order_id}})
    wire_id, at = f"msg_{order_id}", datetime.now(UTC) - timedelta(seconds=age_s)
    return Hook(
        url=f"{fleet.hooks}/hooks/{shop.connections['shopmonkey'].id}",
        body=body,
        headers={
            "content-type": "application/json",
            "webhook-id": wire_id,
            "webhook-timestamp": str(int(at.timestamp())),
            "webhook-signature": Webhook(secret).sign(wire_id, at, body.decode()),
        },
    )


async def _post(http: httpx.AsyncClient, hook: Hook) -> httpx.Response:
    return await http.post(hook.url, content=hook.body, headers=hook.headers)


async def test_each_of_many_leads_gets_one_first_text(
    database: ShopDatabase, fleet: Fleet, shop: Shop, scale: Scale, report: Report
) -> None:
    customers = phones(scale.of(200, 30))
    hooks = {phone: await _wish(fleet, shop, phone) for phone in customers}
    witness = Witness(admin_url=database.admin_url, twilio=fleet.sim("twilio"), http=fleet.http)

    acknowledged = await _fire(hooks)
    await fleet.wait_for(lambda: _all_texted(witness, set(customers)), what="the last first text", within_s=180)

    taken = await witness.accepted()
    await witness.aclose()
    report("speed to lead", _figures(acknowledged, taken))
    times = Counter(entry["fields"]["To"] for entry in taken)
    assert {phone for phone, many in times.items() if many > 1} == set()
    assert set(times) == set(customers)


async def test_forged_stale_and_replayed_webhooks_change_nothing_and_say_why(fleet: Fleet, shop: Shop) -> None:
    good = await _wish(fleet, shop, "+15125550142")
    other = "whsec_YW5vdGhlciBzZWNyZXQgb2YgdGhlIHNhbWUgbGVuZ3Ro"
    forged, stale = _hook(fleet, shop, "o1", secret=other), _hook(fleet, shop, "o2", age_s=3600)

    answers = [await _post(fleet.http, each) for each in (good, forged, stale, good)]

    assert [answer.status_code for answer in answers] == [200, 401, 401, 200]
    said = [msgspec.json.decode(line) for line in fleet.output("orchestrator").splitlines() if line.startswith("{")]
    reasons = [line["reason"] for line in said if line["event"] in {"webhook.refused", "webhook.replayed"}]
    assert [reason.partition(",")[0].partition(" at 2")[0] for reason in reasons] == [
        "the signature is wrong",
        "signed",
        "these items were stored before; nothing is done twice",
    ]
    async with shop.store.begin(shop.tenant.id) as uow:
        listed = await uow.inbox.listing(shop.tenant.id, state=None, limit=10)
    assert [row.dedupe_key for row in listed if row.source == "shopmonkey"] == [good.headers["webhook-id"]]


async def _fire(hooks: dict[str, Hook]) -> dict[str, tuple[float, float]]:
    """Post at a steady rate whatever the answers take; return by phone when each left and when its 2xx was here."""
    began = time.time()

    async def fire(number: int, hook: Hook) -> tuple[float, float]:
        await asyncio.sleep(max(began + number / _PER_SECOND - time.time(), 0))
        asked = time.time()
        answer = await _post(http, hook)
        assert answer.status_code == 200, answer.text
        return asked, time.time()

    async with httpx.AsyncClient(timeout=30, trust_env=False) as http:
        done = await asyncio.gather(*(fire(number, hook) for number, hook in enumerate(hooks.values())))
    return dict(zip(hooks, done, strict=True))


async def _all_texted(witness: Witness, customers: set[str]) -> bool:
    return customers <= {entry["fields"]["To"] for entry in await witness.accepted()}


def _figures(acknowledged: dict[str, tuple[float, float]], taken: list[dict[str, Any]]) -> dict[str, object]:
    first: dict[str, float] = {}
    for entry in taken:
        first.setdefault(entry["fields"]["To"], entry["at_epoch_s"])
    acks = [done - asked for asked, done in acknowledged.values()]
    texts = [first[phone] - done for phone, (_, done) in acknowledged.items()]
    return {
        "load of the machine before": os.getloadavg()[0],
        "leads": f"{len(acknowledged)} at {_PER_SECOND}/s",
        "acknowledged, ms (median, p99, worst)": _spread(acks),
        "first text after it, ms (median, p99, worst)": _spread(texts),
    }


def _spread(seconds: list[float]) -> str:
    found = sorted(round(each * 1000) for each in seconds)
    return f"{found[len(found) // 2]}, {found[min(len(found) * 99 // 100, len(found) - 1)]}, {found[-1]}"
