"""Never twice, never lost: due touches while schedulers, the database and answers die."""

import asyncio
import os
import random
import time
from collections.abc import AsyncIterator

import pytest

from tests.chaos.conftest import Report, Scale, ShopDatabase
from tests.chaos.fleet import PROGRAM, Fleet, kill_database, pause
from tests.chaos.shop import SENDERS, shop_in
from tests.chaos.witness import Verdict, Witness
from tests.conftest import scratch_folder

pytestmark = [pytest.mark.postgres, pytest.mark.chaos, pytest.mark.slow]

CARELESS = ("-m", "tests.chaos.careless_scheduler")
_LIST_LAG_S = 1.0
_PER_SHOP = 6_600
"""More customers than that have no numbers of their own (`phones`): another shop has them too."""
_SETTINGS = {
    "LEADCORE_SETTLE_WINDOW_S": "4",  # the slowest acceptance (1.5 s) and the lag of the list (1 s) fit in well
    "LEADCORE_LEASE_S": "3",
    "LEADCORE_SAFETY_TICK_S": "1",
    "LEADCORE_WORKERS": "16",
    "LEADCORE_DATABASE_POOL": "8",
}
_R1 = [
    {"op": "create_message", "kind": "lost_answer", "rate": 0.01},
    {"op": "create_message", "kind": "drop_before", "rate": 0.01},
    {"op": "create_message", "kind": "delay", "rate": 0.005, "ms": 1500},
    {"op": "create_message", "kind": "status", "rate": 0.0075, "status": 503},
    {"op": "create_message", "kind": "status_after", "rate": 0.0075, "status": 500},
    {"op": "create_message", "kind": "status", "rate": 0.02, "status": 429, "retry_after": 1},
    {"op": "list_messages", "kind": "list_lag_s", "s": _LIST_LAG_S},
    # a good half of the callbacks comes after the list was read, so that both ways of finding out are walked
    {"op": "status_callback", "kind": "callback_delay", "rate": 0.6, "ms": 20_000},
]


class Trouble:
    """What dies when: at seeded shares of the work, so that every phase of it is hit."""

    def __init__(self, luck: random.Random, *, schedulers: int, databases: int, pauses: int = 0) -> None:
        self._luck = luck
        hits = [(luck.uniform(0.02, 0.98), "scheduler") for _ in range(schedulers)]
        hits += [(luck.uniform(0.1, 0.9), "database") for _ in range(databases)]
        hits += [(luck.uniform(0.02, 0.98), "pause") for _ in range(pauses)]
        self._hits = sorted(hits, reverse=True)
        self.databases = 0
        self.longest_pause_s = 0.0
        self._share, self._moved = 0.0, 0.0

    @property
    def is_over(self) -> bool:
        return not self._hits

    def strike(self, share: float, fleet: Fleet, database: ShopDatabase) -> None:
        """Kill one thing that is due at this *share* of the work."""
        now = time.monotonic()
        if share > self._share:
            self.longest_pause_s = max(self.longest_pause_s, now - self._moved if self._moved else 0.0)
            self._share, self._moved = share, now
        if self._hits and share >= self._hits[-1][0]:
            _, what = self._hits.pop()
            if what == "database":
                kill_database(database.server.pid)
                self.databases += 1
            elif what == "pause":
                fleet.stop_one(self._luck)
            else:
                fleet.kill_one(self._luck)


async def mend(fleet: Fleet, database: ShopDatabase) -> None:
    """Start again whatever has died, as a supervisor would, until cancelled."""
    while True:
        await asyncio.to_thread(database.server.ensure_running)
        fleet.revive()
        await pause(0.1)


@pytest.fixture
async def fleet(database: ShopDatabase) -> AsyncIterator[Fleet]:
    with scratch_folder("leadcore-fleet-") as folder:
        async with Fleet(folder, database_url=database.runtime_url, **_SETTINGS) as found:
            yield found


