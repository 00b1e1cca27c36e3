"""Rolling out a new version of a cadence: the plan, the share, promotion, the automatic halt, and taking it back."""

from datetime import timedelta
from typing import Any
from uuid import UUID

import pytest
from msgspec.structs import replace

from leadcore.cadences.model import Enrollment, MigrationMap, Rollout, Thresholds
from leadcore.flows.cadence_files import RolloutRunsError, cadence_named, publish_cadence
from leadcore.flows.explain_touch import why_touch
from leadcore.flows.onboard import change_tenant
from leadcore.flows.rollout_plan import NewVersion, plan_rollout
from leadcore.flows.rollout_watch import WATCHED_FOR
from leadcore.flows.rollouts import (
    NoRolloutError,
    StartRollout,
    halt_rollout,
    promote_rollout,
    roll_back,
    rollouts_of,
    start_rollout,
)
from leadcore.kernel.errors import InvalidInputError
from leadcore.kernel.ids import TenantId
from tests.unit.flows.test_steering import OWN
from tests.unit.flows.world import TENANT, World, nothing_wrong

EDITED = OWN.replace('id = "ask"', 'id = "ask-2"').replace("any news about", "any news at all about")
NEW = NewVersion(source=EDITED)
MOVED = MigrationMap(move={"ask": "ask-2"})
ELSEWHERE = TenantId(UUID(int=9))


async def _world(leads: int = 3, **tenant: Any) -> World:
    """Return a shop whose leads have had their first text and wait on `ask`."""
    world = await World(**tenant).open()
    await publish_cadence(world.store, TENANT, OWN)
    await change_tenant(world.store, TENANT, {"cadence": "own"})
    await _arrive(world, leads)
    return world


async def _arrive(world: World, leads: int, *, first: int = 0) -> None:
    for number in range(first, first + leads):
        await world.lead_arrives(order_id=f"o{number}", phone=_phone(number))
    await world.drain()


def _phone(number: int) -> str:
    return f"+1512555{101 + number:04}"


async def _start(world: World, **changes: Any) -> Rollout:
    command = StartRollout(**{"new": NEW, "moves": MOVED, "percent": 100, "by": "Sam", **changes})
    return (await start_rollout(world.seams, TENANT, command))[0]


async def _enrollments(world: World, tenant_id: TenantId = TENANT) -> list[Enrollment]:
    found = [each for each in world.store.database.enrollments.rows.values() if each.tenant_id == tenant_id]
    return sorted(found, key=lambda each: each.id)


async def _stands(world: World, tenant_id: TenantId = TENANT) -> Rollout:
    return (await rollouts_of(world.seams, tenant_id))[0].rollout


async def test_the_plan_counts_who_keeps_and_who_moves_and_names_what_needs_an_entry() -> None:
    world = await _world()

    unmapped = await plan_rollout(world.store, TENANT, NEW, moves=MigrationMap(), percent=100)
    plan = await plan_rollout(world.store, TENANT, NEW, moves=MOVED, percent=0)

    assert [(each.step, each.leads) for each in unmapped.needs] == [("ask", 3)]
    assert (unmapped.keep, unmapped.move) == (3, 0)
    assert (plan.added, plan.removed, plan.changed, plan.needs) == (["ask-2"], ["ask"], [], [])
    assert (plan.in_flight, plan.move, plan.move_at_start) == (3, 3, 0)
    assert plan.summary == "3 in flight: 0 keep their version, 3 move step ask -> ask-2"
    assert unmapped.summary == f"3 in flight: 3 keep {plan.old_version}"
    assert await rollouts_of(world.seams, TENANT) == []


async def test_a_start_without_an_entry_that_is_needed_is_refused_and_changes_nothing() -> None:
    world = await _world()

    with pytest.raises(InvalidInputError) as refusal:
        await _start(world, moves=MigrationMap())

    assert (refusal.value.field, 'keep = ["ask"]' in str(refusal.value.fix)) == ("map.ask", True)
    assert await rollouts_of(world.seams, TENANT) == []


@pytest.mark.parametrize(
    ("changes", "field"),
    [
        ({"percent": 101}, "percent"),
        ({"new": NewVersion()}, "source"),
        ({"new": NewVersion(source=EDITED, wanted="own@x")}, "source"),
        ({"new": NewVersion(wanted="own@nothing")}, "wanted"),
        ({"new": NewVersion(source=OWN)}, "version"),
        ({"new": NewVersion(source=EDITED.replace('"own"', '"unheard-of"'))}, "cadence"),
        ({"new": NewVersion(source=EDITED.replace("sms_consent", 'nurture = "gone"\nsms_consent', 1))}, "nurture"),
        ({"thresholds": Thresholds(min_sample=0)}, "min_sample"),
    ],
)
async def test_what_cannot_be_rolled_out_is_refused_by_name(changes: dict[str, Any], field: str) -> None:
    world = await _world(1)

    with pytest.raises(InvalidInputError) as refusal:
        await _start(world, **changes)

    assert refusal.value.field == field


