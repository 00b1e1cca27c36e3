"""A whole shop in memory: storage, CRM, carriers, models and a clock, driven one due item at a time."""

from datetime import UTC, datetime, timedelta
from typing import Any
from uuid import UUID

import msgspec

from leadcore.flows.apply import apply_inbox
from leadcore.flows.catalog_sync import sync_catalog, sync_due_catalog
from leadcore.flows.dispatch import open_attempt
from leadcore.flows.fetch_picture import fetch_due_picture
from leadcore.flows.ingest import Ingested, ingest
from leadcore.flows.poll import poll_crm
from leadcore.flows.reconcile import look_for
from leadcore.flows.replan import replan_due
from leadcore.flows.retention import forget_bodies
from leadcore.flows.rollout_watch import watch_rollout
from leadcore.flows.scoring import score_due
from leadcore.flows.seams import Crm, PublicUrls, Seams
from leadcore.flows.settle import settle_attempt
from leadcore.flows.touch import decide_touch
from leadcore.flows.win_back import win_back_due
from leadcore.kernel.errors import LeadcoreError
from leadcore.kernel.ids import ConnectionId, TenantId
from leadcore.kernel.money import Money
from leadcore.memory.carriers import MemoryCarrier, MemoryMailer
from leadcore.memory.chance import SeededChance, SeededIds
from leadcore.memory.clock import VirtualClock
from leadcore.memory.crm import MemoryCrm
from leadcore.memory.model import ScriptedModel
from leadcore.memory.storage import MemoryStore
from leadcore.memory.vault import MemoryVault
from leadcore.messaging.machine import Accepted, Failure
from leadcore.ports.ai import LanguageModel
from leadcore.ports.crm import CrmCustomer, CrmOrder, CrmPhone, CrmService, CrmVehicle
from leadcore.ports.inbound import (
    AdmittedItem,
    CustomerMessage,
    EntityChanged,
    InboundEvent,
    RawRequest,
    SubmittedPicture,
    UnsubscribeRequested,
)
from leadcore.ports.messaging import CarrierError, SendChannel
from leadcore.ports.pictures import PictureGoneError, PictureUnavailableError
from leadcore.ports.storage import DueItem, WorkKind
from leadcore.tenants.model import Connection, Tenant
from leadcore.tenants.values import Senders
from leadcore_runtime.metrics import Metrics
from leadcore_runtime.turn_keeper import TurnKeeper
from leadcore_runtime.writing_back import Writer

TENANT = TenantId(UUID(int=7))
CONNECTION = Connection(
    id=ConnectionId(UUID(int=8)), tenant_id=TENANT, port="crm", plugin="shopmonkey", settings={}, sealed=b""
)
PHONE = "+15125550142"
MONDAY_NOON = datetime(2026, 11, 23, 18, tzinfo=UTC)
MONDAY_NIGHT = datetime(2026, 11, 24, 4, 30, tzinfo=UTC)
_KINDS: tuple[WorkKind, ...] = (
    "inbox", "bulk", "touch", "message", "attempt", "turn", "write_back", "score", "win_back", "picture",
    "rollout", "replan",
)  # fmt: skip
_EVENTS = msgspec.json.Decoder(InboundEvent)


class TrustingDoor:
    """An `InboundDoor` without signatures: the body is the event. It has the pictures that *media* has."""

    def __init__(self, media: dict[str, bytes | LeadcoreError] | None = None) -> None:
        self.media = {} if media is None else media

    async def fetch_picture(self, url: str, *, max_bytes: int) -> bytes:
        """Return the bytes at *url*, or raise what lies there."""
        found = self.media.get(url, PictureUnavailableError("not there"))
        if isinstance(found, LeadcoreError):
            raise found
        if len(found) > max_bytes:
            raise PictureGoneError(f"it is larger than {max_bytes} bytes")
        return found

    def admit(self, request: RawRequest, *, now: datetime) -> tuple[AdmittedItem, ...]:
        """Admit everything."""
        assert now.tzinfo is not None
        event = _EVENTS.decode(request.body)
        return (
            AdmittedItem(
                dedupe_key=request.header("webhook-id"),
                body=request.body,
                urgent=isinstance(event, CustomerMessage | UnsubscribeRequested),
            ),
        )

    def read(self, item: AdmittedItem) -> tuple[InboundEvent, ...]:
        """Return the event."""
        return (_EVENTS.decode(item.body),)


