"""The scheduler's sender against the Twilio simulator over real HTTP: it slows down, stays away, comes back slowly."""

from collections import Counter
from collections.abc import AsyncIterator
from datetime import timedelta
from typing import Any, cast

import pytest

from leadcore.flows.cadence_files import publish_cadence
from leadcore.flows.calling import Calling, Lesson
from leadcore.flows.onboard import change_tenant
from leadcore.kernel.ids import ConnectionId, TenantId
from leadcore.memory.carriers import MemoryMailer
from leadcore.messaging.machine import Outcome
from leadcore.messaging.policies.breaker import AWAY_AFTER
from leadcore.ports.messaging import OutboundMessage, Receipt, SendChannel
from leadcore.ports.storage import DueItem
from leadcore.tenants.model import Connection
from leadcore.tenants.values import Senders
from leadcore_runtime.health import carriers_note
from leadcore_runtime.metrics import Metrics
from leadcore_runtime.sending import Sender
from leadcore_twilio.connection import TwilioConnection
from leadcore_twilio.plugin import PLUGIN
from tests.integration.vendors.conftest import Vendor
from tests.integration.vendors.test_twilio import settings
from tests.unit.flows.world import CONNECTION, TENANT, World

_CAMPAIGN = """
name = "own"
sms_consent = "web form"
[[steps]]
id = "offer"
delay = "+0m"
purpose = "marketing"
sms = "{{ greeting }}, {{ brand }} has news. Reply STOP to opt out."
"""
_TEXTS = 20
_PACE = 4.0


class Shop(World):
    """A world whose texts go through the scheduler's sender to Twilio; its seconds are the virtual clock's."""

    async def started(self, twilio: TwilioConnection) -> "Shop":
        await self.open()
        self.twilio, self.calls = twilio, list[float]()
        self.began, self.metrics = self.clock.now(), Metrics()
        self.sender = Sender(seams=self.seams, metrics=self.metrics, monotonic=self.seconds)
        return self

    def seconds(self) -> float:
        return (self.clock.now() - self.began).total_seconds()

    async def carrier(self, tenant_id: TenantId, channel: SendChannel) -> tuple[MemoryMailer, Connection]:
        if channel == "sms":
            return cast("MemoryMailer", self), CONNECTION
        return await super().carrier(tenant_id, channel)

    async def send(self, message: OutboundMessage) -> Receipt:
        self.calls.append(self.seconds())
        return await self.twilio.send(message)

    async def accepted_for(self, *arguments: Any, **named: Any) -> Any:
        return await self.twilio.accepted_for(*arguments, **named)

    async def perform(self, item: DueItem) -> None:
        if item.kind == "message":
            await self.sender.send(item)
        else:
            await super().perform(item)

    async def campaign(self) -> None:
        await publish_cadence(self.store, TENANT, _CAMPAIGN)
        await change_tenant(self.store, TENANT, {"cadence": "own"})
        for number in range(_TEXTS):
            await self.lead_arrives(order_id=f"o{number}", phone=f"+15125550{number + 101}")
        await self.drain()

    def metric(self, name: str, **labels: str) -> float | None:
        return self.metrics.registry.get_sample_value(name, labels)


@pytest.fixture
async def twilio(twilio_vendor: Vendor) -> AsyncIterator[TwilioConnection]:
    connection: TwilioConnection = PLUGIN.open(settings(twilio_vendor.url))
    yield connection
    await connection.aclose()


async def _shop(twilio: TwilioConnection) -> Shop:
    senders = Senders(sms="+15125550100", email="shop@example.com", sms_segments_per_second=_PACE)
    return await Shop(senders=senders).started(twilio)


async def _taken(vendor: Vendor) -> Counter[str]:
    return Counter(str(entry["fields"]["To"]) for entry in await vendor.log("create_message"))


def _fullest(calls: list[float], *, since: float, until: float, seconds: float) -> int:
    return max(sum(at <= each < at + seconds for each in calls) for at in calls if since <= at < until)


async def test_a_429_halves_the_speed_for_as_long_as_it_is_asked_and_then_grows_back(
    twilio: TwilioConnection, twilio_vendor: Vendor
) -> None:
    await twilio_vendor.misbehave(
        {"op": "create_message", "kind": "status", "status": 429, "retry_after": 20, "times": 1}
    )
    shop = await _shop(twilio)

    await shop.campaign()
    note = await carriers_note(shop.metrics)["carriers"]()
    slowed = shop.metric("leadcore_carriers", condition="slowed")
    await shop.pass_time(timedelta(minutes=3))

    assert shop.calls[0] < 1
    assert min(shop.calls[1:]) >= 20
    assert _fullest(shop.calls[1:], since=20, until=26, seconds=1) <= _PACE / 2 + 1
    assert _fullest(shop.calls[1:], since=20, until=400, seconds=5) <= 5 * _PACE + 3 * _PACE
    assert (note, slowed) == ("1 slowed", 1)
    assert shop.metric("leadcore_carrier_lessons_total", channel="sms", lesson="slowed") == 1
    taken = await _taken(twilio_vendor)
    assert len(taken) == _TEXTS
    assert set(taken.values()) == {1}
    assert len(shop.calls) == _TEXTS + 1


async def test_without_the_throttle_a_429_is_answered_by_more_calls(
    twilio: TwilioConnection, twilio_vendor: Vendor
) -> None:
    """The control: a shop that does not learn calls on while the carrier asked for silence."""
    await twilio_vendor.misbehave(
        {"op": "create_message", "kind": "status", "status": 429, "retry_after": 20, "times": 1}
    )
    shop = await _shop(twilio)
    shop.sender.calling = _Unteachable(monotonic=shop.seconds, chance=shop.seams.chance)

    await shop.campaign()
    await shop.pass_time(timedelta(minutes=3))

    assert sum(each < 20 for each in shop.calls) > 5


class _Unteachable(Calling):
    def learn(self, connection_id: ConnectionId, outcome: Outcome, *, per_s: float = 0.0) -> Lesson | None:
        del connection_id, outcome, per_s
        return None


@pytest.mark.parametrize(
    "fault", [{"kind": "status", "status": 503}, {"kind": "drop_before"}], ids=lambda each: each["kind"]
)
async def test_a_carrier_that_is_away_is_looked_at_by_one_call_and_gets_everything_once_when_it_is_back(
    twilio: TwilioConnection, twilio_vendor: Vendor, fault: dict[str, Any]
) -> None:
    await twilio_vendor.misbehave({"op": "create_message", **fault})
    shop = await _shop(twilio)

    await shop.campaign()
    await shop.pass_time(timedelta(minutes=30))
    meanwhile, away = len(shop.calls), shop.metric("leadcore_carriers", condition="away")
    await twilio_vendor.misbehave()
    back = shop.seconds()
    await shop.pass_time(timedelta(minutes=40))

    assert AWAY_AFTER <= meanwhile <= AWAY_AFTER + 6 + 30
    assert away == 1
    first = min(each for each in shop.calls if each >= back)
    for seconds in range(1, 15):
        within = sum(first <= each <= first + seconds for each in shop.calls)
        assert within <= 5 + seconds**2 / 10 + 2
    taken = await _taken(twilio_vendor)
    assert len(taken) == _TEXTS
    assert set(taken.values()) == {1}
    assert shop.metric("leadcore_carriers", condition="away") == 0
    assert shop.metric("leadcore_carrier_lessons_total", channel="sms", lesson="back") == 1
