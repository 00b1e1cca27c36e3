"""What people say of a lead: lost, won, open again; and what that does to follow-up."""

import asyncio
from datetime import timedelta
from itertools import pairwise
from typing import Any

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from leadcore.flows.lead_moves import lose, reopen, win
from leadcore.kernel.errors import InvalidInputError, LeadcoreError
from leadcore.leads.model import DuplicateLeadError, FollowUpForbiddenError, Lead, NotLostError, UnreachableStatusError
from leadcore.leads.values import LeadStatus, LostReason
from leadcore.memory.driver import run
from leadcore.ports.inbound import EntityChanged
from tests.unit.flows.world import PHONE, TENANT, World, nothing_wrong

BY: dict[str, Any] = {"tenant_id": TENANT, "by": "Sam"}


async def _world(**tenant: Any) -> World:
    world = await World(**tenant).open()
    await world.lead_arrives()
    await world.drain()
    return world


async def _lead(world: World) -> Lead:
    async with world.store.begin(TENANT) as uow:
        [lead] = await uow.leads.listing(TENANT, status=None, limit=9, before=None)
    return lead


async def _running(world: World, lead: Lead) -> list[tuple[str, int]]:
    async with world.store.begin(TENANT) as uow:
        active = await uow.cadences.active_of_lead(lead.id, tenant_id=TENANT)
    return [(each.cadence, each.rotation) for each in active]


async def test_a_lost_lead_is_followed_up_no_more_and_says_why_and_who_said_so() -> None:
    world = await _world()
    lead = await _lead(world)

    lost = await lose(world.seams, lead.id, "price", **BY)
    await world.pass_time(timedelta(days=14))

    assert (lost.status, lost.lost_reason, lost.losses) == (LeadStatus.LOST, "price", 1)
    assert await _running(world, lost) == []
    assert len(world.texts) == 1
    moved = world.happened("lead.moved")[-1]
    assert (moved.went_to, moved.reason, moved.by) == ("lost", "price", "Sam")
    assert world.happened("cadence.ended")[-1].reason == "lost"
    await nothing_wrong(world)


async def test_a_won_lead_is_followed_up_no_more() -> None:
    world = await _world()
    lead = await _lead(world)

    won = await win(world.seams, lead.id, **BY)

    assert won.status is LeadStatus.WON
    assert await _running(world, won) == []
    assert world.happened("cadence.ended")[-1].reason == "won"


@pytest.mark.parametrize(("reason", "suppressed"), [("opted_out", "staff"), ("wrong_number", "wrong_number")])
async def test_an_opt_out_told_to_a_person_silences_us_for_good(reason: LostReason, suppressed: str) -> None:
    world = await _world()
    lead = await _lead(world)

    await lose(world.seams, lead.id, reason, **BY)

    async with world.store.begin(TENANT) as uow:
        person = await uow.leads.person(lead.person_id, tenant_id=TENANT)
        assert person.phone_id is not None
        assert person.email_id is not None
        found = [
            await uow.compliance.suppressions(each, tenant_id=TENANT) for each in (person.phone_id, person.email_id)
        ]
    assert [[each.reason for each in point] for point in found] == [[suppressed], [suppressed]]


async def test_a_re_opened_lead_is_followed_up_only_if_told() -> None:
    world = await _world()
    lead = await _lead(world)
    await lose(world.seams, lead.id, "price", **BY)

    opened = await reopen(world.seams, lead.id, **BY)

    assert (opened.status, opened.lost_reason) == (LeadStatus.ENGAGED, None)
    assert await _running(world, opened) == []

    await lose(world.seams, lead.id, "price", **BY)
    opened = await reopen(world.seams, lead.id, **BY, follow_up=True)
    await world.drain()

    assert await _running(world, opened) == [("seven-in-eight", 1)]
    assert len(world.texts) == 2


async def test_follow_up_does_not_start_for_who_opted_out_and_nothing_is_changed() -> None:
    world = await _world()
    await world.text_from_customer("STOP")
    await world.drain()
    lead = await _lead(world)

    with pytest.raises(FollowUpForbiddenError, match="suppressed") as refusal:
        await reopen(world.seams, lead.id, **BY, follow_up=True)

    assert refusal.value.field == "follow_up"
    assert await _lead(world) == lead
    assert (await reopen(world.seams, lead.id, **BY)).status is LeadStatus.ENGAGED


