"""The first-response clock and the score in the whole shop, and both on the lead's timeline."""

from datetime import timedelta

from leadcore.flows.chat import post_message
from leadcore.flows.chat_session import access_to_lead
from leadcore.flows.lead_moves import lose
from leadcore.flows.lead_views import LeadDetail, lead_detail, response_speed
from leadcore.flows.onboard import change_tenant
from leadcore.flows.people import reply, take
from leadcore.leads.model import Lead
from leadcore.leads.values import LeadStatus
from leadcore.ports.inbound import DeliveryReport, EntityChanged
from leadcore.tenants.values import ScoreWeights, StaffMember
from tests.unit.flows.world import MONDAY_NIGHT, MONDAY_NOON, TENANT, World, nothing_wrong


async def _lead(world: World) -> Lead:
    async with world.store.begin(TENANT) as uow:
        return (await uow.leads.listing(TENANT, status=None, limit=9, before=None))[-1]


async def _detail(world: World) -> LeadDetail:
    async with world.store.begin(TENANT) as uow:
        return await lead_detail(uow, world.tenant, await uow.leads.get((await _lead(world)).id, tenant_id=TENANT))


async def _person_says(world: World, text: str, *, ref: str = "r1") -> None:
    async with world.store.begin(TENANT) as uow:
        [conversation] = await uow.conversations.listing(TENANT, waiting_for_staff=False, limit=9)
    await take(world.seams, conversation.id, tenant_id=TENANT, by="Sam")
    await reply(world.seams, conversation.id, text, tenant_id=TENANT, by="Sam", ref=ref)
    await world.drain()


async def _reasons(world: World) -> dict[str, int]:
    score = (await _detail(world)).score
    assert score is not None
    return {each.reason: each.points for each in score.reasons}


async def test_the_clock_stops_when_the_carrier_accepts_not_when_we_decide() -> None:
    world = await World().open()
    world.sms.script("unavailable", "unavailable")
    world.email.script("unavailable", "unavailable")
    await world.lead_arrives()

    await world.drain()
    waiting = await _detail(world)
    await world.pass_time(timedelta(minutes=30))

    accepted = min(each.at for each in (*world.sms.accepted, *world.email.accepted))
    found = await _detail(world)
    assert waiting.answered.automation is None
    assert accepted > MONDAY_NOON
    assert found.first_automated_at == found.first_response_at == accepted
    assert found.answered.automation is not None
    assert found.answered.automation.plain_s == (accepted - found.requested_at).total_seconds()
    assert found.answered.staff is None


async def test_a_persons_answer_has_a_clock_of_its_own_and_open_hours_count_apart() -> None:
    world = await World(at=MONDAY_NIGHT).open()
    await world.lead_arrives()
    await world.drain()

    await world.pass_time(timedelta(hours=11, minutes=30))  # ten in the morning
    await _person_says(world, "Sam here, how can I help?")

    found = await _detail(world)
    assert found.answered.automation is not None
    assert found.answered.automation.plain_s < 60
    assert found.answered.staff is not None
    assert (found.answered.staff.plain_s, found.answered.staff.open_s) == (11.5 * 3600, 3600)
    told = [(each.responded_by, each.channel) for each in world.happened("lead.answered")]
    assert sorted(told) == [("automation", "sms"), ("staff", "sms")]
    await nothing_wrong(world)


async def test_answers_in_the_chat_count_too() -> None:
    world = await World().open()
    await world.text_from_customer("hi there")
    lead = await _lead_after(world)
    access = await access_to_lead(world.seams, lead.id, tenant_id=TENANT)
    await post_message(world.seams, access, "how much for ceramic?", client_id="m1")
    await world.pass_time(timedelta(minutes=2))

    await _person_says(world, "Sam here")

    found = await _detail(world)
    assert found.first_human_at is not None
    assert found.first_automated_at is not None
    assert ("staff", "web") in [(each.responded_by, each.channel) for each in world.happened("lead.answered")]


async def _lead_after(world: World) -> Lead:
    await world.drain()
    return await _lead(world)


async def test_speed_tells_median_and_p90_of_the_days_asked_for() -> None:
    world = await World().open()
    await world.lead_arrives()
    await world.pass_time(timedelta(days=20))
    await world.lead_arrives(order_id="o2", phone="+15125550143")
    await world.drain()

    month = await response_speed(world.seams, tenant_id=TENANT, days=30)
    week = await response_speed(world.seams, tenant_id=TENANT, days=7)

    assert [(each.leads, each.answered) for each in month] == [(2, 2), (2, 0)]
    assert [(each.leads, each.answered) for each in week] == [(1, 1), (1, 0)]


