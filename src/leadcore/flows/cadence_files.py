"""Cadences by name: the shop's published ones, which win, and those that come with leadcore."""

from datetime import timedelta
from functools import lru_cache
from uuid import UUID

import msgspec
from msgspec.structs import replace

from leadcore.cadences.model import CadenceVersion
from leadcore.cadences.policies.checking import Problem, check_cadence
from leadcore.cadences.policies.definition import read_cadence
from leadcore.cadences.policies.migration import in_share
from leadcore.cadences.policies.shipped import SHIPPED
from leadcore.cadences.values import RUNNING_ROLLOUT
from leadcore.flows.work import Store, Work
from leadcore.kernel.errors import InvalidInputError, NotFoundError, RefusedError
from leadcore.kernel.ids import LeadId, TenantId

_TICK = timedelta(microseconds=1)


class Published(msgspec.Struct, frozen=True, kw_only=True):
    """What publishing did: *is_new* is False when this content was present already."""

    name: str
    version: str
    is_new: bool


class UncheckedCadenceError(InvalidInputError):
    """The file has mistakes, so it is not published."""

    code = "cadence_check"

    def __init__(self, problems: tuple[Problem, ...]) -> None:
        first = problems[0]
        more = f" (and {len(problems) - 1} more)" if len(problems) > 1 else ""
        super().__init__(f"line {first.line}: {first.message}{more}", field=first.path, fix=first.fix)
        self.problems = problems


class RolloutRunsError(RefusedError):
    """A roll-out of this cadence is being tried."""

    code = "rollout_runs"


async def publish_cadence(store: Store, tenant_id: TenantId, source: str) -> Published:
    """Publish a file that passes the check; leads that are in a cadence stay on their version.

    Raises `UncheckedCadenceError`, `RolloutRunsError`.
    """
    version = checked_cadence(source, tenant_id=tenant_id)
    async with store.begin(tenant_id) as uow:
        if version.ending.nurture:
            await present_version(uow, version.ending.nurture, tenant_id=tenant_id, field="nurture")
        before = await uow.cadences.present(version.name, tenant_id=tenant_id)
        is_new = before is None or before.version != version.version
        if is_new:
            await close_rollouts(uow, version.name, tenant_id=tenant_id)
            await make_present(uow, version)
            await uow.commit()
    return Published(name=version.name, version=version.version, is_new=is_new)


def checked_cadence(source: str, *, tenant_id: TenantId) -> CadenceVersion:
    """Read a file that passes the check. Raises `UncheckedCadenceError`."""
    problems = check_cadence(source)
    if problems:
        raise UncheckedCadenceError(problems)
    return read_cadence(source, tenant_id=tenant_id)


async def make_present(uow: Work, version: CadenceVersion) -> None:
    """Let *version* be what leads enter from now on."""
    at = await uow.now()
    before = await uow.cadences.present(version.name, tenant_id=version.tenant_id)
    if before is not None and before.published_at is not None:
        at = max(at, before.published_at + _TICK)  # the one published last must be later
    await uow.cadences.publish(replace(version, published_at=at))


async def close_rollouts(uow: Work, cadence: str, *, tenant_id: TenantId) -> None:
    """Let earlier roll-outs of *cadence* be over, now that another version comes. Raises `RolloutRunsError`."""
    for each in await uow.rollouts.listing(tenant_id, cadence=cadence):
        if each.state in RUNNING_ROLLOUT:
            raise RolloutRunsError(
                f"a roll-out of {cadence} to {each.new_version} is {each.state}",
                field="name",
                fix=f"`leadcore cadence rollout promote {cadence}`, or halt it, or roll it back, first",
            )
        if each.state == "rolled_back" and each.is_moving:
            raise RolloutRunsError(
                f"a roll-out of {cadence} is still being taken back", field="name", fix="wait until nobody is moved"
            )
        if each.state in {"promoted", "halted"}:
            await uow.rollouts.save(replace(each, state="done"))


async def all_cadences(store: Store, tenant_id: TenantId) -> list[CadenceVersion]:
    """Return every version the shop published, and what comes with leadcore, by name."""
    async with store.begin(tenant_id) as uow:
        own = await uow.cadences.published(tenant_id)
    return sorted([*own, *(_shipped_for(name, tenant_id) for name in SHIPPED)], key=lambda each: each.name)


async def cadence_named(store: Store, tenant_id: TenantId, wanted: str) -> CadenceVersion:
    """Return `NAME` as it is present, or `NAME@VERSION`. Raises `InvalidInputError`, `NotFoundError`."""
    name, _, version = wanted.partition("@")
    async with store.begin(tenant_id) as uow:
        if not version:
            return await present_version(uow, name, tenant_id=tenant_id)
        found = await any_version(uow, name, version, tenant_id=tenant_id)
    if found is None:
        raise NotFoundError(
            f"no version {version} of the cadence {name}", field="cadence", fix="see `leadcore cadence list`"
        )
    return found


async def any_version(uow: Work, name: str, version: str, *, tenant_id: TenantId) -> CadenceVersion | None:
    """Return a version whether it was published, came with leadcore or is being tried; None when there is none."""
    if name in SHIPPED and _shipped(name).version == version:
        return _shipped_for(name, tenant_id)
    try:
        return await uow.cadences.version(name, version, tenant_id=tenant_id)
    except NotFoundError:
        return None


async def version_for(uow: Work, name: str, lead_id: LeadId, *, tenant_id: TenantId) -> CadenceVersion:
    """Return what this lead enters: the present version, or the one that a roll-out tries on its like.

    Raises `InvalidInputError` for an unknown name.
    """
    tried = await uow.rollouts.open_of(name, tenant_id=tenant_id)
    if (
        tried is not None
        and tried.state == "canary"
        and in_share(lead_id, version=tried.new_version, percent=tried.percent)
    ):
        return await uow.cadences.version(name, tried.new_version, tenant_id=tenant_id)
    return await present_version(uow, name, tenant_id=tenant_id)


async def present_version(uow: Work, name: str, *, tenant_id: TenantId, field: str = "cadence") -> CadenceVersion:
    """Return what a lead that enters *name* now is pinned to. Raises `InvalidInputError` naming *field*."""
    own = await uow.cadences.present(name, tenant_id=tenant_id)
    if own is not None:
        return own
    if name not in SHIPPED:
        known = sorted({*SHIPPED, *(each.name for each in await uow.cadences.published(tenant_id))})
        raise InvalidInputError(f"there is no cadence {name!r}", field=field, fix=f"choose one of {', '.join(known)}")
    return _shipped_for(name, tenant_id)


async def cadence_names(uow: Work, tenant_id: TenantId) -> frozenset[str]:
    """Return what a setting may name."""
    return frozenset(SHIPPED) | {each.name for each in await uow.cadences.published(tenant_id)}


def _shipped_for(name: str, tenant_id: TenantId) -> CadenceVersion:
    return replace(_shipped(name), tenant_id=tenant_id)


@lru_cache(maxsize=len(SHIPPED))
def _shipped(name: str) -> CadenceVersion:
    return read_cadence(SHIPPED[name], tenant_id=TenantId(UUID(int=0)))
