"""A carrier that is away is called now and then, not by everything that is due; nothing is lost and nothing twice."""

from collections import Counter
from datetime import timedelta

from leadcore.messaging.policies.breaker import AWAY_AFTER, LONGEST_PAUSE_S
from leadcore.ports.messaging import CarrierUnavailableError, SenderRefusedError
from leadcore.ports.storage import DueItem
from leadcore_runtime.metrics import Metrics
from leadcore_runtime.sending import Sender
from tests.unit.flows.world import TENANT, World

_LEADS = 12
_LONG = 5000


class Shop(World):
    """A world whose messages go through the scheduler's own sender; its seconds are the virtual clock's."""

    async def started(self) -> "Shop":
        await self.open()
        self.began = self.clock.now()
        self.sender = Sender(seams=self.seams, metrics=Metrics(), monotonic=self.seconds)
        return self

    def seconds(self) -> float:
        return (self.clock.now() - self.began).total_seconds()

    async def perform(self, item: DueItem) -> None:
        if item.kind == "message":
            await self.sender.send(item)
        else:
            await super().perform(item)

    def goes_away(self) -> None:
        for carrier in (self.sms, self.email):
            carrier.script(*[CarrierUnavailableError("connection refused")] * _LONG)

    def comes_back(self) -> None:
        for carrier in (self.sms, self.email):
            carrier.outcomes.clear()

    @property
    def calls(self) -> int:
        return len(self.sms.handed_over) + len(self.email.handed_over)


async def _with_leads(shop: Shop) -> Shop:
    for number in range(_LEADS):
        await shop.lead_arrives(order_id=f"o{number}", phone=f"+151255501{number + 10}")
    await shop.drain()
    return shop


async def test_an_outage_costs_a_call_a_minute_and_everything_useful_goes_afterwards() -> None:
    shop = await Shop().started()
    shop.goes_away()
    await _with_leads(shop)
    at_first = shop.calls
    async with shop.store.begin(TENANT) as uow:
        reasons = Counter(each.reason for each in await uow.messages.stuck(TENANT, states=["held"], limit=99))

    await shop.pass_time(timedelta(minutes=30))
    meanwhile = shop.calls - at_first
    shop.comes_back()
    await shop.pass_time(timedelta(minutes=10))

    assert at_first == AWAY_AFTER
    assert reasons["the carrier does not answer, or not long again"] >= _LEADS - AWAY_AFTER
    assert 5 <= meanwhile <= 30 * 60 / LONGEST_PAUSE_S + 6
    texted = Counter(each.message.recipient for each in shop.sms.accepted)
    assert len(texted) == _LEADS
    assert set(texted.values()) == {1}


async def test_a_carrier_that_refuses_is_not_away() -> None:
    shop = await Shop().started()
    for carrier in (shop.sms, shop.email):
        carrier.script(*[SenderRefusedError("no such account")] * _LONG)

    await _with_leads(shop)

    assert len(shop.sms.handed_over) == _LEADS, "each is asked about, for a refusal is an answer"
