"""Changing the list of the shop's people."""

from collections.abc import Callable

from msgspec.structs import replace

from leadcore.flows.cadence_files import cadence_names
from leadcore.flows.tenant_document import checked
from leadcore.flows.work import Store
from leadcore.kernel.errors import InvalidInputError
from leadcore.kernel.ids import TenantId
from leadcore.tenants.model import Tenant
from leadcore.tenants.values import StaffMember

_Staff = tuple[StaffMember, ...]


async def put_member(store: Store, tenant_id: TenantId, member: StaffMember) -> Tenant:
    """Add *member*, or replace who has the same key. Raises `InvalidInputError`, `ConflictError`."""

    def put(staff: _Staff) -> _Staff:
        if member.key not in {each.key for each in staff}:
            return (*staff, member)
        return tuple(member if each.key == member.key else each for each in staff)

    return await _change(store, tenant_id, put)


async def switch_member(store: Store, tenant_id: TenantId, key: str, *, active: bool) -> Tenant:
    """Let the member get leads, or not. Raises `InvalidInputError` when nobody has the key, `ConflictError`."""

    def switch(staff: _Staff) -> _Staff:
        if key not in {each.key for each in staff}:
            known = ", ".join(each.key for each in staff) or "nobody yet"
            raise InvalidInputError(f"nobody has the key {key!r}", field="staff", fix=f"known: {known}")
        return tuple(replace(each, active=active) if each.key == key else each for each in staff)

    return await _change(store, tenant_id, switch)


async def _change(store: Store, tenant_id: TenantId, change: Callable[[_Staff], _Staff]) -> Tenant:
    async with store.begin(tenant_id) as uow:
        before = await uow.tenants.get(tenant_id)
        after = checked(replace(before, staff=change(before.staff)), cadences=await cadence_names(uow, tenant_id))
        if after == before:
            return before
        after = replace(after, version=before.version + 1)
        await uow.tenants.save(after)
        await uow.commit()
    return after
