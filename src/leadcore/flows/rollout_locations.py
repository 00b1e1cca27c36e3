"""A roll-out over the locations of one brand: the canary ones try it, the others wait for the promotion."""

from collections.abc import Sequence
from uuid import UUID

import msgspec
from msgspec.structs import replace

from leadcore.cadences.model import CadenceVersion, MigrationMap, Rollout
from leadcore.cadences.values import OPEN_ROLLOUT
from leadcore.flows.cadence_files import present_version
from leadcore.flows.onboard import list_tenants
from leadcore.flows.rollout_plan import NewVersion, RolloutPlan, plan_rollout, version_to_come
from leadcore.flows.rollouts import NoRolloutError, StartRollout, refuse_needs, start_rollout
from leadcore.flows.seams import Seams
from leadcore.flows.work import Store
from leadcore.kernel.errors import InvalidInputError
from leadcore.kernel.ids import TenantId
from leadcore.tenants.model import Tenant


class Location(msgspec.Struct, frozen=True, kw_only=True):
    """One of the brand's shops, and whether it tries the new version from the start."""

    tenant: Tenant
    tried: bool


async def locations_of(store: Store, tenant: Tenant, new: NewVersion, *, canary: Sequence[str]) -> list[Location]:
    """Return where to roll out: only *tenant* without a *canary*, else every shop of its brand, the canary ones first.

    A shop that has no such cadence is left out. Raises `InvalidInputError`, `UncheckedCadenceError`.
    """
    if not canary:
        return [Location(tenant=tenant, tried=True)]
    version = await _version(store, tenant, new)
    brand = [each for each in await list_tenants(store) if each.brand == tenant.brand]
    found = [each for each in brand if await _has(store, each, version.name)]
    unknown = sorted(set(canary) - {each.slug for each in found})
    if unknown:
        fix = f"shops of {tenant.brand} that have {version.name}: {', '.join(each.slug for each in found)}"
        raise InvalidInputError(f"no shop that could try it is called {', '.join(unknown)}", field="canary", fix=fix)
    places = [Location(tenant=each, tried=each.slug in canary) for each in found]
    return sorted(places, key=lambda each: (not each.tried, each.tenant.slug))


async def as_file(store: Store, tenant: Tenant, new: NewVersion) -> NewVersion:
    """Return *new* as a file: a version that *tenant* has stored is unknown to other shops.

    Raises `InvalidInputError`, `UncheckedCadenceError`.
    """
    version = await _version(store, tenant, new)
    return NewVersion(source=version.source) if version.source else new


async def plan_at(
    store: Store, locations: Sequence[Location], new: NewVersion, *, moves: MigrationMap, percent: int
) -> list[RolloutPlan]:
    """Return what starting would do at each of them; nothing changes. Raises `InvalidInputError`."""
    return [
        await plan_rollout(store, each.tenant.id, new, moves=moves, percent=percent if each.tried else 0)
        for each in locations
    ]


async def start_at(seams: Seams, locations: Sequence[Location], command: StartRollout) -> list[Rollout]:
    """Begin at all of them or, if the map lacks an entry for any, at none. Beginning again begins where it was left.

    Raises what `start_rollout` does.
    """
    plans = await plan_at(seams.store, locations, command.new, moves=command.moves, percent=command.percent)
    for plan in plans:
        refuse_needs(plan)
    ids = tuple(each.tenant.id for each in locations)
    shared_id = await _shared_id(seams, ids, plans[0])
    found = []
    for each in locations:
        here = replace(command, locations=ids, shared_id=shared_id, tried=each.tried)
        found.append((await start_rollout(seams, each.tenant.id, here))[0])
    return found


async def rollouts_together(store: Store, tenant_id: TenantId, cadence: str) -> list[Rollout]:
    """Return the newest roll-out of *cadence* as it stands at each of its locations. Raises `NoRolloutError`."""
    async with store.begin(tenant_id) as uow:
        newest = await uow.rollouts.listing(tenant_id, cadence=cadence, limit=1)
    if not newest:
        fix = "`leadcore cadence rollout start FILE`"
        raise NoRolloutError(f"there is no roll-out of {cadence}", field="cadence", fix=fix)
    found = []
    for location in newest[0].locations:
        async with store.begin(location) as uow:
            there = await uow.rollouts.listing(location, cadence=cadence)
        found += [each for each in there if each.shared_id == newest[0].shared_id]
    return found


async def _shared_id(seams: Seams, ids: Sequence[TenantId], plan: RolloutPlan) -> UUID:
    for each in ids:
        async with seams.store.begin(each) as uow:
            begun = await uow.rollouts.open_of(plan.cadence, tenant_id=each)
        if begun is not None and begun.new_version == plan.new_version and begun.state in OPEN_ROLLOUT:
            return begun.shared_id
    return seams.ids.new()


async def _version(store: Store, tenant: Tenant, new: NewVersion) -> CadenceVersion:
    async with store.begin(tenant.id) as uow:
        return await version_to_come(uow, new, tenant_id=tenant.id)


async def _has(store: Store, tenant: Tenant, cadence: str) -> bool:
    async with store.begin(tenant.id) as uow:
        try:
            await present_version(uow, cadence, tenant_id=tenant.id)
        except InvalidInputError:
            return False
    return True
