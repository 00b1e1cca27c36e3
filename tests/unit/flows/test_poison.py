"""Rows that nobody can read, or that bring our code down, hold up nobody else; once mended they are applied once."""

from datetime import timedelta

from leadcore.flows.apply import MAX_TRIES, apply_inbox
from leadcore.flows.replay import replay
from leadcore.intake.model import InboxItem
from leadcore.ports.inbound import AdmittedItem, EntityChanged, InboundEvent, UnreadableBodyError
from leadcore.tenants.model import Connection
from tests.unit.flows.world import TENANT, TrustingDoor, World

_ROWS = 400
_AT_A_TIME = 20


class Poisoned(World):
    """A shop one in a hundred of whose rows is poison: every second of those is unreadable, the others hit a bug."""

    poisoned = True

    async def door(self, connection: Connection) -> TrustingDoor:
        assert connection.tenant_id == TENANT
        return _PoisonedDoor(self)


class _PoisonedDoor(TrustingDoor):
    def __init__(self, world: Poisoned) -> None:
        self._world = world

    def read(self, item: AdmittedItem) -> tuple[InboundEvent, ...]:
        number = int(item.dedupe_key.removeprefix("w"))
        if self._world.poisoned and number % 200 == 100:
            raise UnreadableBodyError("not JSON")
        if self._world.poisoned and number % 200 == 0:
            raise ZeroDivisionError("a bug of ours")
        return super().read(item)


async def test_one_poisoned_row_in_a_hundred_slows_the_others_by_less_than_five_percent() -> None:
    clean, poisoned = Poisoned(), Poisoned()
    clean.poisoned = False

    rounds_when_clean = await _rounds_until_the_healthy_are_done(await _full(clean))
    rounds_when_poisoned = await _rounds_until_the_healthy_are_done(await _full(poisoned))

    assert rounds_when_clean / rounds_when_poisoned >= 0.95


async def test_poison_is_dead_after_eight_tries_and_once_mended_is_applied_exactly_once() -> None:
    world = Poisoned()
    await _full(world)
    await _apply_for(world, timedelta(hours=12))
    dead = [row for row in await _rows(world) if row.state == "dead"]
    before = len(world.happened("lead.arrived"))

    world.poisoned = False
    for row in dead:
        await replay(world.store, row.id, tenant_id=TENANT)
    await _apply_for(world, timedelta())
    for row in dead:  # and again, by somebody who did not see that it had gone well
        await replay(world.store, row.id, tenant_id=TENANT)
    await _apply_for(world, timedelta())

    assert len(dead) == _ROWS // 100
    assert {row.tries for row in dead if "a bug" in row.error} == {MAX_TRIES}
    assert {row.tries for row in dead if "a bug" not in row.error} == {0}
    assert [row.error for row in await _rows(world) if row.state in {"dead", "new"}] == []
    assert len(world.happened("lead.arrived")) - before == len(dead)


async def _full(world: Poisoned) -> Poisoned:
    """Return the open shop with one new lead per row."""
    await world.open()
    for number in range(1, _ROWS + 1):
        await world.lead_arrives(order_id=f"o{number}", phone=_phone(number), opt_in=False, webhook=False)
        await world.webhook(EntityChanged(kind="order", external_id=f"o{number}"), webhook_id=f"w{number}")
    return world


async def _apply_for(world: Poisoned, span: timedelta) -> None:
    """Apply the inbox, and nothing else, from due instant to due instant until *span* is over."""
    end = world.clock.now() + span
    while (wait := await world.store.due.next_due(("inbox",))) is not None:
        if world.clock.now() + timedelta(seconds=wait) > end:
            return
        world.clock.advance(timedelta(seconds=wait))
        for item in await world.store.due.claim(("inbox",), limit=_AT_A_TIME, lease_s=30, worker="w"):
            await apply_inbox(world.seams, item)


async def _rounds_until_the_healthy_are_done(world: Poisoned) -> int:
    healthy = _ROWS - (_ROWS // 100 if world.poisoned else 0)
    for number in range(1, 1_000):
        for item in await world.store.due.claim(("inbox",), limit=_AT_A_TIME, lease_s=30, worker="w"):
            await apply_inbox(world.seams, item)
        if len(world.happened("lead.arrived")) == healthy:
            return number
    raise AssertionError("the healthy rows are never done")


async def _rows(world: World) -> list[InboxItem]:
    async with world.store.begin(TENANT) as uow:
        return await uow.inbox.listing(TENANT, state=None, limit=2 * _ROWS)


def _phone(number: int) -> str:
    area, line = divmod(number, 100)
    return f"+1{210 + area}55501{line:02}"
