"""Whatever the versions, the map and the leads: nobody is dropped, the plan is what happens, and rollback restores."""

from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from typing import Any

import pytest
from hypothesis import Phase, find, given, settings
from hypothesis import strategies as st
from hypothesis.errors import NoSuchExample
from msgspec.structs import replace

from leadcore.cadences.model import Rollout
from leadcore.flows.rollout_moves import carry_out
from leadcore.flows.rollout_plan import NewVersion, RolloutPlan, plan_rollout
from leadcore.flows.rollouts import StartRollout, promote_rollout, roll_back, start_rollout
from leadcore.flows.work import Work
from leadcore.memory.driver import run
from tests.unit.flows.rollout_fleet import (
    NAME,
    Case,
    Snapshot,
    cases,
    close_next,
    open_fleet,
    play_to_the_end,
    snapshot,
    wrongs,
)
from tests.unit.flows.world import TENANT, World

_FEW = settings().max_examples * 2 // 5
"""Each builds a shop: forty ordinarily, 800 in `nox -s properties`."""
_UNSHRUNK = settings(max_examples=300, deadline=None, database=None, phases=[Phase.generate])
NEW = NewVersion(wanted=f"{NAME}@new")


class KilledError(Exception):
    """The process is gone."""


class DyingStore:
    """A store whose process is killed at its n-th unit of work: before it, or when it would commit."""

    def __init__(self, store: Any, *, at: int) -> None:
        self._store = store
        self._left = at

    def __getattr__(self, name: str) -> Any:
        return getattr(self._store, name)

    @asynccontextmanager
    async def begin(self, tenant_id: Any) -> AsyncIterator[Work]:
        self._left -= 1
        async with self._store.begin(tenant_id) as uow:
            if self._left <= 0:
                uow.commit = self._die
            yield uow

    async def _die(self) -> None:
        raise KilledError


async def _start(world: World, case: Case) -> tuple[Rollout, RolloutPlan]:
    command = StartRollout(new=NEW, moves=case.moves, percent=case.percent, by="Sam")
    return await start_rollout(world.seams, TENANT, command)


async def _moved(world: World, rollout: Rollout) -> int:
    async with world.store.begin(TENANT) as uow:
        ever, undone = await uow.rollouts.moved(rollout.id, tenant_id=TENANT)
    return ever - undone


def _wrong(world: World, case: Case, before: Snapshot, after: Snapshot) -> list[str]:
    return wrongs(world, before, after, steps={"old": case.old, "new": case.new})


@settings(max_examples=2 * _FEW)
@given(cases())
def test_nobody_is_dropped_and_the_plan_is_what_happens(case: Case) -> None:
    run(nobody_is_dropped(case))


async def nobody_is_dropped(case: Case) -> None:
    """Plan, start, promote and play to the end; raise `AssertionError` for whatever goes wrong."""
    world = await open_fleet(case)
    plan = await plan_rollout(world.store, TENANT, NEW, moves=case.moves, percent=case.percent)
    before = await snapshot(world.store)
    rollout, started = await _start(world, case)
    await carry_out(world.seams, rollout.id, tenant_id=TENANT)
    at_start = await _moved(world, rollout)
    assert _wrong(world, case, before, await snapshot(world.store)) == []
    await promote_rollout(world.seams, TENANT, NAME, by="Sam")
    await carry_out(world.seams, rollout.id, tenant_id=TENANT)
    after = await snapshot(world.store)

    assert started == plan
    assert (at_start, await _moved(world, rollout)) == (plan.move_at_start, plan.move)
    assert _wrong(world, case, before, after) == []
    assert sum(enrollment.version == "new" for enrollment, _ in after.values()) == plan.move

    await play_to_the_end(world)
    ended = await snapshot(world.store)
    assert _wrong(world, case, before, ended) == []
    assert all(enrollment.state != "active" for enrollment, _ in ended.values())


