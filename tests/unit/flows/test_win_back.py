"""Asking a lost lead once more: at most once per loss, and never against what has happened since."""

from datetime import timedelta
from typing import Any

import pytest

from leadcore.flows.lead_moves import lose, reopen, win
from leadcore.flows.onboard import change_tenant
from leadcore.leads.model import Lead
from leadcore.leads.values import LeadStatus, LostReason
from leadcore.ports.inbound import EntityChanged
from leadcore.tenants.values import WinBack
from tests.unit.flows.world import PHONE, TENANT, World, nothing_wrong

BY: dict[str, Any] = {"tenant_id": TENANT, "by": "Sam"}
AFTER = WinBack(after_days=30)
MONTH = timedelta(days=30, hours=12)


async def _world(**tenant: Any) -> World:
    world = await World(**{"win_back": AFTER, **tenant}).open()
    await world.lead_arrives()
    await world.drain()
    return world


async def _leads(world: World) -> list[Lead]:
    async with world.store.begin(TENANT) as uow:
        return await uow.leads.listing(TENANT, status=None, limit=9, before=None)


async def _lose(world: World, reason: LostReason = "price") -> Lead:
    return await lose(world.seams, (await _leads(world))[0].id, reason, **BY)


def _asked_once_more(world: World) -> list[str]:
    return [each for each in world.texts if "Still interested?" in each]


def _decided(world: World) -> list[tuple[bool, str]]:
    return [(each.enrolled, each.reason) for each in world.happened("lead.win_back")]


@pytest.mark.parametrize("reason", ["no_answer", "price", "went_elsewhere"])
async def test_a_lost_lead_is_asked_once_more_after_the_shops_days(reason: LostReason) -> None:
    world = await _world()
    await _lose(world, reason)

    await world.pass_time(timedelta(days=29))
    assert _asked_once_more(world) == []
    await world.pass_time(timedelta(days=30))

    assert len(_asked_once_more(world)) == 1
    assert _decided(world) == [(True, "")]
    assert (await _leads(world))[0].status is LeadStatus.LOST
    await nothing_wrong(world)


@pytest.mark.parametrize("reason", ["opted_out", "wrong_number", "duplicate", "not_interested", "other"])
async def test_other_losses_are_never_asked_again(reason: LostReason) -> None:
    world = await _world()
    await _lose(world, reason)

    await world.pass_time(timedelta(days=90))

    assert len(world.texts) == 1
    assert _decided(world) == []


async def test_a_shop_that_did_not_ask_for_it_wins_nobody_back() -> None:
    world = await _world(win_back=WinBack())
    await _lose(world)

    await world.pass_time(timedelta(days=90))

    assert len(world.texts) == 1


async def test_the_end_of_a_cadence_without_an_answer_is_won_back_too_and_only_once() -> None:
    world = await _world()

    await world.pass_time(timedelta(days=120))

    assert len(_asked_once_more(world)) == 1
    assert _decided(world) == [(True, "")]


async def test_each_loss_has_one_win_back_however_often_it_comes_due() -> None:
    world = await _world()
    lead = await _lose(world)
    await world.pass_time(MONTH)
    async with world.store.begin(TENANT) as uow:  # as a restored queue would
        await uow.due.arm("win_back", lead.id, tenant_id=TENANT, at=world.clock.now())
        await uow.commit()
    await world.pass_time(timedelta(days=20))
    assert _decided(world) == [(True, ""), (False, "it was asked once more after this loss already")]

    await reopen(world.seams, lead.id, **BY)
    await _lose(world)
    await world.pass_time(MONTH)

    assert len(_asked_once_more(world)) == 2


async def test_a_reply_to_it_opens_the_lead_and_ends_it() -> None:
    world = await _world()
    await _lose(world)
    await world.pass_time(MONTH)

    await world.text_from_customer("yes, how much?")
    await world.pass_time(timedelta(days=10))

    assert (await _leads(world))[0].is_open
    assert not [each for each in world.texts if "last note" in each]


async def test_who_opted_out_meanwhile_gets_nothing_because_the_gate_decides() -> None:
    world = await _world()
    await _lose(world)
    sent = len(world.texts) + len(world.email.accepted)
    await world.text_from_customer("STOP")

    await world.pass_time(timedelta(days=60))

    assert len(world.texts) + len(world.email.accepted) == sent
    assert not [each for each in world.happened("message.settled") if each.outcome == "accepted"][sent:]


async def test_a_re_opened_or_won_lead_is_left_alone() -> None:
    world = await _world()
    lead = await _lose(world)
    await reopen(world.seams, lead.id, **BY)
    await win(world.seams, lead.id, **BY)

    await world.pass_time(MONTH)

    assert _decided(world) == [(False, "it is won now")]


async def test_another_open_request_or_a_newer_one_forbids_it() -> None:
    world = await _world()
    old = await _lose(world)
    await world.lead_arrives(order_id="o2", model="Model 3")
    await world.drain()
    newer = (await _leads(world))[0]

    await world.pass_time(timedelta(days=5))
    await lose(world.seams, newer.id, "other", **BY)
    await world.pass_time(MONTH)

    assert newer.person_id == old.person_id
    assert _decided(world) == [(False, "the person asked again since")]


async def test_who_is_open_elsewhere_or_booked_since_is_not_asked() -> None:
    world = await _world()
    await world.lead_arrives(order_id="o2", model="Model 3")
    await world.drain()
    newer, older = await _leads(world)
    await lose(world.seams, newer.id, "price", **BY)
    await world.pass_time(MONTH)
    assert _decided(world) == [(False, "another request of the person is open")]

    await reopen(world.seams, newer.id, **BY)
    await lose(world.seams, newer.id, "price", **BY)
    await win(world.seams, older.id, **BY)
    await world.pass_time(MONTH)

    assert _decided(world)[1:] == [(False, "the person booked since")]


async def test_a_new_request_ends_a_win_back_that_runs() -> None:
    world = await _world()
    await _lose(world)
    await world.pass_time(MONTH)
    assert len(_asked_once_more(world)) == 1

    await world.lead_arrives(order_id="o2", model="Model 3")
    await world.pass_time(timedelta(days=8))

    assert not [each for each in world.texts if "last note" in each]
    assert world.happened("cadence.ended")[-1].reason == "newer_request"


async def test_a_longer_wait_set_meanwhile_is_waited_and_off_is_off() -> None:
    world = await _world()
    await _lose(world)
    await change_tenant(world.store, TENANT, {"win_back.after_days": "60"})
    await world.pass_time(MONTH)
    assert _decided(world) == []

    await change_tenant(world.store, TENANT, {"win_back.after_days": "0"})
    await world.pass_time(timedelta(days=40))

    assert _decided(world) == [(False, "the shop asks nobody once more")]
    assert len(world.texts) == 1


async def test_an_appointment_in_the_crm_ends_a_win_back() -> None:
    world = await _world()
    await _lose(world)
    await world.pass_time(MONTH)

    await world.book_order("o1")
    await world.webhook(EntityChanged(kind="order", external_id="o1"))
    await world.pass_time(timedelta(days=8))

    assert (await _leads(world))[0].status is LeadStatus.BOOKED
    assert not [each for each in world.texts if "last note" in each]
    assert PHONE in {each.message.recipient for each in world.sms.accepted}
