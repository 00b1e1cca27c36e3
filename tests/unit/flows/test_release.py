"""Messages that failed or are held are seen with their reason, and tried again once by a person's word."""

from datetime import timedelta
from typing import get_args

import pytest
from hypothesis import given
from hypothesis import strategies as st
from msgspec.structs import replace

from leadcore.flows.release import NotReleasableError, Stuck, release_message, stuck_messages, why_not_released
from leadcore.messaging.model import Message
from leadcore.messaging.values import AttemptState, MessageState
from leadcore.ports.messaging import MessageRefusedError
from leadcore.testing.builders import NOON, a_message, a_point, a_tenant, an_attempt
from tests.unit.flows.world import TENANT, World


async def _failed() -> tuple[World, Stuck]:
    world = await World().open()
    world.sms.script(MessageRefusedError("the template is not approved", provider_code="30007"))
    await world.lead_arrives()
    await world.drain()
    [stuck] = await stuck_messages(world.seams, TENANT, state="failed", limit=9)
    return world, stuck


async def _release(world: World, stuck: Stuck) -> Stuck:
    return await release_message(world.seams, stuck.message_id, tenant_id=TENANT, by="Dana")


async def test_what_failed_is_listed_and_goes_once_it_is_released() -> None:
    world, stuck = await _failed()

    released = await _release(world, stuck)
    await world.drain()

    assert "30007" in stuck.reason
    assert stuck.why_not == ""
    assert released.state == "pending"
    assert len(world.sms.accepted) == 1
    assert await stuck_messages(world.seams, TENANT, state=None, limit=9) == []
    [told] = world.happened("message.released")
    assert (told.by, told.was, told.message_id) == ("Dana", "failed", stuck.message_id)


async def test_it_is_released_once_and_not_again() -> None:
    world, stuck = await _failed()
    world.sms.script(MessageRefusedError("still not"))
    await _release(world, stuck)
    await world.drain()

    [again] = await stuck_messages(world.seams, TENANT, state="failed", limit=9)
    with pytest.raises(NotReleasableError, match="released before"):
        await _release(world, stuck)

    assert again.why_not == "it was released before"
    assert again.released_at is not None
    assert len(world.happened("message.released")) == 1


async def test_the_gate_still_decides_about_what_is_released() -> None:
    world, stuck = await _failed()
    await world.text_from_customer("STOP")
    await world.drain()

    await _release(world, stuck)
    await world.drain()

    assert _stored(world, stuck).body not in world.texts
    assert _stored(world, stuck).state == "suppressed"


async def test_what_is_held_is_decided_at_once_when_it_is_released() -> None:
    world = await World(paused=True).open()
    await world.lead_arrives()
    await world.drain()
    held = await stuck_messages(world.seams, TENANT, state="held", limit=9)
    async with world.store.begin(TENANT) as uow:
        tenant = await uow.tenants.get(TENANT)
        await uow.tenants.save(replace(tenant, paused=False, version=tenant.version + 1))
        await uow.commit()

    for each in held:
        await _release(world, each)
    await world.drain()

    assert {each.reason for each in held} == {"the tenant paused automated messages"}
    assert len(world.sms.accepted) == 1


async def test_a_message_too_late_to_be_useful_is_not_released() -> None:
    world, stuck = await _failed()
    world.clock.advance(timedelta(days=30))

    with pytest.raises(NotReleasableError, match="too late"):
        await _release(world, stuck)


@given(
    state=st.sampled_from(get_args(MessageState)),
    tries=st.lists(st.sampled_from(get_args(AttemptState)), max_size=3),
    was_released=st.booleans(),
    hours=st.integers(-5, 5),
)
def test_nothing_that_may_have_gone_is_tried_again(
    state: MessageState, tries: list[AttemptState], was_released: bool, hours: int
) -> None:
    message = a_message(
        a_point(a_tenant()), state=state, released_at=NOON if was_released else None,
        not_after=NOON + timedelta(hours=hours),
    )  # fmt: skip
    attempts = [an_attempt(message, n=n, state=each) for n, each in enumerate(tries, start=1)]

    why_not = why_not_released(message, attempts, now=NOON)

    may_be = state in {"failed", "held"} and set(tries) <= {"rejected", "not_sent"} and not was_released and hours > 0
    assert (why_not == "") == may_be


def _stored(world: World, stuck: Stuck) -> Message:
    return world.store.database.messages.rows[TENANT, stuck.message_id]
