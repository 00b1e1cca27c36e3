"""A step is tried on the shop's own people: marked, through the gate, counted apart; the customer gets nothing."""

from typing import Any

import pytest

from leadcore.flows.explain_touch import preview_touch
from leadcore.flows.try_step import TrialReport, try_step
from leadcore.kernel.errors import InvalidInputError, NotFoundError
from leadcore.tenants.values import StaffMember
from tests.unit.flows.world import PHONE, TENANT, World

STAFF_PHONE, STAFF_EMAIL = "+15125550155", "desk@example.com"
ANA = StaffMember(key="ana", name="Ana", phone="+15125550156", email="ana@example.com")
GONE = StaffMember(key="bo", name="Bo", phone="+15125550157", email="bo@example.com", active=False)


async def _answered(**tenant: Any) -> World:
    people = {"staff_phone": STAFF_PHONE, "staff_email": STAFF_EMAIL, "staff": (ANA, GONE)}
    world = await World(**{**people, **tenant}).open()
    await world.lead_arrives()
    await world.drain()
    return world


async def _tried(world: World, *, to: str = "", step: str = "") -> TrialReport:
    lead = next(iter(world.store.database.leads.rows.values()))
    touch = next(iter(world.store.database.touches.rows.values()))
    return await try_step(world.seams, lead.id, step or touch.step, to=to, tenant_id=TENANT, by="Dana")


async def test_the_shops_people_get_what_the_preview_shows_and_the_customer_gets_nothing() -> None:
    world = await _answered()
    lead = next(iter(world.store.database.leads.rows.values()))
    touch = next(iter(world.store.database.touches.rows.values()))
    preview = await preview_touch(world.seams, lead.id, touch.step, tenant_id=TENANT)
    texts, mails = len(world.sms.accepted), len(world.email.accepted)

    report = await _tried(world)
    await world.drain()

    [text], [mail] = world.sms.accepted[texts:], world.email.accepted[mails:]
    shown = {each.channel: each for each in preview.messages}
    assert {each.channel: each.recipient for each in report.sent} == {"sms": STAFF_PHONE, "email": STAFF_EMAIL}
    assert (text.message.recipient, text.message.body) == (STAFF_PHONE, f"[TEST] {shown['sms'].body}")
    assert (mail.message.recipient, mail.message.subject) == (STAFF_EMAIL, f"[TEST] {shown['email'].subject}")
    assert mail.message.body == f"[TEST] {shown['email'].body}"
    assert "[TEST]" in mail.message.html
    assert [(each.by, each.step, each.lead_id) for each in world.happened("touch.tested")] == [
        ("Dana", touch.step, lead.id)
    ]


async def test_only_the_shops_own_active_people_get_tests() -> None:
    world = await _answered()

    report = await _tried(world, to="(512) 555-0156")

    assert [each.recipient for each in report.sent] == [ANA.phone]
    assert "email" in report.left_out
    for stranger in (PHONE, GONE.phone, "bo@example.com", f"pat{PHONE[2:]}@example.com"):
        with pytest.raises(InvalidInputError, match="own people only"):
            await _tried(world, to=stranger)
    with pytest.raises(NotFoundError):
        await _tried(world, step="nonsense")


async def test_tests_count_apart_and_take_nothing_from_the_months_budget() -> None:
    world = await _answered()
    before = await _spent(world)

    first = await _tried(world, to=STAFF_PHONE)
    await world.drain()
    second = await _tried(world, to=STAFF_PHONE)

    assert (first.tests_this_month, second.tests_this_month) == (0, 1)
    assert await _spent(world) == before


async def test_the_gate_holds_a_test_as_everything_else_and_a_stop_of_staff_ends_it() -> None:
    world = await _answered()
    await world.store.deployment.hold("a test", by="operator")
    texts = len(world.sms.accepted)
    await _tried(world, to=STAFF_PHONE)
    await world.drain()
    held = len(world.sms.accepted) - texts
    await world.store.deployment.lift(because="it is over", name="pat")
    await world.text_from_customer("STOP", phone=STAFF_PHONE)
    await _tried(world, to=STAFF_PHONE)
    await world.drain()

    assert held == 0
    assert [each for each in world.sms.accepted[texts:] if each.message.body.startswith("[TEST]")] == []
    decided = [each for each in world.store.database.decisions.rows.values() if each.facts.purpose == "test"]
    assert decided[-1].decision.reason.startswith("suppressed")


async def test_a_test_moves_no_lead_and_enters_no_thread() -> None:
    world = await _answered()
    lead = next(iter(world.store.database.leads.rows.values()))
    entries = len(world.store.database.entries.rows)

    await _tried(world)
    await world.drain()

    assert next(iter(world.store.database.leads.rows.values())) == lead
    assert len(world.store.database.entries.rows) == entries


async def _spent(world: World) -> int:
    async with world.store.begin(TENANT) as uow:
        return await uow.compliance.spent_since(TENANT, since=world.clock.now().replace(day=1))
