"""Cadences by name: the shop's published ones, which win, and those that come with leadcore."""

from datetime import timedelta
from functools import lru_cache
from uuid import UUID

import msgspec
from msgspec.structs import replace

from leadcore.cadences.model import CadenceVersion
from leadcore.cadences.policies.checking import Problem, check_cadence
from leadcore.cadences.policies.definition import read_cadence
from leadcore.cadences.policies.shipped import SHIPPED
from leadcore.flows.work import Store, Work
from leadcore.kernel.errors import InvalidInputError, NotFoundError
from leadcore.kernel.ids import TenantId

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


async def publish_cadence(store: Store, tenant_id: TenantId, source: str) -> Published:
    """Publish a file that passes the check; leads that are in a cadence stay on their version.

    Raises `UncheckedCadenceError`.
    """
    problems = check_cadence(source)
    if problems:
        raise UncheckedCadenceError(problems)
    version = read_cadence(source, tenant_id=tenant_id)
    async with store.begin(tenant_id) as uow:
        if version.ending.nurture:
            await present_version(uow, version.ending.nurture, tenant_id=tenant_id, field="nurture")
        before = await uow.cadences.present(version.name, tenant_id=tenant_id)
        is_new = before is None or before.version != version.version
        if is_new:
            at = await uow.now()
            if before is not None and before.published_at is not None:
                at = max(at, before.published_at + _TICK)  # the one published last must be later
            await uow.cadences.publish(replace(version, published_at=at))
            await uow.commit()
    return Published(name=version.name, version=version.version, is_new=is_new)


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
    found = [each for each in await all_cadences(store, tenant_id) if (each.name, each.version) == (name, version)]
    if not found:
        raise NotFoundError(
            f"no version {version} of the cadence {name}", field="cadence", fix="see `leadcore cadence list`"
        )
    return found[0]


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
