"""Two enrollments never make one phone receive the same text twice in a local day."""

from datetime import timedelta
from typing import Any

import pytest

from leadcore.flows import dispatch, facts
from leadcore.flows.cadence_files import publish_cadence
from leadcore.flows.onboard import change_tenant
from tests.unit.flows.world import MONDAY_NOON, TENANT, World, nothing_wrong

TWICE = """
name = "own"
sms_consent = "web form"
max_texts_a_day = 2
[[steps]]
id = "one"
delay = "+0m"
purpose = "marketing"
sms = "{{ brand }}: still thinking about tint? {{ chat_link }} Reply STOP to opt out."
[[steps]]
id = "two"
delay = "+2h"
purpose = "marketing"
sms = "{{ brand }}: still  thinking about TINT? {{ chat_link }} reply STOP to opt out."
[[steps]]
id = "three"
delay = "+1d 10:00-11:30"
purpose = "marketing"
sms = "{{ brand }}: still thinking about tint? {{ chat_link }} Reply STOP to opt out."
"""


async def _world() -> World:
    world = await World(at=MONDAY_NOON).open()
    await publish_cadence(world.store, TENANT, TWICE)
    await change_tenant(world.store, TENANT, {"cadence": "own"})
    await world.lead_arrives()
    await world.drain()
    return world


def _held_back(world: World) -> list[tuple[str, str]]:
    return [(each.verdict, each.code) for each in world.happened("message.held_back")]


async def test_the_same_text_ends_with_its_reason_and_goes_again_the_next_day() -> None:
    world = await _world()

    await world.pass_time(timedelta(hours=5))
    assert len(world.texts) == 1
    assert _held_back(world) == [("denied", "same_text")]
    await world.pass_time(timedelta(days=2))

    await nothing_wrong(world)
    assert len(world.texts) == 2
    async with world.store.begin(TENANT) as uow:
        lead_id = world.happened("cadence.enrolled")[0].lead_id
        messages = await uow.messages.of_lead(lead_id, tenant_id=TENANT)
    assert [(each.state, each.reason) for each in messages] == [
        ("accepted", ""), ("suppressed", "the same text went to this contact today"), ("accepted", ""),
    ]  # fmt: skip


async def test_two_requests_of_one_person_get_one_text() -> None:
    world = await _world()
    await world.lead_arrives(order_id="o2", model="Model 3")

    await world.pass_time(timedelta(hours=1))

    assert len(world.happened("cadence.enrolled")) == 2
    assert len(world.texts) == 1


async def test_without_the_key_the_same_text_would_go_twice(monkeypatch: pytest.MonkeyPatch) -> None:
    def keyless(*_: Any, **__: Any) -> None:
        return None

    monkeypatch.setattr(facts, "key_of", keyless)
    monkeypatch.setattr(dispatch, "key_of", keyless)
    world = await _world()

    await world.pass_time(timedelta(hours=5))

    assert len(world.texts) == 2
