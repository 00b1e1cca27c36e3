"""Whose lead it is, in the whole shop: given once, kept for the person, moved by hand, told when a person is needed."""

from datetime import time
from typing import Any

import pytest

from leadcore.compliance.model import Suppression
from leadcore.flows.assign import reassign
from leadcore.flows.lead_views import lead_detail, listed_conversations, listed_leads
from leadcore.flows.revoke import ensure_contact
from leadcore.kernel.errors import ConflictError, InvalidInputError
from leadcore.leads.model import Assignment, Lead
from leadcore.tenants.values import AssignmentRule, OpenSpan, StaffMember
from tests.unit.flows.world import TENANT, World, nothing_wrong

ANA = StaffMember(key="ana", name="Ana Ruiz", phone="+15125550151", email="ana@example.com")
BO = StaffMember(key="bo", name="Bo Lee", phone="+15125550152")
EVENING: dict[int, tuple[OpenSpan, ...]] = {0: (OpenSpan(opens=time(20), closes=time(22)),)}
SHOP_PHONE = "+15125550160"


async def _world(**tenant: Any) -> World:
    return await World(**{"staff": (ANA, BO), "staff_phone": SHOP_PHONE, **tenant}).open()


async def _leads(world: World) -> list[Lead]:
    async with world.store.begin(TENANT) as uow:
        return sorted(await uow.leads.listing(TENANT, status=None, limit=99, before=None), key=lambda each: each.id)


async def _whose(world: World) -> list[str | None]:
    leads = await _leads(world)
    async with world.store.begin(TENANT) as uow:
        return [each.assigned_to for each in await listed_leads(uow, leads, tenant_id=TENANT)]


async def _arrive(world: World, count: int) -> None:
    for number in range(count):
        await world.lead_arrives(order_id=f"o{number}", phone=f"+1512555018{number}")
    await world.drain()


def _told(world: World) -> list[str]:
    return [each.message.recipient for each in world.sms.accepted if "needs a person" in each.message.body]


async def test_leads_are_given_in_turn_and_the_story_says_to_whom_and_why() -> None:
    world = await _world()

    await _arrive(world, 4)

    assert await _whose(world) == ["ana", "bo", "ana", "bo"]
    told = world.happened("lead.assigned")
    assert [(each.staff, each.full_name, each.how) for each in told][:1] == [("ana", "Ana Ruiz", "round_robin")]
    await nothing_wrong(world)


async def test_a_shop_without_staff_assigns_nobody() -> None:
    world = await _world(staff=())

    await _arrive(world, 1)

    assert await _whose(world) == [None]


async def test_who_asked_before_keeps_the_advisor_while_active_and_nobody_loses_a_turn() -> None:
    world = await _world()
    await _arrive(world, 1)

    await world.lead_arrives(order_id="again", phone="+15125550180", model="Model 3")
    await world.lead_arrives(order_id="new", phone="+15125550189")
    await world.drain()

    assert await _whose(world) == ["ana", "ana", "bo"]
    assert [each.how for each in world.happened("lead.assigned")] == ["round_robin", "sticky", "round_robin"]


async def test_a_first_text_from_a_stranger_is_assigned_too() -> None:
    world = await _world()

    await world.text_from_customer("do you do ceramic?", phone="+15125550177")
    await world.drain()

    assert await _whose(world) == ["ana"]


async def test_of_two_leads_at_once_the_second_sees_the_first_ones_turn() -> None:
    world = await _world()

    async with world.store.begin(TENANT) as one, world.store.begin(TENANT) as other:
        await one.life.save_rotation(await one.life.rotation(TENANT))
        await other.life.save_rotation(await other.life.rotation(TENANT))
        await one.commit()
        with pytest.raises(ConflictError):
            await other.commit()


async def test_the_advisor_is_told_when_a_person_is_needed_and_not_the_shop() -> None:
    world = await _world()
    await _arrive(world, 1)

    await _hand_over(world)

    assert _told(world) == [ANA.phone]
    assert [each.message.recipient for each in world.email.accepted][-1] == ANA.email


