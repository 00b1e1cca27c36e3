"""A tenant's adapters, opened on demand, kept in a bounded cache, swapped when the configuration changes."""

import asyncio
import contextlib
import os
from collections import OrderedDict
from collections.abc import Callable, Mapping
from typing import Any, cast
from uuid import UUID, uuid5

import msgspec

from leadcore.flows.seams import Crm
from leadcore.flows.work import Store
from leadcore.kernel.errors import NotFoundError
from leadcore.kernel.ids import ConnectionId, TenantId
from leadcore.ports.ai import LanguageModel
from leadcore.ports.inbound import InboundDoor
from leadcore.ports.messaging import Carrier, SendChannel
from leadcore.ports.plugin import Connectable, Plugin, PortName
from leadcore.ports.vault import Vault
from leadcore.tenants.model import Connection, Tenant
from leadcore_runtime.configurations import Configuration, Configurations
from leadcore_runtime.registry import plugin, plugins
from leadcore_runtime.settings import secret_from

_IN_USE_S = 150.0
"""How long somebody may still hold a retired adapter: longer than any turn or call takes."""


class AdapterBook:
    """Satisfies `flows.seams.Adapters`. Configuration is re-read at most every two seconds per tenant."""

    def __init__(
        self,
        *,
        store: Store,
        vault: Vault,
        limit: int,
        monotonic: Callable[[], float],
        env_tenant: str,
        ai_provider: str,
        environ: Mapping[str, str] | None = None,
    ) -> None:
        self._environ = os.environ if environ is None else environ
        self._store = store
        self._vault = vault
        self._limit = limit
        self._monotonic = monotonic
        self._env_tenant = env_tenant
        self._ai_provider = ai_provider
        self._opening = asyncio.Lock()
        self._open: OrderedDict[tuple[ConnectionId, int], Any] = OrderedDict()
        self.retired: list[tuple[float, Any]] = []
        self._owners: dict[ConnectionId, TenantId] = {}
        self._configurations = Configurations(self._read, monotonic=monotonic)

    async def tenant(self, tenant_id: TenantId) -> Tenant:
        """Return the tenant as configured at most two seconds ago. Raises `NotFoundError`."""
        return (await self._configurations.of(tenant_id))[0]

    async def connection(self, connection_id: ConnectionId) -> Connection:
        """Return a connection by the id in its webhook path. Raises `NotFoundError`."""
        tenant_id = self._owners.get(connection_id) or await self._store.directory.tenant_of_connection(connection_id)
        if tenant_id is None:  # one of the environment is known to the directory once its tenant was read
            tenant_id = await self._environment_tenant()
        if tenant_id is None:
            raise NotFoundError("no such connection", field="connection_id")
        for _ in range(2):  # a connection made a moment ago is not in the cache yet: read anew before saying no
            _, connections = await self._configurations.of(tenant_id)
            for each in connections:
                if each.id == connection_id:
                    self._owners[connection_id] = tenant_id  # for good: an id never passes to another tenant
                    return each
            self.forget(tenant_id)
        raise NotFoundError("no such connection", field="connection_id")

    async def crm(self, tenant_id: TenantId) -> Crm:
        """Return the CRM the tenant chose."""
        tenant, connections = await self._configurations.of(tenant_id)
        return cast("Crm", await self._adapter(_choose(connections, "crm", tenant.providers.crm)))

    async def carrier(self, tenant_id: TenantId, channel: SendChannel) -> tuple[Carrier, Connection]:
        """Return what carries the channel."""
        tenant, connections = await self._configurations.of(tenant_id)
        name = tenant.providers.sms if channel == "sms" else tenant.providers.email
        connection = _choose(connections, "messaging", name)
        return cast("Carrier", await self._adapter(connection)), connection

    async def door(self, connection: Connection) -> InboundDoor:
        """Return the connection's door, with the credentials it has now."""
        _, connections = await self._configurations.of(connection.tenant_id)
        current = next((each for each in connections if each.id == connection.id), connection)
        return cast("InboundDoor", await self._adapter(current))

    def at_hand(self, connection_id: ConnectionId) -> tuple[Connection, InboundDoor] | None:
        """Return a connection and its door if nothing has to be read or opened for them: nearly every webhook."""
        owner = self._owners.get(connection_id)
        configuration = None if owner is None else self._configurations.at_hand(owner)
        if configuration is None:
            return None
        for each in configuration[1]:
            if each.id == connection_id:
                key = (each.id, each.version)
                if key not in self._open:
                    return None
                self._open.move_to_end(key)
                return each, cast("InboundDoor", self._open[key])
        return None

    async def models(self, tenant_id: TenantId) -> tuple[tuple[LanguageModel, str], ...]:
        """Return the tenant's models in order. Without a choice: AI_PROVIDER first, then whatever is connected."""
        tenant, connections = await self._configurations.of(tenant_id)
        connected = {each.plugin: each for each in connections if each.port == "ai"}
        wanted = [(choice.provider, choice.model) for choice in tenant.providers.assistant]
        if not wanted:
            first = [self._ai_provider] if self._ai_provider in connected else []
            wanted = [(name, "") for name in (*first, *sorted(set(connected) - set(first)))]
        elif self._ai_provider in {name for name, _ in wanted} and self._serves_env(tenant):
            wanted.sort(key=lambda pair: pair[0] != self._ai_provider)
        found: list[tuple[LanguageModel, str]] = []
        for name, model in wanted:
            if name in connected:
                adapter = cast("LanguageModel", await self._adapter(connected[name]))
                found.append((adapter, model or adapter.default_model))
        return tuple(found)

    async def connectable(self, connection: Connection) -> Connectable:
        """Return the adapter for `leadcore connect`."""
        return cast("Connectable", await self._adapter(connection))

    async def warm(self, ports: frozenset[PortName], *, limit: int = 50) -> None:
        """Open the first tenants' adapters of *ports*, so that no customer's request pays for loading an SDK.

        A process names what it uses: the SDKs of the models alone take seconds and a hundred megabytes.
        """
        for tenant_id in (await self._store.directory.tenant_ids())[:limit]:
            with contextlib.suppress(
                Exception
            ):  # a broken connection is `doctor`'s to report, not a reason to stay down
                for connection in (await self._configurations.of(tenant_id))[1]:
                    if connection.port in ports:
                        await self._adapter(connection)

    def forget(self, tenant_id: TenantId) -> None:
        """Read the tenant's configuration anew next time."""
        self._configurations.forget(tenant_id)

    async def aclose(self) -> None:
        """Close every adapter."""
        await self._configurations.aclose()
        while self._open:
            self._retire(*next(iter(self._open)))
        await self._close_retired(before=float("inf"))

    def _serves_env(self, tenant: Tenant) -> bool:
        return self._env_tenant in {str(tenant.id), tenant.slug}

    async def _read(self, tenant_id: TenantId) -> Configuration:
        async with self._store.begin(tenant_id) as uow:
            tenant = await uow.tenants.get(tenant_id)
            connections = await uow.tenants.connections(tenant_id)
        stored = {each.id for each in connections}
        connections = [each for each in connections if each.sealed]
        if self._serves_env(tenant):
            ours = self._from_environment(tenant, connections)
            await self._route([each for each in ours if each.id not in stored])
            connections = [*connections, *ours]
        return tenant, connections

    async def _environment_tenant(self) -> TenantId | None:
        if not self._env_tenant:
            return None
        try:
            return TenantId(UUID(self._env_tenant))
        except ValueError:
            return await self._store.directory.tenant_by_slug(self._env_tenant)

    async def _route(self, unknown: list[Connection]) -> None:
        """Store what webhooks and inbox rows name a connection of the environment by; never its credentials."""
        for each in unknown:
            async with self._store.begin(each.tenant_id) as uow:
                await uow.tenants.put_connection(msgspec.structs.replace(each, settings={}, sealed=b""))
                await uow.commit()

    def _from_environment(self, tenant: Tenant, stored: list[Connection]) -> list[Connection]:
        have = {(each.port, each.plugin) for each in stored}
        return [
            each
            for each in environment_connections(tenant, self._vault, self._environ)
            if (each.port, each.plugin) not in have
        ]

    async def _adapter(self, connection: Connection) -> Any:
        key = (connection.id, connection.version)
        if key in self._open:
            self._open.move_to_end(key)
            return self._open[key]
        async with self._opening:  # one at a time: whoever waited finds it open
            if key not in self._open:
                # a vendor's SDK takes tenths of a second to load: the loop must not stand still for it
                self._open[key] = await asyncio.to_thread(open_connection, connection, self._vault)
        adapter = self._open[key]
        for older in [other for other in self._open if other[0] == connection.id and other[1] < connection.version]:
            self._retire(*older)
        while len(self._open) > self._limit:
            self._retire(*next(iter(self._open)))
        await self._close_retired(before=self._monotonic())
        return adapter

    def _retire(self, connection_id: ConnectionId, version: int) -> None:
        """Give no more of it out. A send or an answer may be under way on it: it is closed later."""
        self.retired.append((self._monotonic() + _IN_USE_S, self._open.pop((connection_id, version))))

    async def _close_retired(self, *, before: float) -> None:
        over = [adapter for until, adapter in self.retired if until <= before]
        self.retired = [(until, adapter) for until, adapter in self.retired if until > before]
        for adapter in over:
            with contextlib.suppress(Exception):  # one adapter's trouble must not keep others open
                await adapter.aclose()