@settings(max_examples=_FEW)
@given(cases())
def test_rollback_restores(case: Case) -> None:
    async def story() -> None:
        world = await open_fleet(case)
        before = await snapshot(world.store)
        rollout, _ = await _start(world, case)
        await carry_out(world.seams, rollout.id, tenant_id=TENANT)
        await roll_back(world.seams, TENANT, NAME, by="Sam")
        await carry_out(world.seams, rollout.id, tenant_id=TENANT)
        after = await snapshot(world.store)

        assert _of_version(after) == _of_version(before)
        assert _wrong(world, case, before, after) == []

    run(story())


@settings(max_examples=_FEW)
@given(cases(), st.integers(1, 3))
def test_rollback_after_some_steps_drops_nobody_either(case: Case, steps: int) -> None:
    async def story() -> None:
        world = await open_fleet(case)
        rollout, _ = await _start(world, case)
        await carry_out(world.seams, rollout.id, tenant_id=TENANT)
        for _ in range(steps):
            for enrollment_id in await snapshot(world.store):
                await close_next(world, enrollment_id)
        before = await snapshot(world.store)
        await roll_back(world.seams, TENANT, NAME, by="Sam")
        await carry_out(world.seams, rollout.id, tenant_id=TENANT)
        after = await snapshot(world.store)

        assert _wrong(world, case, before, after) == []
        assert not any(each.version == "new" for each, _ in after.values() if each.state == "active")
        await play_to_the_end(world)
        assert _wrong(world, case, before, await snapshot(world.store)) == []

    run(story())


@settings(max_examples=_FEW)
@given(cases(), st.integers(1, 20))
def test_a_kill_anywhere_is_made_good(case: Case, at: int) -> None:
    async def story() -> None:
        world = await open_fleet(case)
        before = await snapshot(world.store)
        rollout, plan = await _start(world, case)
        dying = replace(world.seams, store=DyingStore(world.store, at=at))
        try:
            await carry_out(dying, rollout.id, tenant_id=TENANT)
        except KilledError:
            assert _wrong(world, case, before, await snapshot(world.store)) == []
        while not await carry_out(world.seams, rollout.id, tenant_id=TENANT, at_most=1):
            pass
        once = await snapshot(world.store)
        await carry_out(world.seams, rollout.id, tenant_id=TENANT)

        assert await _moved(world, rollout) == plan.move_at_start
        assert _wrong(world, case, before, once) == []
        assert await snapshot(world.store) == once

    run(story())


def _of_version(found: Snapshot) -> dict[Any, Any]:
    """Leave out whose step a touch is: one of an older program did not say."""
    return {
        key: (enrollment, [(each.step, each.due_at, each.not_after, each.state) for each in touches])
        for key, (enrollment, touches) in found.items()
    }


async def _careless(world: World) -> None:
    """Put everybody on the new version and cancel what waits for a step that it has not: waiters are dropped."""
    async with world.store.begin(TENANT) as uow:
        new = await uow.cadences.version(NAME, "new", tenant_id=TENANT)
        for enrollment, touch in await uow.rollouts.in_flight(NAME, tenant_id=TENANT, limit=99):
            await uow.cadences.save(replace(enrollment, version="new"))
            if touch.step not in {each.id for each in new.steps}:
                await uow.cadences.cancel_touches(enrollment.id, tenant_id=TENANT, reason="staff")
                await uow.due.cancel("touch", [touch.id], tenant_id=TENANT)
        await uow.commit()


def test_a_roll_out_that_drops_waiters_whose_step_vanished_is_caught() -> None:
    def is_caught(case: Case) -> bool:
        async def story() -> list[str]:
            world = await open_fleet(case)
            before = await snapshot(world.store)
            await _careless(world)
            return _wrong(world, case, before, await snapshot(world.store))

        return "0 next touches" in run(story())

    try:
        find(cases(), is_caught, settings=_UNSHRUNK)
    except NoSuchExample:  # pragma: no cover - the negative control itself failed
        pytest.fail("nobody noticed that waiting leads were dropped")
