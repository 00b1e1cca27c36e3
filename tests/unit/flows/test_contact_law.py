"""The law where messages are sent: evidence, caps over cadences, budgets, people asked, decisions tried again."""

from datetime import UTC, datetime, timedelta
from typing import Any
from uuid import UUID

from msgspec.structs import replace

from leadcore.compliance.policies.gate import Allow, Deny
from leadcore.compliance.repository import RecordedDecision
from leadcore.flows.replay_decisions import Replay, replay_decisions
from leadcore.kernel.ids import DecisionId
from leadcore.ports.inbound import EntityChanged
from leadcore.tenants.values import Senders
from tests.unit.flows.world import MONDAY_NOON, PHONE, TENANT, World, nothing_wrong

DAY = timedelta(days=1)
LONG_AGO = datetime(2026, 1, 1, tzinfo=UTC)
TOLL_FREE = "+18005550142"


async def decisions(world: World) -> list[RecordedDecision]:
    async with world.store.begin(TENANT) as uow:
        return await uow.compliance.decisions_since(LONG_AGO, tenant_id=TENANT, after=None, limit=10_000)


async def marketing_texts(world: World) -> list[RecordedDecision]:
    return [
        each
        for each in await decisions(world)
        if each.facts.channel == "sms" and each.facts.purpose == "marketing" and isinstance(each.decision, Allow)
    ]


async def replayed(world: World) -> Replay:
    return await replay_decisions(world.store, TENANT, since=LONG_AGO)


async def test_the_address_in_the_crm_is_evidence_and_is_recorded_with_the_decision() -> None:
    world = await World(state="TX").open()
    await world.lead_arrives(webhook=False)
    customer = await world.crm_records.customer(f"c-{PHONE}")
    assert customer is not None
    world.crm_records.put(replace(customer, state="Florida", postal_code="33101"))

    await world.webhook(EntityChanged(kind="order", external_id="o1"))
    await world.drain()

    async with world.store.begin(TENANT) as uow:
        point = await uow.compliance.point("phone", PHONE, tenant_id=TENANT)
    assert point is not None
    assert (point.state, point.postal_code) == ("Florida", "33101")
    [text] = [each.facts for each in await decisions(world) if each.facts.channel == "sms"]
    assert text.states == ("FL", "TX")
    assert [clue.kind for clue in text.clues] == ["area_code", "address", "shop"]
    await nothing_wrong(world)


async def test_every_decision_of_a_whole_follow_up_comes_out_the_same_again() -> None:
    world = await World(quiet_profile="strict").open()
    await world.lead_arrives()
    await world.lead_arrives(order_id="o2", phone="+13055550143")
    await world.lead_arrives(order_id="o3", phone=TOLL_FREE)
    await world.pass_time(10 * DAY)

    found = await replayed(world)

    assert found.recorded == len(await decisions(world)) > 20
    assert found.holds
    assert (found.different, found.unknown_rules) == ((), {})


async def test_a_decision_that_was_tampered_with_and_rules_nobody_has_are_named() -> None:
    world = await World().open()
    await world.lead_arrives()
    await world.drain()
    real = (await decisions(world))[0]
    forged = replace(real, id=_other(real, 1), decision=Deny(reason="somebody changed the record"))
    older = replace(real, id=_other(real, 2), rules_version="2026-11-22")
    async with world.store.begin(TENANT) as uow:
        await uow.compliance.record([forged, older])
        await uow.commit()

    found = await replayed(world)

    assert not found.holds
    [difference] = found.different
    assert (difference.id, difference.recorded, difference.replayed) == (forged.id, forged.decision, real.decision)
    assert found.unknown_rules == {"2026-11-22": 1}
    assert found.same == found.recorded - 2