async def test_a_lead_is_scored_on_arrival_and_again_when_facts_change() -> None:
    world = await World().open()
    await world.lead_arrives()
    await world.drain()
    fresh = await _reasons(world)
    assert fresh == {
        "a phone that can be texted": 10,
        "agreed to be contacted": 10,
        "asked for Ceramic tint": 10,
        "was heard from in the last day": 10,
        "drives a 2022 Tesla Model Y": 5,
    }

    await world.pass_time(timedelta(minutes=5))
    await world.text_from_customer("how much is it, can I come by tomorrow?")
    await world.pass_time(timedelta(minutes=1))

    warm = await _reasons(world)
    assert {reason: points for reason, points in warm.items() if reason not in fresh} == {
        "asked for a price": 15,
        "wrote back": 15,
        "asked for a day or a time": 15,
        "wrote back within 15 minutes": 10,
    }
    assert [each.total for each in world.happened("lead.scored")] == [45, 100]


async def test_time_alone_lowers_a_score_in_steps_until_the_lead_is_closed() -> None:
    world = await World().open()
    await world.lead_arrives()

    await world.pass_time(timedelta(days=8))
    lead = await _lead(world)
    await lose(world.seams, lead.id, "price", tenant_id=TENANT, by="Sam")
    await world.pass_time(timedelta(days=8))

    assert [each.total for each in world.happened("lead.scored")] == [45, 41, 38, 35]


async def test_an_opt_out_takes_the_points_for_reach_away() -> None:
    world = await World().open()
    await world.lead_arrives()
    await world.drain()

    await world.text_from_customer("STOP")
    await world.drain()

    assert "a phone that can be texted" not in await _reasons(world)
    assert "agreed to be contacted" not in await _reasons(world)
    assert (await _lead(world)).status is LeadStatus.LOST


async def test_new_weights_score_every_open_lead_anew() -> None:
    world = await World().open()
    await world.lead_arrives()
    await world.lead_arrives(order_id="o2", phone="+15125550143")
    await world.drain()

    await change_tenant(world.store, TENANT, {"score.vehicle": "40", "score.sources": '{"shopmonkey": 7}'})
    await world.drain()

    assert [each.total for each in world.happened("lead.scored")] == [45, 45, 87, 87]
    assert (await _reasons(world))["came through shopmonkey"] == 7
    assert ScoreWeights().vehicle == 5


async def test_the_timeline_tells_the_whole_story_in_order() -> None:
    ana = StaffMember(key="ana", name="Ana", phone="+15125550151")
    world = await World(at=MONDAY_NIGHT, first_response="wait_for_window", staff=(ana,)).open()
    await world.lead_arrives()
    await world.drain()
    await world.pass_time(timedelta(hours=11))
    sent = world.sms.accepted[0]
    await world.webhook(DeliveryReport(provider_id=sent.provider_id, status="delivered"))
    await world.text_from_customer("what does it cost?")
    await world.pass_time(timedelta(minutes=2))
    await _person_says(world, "I am on it")
    await world.close_order("o1")
    await world.webhook(EntityChanged(kind="order", external_id="o1"))
    await world.drain()

    async with world.store.begin(TENANT) as uow:
        story = await uow.leads.timeline((await _lead(world)).id, tenant_id=TENANT)

    types = [line.type for line in story]
    assert types.index("lead.arrived") < types.index("lead.assigned") < types.index("message.held_back")
    assert {
        "lead.scored", "lead.answered", "lead.moved", "cadence.enrolled", "cadence.ended", "touch.decided",
        "message.settled", "message.delivery", "conversation.speaker",
    } <= set(types)  # fmt: skip
    held = next(line.detail for line in story if line.type == "message.held_back")
    assert held["code"] == "quiet_hours"
    said = [line.detail.get("text") for line in story if line.type == "conversation.entry"]
    assert "what does it cost?" in said
    assert "I am on it" in said
    queued = [line.detail for line in story if line.type == "message.queued" and line.detail["channel"] == "sms"]
    assert (queued[0]["state"], queued[0]["delivery"]) == ("accepted", "delivered")
    assert [line.detail["went_to"] for line in story if line.type == "lead.moved"][-1] == "won"
    assert [line.at for line in story] == sorted(line.at for line in story)
    assert len({line.id for line in story}) == len(story)
