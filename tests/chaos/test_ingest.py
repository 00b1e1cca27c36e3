"""Webhooks at a steady rate, with forged and huge ones among them, and while the database is away."""

import asyncio
import os
import random
import time
from collections import Counter
from collections.abc import AsyncIterator
from datetime import UTC, datetime

import asyncpg
import msgspec
import pytest
from standardwebhooks import Webhook

from tests.chaos.conftest import Report, Scale, ShopDatabase
from tests.chaos.fleet import Fleet, kill_database, pause
from tests.chaos.shop import WEBHOOK_SECRET, shop_in
from tests.chaos.wire import Wire, rendered
from tests.conftest import scratch_folder

pytestmark = [pytest.mark.postgres, pytest.mark.chaos, pytest.mark.slow]

CARELESS = ("-m", "tests.chaos.careless_orchestrator")
_PER_SECOND = 200
_HUGE = b" " * 1_100_000
_OTHER_SECRET = "whsec_YW5vdGhlciBzZWNyZXQgb2YgdGhlIHNhbWUgbGVuZ3Ro"
_CERTAINLY = 200


class Sent(msgspec.Struct, frozen=True, kw_only=True):
    """One request and what it was answered with: 0 when the answer never came."""

    wire_id: str
    kind: str
    status: int
    ms: float


@pytest.fixture
async def fleet(database: ShopDatabase) -> AsyncIterator[Fleet]:
    with scratch_folder("leadcore-fleet-") as folder:
        async with Fleet(folder, database_url=database.runtime_url) as found:
            yield found


@pytest.fixture
async def hook_url(database: ShopDatabase, fleet: Fleet) -> str:
    """Where the connected shop's webhooks go. Its CRM is away: what is taken in need not be applied."""
    async with shop_in(database.runtime_url) as shop:
        await shop.open(shopmonkey="http://127.0.0.1:1/v3")
    return f"{fleet.hooks}/hooks/{shop.connections['shopmonkey'].id}"


async def test_a_steady_rate_with_forged_and_huge_requests_is_acknowledged_without_a_slip(
    database: ShopDatabase, fleet: Fleet, hook_url: str, scale: Scale, report: Report
) -> None:
    await fleet.start_apps("orchestrator")
    kinds = _mixture(random.Random(scale.seed), _PER_SECOND * scale.of(120, 4))

    sent = await _at_a_rate(hook_url, kinds)

    stored = await _stored(database)
    answers = Counter((each.kind, each.status) for each in sent)
    acks = sorted(each.ms for each in sent if each.kind == "good")
    report(
        "ingest at a steady rate",
        {
            "load of the machine before": os.getloadavg()[0], "requests": f"{len(sent)} at {_PER_SECOND}/s",
            "answers": dict(answers), "acknowledged, ms (median, p99, p99.9, worst)": _spread(acks),
        },
    )  # fmt: skip
    assert set(answers) == {("good", 200), ("replay", 200), ("forged", 401), ("huge", 413)}
    assert stored == Counter({each.wire_id: 1 for each in sent if each.kind == "good"})


async def test_while_the_database_is_away_nothing_is_acknowledged_that_is_not_kept(
    database: ShopDatabase, fleet: Fleet, hook_url: str, scale: Scale, report: Report
) -> None:
    await fleet.start_apps("orchestrator")

    sent, away_s = await _while_it_dies(database, hook_url, away_s=scale.of(20, 2))

    stored = await _stored(database)
    acknowledged = {each.wire_id for each in sent if each.status == 200}
    statuses = Counter(each.status for each in sent)
    report(
        "ingest while the database is away",
        {"seconds away": away_s, "answers": dict(statuses), "acknowledged": len(acknowledged), "kept": len(stored)},
    )
    assert set(statuses) == {200, 503}
    assert acknowledged == {each.wire_id for each in sent}, "a sender that comes again was never acknowledged"
    assert stored == Counter(dict.fromkeys(acknowledged, 1))


