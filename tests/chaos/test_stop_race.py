"""STOP against a due text: what was acknowledged holds from that instant on."""

import asyncio
import os
import random
import time
from collections.abc import AsyncIterator
from urllib.parse import urlencode

import httpx
import msgspec
import pytest
from twilio.request_validator import RequestValidator

from leadcore.compliance.model import ContactPoint
from tests.chaos.conftest import Report, Scale, ShopDatabase
from tests.chaos.fleet import PROGRAM, Fleet
from tests.chaos.shop import SENDER, TWILIO_TOKEN, Shop, shop_in
from tests.chaos.witness import Witness
from tests.conftest import scratch_folder

pytestmark = [pytest.mark.postgres, pytest.mark.chaos, pytest.mark.slow]

UNLOCKED = ("-m", "tests.chaos.unlocked_scheduler")
_WORDS = ("STOP", "please stop texting me")
_IS_FULL = os.environ.get("LEADCORE_CHAOS") == "full"
_WAVE = 40 if _IS_FULL else 10
_ROUNDS = 3 if _IS_FULL else 1
_PAIRS = 6_700
"""Of one round; three of them are 20,000 pairs. There are no more numbers that belong to nobody for one."""
_FULL_S = float(os.environ.get("LEADCORE_CHAOS_SECONDS", "3600"))
"""A round ends after this many seconds with the pairs it has come to, and says how many."""
_SETTINGS = {
    "LEADCORE_SETTLE_WINDOW_S": "10",
    "LEADCORE_WORKERS": "16",
    "LEADCORE_DATABASE_POOL": "8",
    "LEADCORE_SAFETY_TICK_S": "1",
}
_TRIES = 4
"""A machine that is busy beyond its patience says so, and is asked again as a carrier's fallback would."""


class Race(msgspec.Struct, frozen=True, kw_only=True):
    """How one pair ended. Instants are epoch seconds of this machine; None: it did not happen."""

    phone: str
    asked: float
    acknowledged: float
    suppressed: float | None
    started: float | None
    taken: float | None

    @property
    def is_violated(self) -> bool:
        """An attempt was begun although the STOP counted already, or was acknowledged already."""
        if self.started is None or self.suppressed is None:
            return self.started is not None and self.started > self.acknowledged
        return self.started > self.suppressed or self.started > self.acknowledged


@pytest.fixture
async def fleet(database: ShopDatabase) -> AsyncIterator[Fleet]:
    with scratch_folder("leadcore-fleet-") as folder:
        async with Fleet(folder, database_url=database.runtime_url, **_SETTINGS) as found:
            yield found


async def race(
    fleet: Fleet, database: ShopDatabase, *, pairs: int, seed: int, program: tuple[str, ...] = PROGRAM,
    until_lost: bool = False,
) -> list[Race]:  # fmt: skip
    """Let texts become due, ten at a time, and a STOP arrive around each of them; *until_lost*: once is enough."""
    luck = random.Random(seed)
    await fleet.start_simulators(only="twilio", seed=seed)
    await fleet.start_apps("orchestrator")
    witness = Witness(admin_url=database.admin_url, twilio=fleet.sim("twilio"), http=fleet.http)
    try:
        async with shop_in(database.runtime_url) as shop:
            await shop.open(twilio=fleet.sim("twilio"))
            await fleet.muster(2, program=program)
            points = await shop.contacts(pairs)
            await fleet.wait_for(lambda: _are_listening(witness, 2), what="the schedulers")
            acknowledged = await _waves(fleet, shop, witness, points, luck=luck, until_lost=until_lost)
        return await _outcomes(witness, acknowledged)
    finally:
        await witness.aclose()


async def _waves(
    fleet: Fleet, shop: Shop, witness: Witness, points: list[ContactPoint], *, luck: random.Random, until_lost: bool
) -> dict[str, tuple[float, float]]:
    """Race wave after wave. Whoever won more often gets the later start next time, so that the calls stay close."""
    found: dict[str, tuple[float, float]] = {}
    head_start_s = 0.02
    ends = time.monotonic() + _FULL_S
    for start in range(0, len(points), _WAVE):
        if time.monotonic() > ends:
            break
        wave = points[start : start + _WAVE]
        before = len(await witness.accepted())
        due = asyncio.create_task(shop.text_now(wave))
        at = time.time() + head_start_s
        stops = [
            _stop(fleet, shop, point.value, at=at + luck.uniform(-0.03, 0.03), words=luck.choice(_WORDS))
            for point in wave
        ]
        found |= dict(zip((point.value for point in wave), await asyncio.gather(*stops), strict=True))
        await due
        await fleet.wait_for(lambda: _is_quiet(witness), what="the end of the wave")
        sent = len(await witness.accepted()) - before
        head_start_s += 0.02 * (1 - 2 * sent / len(wave))
        if until_lost and any(each.is_violated for each in await _outcomes(witness, found)):
            break
    return found


