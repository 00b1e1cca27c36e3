"""Two shops in memory behind the real orchestrator: real HTTP on loopback, real doors with real signatures."""

import base64
import hashlib
import hmac
import json
import time
from collections.abc import AsyncIterator, Mapping
from contextlib import asynccontextmanager
from types import TracebackType
from typing import Any, Self
from urllib.parse import urlencode

import httpx
from msgspec.structs import replace

from leadcore.flows.api_keys import create_api_key
from leadcore.flows.seams import PublicUrls, Seams
from leadcore.intake.model import InboxItem
from leadcore.kernel.ids import ConnectionId, TenantId
from leadcore.memory.carriers import MemoryCarrier
from leadcore.memory.chance import SeededChance, SeededIds
from leadcore.memory.clock import VirtualClock
from leadcore.memory.storage import MemoryStore
from leadcore.memory.vault import MemoryVault
from leadcore.ports.messaging import Carrier, SendChannel
from leadcore.tenants.model import Connection, Tenant
from leadcore.testing.builders import a_tenant, new_id
from leadcore_orchestrator.app import app_over
from leadcore_runtime.adapters import AdapterBook, sealed_connection
from leadcore_runtime.metrics import Metrics
from leadcore_runtime.registry import plugin
from leadcore_runtime.serving import server_for
from leadcore_runtime.settings import Settings
from tests.loopback import on_loopback

ORIGIN = "https://hooks.example.com"
TOKEN = "tw-token"
SECRET = b"a-webhook-secret"


class Book(AdapterBook):
    """The shops' real adapters, but for the carrier: that is *in_memory* where one is given."""

    in_memory: MemoryCarrier | None = None

    async def carrier(self, tenant_id: TenantId, channel: SendChannel) -> tuple[Carrier, Connection]:
        """Return the carrier in memory with the connection that the tenant chose."""
        real, connection = await super().carrier(tenant_id, channel)
        return self.in_memory or real, connection


class House:
    """What the orchestrator is opened over. `is_down` takes the storage away."""

    def __init__(self) -> None:
        self.clock = VirtualClock()
        self.store = MemoryStore(self.clock)
        self.vault = MemoryVault()
        self.metrics = Metrics()
        self.is_down = False
        self.adapters = self.book()
        self.seams = Seams(
            store=self.store,
            adapters=self.adapters,
            ids=SeededIds("orchestrator"),
            chance=SeededChance("orchestrator"),
            urls=PublicUrls(hooks=ORIGIN, chat="https://chat.example.com"),
            prints=self.vault,
        )
        self.shop = a_tenant(brand="Hill Country Tint")
        self.other = a_tenant(brand="Lakeside Tint")
        self.twilio: Connection
        self.shopmonkey: Connection

    def book(
        self, *, vault: MemoryVault | None = None, env_tenant: str = "", environ: Mapping[str, str] | None = None
    ) -> Book:
        return Book(
            store=self.store, vault=vault or self.vault, limit=10, monotonic=time.monotonic,
            env_tenant=env_tenant, ai_provider="", environ=environ or {},
        )  # fmt: skip

    async def __aenter__(self) -> Self:
        return self

    async def __aexit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        await self.adapters.aclose()

    async def ping(self) -> None:
        if self.is_down:
            raise OSError("the database is away")

    async def furnish(self) -> Self:
        """Make both shops; the first is connected to Twilio and Shopmonkey."""
        for tenant in (self.shop, self.other):
            async with self.store.begin(tenant.id) as uow:
                await uow.tenants.add(tenant)
                await uow.commit()
        self.twilio = await self.connect(
            "messaging", "twilio", {"account_sid": "AC1", "auth_token": TOKEN, "sender": "+15125550100"}
        )
        secret = "whsec_" + base64.b64encode(SECRET).decode()
        self.shopmonkey = await self.connect("crm", "shopmonkey", {"api_key": "k", "webhook_secret": secret})
        return self

    async def connect(self, port: Any, name: str, values: dict[str, str]) -> Connection:
        made = sealed_connection(self.shop.id, ConnectionId(new_id()), plugin(port, name), values, self.vault)
        async with self.store.begin(self.shop.id) as uow:
            await uow.tenants.put_connection(made)
            await uow.commit()
        return made

    async def change(self, **values: Any) -> None:
        async with self.store.begin(self.shop.id) as uow:
            stored = await uow.tenants.get(self.shop.id)
            await uow.tenants.save(replace(stored, **values, version=stored.version + 1))
            await uow.commit()

    async def key(self, tenant: Tenant | None = None, *, scopes: tuple[str, ...] = ("operate",)) -> dict[str, str]:
        """Headers of an API client."""
        owner = tenant or self.shop
        key, _ = await create_api_key(self.store, self.seams.chance, tenant_id=owner.id, label="Sam", scopes=scopes)
        return {"Authorization": f"Bearer {key}"}

    async def inbox(self, tenant_id: TenantId | None = None) -> list[InboxItem]:
        owner = tenant_id or self.shop.id
        async with self.store.begin(owner) as uow:
            return await uow.inbox.listing(owner, state=None, limit=100)

    async def suppressed(self, phone: str) -> list[str]:
        async with self.store.begin(self.shop.id) as uow:
            point = await uow.compliance.point("phone", phone, tenant_id=self.shop.id)
            found = await uow.compliance.suppressions(point.id, tenant_id=self.shop.id) if point else []
        return [each.reason for each in found]

    def counted(self, vendor: str, outcome: str) -> float:
        """How often webhooks of a vendor ended so."""
        value = self.metrics.registry.get_sample_value(
            "leadcore_webhooks_total", {"vendor": vendor, "outcome": outcome}
        )
        return value or 0.0


