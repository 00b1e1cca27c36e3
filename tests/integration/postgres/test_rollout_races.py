"""A roll-out while its leads' touches are decided, by two movers at once and with a rollback between."""

import asyncio
from datetime import timedelta

import pytest
from msgspec.structs import replace

from leadcore.cadences.model import Delay, MigrationMap, Step, Template
from leadcore.flows.rollout_moves import carry_out
from leadcore.flows.rollout_plan import NewVersion
from leadcore.flows.rollouts import StartRollout, roll_back, start_rollout
from leadcore.flows.seams import Seams
from leadcore.flows.touch import decide_touch
from leadcore.kernel.errors import ConflictError, StaleClaimError
from leadcore.memory.chance import SeededChance, SeededIds
from leadcore.ports.storage import DueItem
from leadcore.testing.builders import NOON, a_lead, a_person, a_point, a_touch, an_enrollment, new_id
from leadcore.testing.contracts.shop import Shop, open_shop
from leadcore_postgres.store import PostgresStore
from tests.unit.flows.world import World

pytestmark = pytest.mark.postgres
_LEADS = 12


def _steps(*ids: str) -> tuple[Step, ...]:
    texts = [
        Step(id=each, templates={"sms": Template(body=each)}, delay=Delay(after=timedelta(days=1))) for each in ids
    ]
    return (*texts, Step(id="end", templates={}, delay=Delay(after=timedelta(days=3))))


async def _fleet(store: PostgresStore) -> Shop:
    """Leads that wait for a touch that is due now, on a version whose step the new one has not."""
    shop = await open_shop(store)
    old = replace(shop.cadence, name="own", version="old", steps=_steps("a", "b"), published_at=NOON)
    async with store.begin(shop.id) as uow:
        await uow.cadences.publish(old)
        await uow.cadences.put_version(replace(old, version="new", steps=_steps("a2", "b"), published_at=None))
        for _ in range(_LEADS):
            point = a_point(shop.tenant)
            lead = a_lead(a_person(point))
            enrollment = an_enrollment(lead, old, enrolled_at=await uow.now())
            touch = a_touch(enrollment, step="a", due_at=await uow.now(), not_after=await uow.now() + timedelta(days=1))
            await uow.compliance.ensure_point(point)
            await uow.leads.put_person(a_person(point, id=lead.person_id))
            await uow.leads.add(lead)
            await uow.cadences.enroll(enrollment)
            await uow.cadences.add_touch(replace(touch, planned_at=await uow.now() - timedelta(days=2)))
            await uow.due.arm("touch", touch.id, tenant_id=shop.id, at=await uow.now())
        await uow.commit()
    return shop


async def _decide_some(seams: Seams, rounds: int) -> None:
    for _ in range(rounds):
        items = await seams.store.due.claim(("touch",), limit=4, lease_s=30, worker="test")
        await asyncio.gather(*(_decide(seams, each) for each in items))


async def _decide(seams: Seams, item: DueItem) -> None:
    try:
        await decide_touch(seams, item)
    except (StaleClaimError, ConflictError):
        return  # it was moved meanwhile, and is armed anew


async def test_a_lead_is_moved_before_or_after_its_touch_is_decided_and_never_between(store: PostgresStore) -> None:
    shop = await _fleet(store)
    seams = replace(World().seams, store=store, ids=SeededIds(str(new_id())), chance=SeededChance(str(new_id())))
    moves = MigrationMap(move={"a": "a2"}, move_same=True)
    command = StartRollout(new=NewVersion(wanted="own@new"), moves=moves, percent=100, by="Sam")
    rollout, _ = await start_rollout(seams, shop.id, command)

    await asyncio.gather(
        _decide_some(seams, 3),
        *(carry_out(seams, rollout.id, tenant_id=shop.id) for _ in range(2)),
    )
    forward = await _standing(store, shop)
    await asyncio.gather(_decide_some(seams, 2), _back(seams, shop), _back(seams, shop))
    back = await _standing(store, shop)

    for standing in (forward, back):
        assert len(standing) == _LEADS
        for version, steps, due in standing:
            assert len(due) == 1, (version, steps)
            assert len(set(steps)) == len(steps)
            assert due[0] in {each.id for each in (_steps("a", "b") if version == "old" else _steps("a2", "b"))}
    assert {version for version, _, _ in forward} == {"new"}
    assert {version for version, _, _ in back} == {"old"}


async def _back(seams: Seams, shop: Shop) -> None:
    rollout = await roll_back(seams, shop.id, "own", by="Sam")
    await carry_out(seams, rollout.id, tenant_id=shop.id)


async def _standing(store: PostgresStore, shop: Shop) -> list[tuple[str, list[str], list[str]]]:
    found = []
    async with store.begin(shop.id) as uow:
        for enrollment, touch in await uow.rollouts.in_flight("own", tenant_id=shop.id, limit=99):
            touches = await uow.cadences.touches_of_lead(enrollment.lead_id, tenant_id=shop.id)
            due = [each.step for each in touches if each.state == "due"]
            assert touch.step in due
            found.append((enrollment.version, [each.step for each in touches], due))
    return found