async def test_an_orchestrator_that_acknowledges_too_early_is_caught(
    database: ShopDatabase, fleet: Fleet, hook_url: str, report: Report
) -> None:
    fleet._spawn("orchestrator", list(CARELESS))
    await fleet._ready("orchestrator", fleet.hooks)

    sent, _ = await _while_it_dies(database, hook_url, away_s=1)

    acknowledged = {each.wire_id for each in sent if each.status == 200}
    lost = acknowledged - set(await _stored(database))
    report("acknowledged too early (control)", {"acknowledged": len(acknowledged), "of these lost": len(lost)})
    assert lost, "the checker did not notice webhooks that were acknowledged and lost"


def _mixture(luck: random.Random, count: int) -> list[str]:
    kinds = luck.choices(["good", "forged", "huge", "replay"], weights=[89, 5, 1, 5], k=count)
    return ["good", *kinds[1:]]  # the first is there to be replayed


async def _at_a_rate(url: str, kinds: list[str]) -> list[Sent]:
    """Post at a steady rate whatever the answers take. A replay repeats the newest webhook that was acknowledged."""
    requests = {f"w{number}": _request(url, f"w{number}", kind=kind) for number, kind in enumerate(kinds)}
    began = time.monotonic()
    known: list[str] = ["w0"]

    async def fire(number: int, kind: str) -> Sent:
        await asyncio.sleep(max(began + number / _PER_SECOND - time.monotonic(), 0))
        wire_id = known[-1] if kind == "replay" else f"w{number}"
        sent = await _send(wire, requests[wire_id], wire_id, kind=kind)
        if kind == "good":
            known.append(wire_id)
        return sent

    async with Wire(url) as wire:
        return list(await asyncio.gather(*(fire(number, kind) for number, kind in enumerate(kinds))))


async def _while_it_dies(database: ShopDatabase, url: str, *, away_s: float) -> tuple[list[Sent], float]:
    """Post from many senders, each until it is acknowledged, while the database is killed and comes back."""
    stop = asyncio.Event()
    sent: list[Sent] = []

    async def sender(name: int) -> None:
        number = 0
        while not stop.is_set():
            wire_id = f"s{name}-{number}"
            while True:
                sent.append(await _send(wire, _request(url, wire_id), wire_id))
                if sent[-1].status == _CERTAINLY:
                    break
                await pause(0.2)
            number += 1
            await pause(0.02)

    async with Wire(url) as wire:
        senders = [asyncio.create_task(sender(name)) for name in range(8)]
        await pause(1)
        kill_database(database.server.pid)
        died = time.monotonic()
        await pause(away_s)
        await asyncio.to_thread(database.server.ensure_running)
        gone_s = round(time.monotonic() - died, 1)
        await pause(1)
        stop.set()
        await asyncio.wait_for(asyncio.gather(*senders), timeout=150)
    return sent, gone_s


async def _send(wire: Wire, request: bytes, wire_id: str, *, kind: str = "good") -> Sent:
    began = time.perf_counter()
    try:
        status = await wire.status_of(request)
    except TimeoutError:  # no answer at all: nothing was acknowledged, and no test that wants answers takes it for one
        status = 0
    return Sent(wire_id=wire_id, kind=kind, status=status, ms=(time.perf_counter() - began) * 1000)


def _request(url: str, wire_id: str, *, kind: str = "good") -> bytes:
    event = {"apiVersion": "3", "operation": "UPDATE", "table": "order", "data": {"id": wire_id}}
    body = msgspec.json.encode(event)
    secret, at = _OTHER_SECRET if kind == "forged" else WEBHOOK_SECRET, datetime.now(UTC)
    headers = {
        "content-type": "application/json",
        "webhook-id": wire_id,
        "webhook-timestamp": str(int(at.timestamp())),
        "webhook-signature": Webhook(secret).sign(wire_id, at, body.decode()),
    }
    return rendered(url, body + (_HUGE if kind == "huge" else b""), headers)


async def _stored(database: ShopDatabase) -> Counter[str]:
    admin = await asyncpg.connect(database.admin_url, server_settings={"search_path": "leadcore"})
    try:
        rows = await admin.fetch("SELECT dedupe_key, count(*) FROM inbox WHERE source = 'shopmonkey' GROUP BY 1")
    finally:
        await admin.close()
    return Counter({row[0]: row[1] for row in rows})


def _spread(found: list[float]) -> str:
    shares = [found[min(int(len(found) * share), len(found) - 1)] for share in (0.5, 0.99, 0.999, 1)]
    return ", ".join(f"{each:.0f}" for each in shares)