async def _stop(fleet: Fleet, shop: Shop, phone: str, *, at: float, words: str) -> tuple[float, float]:
    """Text STOP as Twilio would deliver it, at the instant *at*; return when it left and when the 2xx was here."""
    url = f"{fleet.hooks}/hooks/{shop.connections['twilio'].id}"
    form = {"MessageSid": f"SM{phone[1:]}", "From": phone, "To": SENDER, "Body": words, "NumMedia": "0"}
    signature = RequestValidator(TWILIO_TOKEN).compute_signature(url, form)
    headers = {"x-twilio-signature": signature, "content-type": "application/x-www-form-urlencoded"}
    await asyncio.sleep(max(at - time.time(), 0))
    asked = time.time()
    patience, left = httpx.Timeout(30, pool=None), _TRIES
    while True:
        answer = await fleet.http.post(url, content=urlencode(form), headers=headers, timeout=patience)
        acknowledged, left = time.time(), left - 1
        if answer.status_code != httpx.codes.SERVICE_UNAVAILABLE or not left:  # 503: nothing was acknowledged
            break
    assert answer.status_code == 200, answer.text
    return asked, acknowledged


async def _are_listening(witness: Witness, count: int) -> bool:
    found = await witness.rows(
        "SELECT count(*) AS many FROM pg_stat_activity WHERE application_name LIKE '% doorbell'"
        " AND datname = current_database()"
    )
    return bool(found[0]["many"] >= count)


async def _is_quiet(witness: Witness) -> bool:
    found = await witness.rows(
        "SELECT count(*) AS many FROM message WHERE purpose = 'marketing'"
        " AND state IN ('pending', 'held', 'dispatching', 'unknown')"
    )
    return bool(found[0]["many"] == 0)


async def _outcomes(witness: Witness, stops: dict[str, tuple[float, float]]) -> list[Race]:
    """When each transaction committed: the decision's row was written with the attempt, and is never changed."""
    started = await witness.rows(
        "SELECT m.recipient, pg_xact_commit_timestamp(d.xmin) AS at FROM attempt a"
        " JOIN message m ON m.id = a.message_id JOIN decision d ON d.message_id = m.id AND d.at = a.started_at"
        " WHERE m.purpose = 'marketing'"
    )
    suppressed = await witness.rows(
        "SELECT p.value, pg_xact_commit_timestamp(s.xmin) AS at FROM suppression s"
        " JOIN contact_point p ON p.id = s.contact_point_id"
    )
    begun = {row["recipient"]: row["at"].timestamp() for row in started}
    stopped = {row["value"]: row["at"].timestamp() for row in suppressed}
    taken = {entry["fields"]["To"]: entry["at_epoch_s"] for entry in await witness.accepted()}
    return [
        Race(
            phone=phone,
            asked=asked,
            acknowledged=acknowledged,
            suppressed=stopped.get(phone),
            started=begun.get(phone),
            taken=taken.get(phone),
        )
        for phone, (asked, acknowledged) in stops.items()
    ]


def _effective(races: list[Race]) -> str:
    """From the instant the words were sent to the instant they bind."""
    waits = sorted((each.suppressed - each.asked) * 1000 for each in races if each.suppressed)
    return f"{waits[len(waits) // 2]:.0f}, {waits[len(waits) * 99 // 100]:.0f}" if waits else "-"


def _figures(races: list[Race]) -> dict[str, object]:
    sent = [each for each in races if each.started is not None]
    margins = sorted(abs(each.suppressed - each.started) for each in sent if each.started and each.suppressed)
    acks = sorted((each.acknowledged - each.asked) * 1000 for each in races)
    return {
        "acknowledged within, ms (median, p99)": f"{acks[len(acks) // 2]:.0f}, {acks[len(acks) * 99 // 100]:.0f}",
        "pairs": len(races),
        "effective within, ms (median, p99)": _effective(races),
        "text first, STOP second": len(sent),
        "STOP first, nothing sent": len(races) - len(sent),
        "closest call, ms": round(margins[0] * 1000, 2) if margins else "-",
        "called before, taken after the acknowledgement": sum(
            each.taken is not None and each.taken > each.acknowledged for each in sent
        ),
        "begun after the STOP counted": sum(
            each.started is not None and each.suppressed is not None and each.started > each.suppressed
            for each in races
        ),
        "begun after the acknowledgement": sum(
            each.started is not None and each.started > each.acknowledged for each in races
        ),
    }


@pytest.mark.parametrize("turn", range(_ROUNDS))
async def test_nothing_is_begun_after_a_stop_was_acknowledged(
    database: ShopDatabase, fleet: Fleet, scale: Scale, report: Report, turn: int
) -> None:
    races = await race(fleet, database, pairs=scale.of(_PAIRS, 60), seed=scale.seed + turn)

    report("STOP racing a due text", _figures(races))
    assert not [each for each in races if each.is_violated]
    assert all(each.suppressed is not None for each in races)
    assert any(each.started for each in races), "no text was ever faster: nothing raced"
    assert any(each.started is None for each in races), "no STOP was ever faster: nothing raced"


async def test_a_scheduler_that_does_not_lock_the_contact_is_caught(
    database: ShopDatabase, fleet: Fleet, scale: Scale, report: Report
) -> None:
    races = await race(
        fleet, database, pairs=scale.of(2000, 400), seed=scale.seed, program=UNLOCKED, until_lost=not scale.is_full
    )

    report("the unlocked scheduler (control)", _figures(races))
    assert [each for each in races if each.is_violated], "the race was never lost, so the test has no power"
