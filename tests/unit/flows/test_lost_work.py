"""Nothing is lost and nothing is tried for ever: races, bugs, a connection that went away, an assistant that fails."""

from collections.abc import AsyncIterator
from contextlib import AbstractAsyncContextManager, asynccontextmanager
from datetime import timedelta
from typing import Any

import pytest
from msgspec.structs import replace

from leadcore.flows import people
from leadcore.flows.apply import MAX_TRIES
from leadcore.flows.conflicts import until_undisturbed
from leadcore.flows.dispatch import open_attempt
from leadcore.flows.seams import Seams
from leadcore.flows.settle import settle_attempt
from leadcore.flows.turn import begin_turn
from leadcore.intake.model import InboxItem
from leadcore.kernel.errors import ConflictError, NotFoundError
from leadcore.kernel.events import Event
from leadcore.kernel.ids import TenantId, TurnId
from leadcore.leads.model import Lead
from leadcore.leads.values import LeadStatus
from leadcore.memory.model import says
from leadcore.memory.storage import MemoryStore
from leadcore.messaging.machine import Accepted
from leadcore.ports.inbound import EntityChanged
from leadcore.ports.messaging import SendChannel
from leadcore.ports.storage import DueItem, WorkKind
from leadcore.tenants.model import Connection
from leadcore_runtime.metrics import Metrics
from leadcore_runtime.turn_keeper import TurnKeeper
from tests.unit.flows.world import TENANT, TrustingDoor, World

STAFF = "+15125550177"


class Disturbed:
    """A store in which somebody else wins the first commits that have something to tell."""

    def __init__(self, store: MemoryStore, *, times: int) -> None:
        self.left = times
        self._store = store

    def __getattr__(self, name: str) -> Any:
        return getattr(self._store, name)

    def begin(self, tenant_id: TenantId) -> AbstractAsyncContextManager[Any]:
        return self._begin(tenant_id)

    @asynccontextmanager
    async def _begin(self, tenant_id: TenantId) -> AsyncIterator[Any]:
        async with self._store.begin(tenant_id) as uow:
            yield _DisturbedWork(uow, self)


class _DisturbedWork:
    def __init__(self, uow: Any, store: Disturbed) -> None:
        self._uow = uow
        self._store = store
        self._has_news = False

    def __getattr__(self, name: str) -> Any:
        return getattr(self._uow, name)

    def publish(self, *events: Event) -> None:
        self._has_news = True
        self._uow.publish(*events)

    async def commit(self) -> None:
        if self._store.left and self._has_news:
            self._store.left -= 1
            raise ConflictError("somebody else was first")
        await self._uow.commit()


class Unplugged(World):
    """A shop whose connections can be taken away."""

    gone = False

    async def carrier(self, tenant_id: TenantId, channel: SendChannel) -> tuple[Any, Connection]:
        if self.gone:
            raise NotFoundError("twilio is not connected", fix="run `leadcore connect twilio`")
        return await super().carrier(tenant_id, channel)

    async def door(self, connection: Connection) -> TrustingDoor:
        if self.gone:
            raise ValueError("the vault's key was lost")
        return await super().door(connection)


async def test_a_decision_is_made_again_until_nobody_disturbs_it() -> None:
    tried: list[int] = []

    async def decide() -> str:
        tried.append(len(tried))
        if len(tried) < 3:
            raise ConflictError("somebody else was first")
        return "decided"

    assert await until_undisturbed(decide) == "decided"
    assert len(tried) == 3


async def test_a_decision_that_can_never_be_made_is_given_up() -> None:
    async def decide() -> str:
        raise ConflictError("bound to another attempt")

    with pytest.raises(ConflictError):
        await until_undisturbed(decide)


async def test_a_carriers_answer_survives_a_race_for_the_lead() -> None:
    world = await World().open()
    await world.lead_arrives()
    item = await _claimed_after(world, "inbox", "touch", then="message")
    departure = await open_attempt(world.seams, item)
    assert departure is not None
    receipt = await departure.carrier.send(departure.outbound)
    raced = _raced(world, times=2)

    state = await settle_attempt(raced, departure.attempt.id, Accepted(receipt=receipt), tenant_id=TENANT)

    assert state == "accepted"


@pytest.mark.parametrize("times", [1, 3])
async def test_a_turn_whose_end_is_disturbed_is_ended_all_the_same(times: int) -> None:
    world = await World().open()
    world.model.add(says("Sure."))
    await world.text_from_customer("Do you tint?")
    await world.drain()
    world.clock.advance(timedelta(seconds=2))
    [item] = await world.store.due.claim(("turn",), limit=1, lease_s=30, worker="a")
    keeper = TurnKeeper(seams=_raced(world, times=times), metrics=Metrics())

    await keeper.perform(item)
    await world.drain()

    assert len(world.model.requests) == 1
    assert len(world.texts) == 1


async def test_a_row_that_brings_our_code_down_backs_off_and_ends_dead_with_its_reason() -> None:
    world = Unplugged()
    await world.open()
    world.gone = True

    await world.webhook(EntityChanged(kind="order", external_id="o1"))
    await world.pass_time(timedelta(hours=12))

    [row] = await _rows(world)
    assert (row.state, row.tries) == ("dead", MAX_TRIES)
    assert "ValueError: the vault's key was lost" in row.error
    assert await world.store.due.next_due(("inbox",)) is None


