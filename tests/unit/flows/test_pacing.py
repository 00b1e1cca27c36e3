"""A paced sender: bulk waits for its slot here, where STOP reaches it; answers to people go at once."""

from datetime import timedelta

from leadcore.flows.cadence_files import publish_cadence
from leadcore.flows.onboard import change_tenant
from leadcore.tenants.values import Senders
from tests.unit.flows.world import MONDAY_NOON, TENANT, World, nothing_wrong

CAMPAIGN = """
name = "own"
sms_consent = "web form"
[[steps]]
id = "offer"
delay = "+0m"
purpose = "marketing"
sms = "{{ greeting }}, {{ brand }} has news. Reply STOP to opt out."
"""
PHONES = [f"+1512555010{number}" for number in range(10)]


async def _campaign(per_s: float, source: str = CAMPAIGN) -> World:
    senders = Senders(sms="+15125550199", email="shop@example.com", sms_segments_per_second=per_s)
    world = await World(at=MONDAY_NOON, senders=senders).open()
    await publish_cadence(world.store, TENANT, source)
    await change_tenant(world.store, TENANT, {"cadence": "own"})
    for number, phone in enumerate(PHONES):
        await world.lead_arrives(order_id=f"o{number}", phone=phone)
    await world.drain()
    return world


def _codes(world: World) -> list[str]:
    return [each.code for each in world.happened("message.held_back")]


async def test_ten_texts_of_a_long_code_take_seven_seconds_and_each_is_deferred_once() -> None:
    world = await _campaign(1)

    at_once = len(world.texts)
    await world.pass_time(timedelta(seconds=4))
    after_four = len(world.texts)
    await world.pass_time(timedelta(seconds=4))

    await nothing_wrong(world)
    assert (at_once, after_four, len(world.texts)) == (3, 7, 10)
    assert _codes(world) == ["pace"] * 7


async def test_a_sender_that_is_not_paced_sends_all_of_them_at_once() -> None:
    world = await _campaign(0)

    assert len(world.texts) == 10
    assert _codes(world) == []


async def test_first_responses_do_not_wait() -> None:
    world = await _campaign(1, CAMPAIGN.replace('"marketing"', '"first_response"'))

    assert len(world.texts) == 10


async def test_what_waits_for_its_slot_is_still_called_back() -> None:
    world = await _campaign(1)
    reached = {each.message.recipient for each in world.sms.accepted}
    waiting = next(phone for phone in PHONES if phone not in reached)

    await world.text_from_customer("STOP", phone=waiting)
    await world.pass_time(timedelta(seconds=20))

    assert waiting not in {each.message.recipient for each in world.sms.accepted if "news" in each.message.body}
    assert len([text for text in world.texts if "news" in text]) == 9
