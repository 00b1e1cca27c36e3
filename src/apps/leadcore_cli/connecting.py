"""Connecting a shop to a vendor: try the credentials, keep them sealed, point the vendor at us, prove the way back."""

from collections.abc import Mapping
from datetime import timedelta
from typing import cast

import httpx
import msgspec
from msgspec.structs import replace

from leadcore.flows.onboard import change_tenant, keep_connection, list_connections
from leadcore.intake.model import FIRST_RESPONSE_AGE
from leadcore.kernel.errors import InvalidInputError, LeadcoreError
from leadcore.kernel.ids import ConnectionId
from leadcore.ports.plugin import Connectable, ConnectionUrls, Finding, Plugin
from leadcore.ports.vault import SealBrokenError, Vault
from leadcore.tenants.model import Connection, Tenant
from leadcore_cli.session import Session
from leadcore_runtime.adapters import open_connection, owner_of, sealed_connection
from leadcore_runtime.container import open_vault

_PATIENCE_S = 5.0
PROBE = {"leadcore-probe": "connect"}
"""Tells the orchestrator not to count our own test event among the refused ones."""
_FORGED = 401
_PAST = (
    f"requests older than {FIRST_RESPONSE_AGE // timedelta(minutes=1)} min when the CRM is first read become leads and"
    " are sent nothing; `leadcore leads backfill --follow-up` follows them up"
)


class Outcome(msgspec.Struct, frozen=True, kw_only=True):
    """What became of an attempt to connect. Nothing is kept unless `kept`."""

    vendor: str
    tenant: str
    kept: bool
    connection_id: str
    inbound_url: str
    findings: tuple[Finding, ...]
    past: str = ""
    """What becomes of what a CRM held before; empty for other vendors."""


async def connect(
    session: Session, tenant: Tenant, chosen: Plugin, given: Mapping[str, str], *, force: bool = False
) -> Outcome:
    """Connect *tenant* to what *chosen* opens; settings that were given before stay unless given again.

    Raises `InvalidInputError` when a setting is missing, unknown or of the wrong shape.
    """
    vault = open_vault(session.settings)
    connection = await _prepared(session, tenant, chosen, given, vault)
    checked = await _with_adapter(connection, vault, check=True)
    if not force and not all(each.ok for each in checked):
        return _outcome(tenant, connection, session, checked, kept=False)
    await keep_connection(session.seams.store, connection, chosen)
    registered = await _with_adapter(connection, vault, urls=_urls(session, connection))
    learned = {key: value for each in registered for key, value in each.learned.items()}
    if learned:
        connection = _changed(connection, chosen, learned, vault)
        await keep_connection(session.seams.store, connection, chosen)
    await _adopt_sender(session, tenant, chosen, connection)
    session.adapters.forget(tenant.id)
    proven = () if chosen.port == "ai" else (await _way_back(session, connection),)
    return _outcome(tenant, connection, session, (*checked, *registered, *proven), kept=True)


async def check_connections(session: Session, tenant: Tenant) -> tuple[Finding, ...]:
    """Try every connection of the tenant, those of the environment too; each finding names its vendor.

    One that cannot even be opened is a finding like any other: it must not hide what is true of the rest.
    """
    vault = open_vault(session.settings)
    found: list[Finding] = []
    for connection in await list_connections(session.seams.store, tenant.id):
        try:
            findings = await _with_adapter(connection, vault, check=True)
        except LeadcoreError as cause:
            findings = (_unopened(connection, tenant, cause),)
        found += [replace(each, what=f"{connection.plugin}: {each.what}") for each in findings]
    return tuple(found)


def _unopened(connection: Connection, tenant: Tenant, cause: LeadcoreError) -> Finding:
    again = f"`leadcore connect {connection.plugin} --tenant {tenant.slug}` stores its credentials again"
    if isinstance(cause, SealBrokenError):
        again = f"give back the vault key they were sealed with, or {again}"
    return Finding(ok=False, what=cause.message, fix=cause.fix or again, code=cause.code)


def replaced_secrets(chosen: Plugin, before: Mapping[str, str], given: Mapping[str, str]) -> dict[str, str]:
    """Return the secrets that are replaced, as `previous_…`: what is signed with them on its way is still believed."""
    return {
        f"previous_{name}": before[name]
        for name in chosen.secrets
        if f"previous_{name}" in chosen.settings.__struct_fields__
        and before.get(name)
        and given.get(name, before[name]) != before[name]
    }


