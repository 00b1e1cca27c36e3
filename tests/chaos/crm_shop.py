"""A shop in memory whose CRM is a vendor's simulator over real HTTP, webhooks and all."""

from collections.abc import AsyncIterator, Iterable
from contextlib import AsyncExitStack, asynccontextmanager
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Any

import httpx
from msgspec.structs import replace

from leadcore.flows.ingest import ingest
from leadcore.flows.poll import GRACE
from leadcore.ports.inbound import RawRequest
from leadcore.ports.plugin import ConnectionUrls
from leadcore.tenants.values import ProviderChoice
from leadcore_hubspot.connection import HubSpotConnection
from leadcore_hubspot.settings import HubSpotSettings
from leadcore_shopmonkey.connection import ShopmonkeyConnection
from leadcore_shopmonkey.settings import ShopmonkeySettings
from leadcore_shopware.connection import ShopWareConnection
from leadcore_shopware.settings import ShopWareSettings
from leadcore_simulators.hubspot import app as hubspot
from leadcore_simulators.shopmonkey import app as shopmonkey
from leadcore_simulators.shopware import app as shopware
from tests.apps.simulators.vendor_server import Hit, Receiver, served
from tests.unit.flows.world import CONNECTION, TENANT, World

SIMULATORS = {"shopmonkey": shopmonkey, "hubspot": hubspot, "shopware": shopware}
_SECRET = "whsec_MDEyMzQ1Njc4OWFiY2RlZjAxMjM0NTY3ODlhYmNkZWY="
_MOST_WORK = 100_000


class CrmShop(World):
    """The flows of a shop against a real adapter. The clock is moved by hand; it starts at the vendor's."""

    def __init__(self, name: str, adapter: Any, vendor: "VendorDesk") -> None:
        super().__init__(at=datetime.now(UTC), providers=ProviderChoice(crm=name))
        self.adapter = adapter
        self.vendor = vendor
        self._row = replace(CONNECTION, plugin=name)

    async def crm(self, tenant_id: Any) -> Any:
        assert tenant_id == TENANT
        return self.adapter

    async def door(self, connection: Any) -> Any:
        assert connection.tenant_id == TENANT
        return self.adapter

    async def open(self) -> "CrmShop":
        async with self.store.begin(TENANT) as uow:
            await uow.tenants.add(self.tenant)
            await uow.tenants.put_connection(self._row)
            await uow.due.arm("poll", TENANT, tenant_id=TENANT, at=await uow.now())
            await uow.commit()
        return self

    async def hear(self, hits: Iterable[Hit]) -> None:
        """Take webhooks as the orchestrator does and apply them."""
        for hit in hits:
            request = RawRequest(method="POST", url=hit.url, headers=tuple(hit.headers.items()), body=hit.body)
            await ingest(self.seams, self._row, self.adapter, request, wall_clock=datetime.now(UTC))
        await self.apply()

    async def poll(self, times: int = 1) -> None:
        """Go to the next pass of the poll, make it, and apply what it noted."""
        for _ in range(times):
            wait = await self.store.due.next_due(("poll",))
            assert wait is not None
            self.clock.advance(timedelta(seconds=wait))
            [item] = await self.store.due.claim(("poll",), limit=1, lease_s=30, worker="test")
            await self.perform(item)
            await self.apply()
            self.clock.advance(GRACE)
            await self.apply()

    async def apply(self) -> None:
        """Apply the inbox rows that are due; messages and touches are somebody else's test."""
        for _ in range(_MOST_WORK):
            items = await self.store.due.claim(("inbox",), limit=50, lease_s=30, worker="test")
            if not items:
                return
            for item in items:
                await self.perform(item)
        raise AssertionError("work never ends")

    async def found(self) -> dict[str, list[str]]:
        """Who found the lead of each order; twice means doubled."""
        found: dict[str, list[str]] = {}
        for event in self.happened("lead.arrived"):
            async with self.store.begin(TENANT) as uow:
                lead = await uow.leads.get(event.lead_id, tenant_id=TENANT)
            found.setdefault(lead.external_ref, []).append(event.found_by)
        return found


class VendorDesk:
    """The simulator's controls."""

    def __init__(self, url: str, http: httpx.AsyncClient, receiver: Receiver) -> None:
        self.url = url
        self.receiver = receiver
        self._http = http

    async def lead(self, number: int, **fields: Any) -> str:
        """Let a visitor ask for a quote; returns the order's id."""
        phone = f"+1512555{100 + number % 100:04}"
        body = {"first_name": f"Pat{number}", "phone": phone, "email": f"pat{number}@example.com", **fields}
        return str((await self._post("leads", body))["order_id"])

    async def misbehave(self, *rules: dict[str, Any], seed: int) -> None:
        await self._post("faults", {"seed": seed, "rules": rules})

    async def put(self, path: str, body: dict[str, Any]) -> None:
        """Let the shop change a record at Shopmonkey."""
        headers = {"authorization": "Bearer sim-shopmonkey-key"}
        (await self._http.put(f"{self.url}/v3/{path}", json=body, headers=headers)).raise_for_status()

    async def _post(self, name: str, body: object) -> dict[str, Any]:
        answer = await self._http.post(f"{self.url}/_sim/{name}", json=body)
        found: dict[str, Any] = answer.raise_for_status().json()
        return found


def adapter_for(name: str, url: str, **more: str) -> Any:
    match name:
        case "shopmonkey":
            known = {"api_key": "sim-shopmonkey-key", "base_url": f"{url}/v3"}
            return ShopmonkeyConnection(ShopmonkeySettings(**known, **more))
        case "hubspot":
            known = {"access_token": "pat-sim-hubspot", "base_url": url, "opt_in_property": "sms_opt_in"}
            return HubSpotConnection(HubSpotSettings(**known, **more))
        case _:
            known = {"partner_id": "71", "api_secret": "sim-shopware-secret", "tenant_id": "1"}
            return ShopWareConnection(ShopWareSettings(**known, base_url=url, **more))


@asynccontextmanager
async def crm_shop(name: str, folder: Path) -> AsyncIterator[CrmShop]:
    """A shop with this CRM; Shopmonkey's webhooks are registered."""
    async with AsyncExitStack() as stack:
        receiver = Receiver()
        receiver.url = await stack.enter_async_context(served(receiver, lifespan="off"))
        url = await stack.enter_async_context(served(SIMULATORS[name].create_app(folder)))
        http = await stack.enter_async_context(httpx.AsyncClient(trust_env=False, timeout=30))
        more = {"webhook_secret": _SECRET} if name == "shopmonkey" else {}
        adapter = adapter_for(name, url, **more)
        stack.push_async_callback(adapter.aclose)
        if name == "shopmonkey":
            await adapter.register(ConnectionUrls(inbound=f"{receiver.url}/hook", status=""))
        yield await CrmShop(name, adapter, VendorDesk(url, http, receiver)).open()
