"""A phone that cannot get texts: the next touch goes by e-mail, says so, and people are told at a dead end."""

from datetime import timedelta
from typing import Any

import pytest

from leadcore.flows.cadence_files import publish_cadence
from leadcore.flows.explain_touch import preview_touch, waiting, why_touch
from leadcore.kernel.ids import TouchId
from leadcore.ports.inbound import DeliveryReport, UnsubscribeRequested
from leadcore.ports.messaging import RecipientRefusedError
from tests.unit.flows.world import PHONE, TENANT, World

DAY = timedelta(days=1)
EMAIL = f"pat{PHONE[2:]}@example.com"
_TEXTS = """
name = "texts"
sms_consent = "web form"

[[steps]]
id = "hello"
day = 0
purpose = "first_response"
sms = "{{ greeting }}, this is {{ brand }}. Reply STOP to opt out."

[[steps]]
id = "later"
day = 1
at = 10:30:00
purpose = "marketing"
sms = "{{ greeting }}, still thinking about {{ about }}? {{ brand }}"

[[steps]]
id = "last"
day = 2
at = 10:30:00
purpose = "marketing"
sms = "{{ greeting }}, last word from {{ brand }}"
"""


async def _texting(**tenant: Any) -> World:
    world = World(cadence="texts", **tenant)
    await world.open()
    await publish_cadence(world.store, TENANT, _TEXTS)
    await world.lead_arrives()
    await world.drain()
    return world


async def _reported(world: World, code: str, trouble: Any, *, status: Any = "undelivered", which: int = -1) -> None:
    carried = world.sms.accepted[which]
    report = DeliveryReport(
        provider_id=carried.provider_id, attempt_id=carried.message.attempt_id, status=status, error_code=code,
        trouble=trouble,
    )  # fmt: skip
    await world.webhook(report)
    await world.drain()


async def test_after_a_landline_the_next_step_goes_by_email_and_says_so_everywhere() -> None:
    world = await _texting()
    await _reported(world, "30006", "never")
    lead_id = next(iter(world.store.database.leads.rows.values())).id

    [waits] = await waiting(world.seams, TENANT, limit=9)
    preview = await preview_touch(world.seams, lead_id, "later", tenant_id=TENANT)
    await world.pass_time(DAY)

    [mail] = world.email.accepted
    why = await why_touch(world.seams, TouchId(waits.touch_id), tenant_id=TENANT)
    [unreachable] = world.happened("contact.unreachable")
    decided = world.happened("touch.decided")[-1]
    assert len(world.sms.handed_over) == 1  # the first one, which found out
    assert mail.message.recipient == EMAIL
    assert mail.message.subject == "Hill Country Tint: Ceramic tint for your 2022 Tesla Model Y"
    assert "30006" in waits.note
    assert [(each.channel, each.verdict, each.instead) for each in preview.messages] == [
        ("sms", "deny", False),
        ("email", "allow", True),
    ]
    assert preview.messages[1].recipient == EMAIL
    assert why.reason.startswith("by e-mail only: the phone cannot get texts")
    assert decided.verdicts["email"] == "written instead of a text"
    assert (unreachable.channel, unreachable.lead_id) == ("sms", lead_id)


async def test_a_number_that_the_carrier_refuses_is_flagged_by_the_answer_itself() -> None:
    world = World(cadence="texts")
    await world.open()
    await publish_cadence(world.store, TENANT, _TEXTS)
    world.sms.script(RecipientRefusedError("not a mobile", provider_code="21614"))
    await world.lead_arrives()

    await world.pass_time(DAY)

    assert [each.reason for each in world.happened("contact.unreachable")] == [
        "its carrier says that it takes none (21614)"
    ]
    assert [each.message.recipient for each in world.email.accepted] == [EMAIL]


async def test_a_handset_that_is_off_once_is_texted_again_and_no_more_after_the_second_time() -> None:
    world = await _texting()
    await _reported(world, "30003", "not_now")
    await world.pass_time(DAY)
    after_one = len(world.sms.accepted)
    await _reported(world, "30003", "not_now")

    await world.pass_time(DAY)

    assert (after_one, len(world.sms.accepted), len(world.email.accepted)) == (2, 2, 1)


async def test_a_text_that_arrived_after_all_takes_the_flag_off() -> None:
    world = await _texting()
    await _reported(world, "30006", "never")
    await _reported(world, "", "", status="delivered")

    await world.pass_time(DAY)

    assert len(world.happened("contact.reachable")) == 1
    assert (len(world.sms.accepted), len(world.email.accepted)) == (2, 0)


@pytest.mark.parametrize("first", ["delivered", "undelivered"])
async def test_the_order_of_the_reports_changes_nothing(first: str) -> None:
    world = await _texting()
    reports = [("30006", "never", "undelivered"), ("", "", "delivered")]
    for code, trouble, status in sorted(reports, key=lambda each: each[2] != first):
        await _reported(world, code, trouble, status=status)

    async with world.store.begin(TENANT) as uow:
        point = await uow.compliance.point("phone", PHONE, tenant_id=TENANT)

    assert point is not None
    assert point.is_reachable


async def test_who_texts_us_can_be_texted() -> None:
    world = await _texting()
    await _reported(world, "30006", "never")
    world.clock.advance(timedelta(minutes=1))
    await world.text_from_customer("hello?")

    async with world.store.begin(TENANT) as uow:
        point = await uow.compliance.point("phone", PHONE, tenant_id=TENANT)

    assert point is not None
    assert point.unreachable_at is not None
    assert point.is_reachable


async def test_when_neither_works_the_shops_people_are_told_once() -> None:
    world = await _texting(staff_email="staff@example.com")
    await world.webhook(UnsubscribeRequested(email=EMAIL, reason="unsubscribe"))
    await _reported(world, "30006", "never")

    await world.pass_time(3 * DAY)

    notices = [each for each in world.email.accepted if each.message.recipient == "staff@example.com"]
    reasons = {each.reason for each in world.store.database.touches.rows.values() if each.step in {"later", "last"}}
    assert len(notices) == 1
    assert "please call them" in notices[0].message.body
    assert [each for each in world.email.accepted if each.message.recipient == EMAIL] == []
    assert len(reasons) == 1
    assert reasons.pop().startswith("nothing arrives: ")


async def test_negative_control_without_the_flag_the_dead_number_is_texted_again() -> None:
    world = await _texting()
    await _reported(world, "30006", "")

    await world.pass_time(DAY)

    assert len(world.sms.accepted) == 2
