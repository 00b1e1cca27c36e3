"""Bringing a shop in: its tenant, changes to it, and the connections to its vendors."""

from msgspec.structs import replace

from leadcore.flows.cadence_files import cadence_names
from leadcore.flows.catalog_sync import CATALOG_EVERY
from leadcore.flows.replan import replan_if_moved
from leadcore.flows.scoring import rescore_all
from leadcore.flows.tenant_document import checked, with_value
from leadcore.flows.work import Store, Work
from leadcore.flows.write_back import allow_again
from leadcore.kernel.errors import InvalidInputError, NotFoundError
from leadcore.kernel.ids import TenantId
from leadcore.ports.plugin import Finding, Plugin, PortName
from leadcore.tenants.model import Connection, Tenant
from leadcore.write_back.model import WriteBlock


async def add_tenant(store: Store, tenant: Tenant) -> Tenant:
    """Store a new tenant, its numbers and addresses normalised. Raises `InvalidInputError`, `ConflictError`."""
    sound = checked(replace(tenant, version=1))
    async with store.begin(sound.id) as uow:
        await uow.tenants.add(sound)
        now = await uow.now()
        await uow.due.arm("poll", sound.id, tenant_id=sound.id, at=now)
        await uow.due.arm("retention", sound.id, tenant_id=sound.id, at=now)
        await uow.due.arm("catalog", sound.id, tenant_id=sound.id, at=now + CATALOG_EVERY)
        await uow.commit()
    return sound


async def change_tenant(store: Store, tenant_id: TenantId, changes: dict[str, str]) -> Tenant:
    """Set dotted keys (`senders.sms`, `hours.sat`) all at once, one version up.

    Raises `InvalidInputError` with the key and what is allowed there, `ConflictError` when somebody else was faster.
    """
    async with store.begin(tenant_id) as uow:
        before = await uow.tenants.get(tenant_id)
        after = before
        for key, text in changes.items():
            after = with_value(after, key, text)
        after = checked(after, cadences=await cadence_names(uow, tenant_id))
        if after == before:
            return before
        after = replace(after, version=before.version + 1)
        await uow.tenants.save(after)
        if after.score != before.score:
            await rescore_all(uow, tenant_id)
        await replan_if_moved(uow, before, after)
        if after.providers.crm != before.providers.crm:
            await _poll_now(uow, tenant_id)
        await uow.commit()
    return after


async def find_tenant(store: Store, wanted: str) -> Tenant:
    """Return the tenant called *wanted* (slug or id); the only one there is when *wanted* is empty.

    Raises `NotFoundError` that lists the slugs, or `InvalidInputError` when several could be meant.
    """
    if wanted:
        by_slug = await store.directory.tenant_by_slug(wanted)
        every = await list_tenants(store) if by_slug is None else [await _read(store, by_slug)]
        found = next((each for each in every if wanted in {each.slug, str(each.id)}), None)
        if found is None:
            raise NotFoundError(f"no tenant is called {wanted!r}", field="tenant", fix=_known(every))
        return found
    every = await list_tenants(store)
    if not every:
        raise NotFoundError("there is no tenant yet", field="tenant", fix="make one: `leadcore tenants add --help`")
    if len(every) > 1:
        raise InvalidInputError(
            "there are several tenants", field="tenant", fix=f"say which with --tenant or TENANT_ID; {_known(every)}"
        )
    return every[0]


async def list_tenants(store: Store) -> list[Tenant]:
    """Return every tenant, ordered by slug."""
    found = [await _read(store, tenant_id) for tenant_id in await store.directory.tenant_ids()]
    return sorted(found, key=lambda tenant: tenant.slug)


async def list_connections(store: Store, tenant_id: TenantId) -> list[Connection]:
    """Return what the tenant has connected; secrets stay sealed. Credentials of the environment are not among it."""
    async with store.begin(tenant_id) as uow:
        return [each for each in await uow.tenants.connections(tenant_id) if each.sealed]


async def keep_connection(store: Store, connection: Connection, plugin: Plugin) -> Tenant:
    """Store the connection and let the tenant use it: the role it plays is given to it if another had it."""
    async with store.begin(connection.tenant_id) as uow:
        await uow.tenants.put_connection(connection)
        before = await uow.tenants.get(connection.tenant_id)
        after = _chosen(before, plugin)
        if after != before:
            after = replace(after, version=before.version + 1)
            await uow.tenants.save(after)
        if plugin.port == "crm":
            await _poll_now(uow, after.id)
            await allow_again(uow, plugin.name, tenant_id=after.id)
        await uow.commit()
    return after


