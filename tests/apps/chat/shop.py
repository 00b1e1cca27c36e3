"""A shop in memory behind the real chat app: real HTTP on loopback, and a model the test dictates to."""

import asyncio
import json
from collections.abc import AsyncIterator, Awaitable, Callable
from contextlib import asynccontextmanager
from datetime import timedelta
from types import TracebackType
from typing import Any, Self

import httpx
import msgspec
from msgspec.structs import replace

from leadcore.compliance.model import ContactPoint
from leadcore.conversations.model import Conversation, Entry
from leadcore.flows.api_keys import create_api_key
from leadcore.flows.seams import Crm, PublicUrls, Seams, token_digest
from leadcore.flows.touch import chat_link
from leadcore.kernel.ids import ConversationId, TenantId
from leadcore.leads.model import Lead
from leadcore.leads.values import Vehicle
from leadcore.memory.chance import SeededChance, SeededIds
from leadcore.memory.clock import VirtualClock
from leadcore.memory.storage import MemoryStore
from leadcore.ports.ai import (
    LanguageModel,
    ModelError,
    ModelEvent,
    ModelFinished,
    ModelInterruptedError,
    ModelPrice,
    ModelRequest,
    ModelUsage,
    TextDelta,
)
from leadcore.ports.inbound import InboundDoor
from leadcore.ports.messaging import Carrier, SendChannel
from leadcore.tenants.model import Connection, Tenant
from leadcore.testing.builders import a_lead, a_person, a_point, a_service, a_tenant, new_id
from leadcore_chat.app import MakeAnswer, app_over
from leadcore_chat.desk import Pace
from leadcore_runtime.hub import TurnHub
from leadcore_runtime.metrics import Metrics
from leadcore_runtime.serving import server_for
from leadcore_runtime.settings import Settings
from tests.loopback import on_loopback

QUICK = Pace(look_s=0.05, heartbeat_s=15, longest_s=600, answer_s=20, drain_s=0.1)


class DictatedModel:
    """A language model that says a word when the test tells it to, and not before."""

    default_model = "dictated-1"
    prices: tuple[ModelPrice, ...] = ()

    def __init__(self, provider: str = "dictated") -> None:
        self.provider = provider
        self.calls = 0
        self.open_calls = 0
        self._words: asyncio.Queue[str | ModelError | None] = asyncio.Queue()

    def dictate(self, *words: str) -> None:
        for word in words:
            self._words.put_nowait(word)

    def end(self) -> None:
        self._words.put_nowait(None)

    def die(self) -> None:
        self._words.put_nowait(ModelInterruptedError("gone"))

    def say(self, *words: str) -> None:
        self.dictate(*words)
        self.end()

    async def stream(self, request: ModelRequest) -> AsyncIterator[ModelEvent]:
        self.calls += 1
        self.open_calls += 1
        try:
            while (word := await self._words.get()) is not None:
                if isinstance(word, ModelError):
                    raise word
                yield TextDelta(text=word)
            yield ModelFinished(
                reason="stop", usage=ModelUsage(input_tokens=100, output_tokens=20), model=request.model
            )
        finally:
            self.open_calls -= 1

    async def aclose(self) -> None:
        """Nothing to give back."""


class Shop:
    """Storage, a tenant with a lead that has a thread, and everything a chat app is opened over."""

    def __init__(self) -> None:
        self.clock = VirtualClock()
        self.store = MemoryStore(self.clock)
        self.metrics = Metrics()
        self.model = DictatedModel()
        self.models_list: list[LanguageModel] = [self.model]
        self.tenant = a_tenant(brand="Hill Country Tint", phone="+15125550199")
        self.seams = Seams(
            store=self.store,
            adapters=self,
            ids=SeededIds("chat"),
            chance=SeededChance("chat"),
            urls=PublicUrls(hooks="http://hooks.example.com", chat="http://chat.example.com"),
        )

    async def __aenter__(self) -> Self:
        return self

    async def __aexit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        """Memory needs no closing."""

    async def ping(self) -> None:
        """Memory is always there."""

    async def models(self, tenant_id: TenantId) -> tuple[tuple[LanguageModel, str], ...]:
        return tuple((model, model.default_model) for model in self.models_list)

    async def crm(self, tenant_id: TenantId) -> Crm:
        raise AssertionError("a chat asks no CRM")

    async def carrier(self, tenant_id: TenantId, channel: SendChannel) -> tuple[Carrier, Connection]:
        raise AssertionError("a chat sends nothing by itself")

    async def door(self, connection: Connection) -> InboundDoor:
        raise AssertionError("a chat has no webhooks")

    async def new_tenant(self, tenant: Tenant) -> None:
        async with self.seams.store.begin(tenant.id) as uow:
            await uow.tenants.add(tenant)
            await uow.catalog.replace_all([a_service(tenant)], tenant_id=tenant.id)
            await uow.commit()

    async def new_lead(self, tenant: Tenant | None = None, *, same_person_as: Lead | None = None) -> Lead:
        """A lead with a phone and an open thread."""
        shop = tenant or self.tenant
        point: ContactPoint = a_point(shop)
        person = a_person(point)
        lead = a_lead(
            person, vehicle=Vehicle(year=2022, make="Tesla", model="Model Y", body="SUV"), interest="Ceramic tint"
        )
        async with self.seams.store.begin(shop.id) as uow:
            if same_person_as is not None:
                person = await uow.leads.person(same_person_as.person_id, tenant_id=shop.id)
                lead = replace(lead, person_id=person.id)
            await uow.compliance.ensure_point(point)
            await uow.leads.put_person(person)
            await uow.leads.add(lead)
            await uow.conversations.ensure(
                Conversation(id=ConversationId(new_id()), tenant_id=shop.id, person_id=person.id, lead_id=lead.id)
            )
            await uow.commit()
        return lead

    async def link(self, lead: Lead) -> str:
        """The token of a fresh chat link."""
        async with self.seams.store.begin(lead.tenant_id) as uow:
            thread = await uow.conversations.of_lead(lead.id, tenant_id=lead.tenant_id)
            link = await chat_link(uow, self.seams, thread, at=await uow.now())
            await uow.commit()
        return link.partition("#")[2]

    async def key(self, tenant: Tenant | None = None, *, scopes: tuple[str, ...] = ("chat",)) -> dict[str, str]:
        """Headers of an API client."""
        shop = tenant or self.tenant
        key, _ = await create_api_key(
            self.seams.store, self.seams.chance, tenant_id=shop.id, label="tests", scopes=scopes
        )
        return {"Authorization": f"Bearer {key}"}

    async def conversation(self, lead: Lead) -> Conversation:
        async with self.seams.store.begin(lead.tenant_id) as uow:
            found = await uow.conversations.of_lead(lead.id, tenant_id=lead.tenant_id)
        assert found is not None
        return found

    async def entries(self, lead: Lead) -> list[Entry]:
        conversation = await self.conversation(lead)
        async with self.seams.store.begin(lead.tenant_id) as uow:
            return await uow.conversations.last_entries(conversation.id, tenant_id=lead.tenant_id, limit=500)

    async def transcript(self, lead: Lead) -> str:
        """The text of the newest answer as stored."""
        return next(entry.text for entry in reversed(await self.entries(lead)) if entry.author == "assistant")

    def is_known(self, token: str) -> bool:
        return (token_digest(token),) in self.store.database.tokens.rows

    def pass_time(self, **by: float) -> None:
        self.clock.advance(timedelta(**by))


