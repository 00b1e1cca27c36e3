"""A roll-out over several shops of a brand: canary shops first, the others with the promotion."""

from typing import Any
from uuid import UUID

import pytest
from msgspec.structs import replace

from leadcore.cadences.model import MigrationMap
from leadcore.flows.cadence_files import cadence_named, publish_cadence
from leadcore.flows.enroll import enroll
from leadcore.flows.rollout_locations import as_file, locations_of, plan_at, rollouts_together, start_at
from leadcore.flows.rollout_moves import carry_out
from leadcore.flows.rollout_plan import NewVersion
from leadcore.flows.rollouts import NoRolloutError, SeveralLocationsError, StartRollout, promote_rollout
from leadcore.kernel.errors import InvalidInputError
from leadcore.kernel.ids import TenantId
from leadcore.testing.builders import a_lead, a_person, a_point
from tests.unit.flows.test_rollouts import EDITED
from tests.unit.flows.test_steering import OWN
from tests.unit.flows.world import TENANT, World

DALLAS, ELSEWHERE, STRANGER = (TenantId(UUID(int=number)) for number in (11, 12, 13))
MAP = MigrationMap(move={"hello": "hello"})
NEW = NewVersion(source=EDITED)


async def _brand() -> World:
    """Two shops of one brand with a lead each, one of the brand without the cadence, and another brand."""
    world = await World().open()
    for tenant_id, changes in (
        (DALLAS, {"slug": "dallas"}),
        (ELSEWHERE, {"slug": "waco"}),
        (STRANGER, {"slug": "stranger", "brand": "Another"}),
    ):
        async with world.store.begin(tenant_id) as uow:
            await uow.tenants.add(replace(world.tenant, id=tenant_id, **changes))
            await uow.commit()
    for tenant_id in (TENANT, DALLAS, STRANGER):
        await publish_cadence(world.store, tenant_id, OWN)
        await _lead(world, tenant_id)
    return world


async def _lead(world: World, tenant_id: TenantId) -> None:
    async with world.store.begin(tenant_id) as uow:
        tenant = await uow.tenants.get(tenant_id)
        point = a_point(tenant)
        person = a_person(point)
        lead = a_lead(person)
        await uow.compliance.ensure_point(point)
        await uow.leads.put_person(person)
        await uow.leads.add(lead)
        assert await enroll(uow, world.seams, tenant, lead, cadence="own")
        await uow.commit()


async def _start(world: World, new: NewVersion = NEW, **changes: Any) -> list[Any]:
    places = await locations_of(world.store, world.tenant, new, canary=["dallas"])
    return await start_at(world.seams, places, StartRollout(new=new, moves=MAP, percent=100, by="Sam", **changes))


async def _versions(world: World) -> dict[TenantId, str]:
    return {each.tenant_id: each.version for each in world.store.database.enrollments.rows.values()}


async def test_canary_shops_move_at_the_start_and_the_others_with_the_promotion() -> None:
    world = await _brand()
    before = await _versions(world)

    places = await locations_of(world.store, world.tenant, NEW, canary=["dallas"])
    plans = await plan_at(world.store, places, NEW, moves=MAP, percent=100)
    begun = await _start(world)
    for each in begun:
        await carry_out(world.seams, each.id, tenant_id=each.tenant_id)
    tried = await _versions(world)
    with pytest.raises(SeveralLocationsError):
        await promote_rollout(world.seams, DALLAS, "own", by="Sam")
    for each in await rollouts_together(world.store, TENANT, "own"):
        await promote_rollout(world.seams, each.tenant_id, "own", by="Sam", with_others=True)
        await carry_out(world.seams, each.id, tenant_id=each.tenant_id)
    after = await _versions(world)

    new = begun[0].new_version
    assert [(each.location, each.move_at_start, each.move) for each in plans] == [("dallas", 1, 1), ("austin", 0, 1)]
    assert [each.state for each in begun] == ["canary", "waiting"]
    assert tried == {**before, DALLAS: new}
    assert after == {**before, DALLAS: new, TENANT: new}
    assert (await cadence_named(world.store, TENANT, "own")).version == new


async def test_beginning_again_goes_on_where_it_was_left() -> None:
    world = await _brand()
    (place, _) = await locations_of(world.store, world.tenant, NEW, canary=["dallas"])
    both = (DALLAS, TENANT)
    (left,) = await start_at(world.seams, [place], StartRollout(new=NEW, moves=MAP, percent=100, by="Sam"))
    async with world.store.begin(DALLAS) as uow:  # it was killed before it came to the second shop
        await uow.rollouts.save(replace(left, locations=both))
        await uow.commit()

    begun = await _start(world)

    assert [each.tenant_id for each in begun] == list(both)
    assert begun[0].id == left.id
    assert {each.shared_id for each in begun} == {left.shared_id}
    assert len(await rollouts_together(world.store, DALLAS, "own")) == 2


async def test_a_stored_version_reaches_the_other_shops_as_its_file() -> None:
    world = await _brand()
    edited = await publish_cadence(world.store, TENANT, EDITED)
    await publish_cadence(world.store, TENANT, OWN)

    file = await as_file(world.store, world.tenant, NewVersion(wanted=f"own@{edited.version}"))
    begun = await _start(world, file)

    assert {each.new_version for each in begun} == {edited.version}


async def test_a_shop_that_does_not_take_part_is_named() -> None:
    world = await _brand()

    with pytest.raises(InvalidInputError) as unknown:
        await locations_of(world.store, world.tenant, NEW, canary=["waco", "stranger"])
    with pytest.raises(NoRolloutError):
        await rollouts_together(world.store, TENANT, "own")

    assert unknown.value.field == "canary"
    assert "austin, dallas" in str(unknown.value.fix)
    assert [each.tenant.slug for each in await locations_of(world.store, world.tenant, NEW, canary=())] == ["austin"]