async def _prepared(
    session: Session, tenant: Tenant, chosen: Plugin, given: Mapping[str, str], vault: Vault
) -> Connection:
    known = await list_connections(session.seams.store, tenant.id)
    old = next((each for each in known if (each.port, each.plugin) == (chosen.port, chosen.name)), None)
    before = _opened(old, vault) if old else {}
    values = {**_sender_of(tenant, chosen), **before, **replaced_secrets(chosen, before, given), **given}
    connection_id = old.id if old else ConnectionId(session.seams.ids.new())
    version = old.version + 1 if old else 1
    try:
        return sealed_connection(tenant.id, connection_id, chosen, values, vault, version=version)
    except msgspec.ValidationError as cause:
        raise InvalidInputError(
            f"{chosen.name}: {cause}", field="--set", fix=f"settings: {', '.join(chosen.settings.__struct_fields__)}"
        ) from cause


def _sender_of(tenant: Tenant, chosen: Plugin) -> dict[str, str]:
    sender = {"sms": tenant.senders.sms, "email": tenant.senders.email}.get(chosen.channel or "", "")
    return {"sender": sender} if sender and "sender" in chosen.settings.__struct_fields__ else {}


async def _adopt_sender(session: Session, tenant: Tenant, chosen: Plugin, connection: Connection) -> None:
    key = {"sms": "senders.sms", "email": "senders.email"}.get(chosen.channel or "")
    sender = str(connection.settings.get("sender") or "")
    if key and sender and not _sender_of(tenant, chosen):
        await change_tenant(session.seams.store, tenant.id, {key: sender})


async def _with_adapter(
    connection: Connection, vault: Vault, *, check: bool = False, urls: ConnectionUrls | None = None
) -> tuple[Finding, ...]:
    adapter = cast("Connectable", open_connection(connection, vault))
    try:
        found = await adapter.check() if check else ()
        return (*found, *(await adapter.register(urls) if urls else ()))
    finally:
        await adapter.aclose()


def _urls(session: Session, connection: Connection) -> ConnectionUrls:
    urls = session.seams.urls
    return ConnectionUrls(inbound=urls.inbound(connection.id), status=urls.status(connection.id))


def _changed(connection: Connection, chosen: Plugin, learned: Mapping[str, str], vault: Vault) -> Connection:
    values = {**_opened(connection, vault), **learned}
    return sealed_connection(connection.tenant_id, connection.id, chosen, values, vault, version=connection.version + 1)


def _opened(connection: Connection, vault: Vault) -> dict[str, str]:
    secrets = msgspec.json.decode(vault.unseal(connection.sealed, owner=owner_of(connection)), type=dict[str, str])
    return {**{key: str(value) for key, value in connection.settings.items()}, **secrets}


async def _way_back(session: Session, connection: Connection) -> Finding:
    """Send ourselves an event without a signature, along the vendor's way: it has to arrive and to be refused."""
    url = session.seams.urls.inbound(connection.id)
    fix = "start `leadcore up`, and set LEADCORE_PUBLIC_URL to the address the vendor can reach"
    try:
        async with httpx.AsyncClient(timeout=_PATIENCE_S, trust_env=False) as http:
            answer = await http.post(url, content=b"{}", headers={**PROBE, "content-type": "application/json"})
    except httpx.HTTPError as cause:
        what = f"a test event to {url} did not arrive ({type(cause).__name__})"
        return Finding(ok=False, what=what, fix=fix, code="unreachable")
    if answer.status_code == _FORGED:
        return Finding(ok=True, what=f"a forged test event to {url} arrived and was refused, as it must be")
    what = f"{url} answered a forged test event with {answer.status_code} instead of {_FORGED}"
    return Finding(ok=False, what=what, fix=fix, code="wrong_answer")


def _outcome(
    tenant: Tenant, connection: Connection, session: Session, findings: tuple[Finding, ...], *, kept: bool
) -> Outcome:
    return Outcome(
        vendor=connection.plugin,
        tenant=tenant.slug,
        kept=kept,
        connection_id=str(connection.id),
        inbound_url=session.seams.urls.inbound(connection.id),
        findings=tuple(replace(each, learned={}) for each in findings),
        past=_PAST if kept and connection.port == "crm" else "",
    )