@pytest.mark.parametrize("case", ["off duty", "silenced", "no address"])
async def test_the_shop_is_told_when_the_advisor_cannot_be_reached(case: str) -> None:
    advisor = {
        "off duty": StaffMember(key="ana", name="Ana", phone=ANA.phone, hours=EVENING),
        "silenced": StaffMember(key="ana", name="Ana", phone=ANA.phone),
        "no address": StaffMember(key="ana", name="Ana"),
    }[case]
    world = await _world(staff=(advisor,))
    if case == "silenced":
        async with world.store.begin(TENANT) as uow:
            point = await ensure_contact(uow, "phone", ANA.phone, tenant_id=TENANT, seams=world.seams)
            await uow.compliance.suppress(
                Suppression(
                    contact_point_id=point.id, tenant_id=TENANT, channel="sms", reason="staff", since=world.clock.now()
                )
            )
            await uow.commit()
    await _arrive(world, 1)

    await _hand_over(world)

    assert _told(world) == [SHOP_PHONE]


async def test_a_shop_without_a_general_address_tells_the_advisor_at_any_hour() -> None:
    world = await _world(staff=(StaffMember(key="ana", name="Ana", phone=ANA.phone, hours=EVENING),), staff_phone="")
    await _arrive(world, 1)

    await _hand_over(world)

    assert _told(world) == [ANA.phone]


async def test_an_advisors_own_texts_are_no_customers() -> None:
    world = await _world()

    await world.text_from_customer("on my way", phone=ANA.phone)
    await world.drain()

    assert await _leads(world) == []


async def test_a_lead_is_moved_by_hand_and_who_waits_is_told_to_the_new_advisor() -> None:
    world = await _world()
    await _arrive(world, 1)
    await _hand_over(world)
    [lead] = await _leads(world)

    moved = await reassign(world.seams, lead.id, "Bo Lee", tenant_id=TENANT, by="Sam")
    again = await reassign(world.seams, lead.id, "bo", tenant_id=TENANT, by="Sam")
    await world.drain()

    assert moved == again
    assert (moved.staff, moved.how, moved.by) == ("bo", "by_hand", "Sam")
    assert _told(world) == [ANA.phone, BO.phone]
    last = world.happened("lead.assigned")[-1]
    assert (last.came_from, last.staff, last.by) == ("ana", "bo", "Sam")
    async with world.store.begin(TENANT) as uow:
        conversations = await uow.conversations.listing(TENANT, waiting_for_staff=True, limit=9)
        [listed] = await listed_conversations(uow, conversations, tenant_id=TENANT)
        detail = await lead_detail(uow, world.tenant, lead)
    assert listed.assigned_to == "bo"
    assert isinstance(detail.assignment, Assignment)


async def test_nobody_unknown_or_inactive_gets_a_lead_by_hand() -> None:
    away = StaffMember(key="cy", name="Cy", active=False)
    world = await _world(staff=(ANA, away))
    await _arrive(world, 1)
    [lead] = await _leads(world)

    for staff in ("cy", "nobody"):
        with pytest.raises(InvalidInputError, match="no active member") as refusal:
            await reassign(world.seams, lead.id, staff, tenant_id=TENANT, by="Sam")
        assert refusal.value.fix == "known: ana"


async def test_by_hours_who_is_in_gets_the_lead() -> None:
    late = StaffMember(key="ana", name="Ana", hours=EVENING)
    world = await _world(staff=(late, BO), assignment=AssignmentRule(policy="on_duty"))

    await _arrive(world, 2)

    assert await _whose(world) == ["bo", "bo"]


async def _hand_over(world: World) -> None:
    """An ambiguous opt-out hands the conversation to a person at once."""
    await world.text_from_customer("I want to cancel", phone="+15125550180")
    await world.drain()
    async with world.store.begin(TENANT) as uow:
        [conversation] = await uow.conversations.listing(TENANT, waiting_for_staff=False, limit=9)
    assert conversation.speaker == "staff"