class Site:
    """The served app and a browser-like client (our own origin, a cookie jar)."""

    def __init__(self, shop: Shop, url: str, *, hub: TurnHub, stop: Callable[[], None]) -> None:
        self.shop = shop
        self.hub = hub
        self.url = url
        self.stop = stop
        self.browser = self.client()

    def client(self, headers: dict[str, str] | None = None) -> httpx.AsyncClient:
        return httpx.AsyncClient(base_url=self.url, headers={"Origin": self.url, **(headers or {})}, timeout=20)

    async def enter(self, lead: Lead) -> httpx.Response:
        """Open the lead's link in the browser."""
        return await self.browser.post("/api/chat/session", json={"token": await self.shop.link(lead)})


@asynccontextmanager
async def served(
    shop: Shop, *, pace: Pace = QUICK, make_answer: MakeAnswer | None = None, **settings: Any
) -> AsyncIterator[Site]:
    """The chat app over *shop*, on loopback."""
    app = app_over(shop, Settings(environment="test", **settings), make_answer=make_answer, pace=pace)
    server = server_for(app, host="127.0.0.1", port=0)
    async with on_loopback(server) as url:
        site = Site(shop, url, hub=app.state.hub, stop=app.state.stopping.set)
        try:
            async with site.browser:
                yield site
        finally:
            site.stop()


class Event(msgspec.Struct, frozen=True):
    """One server-sent event."""

    name: str
    number: str
    data: dict[str, Any]


def parse(raw: bytes) -> list[Event]:
    """The complete events in *raw*, as a browser reads them; an unfinished one at the end is not delivered."""
    found = []
    for block in raw.split(b"\n\n")[:-1]:
        fields = dict(
            line.split(": ", 1) for line in block.decode().split("\n") if not line.startswith((":", "retry:"))
        )
        if "event" in fields:
            found.append(Event(fields["event"], fields.get("id", ""), json.loads(fields["data"])))
    return found


class EventReader:
    """Reads an open stream event by event, keeping every byte."""

    def __init__(self, response: httpx.Response) -> None:
        self.response = response
        self.raw = b""
        self._chunks = response.aiter_raw()
        self._given = 0

    async def next(self) -> Event:
        """The next event; fails when the stream ends without one."""
        while len(events := parse(self.raw)) <= self._given:
            self.raw += await anext(self._chunks)
        self._given += 1
        return events[self._given - 1]

    async def until(self, *names: str) -> list[Event]:
        """Events up to and including the first of that name."""
        got = [await self.next()]
        while got[-1].name not in names:
            got.append(await self.next())
        return got

    async def rest(self) -> list[Event]:
        """Everything to the stream's end."""
        async for chunk in self._chunks:
            self.raw += chunk
        events = parse(self.raw)[self._given :]
        self._given += len(events)
        return events


@asynccontextmanager
async def reading(client: httpx.AsyncClient, method: str, path: str, **request: Any) -> AsyncIterator[EventReader]:
    async with client.stream(method, path, **request) as response:
        assert response.status_code == 200, await response.aread()
        yield EventReader(response)


def text_of(events: list[Event]) -> str:
    """What a reader shows: deltas, less what a reset withdrew."""
    text = ""
    for event in events:
        if event.name == "reset":
            text = ""
        elif event.name == "delta":
            text += event.data["text"]
    return text


async def eventually(is_so: Callable[[], bool | Awaitable[bool]]) -> None:
    """Wait, letting everything else run, until it is so."""
    async with asyncio.timeout(10):
        while True:
            found = is_so()
            if found if isinstance(found, bool) else await found:
                return
            await asyncio.sleep(0.005)