async def test_a_message_without_a_connection_expires_instead_of_being_tried_for_ever() -> None:
    world = Unplugged()
    await world.open()
    await world.lead_arrives()
    await _claimed_after(world, "inbox", "touch", then=None)
    world.gone = True

    await world.pass_time(timedelta(days=14))

    assert world.sms.handed_over == []
    [lead] = await _leads(world)
    async with world.store.begin(TENANT) as uow:
        assert {message.state for message in await uow.messages.of_lead(lead.id, tenant_id=TENANT)} == {"expired"}


async def test_an_attempt_whose_connection_went_away_waits_for_it() -> None:
    world = Unplugged()
    await world.open()
    world.sms.script("lose_answer")
    await world.lead_arrives()
    await world.drain()
    world.gone = True
    await world.pass_time(timedelta(minutes=10))

    world.gone = False
    await world.pass_time(timedelta(minutes=30))

    assert len(world.sms.accepted) == 1
    assert [event.how for event in world.happened("message.settled") if event.outcome == "accepted"].count("list") == 1


async def test_the_clock_of_the_first_response_stops_at_the_call_not_when_the_call_is_proven() -> None:
    world = await World().open()
    world.sms.script("lose_answer")
    world.email.script("unavailable", "unavailable", "unavailable")
    await world.lead_arrives()
    asked = world.clock.now()

    await world.pass_time(timedelta(minutes=10))

    [lead] = await _leads(world)
    assert lead.first_response_at is not None
    assert lead.first_response_at - asked < timedelta(seconds=60)


async def test_a_turn_that_fails_again_and_again_is_given_to_a_person() -> None:
    world = await World(staff_phone=STAFF).open()
    await world.text_from_customer("Do you tint?")
    await world.drain()

    for _ in range(20):  # whoever begins it dies
        world.clock.advance(timedelta(seconds=121))
        for item in await world.store.due.claim(("turn",), limit=1, lease_s=30, worker="dies"):
            await begin_turn(world.seams, TurnId(item.item_id), tenant_id=TENANT)
    await world.drain()

    told = [each.message.body for each in world.sms.accepted if each.message.recipient == STAFF]
    assert len(told) == 1
    assert "failed to answer" in told[0]
    assert await world.store.due.next_due(("turn",)) is None


async def test_stop_takes_the_word_from_an_answer_under_way() -> None:
    world = await World().open()
    await world.lead_arrives()
    await world.drain()
    await world.text_from_customer("How much?")
    await world.drain()

    await world.text_from_customer("STOP")
    await world.pass_time(timedelta(minutes=5))

    assert world.model.requests == []
    [lead] = await _leads(world)
    assert (lead.status, lead.lost_reason) == (LeadStatus.LOST, "opted_out")


async def test_a_second_text_overtakes_the_answer_that_is_being_given_to_the_first() -> None:
    world = await World().open()
    await world.text_from_customer("How much?")
    await world.drain()
    world.clock.advance(timedelta(seconds=2))
    [slow] = await world.store.due.claim(("turn",), limit=1, lease_s=30, worker="slow")
    opened = await begin_turn(world.seams, TurnId(slow.item_id), tenant_id=TENANT)
    assert opened is not None
    world.model.add(says("For both: sure."))

    await world.text_from_customer("For a truck")
    await world.pass_time(timedelta(minutes=5))

    assert len(world.texts) == 1
    async with world.store.begin(TENANT) as uow:
        assert (await uow.conversations.turn(opened.turn.id, tenant_id=TENANT)).state == "dropped"


async def test_who_takes_over_takes_every_turn() -> None:
    world = await World().open()
    await world.lead_arrives()
    await world.drain()
    await world.text_from_customer("How much?")
    await world.drain()
    [lead] = await _leads(world)
    conversation = await people.conversation_of_lead(world.seams, lead.id, tenant_id=TENANT)
    assert conversation is not None

    await people.take(world.seams, conversation.id, tenant_id=TENANT, by="Sam")
    await people.release(world.seams, conversation.id, tenant_id=TENANT, by="Sam")
    await world.pass_time(timedelta(minutes=5))

    assert world.model.requests == []


def _raced(world: World, *, times: int) -> Seams:
    store: Any = Disturbed(world.store, times=times)
    return replace(world.seams, store=store)


async def _claimed_after(world: World, *kinds: WorkKind, then: WorkKind | None) -> Any:
    for kind in kinds:
        for item in await world.store.due.claim((kind,), limit=9, lease_s=30, worker="a"):
            await world.perform(item)
    if then is None:
        return None
    claimed: list[DueItem] = await world.store.due.claim((then,), limit=9, lease_s=30, worker="a")
    return claimed[0]


async def _rows(world: World) -> list[InboxItem]:
    async with world.store.begin(TENANT) as uow:
        return await uow.inbox.listing(TENANT, state=None, limit=10)


async def _leads(world: World) -> list[Lead]:
    async with world.store.begin(TENANT) as uow:
        return await uow.leads.listing(TENANT, status=None, limit=10, before=None)