async def test_pages_are_read_to_the_end() -> None:
    world = await World().open()
    await world.lead_arrives()
    await world.drain()
    real = (await decisions(world))[0]
    copies = [replace(real, id=_other(real, number)) for number in range(1, 1201)]
    async with world.store.begin(TENANT) as uow:
        await uow.compliance.record(copies)
        await uow.commit()
    steps: list[int] = []

    found = await replay_decisions(world.store, TENANT, since=LONG_AGO, progress=steps.append)

    assert found.same == found.recorded == len(await decisions(world)) > 1200
    assert steps == [500, 1000]


def _other(decision: RecordedDecision, number: int) -> DecisionId:
    return DecisionId(UUID(int=decision.id.int + number))


async def test_a_toll_free_number_gets_marketing_only_when_it_is_lawful_anywhere() -> None:
    world = await World(at=MONDAY_NOON).open()
    await world.lead_arrives(phone=TOLL_FREE)
    await world.pass_time(10 * DAY)

    marketing = await marketing_texts(world)
    assert marketing
    for each in marketing:
        assert each.at.hour in {20, 21}  # from 10:00 in Honolulu to 18:00 in San Juan
        assert each.facts.states == ("ZZ",)


async def test_the_cap_counts_over_all_follow_ups_of_a_number() -> None:
    world = await World(quiet_profile="safe_default").open()
    for number in range(4):
        await world.lead_arrives(order_id=f"o{number}")
        await world.pass_time(DAY)
    await world.pass_time(10 * DAY)

    went = sorted(each.at for each in world.sms.accepted)
    assert len(went) > 3
    marketing = [each.at for each in await marketing_texts(world)]
    assert len(marketing) > 2
    for at in marketing:
        assert [other for other in went if at - DAY < other < at] == []
        assert len([other for other in went if at - 7 * DAY < other < at]) <= 2


async def test_a_spent_budget_holds_what_nobody_typed_until_the_month_is_over() -> None:
    world = await World(at=datetime(2026, 11, 29, 18, tzinfo=UTC), monthly_messages=1).open()
    await world.lead_arrives()
    await world.drain()

    held = [each for each in await decisions(world) if getattr(each.decision, "code", "") == "budget"]
    went = len(world.sms.accepted) + len(world.email.accepted)
    await world.text_from_customer("How much is it for a Model Y?")
    await world.pass_time(timedelta(minutes=1))

    assert went == 1
    assert len(held) == 1
    assert held[0].facts.budget_renews_at == datetime(2026, 12, 1, 6, tzinfo=UTC)  # midnight in Chicago
    assert len(world.sms.accepted) + len(world.email.accepted) == 2  # the customer is answered all the same


async def test_a_sender_the_carriers_have_not_registered_sends_no_text() -> None:
    pending = Senders(sms="+15125550100", email="shop@example.com", sms_registration="pending")
    world = await World(senders=pending).open()

    await world.lead_arrives()
    await world.drain()

    assert world.sms.handed_over == []
    assert len(world.email.accepted) == 1
    [held] = world.happened("message.held_back")
    assert held.code == "sender_not_registered"


async def test_where_no_hour_is_lawful_everywhere_the_shops_people_are_asked_once_for_each_message() -> None:
    cautious: dict[str, Any] = {"quiet_profile": "safe_default", "first_response": "wait_for_window"}
    world = await World(zone="Pacific/Guam", staff_email="staff@example.com", **cautious).open()
    await world.lead_arrives(phone="+12125550142")

    await world.pass_time(3 * DAY)

    held = [each for each in world.happened("message.held_back") if each.code == "no_common_hour"]
    assert world.sms.handed_over == []
    notices = [each for each in world.email.accepted if each.message.recipient == "staff@example.com"]
    assert len(notices) == len({each.message_id for each in held}) < len(held)
    assert "no lawful hour" in notices[0].message.body


async def test_nobody_abroad_is_followed_up_by_text() -> None:
    world = await World().open()
    await world.lead_arrives(phone="+14165550142")

    await world.pass_time(10 * DAY)

    assert len(world.sms.accepted) == 1  # the answer to their own request
    assert {each.code for each in world.happened("message.held_back")} >= {"foreign"}