class World:
    """One shop in Austin. `drain` performs everything due now; `pass_time` moves the clock from due to due."""

    def __init__(self, *, at: datetime = MONDAY_NOON, **tenant: Any) -> None:
        self.clock = VirtualClock(at)
        self.store = MemoryStore(self.clock)
        self.crm_records = MemoryCrm()
        self.sms = MemoryCarrier(self.clock)
        self.email = MemoryMailer(self.clock, lists=False, name="mail")
        self.model = ScriptedModel()
        self.media: dict[str, bytes | LeadcoreError] = {}
        self.model_list: list[LanguageModel] = [self.model]
        self.seams = Seams(
            store=self.store,
            adapters=self,
            ids=SeededIds(),
            chance=SeededChance(1),
            urls=PublicUrls(hooks="https://hooks.example.com", chat="https://chat.example.com"),
            settle_window_s=60,
            prints=MemoryVault(),
        )
        self.tenant = Tenant(
            **{
                "id": TENANT, "slug": "austin", "brand": "Hill Country Tint", "zone": "America/Chicago",
                "phone": "+15125550199", "address": "100 Congress Ave, Austin", "postal_address": "100 Congress Ave",
                "senders": Senders(sms="+15125550100", email="shop@example.com"), **tenant,
            }
        )  # fmt: skip
        self._numbers = iter(range(1, 10**6))
        self.keeper = TurnKeeper(seams=self.seams, metrics=Metrics())
        self.writer = Writer(seams=self.seams, metrics=Metrics(), monotonic=lambda: self.clock.now().timestamp())

    async def crm(self, tenant_id: TenantId) -> Crm:
        """Satisfy `Adapters`."""
        assert tenant_id == TENANT
        return self.crm_records

    async def carrier(self, tenant_id: TenantId, channel: SendChannel) -> tuple[MemoryMailer, Connection]:
        """Satisfy `Adapters`."""
        assert tenant_id == TENANT
        return (self.sms if channel == "sms" else self.email), CONNECTION

    async def door(self, connection: Connection) -> TrustingDoor:
        """Satisfy `Adapters`."""
        assert connection.tenant_id == TENANT
        return TrustingDoor(self.media)

    async def models(self, tenant_id: TenantId) -> tuple[tuple[LanguageModel, str], ...]:
        """Satisfy `Adapters`."""
        assert tenant_id == TENANT
        return tuple((model, model.default_model) for model in self.model_list)

    async def open(self) -> "World":
        """Create the tenant, its connection and its catalog."""
        async with self.store.begin(TENANT) as uow:
            await uow.tenants.add(self.tenant)
            await uow.tenants.put_connection(CONNECTION)
            await uow.commit()
        for number, (name, cents) in enumerate(
            [("Ceramic Tint - Full Vehicle - Sedan", 39900), ("Ceramic Tint - Full Vehicle - SUV", 45000)]
        ):
            self.crm_records.put(CrmService(external_id=f"s{number}", name=name, price=Money(minor=cents)))
        await sync_catalog(self.seams, TENANT)
        return self

    async def lead_arrives(
        self,
        *,
        order_id: str = "o1",
        phone: str = PHONE,
        opt_in: bool = True,
        webhook: bool = True,
        model: str = "Model Y",
    ) -> None:
        """Put a website lead into the CRM and let it call our webhook, unless that is lost."""
        now = self.clock.now()
        self.crm_records.put(
            CrmOrder(
                external_id=order_id, name="New Quote - Ceramic tint", status="Estimate", column_name="Website Leads",
                customer_id=f"c-{phone}", vehicle_id=f"v-{phone}-{model}", created_at=now, updated_at=now,
            ),
            CrmCustomer(
                external_id=f"c-{phone}", first_name="Pat", emails=(f"pat{phone[2:]}@example.com",),
                phones=(CrmPhone(number=phone, opt_in=opt_in, opt_in_at=now if opt_in else None),),
            ),
            CrmVehicle(external_id=f"v-{phone}-{model}", year=2022, make="Tesla", model=model, body="SUV"),
        )  # fmt: skip
        if webhook:
            await self.webhook(EntityChanged(kind="order", external_id=order_id))

    async def close_order(self, order_id: str) -> None:
        """Let the shop sell it: the CRM knows, our webhook is lost."""
        order = await self.crm_records.order(order_id)
        assert order is not None
        sold = msgspec.structs.replace(order, authorized=True, updated_at=order.updated_at + timedelta(seconds=1))
        self.crm_records.put(sold)

    async def book_order(self, order_id: str) -> None:
        """Let the shop put it into its calendar: the CRM knows, our webhook is lost."""
        order = await self.crm_records.order(order_id)
        assert order is not None
        later = order.updated_at + timedelta(seconds=1)
        booked = msgspec.structs.replace(order, appointment_dates=(later + timedelta(days=2),), updated_at=later)
        self.crm_records.put(booked)

    async def text_from_customer(self, text: str, *, phone: str = PHONE) -> None:
        """Let the customer text the shop."""
        await self.webhook(
            CustomerMessage(
                channel="sms", sender=phone, recipient="+15125550100", text=text, provider_id=f"SM{next(self._numbers)}"
            )
        )

    async def picture_from_customer(self, text: str, *urls: str, phone: str = PHONE) -> None:
        """Let the customer send an MMS."""
        await self.webhook(
            CustomerMessage(
                channel="sms", sender=phone, recipient="+15125550100", text=text,
                provider_id=f"MM{next(self._numbers)}",
                pictures=tuple(SubmittedPicture(url=url) for url in urls),
            )
        )  # fmt: skip

    async def webhook(self, event: InboundEvent, *, webhook_id: str = "") -> Ingested:
        """Deliver *event* (again, with the same *webhook_id*) and return what the acknowledgement stands for."""
        headers = (("webhook-id", webhook_id or f"w{next(self._numbers)}"),)
        request = RawRequest(
            method="POST", url="https://x.example.com", headers=headers, body=msgspec.json.encode(event)
        )
        return await ingest(self.seams, CONNECTION, TrustingDoor(), request, wall_clock=self.clock.now())

    async def drain(self) -> None:
        """Perform what is due until nothing is."""
        for _ in range(1000):
            items = await self.store.due.claim(_KINDS, limit=50, lease_s=30, worker="test")
            if not items:
                return
            for item in items:
                await self.perform(item)
        raise AssertionError("work never ends")

    async def perform(self, item: DueItem) -> None:
        """Perform one piece of due work, as the scheduler does."""
        match item.kind:
            case "inbox" | "bulk":
                await apply_inbox(self.seams, item)
            case "touch":
                await decide_touch(self.seams, item)
            case "message":
                await self._send(item)
            case "attempt":
                await look_for(self.seams, item)
            case "turn":
                await self.keeper.perform(item)
            case "poll":
                await poll_crm(self.seams, item)
            case "retention":
                await forget_bodies(self.seams, item, keep=timedelta(days=30))
            case "picture":
                await fetch_due_picture(self.seams, item)
            case "catalog":
                await sync_due_catalog(self.seams, item)
            case "write_back":
                await self.writer.perform(item)
            case "score":
                await score_due(self.seams, item)
            case "win_back":
                await win_back_due(self.seams, item)
            case "rollout":
                await watch_rollout(self.seams, item)
            case "replan":
                await replan_due(self.seams, item)
            case _:
                raise AssertionError(item.kind)

    async def pass_time(self, span: timedelta) -> None:
        """Move from due instant to due instant until *span* is over."""
        end = self.clock.now() + span
        await self.drain()
        while (wait := await self.store.due.next_due(_KINDS)) is not None:
            if self.clock.now() + timedelta(seconds=wait) > end:
                break
            self.clock.advance(timedelta(seconds=wait))
            await self.drain()
        self.clock.advance(end - self.clock.now())

    async def _send(self, item: DueItem) -> None:
        departure = await open_attempt(self.seams, item)
        if departure is None:
            return
        try:
            receipt = await departure.carrier.send(departure.outbound)
        except CarrierError as refusal:
            await settle_attempt(self.seams, departure.attempt.id, Failure(error=refusal), tenant_id=TENANT)
            return
        await settle_attempt(self.seams, departure.attempt.id, Accepted(receipt=receipt), tenant_id=TENANT)

    @property
    def texts(self) -> list[str]:
        """Bodies of the texts the carrier took."""
        return [each.message.body for each in self.sms.accepted]

    def happened(self, name: str) -> list[Any]:
        """Stored events of one kind."""
        return [event for event in self.store.events if event.name == name]


async def nothing_wrong(world: World) -> None:
    """No inbox row may be dead or waiting with an error."""
    async with world.store.begin(TENANT) as uow:
        rows = await uow.inbox.listing(TENANT, state=None, limit=1000)
    assert [row.error for row in rows if row.state in {"dead", "new"}] == []