async def test_moved_leads_get_the_new_step_once_and_the_others_finish_their_version() -> None:
    world = await _world()
    keeps = (await _enrollments(world))[0]
    await _start(world, percent=50)
    await world.drain()
    moved = [each for each in await _enrollments(world) if each.version != keeps.version]

    await world.pass_time(timedelta(days=9))

    await nothing_wrong(world)
    assert sum("any news at all" in each for each in world.texts) == len(moved)
    assert sum("any news about" in each for each in world.texts) == 3 - len(moved)
    assert len(set(world.texts)) >= 3
    assert {each.state for each in await _enrollments(world)} == {"finished"}
    assert [each.to_step for each in world.happened("cadence.moved")] == ["ask-2"] * len(moved)


async def test_new_leads_enter_the_new_version_by_share_and_everybody_after_the_promotion() -> None:
    world = await _world(1)
    rollout = await _start(world, percent=50, moves=MigrationMap(keep=("ask",)))

    await _arrive(world, 12, first=1)
    tried = [each.version == rollout.new_version for each in (await _enrollments(world))[1:]]
    await promote_rollout(world.seams, TENANT, "own", by="Sam")
    await _arrive(world, 3, first=20)

    assert 0 < sum(tried) < 12
    assert [each.version for each in (await _enrollments(world))[13:]] == [rollout.new_version] * 3
    assert (await _enrollments(world))[0].version == rollout.old_version
    assert (await cadence_named(world.store, TENANT, "own")).version == rollout.new_version


async def test_too_many_opt_outs_halt_it_and_new_leads_get_the_old_version() -> None:
    world = await _world(0, staff_phone="+15125550177")
    rollout = await _start(world, thresholds=Thresholds(min_sample=6))
    await _arrive(world, 8)
    await world.pass_time(timedelta(minutes=6))
    assert (await _stands(world)).state == "canary"

    for number in range(3):
        await world.text_from_customer("STOP", phone=_phone(number))
    await world.drain()
    await world.pass_time(timedelta(minutes=6))
    await _arrive(world, 1, first=30)

    halted = await _stands(world)
    assert (halted.state, halted.decided_by) == ("halted", "leadcore")
    assert halted.reason.startswith("opt-outs: 3 of 8 leads")
    assert [(each.leads, each.opt_outs) for each in halted.figures] == [(8, 3), (0, 0)]
    assert (await _enrollments(world))[-1].version == rollout.old_version
    assert any("was halted" in each for each in world.texts)
    assert await world.store.due.next_due(("rollout",)) is None


async def test_a_halt_after_the_promotion_makes_the_old_version_present_again() -> None:
    world = await _world(1)
    rollout = await _start(world)
    await promote_rollout(world.seams, TENANT, "own", by="Sam")
    await world.drain()

    await halt_rollout(world.seams, TENANT, "own", by="Sam", reason="a wrong price")
    again = await halt_rollout(world.seams, TENANT, "own", by="Kim")
    await world.drain()
    await _arrive(world, 1, first=5)

    assert (again.state, again.decided_by, again.reason) == ("halted", "Sam", "a wrong price")
    assert (await cadence_named(world.store, TENANT, "own")).version == rollout.old_version
    moved, entered = await _enrollments(world)
    assert (moved.version, entered.version) == (rollout.new_version, rollout.old_version)


async def test_rolled_back_leads_go_on_where_they_were_and_no_text_goes_twice() -> None:
    world = await _world(2)
    rollout = await _start(world)
    await world.drain()
    await _arrive(world, 1, first=7)  # enters on the new version

    await roll_back(world.seams, TENANT, "own", by="Sam")
    with pytest.raises(RolloutRunsError):
        await _start(world)
    await world.drain()
    await world.pass_time(timedelta(days=9))

    (standing,) = await rollouts_of(world.seams, TENANT)
    assert (standing.moved, standing.undone, standing.rollout.state) == (2, 2, "rolled_back")
    assert not standing.rollout.is_moving
    assert {each.version for each in await _enrollments(world)} == {rollout.old_version}
    assert sum("any news about" in each for each in world.texts) == 3
    assert sum("at all" in each for each in world.texts) == 0
    assert (await roll_back(world.seams, TENANT, "own", by="Sam")).state == "rolled_back"
    with pytest.raises(NoRolloutError):
        await promote_rollout(world.seams, TENANT, "own", by="Sam")
    with pytest.raises(NoRolloutError):
        await halt_rollout(world.seams, TENANT, "own", by="Sam")