async def test_a_phone_without_consent_to_marketing_and_no_mail_cannot_be_followed_up() -> None:
    world = await World().open()
    await world.text_from_customer("hi, a price please", phone=PHONE)
    await world.drain()
    lead = await _lead(world)
    await lose(world.seams, lead.id, "price", **BY)

    with pytest.raises(FollowUpForbiddenError, match="no consent to marketing"):
        await reopen(world.seams, lead.id, **BY, follow_up=True)


async def test_what_is_not_lost_and_what_is_a_duplicate_is_not_re_opened() -> None:
    world = await _world()
    lead = await _lead(world)

    with pytest.raises(NotLostError, match="contacted lead"):
        await reopen(world.seams, lead.id, **BY)
    await lose(world.seams, lead.id, "duplicate", **BY)
    with pytest.raises(DuplicateLeadError):
        await reopen(world.seams, lead.id, **BY)


async def test_a_closed_lead_is_not_closed_again_and_only_the_crm_closes_in_its_name() -> None:
    world = await _world()
    lead = await _lead(world)

    with pytest.raises(InvalidInputError, match="only the CRM"):
        await lose(world.seams, lead.id, "closed_in_crm", **BY)
    await lose(world.seams, lead.id, "price", **BY)
    with pytest.raises(UnreachableStatusError):
        await lose(world.seams, lead.id, "other", **BY)
    with pytest.raises(UnreachableStatusError):
        await win(world.seams, lead.id, **BY)


async def test_a_cadence_without_an_answer_ends_as_lost_for_no_answer() -> None:
    world = await _world()

    await world.pass_time(timedelta(days=12))

    lead = await _lead(world)
    assert (lead.status, lead.lost_reason, lead.losses) == (LeadStatus.LOST, "no_answer", 1)


async def test_an_appointment_in_the_crm_opens_a_lost_lead_and_books_it() -> None:
    world = await _world()
    lead = await _lead(world)
    await lose(world.seams, lead.id, "no_answer", **BY)

    await world.book_order("o1")
    await world.webhook(EntityChanged(kind="order", external_id="o1"))
    await world.drain()

    assert (await _lead(world)).status is LeadStatus.BOOKED


MOVES = st.lists(
    st.sampled_from(
        ["lose price", "lose opted_out", "lose duplicate", "win", "reopen", "follow", "text", "STOP", "days"]
    ),
    max_size=8,
)


@given(MOVES)
@settings(max_examples=25, deadline=None)
def test_no_history_of_moves_has_a_gap_or_an_illegal_step(moves: list[str]) -> None:
    world = asyncio.run(_played(moves))  # what is told to the CRM waits for it

    history = world.happened("lead.moved")
    assert all(earlier.went_to == later.came_from for earlier, later in pairwise(history))
    assert not [each for each in history if each.came_from == LeadStatus.WON]
    lost = [each for each in history if each.came_from == LeadStatus.LOST]
    again = {(LeadStatus.ENGAGED, None), (LeadStatus.LOST, "opted_out")}  # a no is kept also by who was lost before
    assert {(each.went_to, each.reason) for each in lost} <= again
    lead = run(_lead(world))
    assert lead.status == (history[-1].went_to if history else LeadStatus.NEW)
    assert lead.losses == sum(each.came_from != LeadStatus.LOST == each.went_to for each in history)


async def _played(moves: list[str]) -> World:
    world = await _world()
    lead = await _lead(world)
    for move in moves:
        verb, _, reason = move.partition(" ")
        try:
            match verb:
                case "lose":
                    await lose(world.seams, lead.id, reason, **BY)  # type: ignore[arg-type]
                case "win":
                    await win(world.seams, lead.id, **BY)
                case "reopen" | "follow":
                    await reopen(world.seams, lead.id, **BY, follow_up=verb == "follow")
                case "days":
                    await world.pass_time(timedelta(days=3))
                case _:
                    await world.text_from_customer("how much is it?" if verb == "text" else verb)
                    await world.drain()
        except LeadcoreError:
            continue
    return world