async def readiness(store: Store, tenant_id: TenantId) -> tuple[Finding, ...]:
    """Return what a tenant still lacks to answer leads, each with the command that mends it. Asks no vendor."""
    async with store.begin(tenant_id) as uow:
        tenant = await uow.tenants.get(tenant_id)
        connections = await uow.tenants.connections(tenant_id)
        services = await uow.catalog.services(tenant_id)
        entries = await uow.catalog.entries(tenant_id)
        blocks = await uow.write_backs.blocks(tenant.providers.crm, tenant_id=tenant_id)
    have = {(each.port, each.plugin) for each in connections}
    roles: tuple[tuple[PortName, str], ...] = (
        ("crm", tenant.providers.crm),
        ("messaging", tenant.providers.sms),
        ("messaging", tenant.providers.email),
    )
    fix = f"leadcore tenants set {tenant.slug}"
    return (
        *(_connected(tenant, name, known=(port, name) in have) for port, name in roles),
        _have(tenant.senders.sms, "a number texts come from", f"{fix} senders.sms +15125550100"),
        *_registered(tenant, fix),
        _have(tenant.senders.email, "an address e-mails come from", f"{fix} senders.email hello@example.com"),
        _have(tenant.postal_address, "a postal address, which the law wants in e-mails", f"{fix} postal_address '…'"),
        _have(tenant.staff_phone or tenant.staff_email, "somebody to call for help", f"{fix} staff_phone +1…"),
        _have(any(tenant.hours.values()), "opening hours", f"{fix} hours.mon 09:00-18:00"),
        _have(services, "a catalog with prices", f"leadcore catalog sync --tenant {tenant.slug}"),
        *(_forbidden(tenant, each) for each in blocks.values()),
        *_held(tenant, sum(len(each.held) for each in services) + sum(each.state == "missed" for each in entries)),
        Finding(
            ok=not tenant.paused,
            what="is not paused" if not tenant.paused else "is paused: nothing is sent",
            fix=None if not tenant.paused else f"{fix} paused false",
            code="paused" if tenant.paused else "",
        ),
    )


async def _poll_now(uow: Work, tenant_id: TenantId) -> None:
    """Look into another CRM at once, and a week back: the last poll may have found none connected, and be resting."""
    await uow.due.arm("poll", tenant_id, tenant_id=tenant_id, at=await uow.now())


async def _read(store: Store, tenant_id: TenantId) -> Tenant:
    async with store.begin(tenant_id) as uow:
        return await uow.tenants.get(tenant_id)


def _known(tenants: list[Tenant]) -> str:
    return f"known: {', '.join(each.slug for each in tenants) or 'none'}"


def _chosen(tenant: Tenant, plugin: Plugin) -> Tenant:
    role = {"crm": "crm", "messaging": plugin.channel}.get(plugin.port)
    if role not in {"crm", "sms", "email"}:
        return tenant
    return replace(tenant, providers=replace(tenant.providers, **{role: plugin.name}))


def _connected(tenant: Tenant, name: str, *, known: bool) -> Finding:
    if known:
        return Finding(ok=True, what=f"{name} is connected")
    fix = f"leadcore connect {name} --tenant {tenant.slug}"
    return Finding(ok=False, what=f"{name} is not connected", fix=fix, code="not_connected")


def _registered(tenant: Tenant, fix: str) -> tuple[Finding, ...]:
    """Say where the sender's 10DLC registration stands: it concerns texts from US numbers."""
    state = tenant.senders.sms_registration
    if not tenant.senders.sms or tenant.region != "US" or state == "not_needed":
        return ()
    code, said = "sms_registration", f"{fix} senders.sms_registration"
    if state in {"unset", "unchecked"}:
        what = "has not said whether its number is registered for A2P 10DLC: texts go, carriers may refuse them"
        return (
            Finding(ok=True, warns=True, what=what, fix=f"{said} verified (pending, rejected, not_needed)", code=code),
        )
    if state == "verified":
        return (Finding(ok=True, what="its number is registered for A2P 10DLC", code=code),)
    what = f"its A2P 10DLC registration is {state}: marketing texts are denied, other texts wait"
    return (Finding(ok=False, what=what, fix=f"once the carriers have it: {said} verified", code=code),)


def _held(tenant: Tenant, waiting: int) -> tuple[Finding, ...]:
    if not waiting:
        return ()
    fix = f"leadcore catalog sync --dry-run --tenant {tenant.slug}; to agree: --accept instead of --dry-run"
    what = f"has {waiting} unusual changes of the price list waiting for somebody's word"
    return (Finding(ok=False, what=what, fix=fix, code="catalog_held"),)


def _forbidden(tenant: Tenant, block: WriteBlock) -> Finding:
    return Finding(
        ok=False,
        what=f"{block.source} is told no {block.what} since {block.since:%Y-%m-%d %H:%M}Z: {block.error}",
        fix=block.fix or f"allow it in {block.source}, then leadcore connect {block.source} --tenant {tenant.slug}",
        code="crm_forbids",
    )


def _have(value: object, what: str, fix: str) -> Finding:
    return (
        Finding(ok=True, what=f"has {what}")
        if value
        else Finding(ok=False, what=f"lacks {what}", fix=fix, code="lacks")
    )