async def test_a_lead_goes_on_past_steps_that_it_had_on_the_older_version() -> None:
    world = await _world(1)
    await world.pass_time(timedelta(days=1))  # it had hello and ask, and waits on what follows
    steps = OWN.split("[[steps]]")
    turned = "[[steps]]".join([steps[0], steps[1], steps[3], steps[2], steps[4]])
    await _start(world, new=NewVersion(source=turned), moves=MigrationMap(move_same=True))

    await world.pass_time(timedelta(days=12))

    (enrollment,) = await _enrollments(world)
    async with world.store.begin(TENANT) as uow:
        touches = await uow.cadences.touches_of_lead(enrollment.lead_id, tenant_id=TENANT)
    assert enrollment.state == "finished"
    assert [each.step for each in touches] == ["hello", "ask", "known", "bye", "end"]
    assert len(world.texts) == len(set(world.texts)) == 3


async def test_why_knows_a_step_that_the_lead_s_version_has_not() -> None:
    world = await _world(1)
    await world.pass_time(timedelta(days=1))
    rollout = await _start(world, moves=MigrationMap(move_same=True))
    await world.drain()
    (enrollment,) = await _enrollments(world)
    async with world.store.begin(TENANT) as uow:
        touches = await uow.cadences.touches_of_lead(enrollment.lead_id, tenant_id=TENANT)

    why = await why_touch(world.seams, next(each.id for each in touches if each.step == "ask"), tenant_id=TENANT)

    assert (why.version, why.step.id) == (rollout.old_version, "ask")
    assert enrollment.version == rollout.new_version


async def test_nothing_is_published_while_a_version_is_tried_and_a_publication_ends_a_promoted_one() -> None:
    world = await _world(1)
    first = await _start(world)
    again = await _start(world)
    third = OWN.replace("Last word", "Good bye")

    with pytest.raises(RolloutRunsError):
        await publish_cadence(world.store, TENANT, third)
    with pytest.raises(RolloutRunsError):
        await _start(world, new=NewVersion(source=third), moves=MigrationMap(move={"ask": "ask"}))
    await promote_rollout(world.seams, TENANT, "own", by="Sam")
    assert (await promote_rollout(world.seams, TENANT, "own", by="Kim")).decided_by == "Sam"
    await publish_cadence(world.store, TENANT, third)

    assert again == first
    assert (await _stands(world)).state == "done"
    with pytest.raises(NoRolloutError):
        await roll_back(world.seams, TENANT, "own", by="Sam")
    with pytest.raises(NoRolloutError):
        await halt_rollout(world.seams, TENANT, "seven-in-eight", by="Sam")


async def test_a_promoted_version_without_harm_is_done_after_two_weeks() -> None:
    world = await _world(1)
    await _start(world)
    await promote_rollout(world.seams, TENANT, "own", by="Sam")

    await world.drain()
    world.clock.advance(WATCHED_FOR)
    await world.drain()

    assert (await _stands(world)).state == "done"
    assert [each.state for each in world.happened("cadence.rollout")] == ["canary", "promoted", "done"]
    assert await world.store.due.next_due(("rollout",)) is None


async def test_a_halt_at_one_location_halts_the_others() -> None:
    world = await _world(0)
    other = replace(world.tenant, id=ELSEWHERE, slug="dallas", cadence="own")
    async with world.store.begin(ELSEWHERE) as uow:
        await uow.tenants.add(other)
        await uow.commit()
    await publish_cadence(world.store, ELSEWHERE, OWN)
    both = (TENANT, ELSEWHERE)
    here = await _start(world, locations=both, thresholds=Thresholds(min_sample=4))
    waits = StartRollout(new=NEW, by="Sam", tried=False, locations=both, shared_id=here.shared_id)
    await start_rollout(world.seams, ELSEWHERE, waits)
    await world.drain()
    assert ((await _stands(world, ELSEWHERE)).state, (await _stands(world, ELSEWHERE)).percent) == ("waiting", 0)

    await _arrive(world, 5)
    for number in range(3):
        await world.text_from_customer("STOP", phone=_phone(number))
    await world.drain()
    await world.pass_time(timedelta(minutes=6))

    there = await _stands(world, ELSEWHERE)
    assert (there.state, there.decided_by) == ("halted", "leadcore")
    assert there.reason.startswith("halted with another location: opt-outs: 3 of 5")
