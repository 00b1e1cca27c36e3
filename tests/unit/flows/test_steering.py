"""Published cadences, conditions at the due instant, and what people do to a running follow-up."""

from datetime import datetime, timedelta
from typing import Any

import pytest

from leadcore.cadences.model import Touch
from leadcore.flows.cadence_files import UncheckedCadenceError, cadence_named, publish_cadence
from leadcore.flows.explain_touch import preview_touch, waiting, why_touch
from leadcore.flows.onboard import change_tenant
from leadcore.flows.steer import NotEnrolledError, enroll_again, pause, resume, skip, snooze
from leadcore.kernel.errors import InvalidInputError
from leadcore.kernel.ids import LeadId
from tests.unit.flows.world import MONDAY_NOON, TENANT, World, nothing_wrong

BY: dict[str, Any] = {"tenant_id": TENANT, "by": "Sam"}
OWN = """
name = "own"
sms_consent = "web form"
[[steps]]
id = "hello"
delay = "+0m"
purpose = "first_response"
sms = "{{ greeting }}, {{ brand }} here. Reply STOP to opt out."
[[steps]]
id = "ask"
delay = "next business day 10:00-11:30"
purpose = "marketing"
sms = "{{ greeting }}, any news about {{ about }}?"
[[steps]]
id = "known"
delay = "+1d 10:00-11:30"
when = "not vehicle_known"
purpose = "marketing"
sms = "Which vehicle is it, says {{ brand }}?"
[[steps]]
id = "bye"
delay = "+1d 10:00-11:30"
purpose = "marketing"
sms = "Last word from {{ brand }}"
"""


async def _world(source: str = OWN, *, at: datetime = MONDAY_NOON, **tenant: Any) -> World:
    world = await World(at=at, **tenant).open()
    await publish_cadence(world.store, TENANT, source)
    await change_tenant(world.store, TENANT, {"cadence": "own"})
    await world.lead_arrives()
    await world.drain()
    return world


async def _lead(world: World) -> LeadId:
    async with world.store.begin(TENANT) as uow:
        return (await uow.leads.listing(TENANT, status=None, limit=1, before=None))[0].id


async def _touches(world: World) -> list[Touch]:
    async with world.store.begin(TENANT) as uow:
        return await uow.cadences.touches_of_lead(await _lead(world), tenant_id=TENANT)


async def test_a_published_cadence_is_what_new_leads_enter_and_its_conditions_are_asked_when_due() -> None:
    world = await _world()

    await world.pass_time(timedelta(days=9))

    await nothing_wrong(world)
    assert [(each.step, each.state) for each in await _touches(world)] == [
        ("hello", "decided"), ("ask", "decided"), ("known", "skipped"), ("bye", "decided"), ("end", "decided"),
    ]  # fmt: skip
    assert len(world.texts) == 3
    assert "Last word" in world.texts[-1]


async def test_a_lead_stays_on_the_version_it_entered() -> None:
    world = await _world()

    again = await publish_cadence(world.store, TENANT, OWN)
    edited = await publish_cadence(world.store, TENANT, OWN.replace("Last word", "Good bye"))
    await world.pass_time(timedelta(days=9))

    assert (again.is_new, edited.is_new) == (False, True)
    assert (await cadence_named(world.store, TENANT, "own")).version == edited.version
    assert "Last word" in world.texts[-1]


async def test_what_does_not_pass_the_check_is_not_published_and_an_unknown_name_is_refused() -> None:
    world = await World().open()

    with pytest.raises(UncheckedCadenceError) as refusal:
        await publish_cadence(world.store, TENANT, OWN.replace("STOP", "bye"))
    with pytest.raises(InvalidInputError) as unknown:
        await change_tenant(world.store, TENANT, {"cadence": "own"})

    assert [each.rule for each in refusal.value.problems] == ["opt-out"]
    assert unknown.value.field == "cadence"