def _choose(connections: list[Connection], port: str, name: str) -> Connection:
    for each in connections:
        if each.port == port and each.plugin == name:
            return each
    raise NotFoundError(f"{name} is not connected", field="providers", fix=f"run `leadcore connect {name}`")


def owner_of(connection: Connection) -> str:
    """Return what the vault binds a connection's secrets to."""
    return f"{connection.tenant_id}|{connection.id}|secrets"


def open_connection(connection: Connection, vault: Vault) -> Any:
    """Open the connection's adapter. Raises `SealBrokenError` or `NotFoundError`."""
    found = plugin(cast("Any", connection.port), connection.plugin)
    secrets = msgspec.json.decode(vault.unseal(connection.sealed, owner=owner_of(connection)), type=dict[str, str])
    return found.open(msgspec.convert({**connection.settings, **secrets}, found.settings, strict=False))


def environment_connections(tenant: Tenant, vault: Vault, environ: Mapping[str, str]) -> list[Connection]:
    """Return connections whose credentials stand in the environment; they serve the tenant of TENANT_ID only.

    Their ids derive from tenant and plugin, so that webhook paths survive a restart. They are not guessable without
    the tenant's id.
    """
    found: list[Connection] = []
    for (port, name), each in plugins().items():
        values = _env_values(each, environ)
        if not values or not each.secrets & set(values):
            continue
        found.append(sealed_connection(tenant.id, ConnectionId(_stable_id(tenant, port, name)), each, values, vault))
    return found


def sealed_connection(
    tenant_id: TenantId,
    connection_id: ConnectionId,
    chosen: Plugin,
    values: Mapping[str, str],
    vault: Vault,
    *,
    version: int = 1,
) -> Connection:
    """Return a connection whose secret fields are sealed for it. Raises `msgspec.ValidationError` on bad settings."""
    msgspec.convert(dict(values), chosen.settings, strict=False)
    secrets = {key: value for key, value in values.items() if key in chosen.secrets}
    bare = Connection(
        id=connection_id,
        tenant_id=tenant_id,
        port=chosen.port,
        plugin=chosen.name,
        settings={key: value for key, value in values.items() if key not in chosen.secrets},
        sealed=b"",
        version=version,
    )
    return msgspec.structs.replace(bare, sealed=vault.seal(msgspec.json.encode(secrets), owner=owner_of(bare)))


def _env_values(each: Plugin, environ: Mapping[str, str]) -> dict[str, str]:
    read = {field: secret_from(environ, name) for field, name in each.env.items()}
    return {field: value for field, value in read.items() if value}


def _stable_id(tenant: Tenant, port: str, name: str) -> UUID:
    return uuid5(tenant.id, f"{port}:{name}")
