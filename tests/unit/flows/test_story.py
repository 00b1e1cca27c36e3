"""The story in memory: request, first text, reply, price, follow-up, STOP, and every way it can go wrong."""

from datetime import timedelta

import pytest
from msgspec.structs import replace

from leadcore.cadences.policies.shipped import SEVEN_IN_EIGHT
from leadcore.leads.model import Lead
from leadcore.leads.values import LeadStatus
from leadcore.memory.model import calls, says
from leadcore.ports.ai import ToolCall
from leadcore.ports.inbound import EntityChanged
from tests.unit.flows.world import MONDAY_NIGHT, PHONE, TENANT, World, nothing_wrong

STEPS = SEVEN_IN_EIGHT.count("sms =")


async def test_a_request_is_answered_by_text_and_email_at_once_even_at_night() -> None:
    world = await World(at=MONDAY_NIGHT).open()

    await world.lead_arrives()
    await world.drain()

    assert len(world.sms.accepted) == 1
    assert "Hi Pat, this is Hill Country Tint" in world.texts[0]
    assert "https://chat.example.com/c/#" in world.texts[0]
    assert len(world.email.accepted) == 1
    assert world.email.accepted[0].message.unsubscribe_url.startswith("https://hooks.example.com/u/")
    [lead] = await _leads(world)
    assert lead.status is LeadStatus.CONTACTED
    assert lead.first_response_at == MONDAY_NIGHT
    await nothing_wrong(world)


async def test_a_shop_that_waits_for_the_window_answers_when_it_opens() -> None:
    world = await World(at=MONDAY_NIGHT, first_response="wait_for_window").open()

    await world.lead_arrives()
    await world.drain()
    assert world.texts == []
    await world.pass_time(timedelta(hours=10))

    assert len(world.texts) == 1
    assert world.sms.accepted[0].at.hour == 14  # 08:00 in Chicago


async def test_without_consent_for_texts_only_the_email_goes_and_the_reason_is_kept() -> None:
    world = await World().open()

    await world.lead_arrives(opt_in=False)
    await world.drain()

    assert world.sms.handed_over == []
    assert len(world.email.accepted) == 1
    [held] = world.happened("message.held_back")
    assert "consent" in held.reason


async def test_a_webhook_delivered_ten_times_in_any_order_makes_one_lead_and_one_text() -> None:
    world = await World().open()
    await world.lead_arrives()

    for number in range(9):
        await world.lead_arrives()
        await world.webhook(EntityChanged(kind="customer", external_id="c1"), webhook_id=f"again{number % 2}")
    await world.drain()

    assert len(await _leads(world)) == 1
    assert len(world.texts) == 1


async def test_an_unanswered_lead_gets_every_step_by_day_and_is_then_lost_not_forgotten() -> None:
    world = await World().open()

    await world.lead_arrives()
    await world.pass_time(timedelta(days=12))

    assert len(world.texts) == STEPS
    assert all(8 <= (each.at - timedelta(hours=6)).hour < 21 for each in world.sms.accepted)
    [lead] = await _leads(world)
    assert (lead.status, lead.lost_reason) == (LeadStatus.LOST, "no_answer")
    assert await world.store.due.next_due(("touch", "message", "attempt")) is None


async def test_a_reply_stops_the_cadence_in_the_transaction_that_adds_it_and_is_answered_with_the_catalogs_price() -> (
    None
):
    world = await World().open()
    price = ToolCall(call_id="t1", name="quote_service", arguments='{"service": "ceramic tint", "vehicle": null}')
    world.model.add(calls(price), says("For your Tesla, ceramic tint is ", "$450", ". Shall I book it?"))
    await world.lead_arrives()
    await world.drain()

    await world.text_from_customer("How much for ceramic tint?")
    await world.pass_time(timedelta(seconds=3))

    entry = next(event for event in world.happened("conversation.entry") if event.author == "customer")
    ended = world.happened("cadence.ended")
    assert [event.reason for event in ended] == ["replied"]
    assert ended[0].at == entry.at
    assert "$450" in world.texts[-1]
    assert "AI" in world.texts[-1]
    [lead] = await _leads(world)
    assert lead.status is LeadStatus.QUOTED
    await world.pass_time(timedelta(days=12))
    assert len(world.texts) == 2


async def test_several_quick_texts_are_answered_once() -> None:
    world = await World().open()
    world.model.add(says("Sure, happy to help."))
    await world.lead_arrives()
    await world.drain()

    await world.text_from_customer("hi")
    await world.drain()
    await world.text_from_customer("one more thing")
    await world.pass_time(timedelta(seconds=5))

    assert len(world.texts) == 2
    assert len(world.model.requests) == 1


async def test_with_every_model_down_the_catalog_answers() -> None:
    world = await World().open()
    world.model_list = []
    await world.lead_arrives()
    await world.drain()

    await world.text_from_customer("How much is ceramic tint?")
    await world.pass_time(timedelta(seconds=3))

    assert "$450" in world.texts[-1]