async def test_holidays_and_closures_are_no_business_days() -> None:
    wednesday = MONDAY_NOON + timedelta(days=2)
    world = await _world(at=wednesday, holidays="US-TX", closures=("2026-11-27",), hours={})

    (waits,) = await waiting(world.seams, TENANT, limit=9)

    # Thursday is Thanksgiving, Friday a closure, then the weekend
    assert waits.due_at == datetime.fromisoformat("2026-11-30T10:00:00-06:00")


async def test_a_pause_holds_everything_and_a_resume_expires_what_is_stale() -> None:
    world = await _world()
    lead = await _lead(world)

    await pause(world.seams, lead, **BY)
    await pause(world.seams, lead, **BY)
    await world.pass_time(timedelta(days=9))
    assert len(world.texts) == 1
    assert [each.paused for each in await waiting(world.seams, TENANT, limit=9)] == [True]

    await resume(world.seams, lead, **BY)
    await world.drain()

    assert [(each.step, each.state) for each in await _touches(world)][:2] == [("hello", "decided"), ("ask", "expired")]
    assert [each.how for each in world.happened("cadence.steered")] == ["paused", "resumed"]


async def test_a_snooze_moves_the_next_touch_and_a_skip_leaves_it_out() -> None:
    world = await _world()
    lead = await _lead(world)
    until = MONDAY_NOON + timedelta(days=4)

    moved = await snooze(world.seams, lead, until=until, **BY)
    await world.pass_time(timedelta(days=3))
    assert (moved.due_at, len(world.texts)) == (until, 1)
    left_out = await skip(world.seams, lead, **BY)

    assert (left_out.step, left_out.reason) == ("ask", "left out by Sam")
    assert [each.step for each in await waiting(world.seams, TENANT, limit=9)] == ["known"]
    with pytest.raises(InvalidInputError):
        await snooze(world.seams, lead, until=MONDAY_NOON, **BY)


async def test_a_lead_is_enrolled_again_in_another_rotation_only_when_nothing_runs() -> None:
    world = await _world()
    lead = await _lead(world)
    with pytest.raises(NotEnrolledError):
        await enroll_again(world.seams, lead, tenant_id=TENANT)
    await world.text_from_customer("How much is it?")
    await world.drain()

    again = await enroll_again(world.seams, lead, cadence="win-back", tenant_id=TENANT)

    assert (again.cadence, again.rotation) == ("win-back", 1)
    with pytest.raises(NotEnrolledError):
        await enroll_again(world.seams, lead, tenant_id=TENANT)


async def test_why_and_preview_say_what_was_and_what_would_be_sent() -> None:
    world = await _world()
    lead = await _lead(world)
    hello = (await _touches(world))[0]

    why = await why_touch(world.seams, hello.id, tenant_id=TENANT)
    await world.pass_time(timedelta(minutes=15))  # what went just now holds the next one back
    seen = await preview_touch(world.seams, lead, "ask", tenant_id=TENANT)
    await world.pass_time(timedelta(days=1))

    assert [each.state for each in why.messages] == ["accepted"]
    assert why.decisions[0].rules_version
    assert why.decisions[0].facts.channel == "sms"
    assert [each.body for each in seen.messages] == world.texts[1:]
    assert [each.verdict for each in seen.messages] == ["allow"]


async def test_a_goal_that_was_reached_ends_the_cadence() -> None:
    world = await _world(OWN.replace("sms_consent", 'goals = ["contacted"]\nsms_consent', 1))

    await world.pass_time(timedelta(days=3))

    assert len(world.texts) == 1
    assert [each.reason for each in world.happened("cadence.ended")] == ["goal"]


async def test_a_holdout_gets_the_answer_and_no_follow_up_and_nurture_follows_once() -> None:
    arms = '[[arms]]\nname = "quiet"\nweight = 1\nholdout = true\n[[steps]]'
    world = await _world(
        OWN.replace("[[steps]]", arms, 1).replace("sms_consent", 'nurture = "win-back"\nsms_consent', 1)
    )

    await world.pass_time(timedelta(days=9))

    assert [each.state for each in await _touches(world)][:4] == ["decided", "skipped", "skipped", "skipped"]
    assert [each.cadence for each in world.happened("cadence.enrolled")] == ["own", "win-back"]