async def run(
    fleet: Fleet, database: ShopDatabase, *, touches: int, trouble: Trouble, rules: list[dict[str, object]], seed: int,
    program: tuple[str, ...] = PROGRAM, within_s: float,
) -> tuple[Verdict, float]:  # fmt: skip
    """Send everything while *trouble* strikes; return the verdict and the seconds it took."""
    await fleet.start_simulators(only="twilio", seed=seed)
    marks: dict[str, str] = {}
    for start, sender in zip(range(0, touches, _PER_SHOP), SENDERS, strict=False):
        await fleet.post(f"{fleet.sim('twilio')}/_sim/numbers", {"phone_number": sender})
        async with shop_in(database.runtime_url, slug=f"shop-{start}", sender=sender) as shop:
            await shop.open(twilio=fleet.sim("twilio"))
            marks |= await shop.due_touches(min(_PER_SHOP, touches - start), first=start)
    await fleet.post(f"{fleet.sim('twilio')}/_sim/faults", {"seed": seed, "rules": rules})
    await fleet.post(f"{fleet.sim('twilio')}/_sim/pace", {"sent_ms": 40, "delivered_ms": 3_600_000})
    await fleet.start_apps("orchestrator")
    witness = Witness(admin_url=database.admin_url, twilio=fleet.sim("twilio"), http=fleet.http)
    began = time.monotonic()
    await fleet.muster(4 if program == PROGRAM else 2, program=program)
    mending = asyncio.create_task(mend(fleet, database))
    try:
        while True:
            share = await witness.steps_done() / (2 * touches)
            trouble.strike(share, fleet, database)
            if share >= 1 and trouble.is_over and not await witness.open_attempts():
                break
            assert time.monotonic() - began < within_s, f"{share:.1%} done\n{fleet.output('scheduler-0')[-3000:]}"
            await pause(0.1)
        took_s = time.monotonic() - began
        mending.cancel()
        await fleet.disband()
        return await witness.verdict(set(marks)), took_s
    finally:
        mending.cancel()
        await witness.aclose()


async def test_every_due_touch_is_sent_once_while_schedulers_database_and_answers_die(
    database: ShopDatabase, fleet: Fleet, scale: Scale, report: Report
) -> None:
    touches = int(os.environ.get("LEADCORE_CHAOS_TOUCHES", scale.of(50_000, 160)))
    trouble = Trouble(
        random.Random(scale.seed),
        schedulers=max(touches // 250, 6), databases=max(touches // 5000, 1), pauses=max(touches // 1250, 2),
    )  # fmt: skip

    verdict, took_s = await run(
        fleet, database, touches=touches, trouble=trouble, rules=_R1, seed=scale.seed, within_s=scale.of(7200, 400)
    )

    report(
        "sends under chaos",
        {
            "touches": touches, "seconds": round(took_s, 1), "schedulers killed": fleet.kills,
            "schedulers paused": fleet.pauses, "databases killed": trouble.databases, "accepted": verdict.accepted,
            "twice": len(verdict.twice), "lost": len(verdict.lost), "log and database differ": len(verdict.differing),
            "attempts left open": verdict.open_attempts, "carrier's answers": verdict.log_answers,
            "seconds without progress, at most": round(trouble.longest_pause_s, 1), "errors logged": fleet.errors(),
            **{f"attempts {name}": many for name, many in sorted(verdict.attempts.items())},
        },
    )  # fmt: skip
    assert verdict.is_clean, verdict
    assert verdict.accepted == touches


async def test_a_scheduler_that_retries_what_it_does_not_know_is_caught(
    database: ShopDatabase, fleet: Fleet, scale: Scale, report: Report
) -> None:
    touches = scale.of(500, 50)
    trouble = Trouble(random.Random(scale.seed), schedulers=scale.of(4, 0), databases=0)
    rules = [{"op": "create_message", "kind": "lost_answer", "rate": 0.1}, _R1[-2]]

    verdict, took_s = await run(
        fleet, database, touches=touches, trouble=trouble, rules=rules, seed=scale.seed, program=CARELESS,
        within_s=scale.of(600, 240),
    )  # fmt: skip

    report(
        "the careless scheduler (control)",
        {"touches": touches, "seconds": round(took_s, 1), "twice": len(verdict.twice), "lost": len(verdict.lost)},
    )
    assert verdict.twice, "the checker did not notice messages that were sent twice"