@pytest.mark.parametrize("words", ["STOP", "please stop texting me", "no mas mensajes"])
async def test_after_a_revocation_was_acknowledged_nothing_automated_leaves(words: str) -> None:
    world = await World().open()
    await world.lead_arrives()
    await world.drain()

    await world.text_from_customer(words)
    texts, mails = len(world.sms.handed_over), len(world.email.handed_over)
    await world.pass_time(timedelta(days=30))

    sent = [each.body for each in world.sms.handed_over[texts:] + world.email.handed_over[mails:]]
    assert [body for body in sent if "opted out" not in body] == []
    assert len(sent) == (0 if words == "STOP" else 1)  # the provider confirms its own words, we confirm the others
    [lead] = await _leads(world)
    assert (lead.status, lead.lost_reason) == (LeadStatus.LOST, "opted_out")


async def test_a_message_that_was_written_before_stop_but_not_sent_is_not_sent_after_it() -> None:
    world = await World().open()
    await world.lead_arrives()
    [inbox] = await world.store.due.claim(("inbox",), limit=1, lease_s=30, worker="a")
    await world.perform(inbox)
    [touch] = await world.store.due.claim(("touch",), limit=1, lease_s=30, worker="a")
    await world.perform(touch)

    await world.text_from_customer("stop")
    await world.drain()

    assert world.sms.handed_over == []
    assert world.email.handed_over == []


async def test_help_is_answered_by_us_when_the_shop_says_so() -> None:
    world = await World(help_reply="ours").open()
    await world.lead_arrives()
    await world.drain()

    await world.text_from_customer("HELP")
    await world.drain()

    assert "Reply STOP" in world.texts[-1]
    assert "+15125550199" in world.texts[-1]


async def test_start_after_stop_does_not_bring_consent_back() -> None:
    world = await World().open()
    await world.lead_arrives()
    await world.drain()
    await world.text_from_customer("STOP")
    await world.drain()

    await world.text_from_customer("START")
    await world.pass_time(timedelta(days=9))

    assert len([body for body in world.texts if "opted out" not in body]) == 1


async def test_a_lost_answer_is_found_in_the_carriers_list_and_not_sent_again() -> None:
    world = await World().open()
    world.sms.script("lose_answer")

    await world.lead_arrives()
    await world.pass_time(timedelta(minutes=10))

    assert len(world.sms.accepted) == 1
    assert [event.how for event in world.happened("message.settled") if event.outcome == "accepted"].count("list") == 1


async def test_a_request_that_never_arrived_is_sent_again_after_two_looks() -> None:
    world = await World().open()
    world.sms.script("lose_request")

    await world.lead_arrives()
    await world.pass_time(timedelta(minutes=10))

    assert len(world.sms.handed_over) == 2
    assert len(world.sms.accepted) == 1


async def test_a_carrier_that_says_opted_out_is_believed() -> None:
    world = await World().open()
    world.sms.script("opted_out")

    await world.lead_arrives()
    await world.pass_time(timedelta(days=9))

    assert len(world.sms.handed_over) == 1
    assert [event.reason for event in world.happened("contact.suppressed")] == ["provider_stop"]


async def test_an_order_sold_in_the_crm_ends_the_follow_up_and_wins_the_lead() -> None:
    world = await World().open()
    await world.lead_arrives()
    await world.drain()

    order = await world.crm_records.order("o1")
    assert order is not None
    world.crm_records.put(replace(order, authorized=True))
    await world.webhook(EntityChanged(kind="order", external_id="o1", deleted=False))
    await world.pass_time(timedelta(days=9))

    assert len(world.texts) == 1


async def test_what_may_be_an_opt_out_goes_to_a_person_who_is_told() -> None:
    world = await World(staff_phone="+15125550177").open()
    await world.lead_arrives()
    await world.drain()

    await world.text_from_customer("I want to cancel")
    await world.pass_time(timedelta(seconds=5))

    told = [each.message for each in world.sms.accepted if each.message.recipient == "+15125550177"]
    to_customer = [each.message for each in world.sms.accepted if each.message.recipient == PHONE]
    assert len(told) == 1
    assert len(to_customer) == 1


async def _leads(world: World) -> list[Lead]:
    async with world.store.begin(TENANT) as uow:
        return await uow.leads.listing(TENANT, status=None, limit=10, before=None)


async def test_stop_while_the_assistant_is_about_to_answer_leaves_it_speechless() -> None:
    world = await World().open()
    world.model.add(says("Sure, happy to help."))
    await world.lead_arrives()
    await world.drain()

    await world.text_from_customer("hello?")
    await world.drain()
    await world.text_from_customer("stop")
    await world.pass_time(timedelta(minutes=5))

    assert [event.author for event in world.happened("conversation.entry")].count("assistant") == 0
    assert world.model.requests == []