def text_message(connection: ConnectionId, text: str, *, sid: str = "SM1", token: str = TOKEN) -> dict[str, Any]:
    """A signed Twilio request; every field twice where Twilio may repeat it."""
    path = f"/hooks/{connection}"
    pairs = [("MessageSid", sid), ("SmsStatus", "received"), ("From", "+15125550142"), ("To", "+15125550100")]
    pairs += [("Body", text), ("NumMedia", "0"), ("Tag", "b"), ("Tag", "a")]
    signed = ORIGIN + path + "".join(name + value for name, value in sorted(set(pairs)))
    mac = base64.b64encode(hmac.new(token.encode(), signed.encode(), hashlib.sha1).digest()).decode()
    headers = {"X-Twilio-Signature": mac, "Content-Type": "application/x-www-form-urlencoded"}
    return {"url": path, "content": urlencode(pairs), "headers": headers}


def order_changed(connection: ConnectionId, *, webhook_id: str = "w1", at: float | None = None) -> dict[str, Any]:
    """A signed Shopmonkey request."""
    body = json.dumps({"table": "order", "operation": "INSERT", "data": {"id": "o1"}}).encode()
    return signed_body(connection, body, webhook_id=webhook_id, at=at)


def signed_body(
    connection: ConnectionId, body: bytes, *, webhook_id: str = "w1", at: float | None = None
) -> dict[str, Any]:
    """Any body with a signature in the manner of Standard Webhooks."""
    stamp = str(int(time.time() if at is None else at))
    mac = hmac.new(SECRET, f"{webhook_id}.{stamp}.".encode() + body, hashlib.sha256).digest()
    headers = {
        "webhook-id": webhook_id,
        "webhook-timestamp": stamp,
        "webhook-signature": "v1," + base64.b64encode(mac).decode(),
        "content-type": "application/json",
    }
    return {"url": f"/hooks/{connection}", "content": body, "headers": headers}


@asynccontextmanager
async def served(house: House, **settings: Any) -> AsyncIterator[httpx.AsyncClient]:
    """The orchestrator over *house*, on loopback; a client of it."""
    app = app_over(house, Settings(environment="test", public_url=ORIGIN, **settings))
    server = server_for(app, host="127.0.0.1", port=0)
    async with on_loopback(server) as url, httpx.AsyncClient(base_url=url, timeout=20) as client:
        yield client
