"""A shop that is told a history through its own inbox, over any store; and what it believes afterwards."""

from collections import defaultdict
from collections.abc import Callable
from contextvars import ContextVar
from datetime import UTC, datetime, timedelta
from typing import Any
from uuid import UUID

import msgspec

from leadcore.flows.apply import apply_inbox
from leadcore.flows.ingest import ingest
from leadcore.flows.seams import PublicUrls, Seams
from leadcore.flows.work import Store
from leadcore.intake.model import POLLED, InboxItem
from leadcore.kernel.ids import ConnectionId, InboxId, TenantId
from leadcore.memory.chance import SeededChance, SeededIds
from leadcore.ports.crm import CrmAppointment, CrmCustomer, CrmMessage, CrmOrder, CrmPhone, CrmVehicle
from leadcore.ports.inbound import AdmittedItem, CustomerMessage, DeliveryReport, EntityChanged, RawRequest
from leadcore.ports.storage import DueItem
from leadcore.tenants.model import Connection, Tenant
from leadcore.testing.builders import a_message, a_point, an_attempt
from tests.convergence import history
from tests.convergence.history import Case, Delivery, History, Record, Report, Words, phone_of

BASE = datetime(2026, 11, 2, 15, tzinfo=UTC)
_VIEW: ContextVar[dict[str, int] | None] = ContextVar("view", default=None)
_SHOP = "+15125550100"
_BODIES: msgspec.json.Decoder[tuple[CustomerMessage | DeliveryReport | EntityChanged, dict[str, int] | None]]
_BODIES = msgspec.json.Decoder(tuple[CustomerMessage | DeliveryReport | EntityChanged, dict[str, int] | None])


class HistoryDoor:
    """Believes every body: an event, and what the CRM will answer to whoever asks because of it."""

    def admit(self, request: RawRequest, *, now: datetime) -> tuple[AdmittedItem, ...]:
        assert now.tzinfo is not None
        is_urgent = b'"customer_message"' in request.body
        return (AdmittedItem(dedupe_key=request.header("webhook-id"), body=request.body, urgent=is_urgent),)

    def read(self, item: AdmittedItem) -> tuple[CustomerMessage | DeliveryReport | EntityChanged, ...]:
        event, view = _BODIES.decode(item.body)
        _VIEW.set(view)
        return (event,)


class HistoryCrm:
    """Answers as of the view of the hint that is being applied, else as of now. `told` is all it ever said."""

    def __init__(self, *, base: datetime) -> None:
        self.told: dict[str, set[int]] = defaultdict(set)
        self.records: dict[str, Record] = {}
        self._base = base

    async def order(self, external_id: str) -> CrmOrder | None:
        at, facts = self._version("order", external_id)
        return facts and CrmOrder(
            external_id=external_id,
            name="New Quote - Ceramic tint",
            status="Estimate",
            column_name=facts["column"],
            customer_id=facts["customer"],
            vehicle_id=facts["vehicle"],
            authorized=facts["authorized"],
            archived=facts["archived"],
            deleted=facts["deleted"],
            appointment_dates=(at + timedelta(days=3),) if facts["dates"] else (),
            created_at=self._at(facts["created"]),
            updated_at=at,
        )

    async def customer(self, external_id: str) -> CrmCustomer | None:
        at, facts = self._version("customer", external_id)
        return facts and CrmCustomer(
            external_id=external_id,
            first_name=facts["first"],
            phones=(CrmPhone(number=facts["phone"], opt_in=facts["opt_in"] is True, opt_out=facts["opt_in"] is False),),
            emails=(facts["email"],),
            subscribed=(facts["email"],) if facts["subscribed"] is True else (),
            unsubscribed=(facts["email"],) if facts["subscribed"] is False else (),
            updated_at=at,
        )

    async def vehicle(self, external_id: str) -> CrmVehicle | None:
        at, facts = self._version("vehicle", external_id)
        return facts and CrmVehicle(external_id=external_id, year=facts["year"], model=facts["model"], updated_at=at)

    async def appointment(self, external_id: str) -> CrmAppointment | None:
        at, facts = self._version("appointment", external_id)
        return facts and CrmAppointment(
            external_id=external_id,
            title="visit",
            starts_at=at,
            ends_at=at,
            order_id=facts["order"],
            cancelled=facts["cancelled"],
            updated_at=at,
        )

    async def message(self, external_id: str) -> CrmMessage | None:
        at, facts = self._version("message", external_id)
        return facts and CrmMessage(
            external_id=external_id, order_id=facts["order"], author=facts["author"], text=facts["text"], at=at
        )

    def _version(self, kind: str, external_id: str) -> tuple[datetime, Any]:
        key = f"{kind}:{external_id}"
        record = self.records[key]
        n = (_VIEW.get() or {}).get(key, len(record.versions) - 1)
        self.told[key].add(n)
        return self._at(record.versions[n].at), record.versions[n].facts

    def _at(self, seconds: float) -> datetime:
        return self._base + timedelta(seconds=round(seconds, 3))


class Replica:
    """One shop. `move_to` sets its clock, where it can be set."""

    def __init__(
        self,
        store: Store,
        *,
        base: datetime = BASE,
        move_to: Callable[[datetime], None] = lambda instant: None,
    ) -> None:
        tenant_id = TenantId(UUID(int=7))
        self.store = store
        self.base = base
        self.move_to = move_to
        self.knows = HistoryCrm(base=base)
        self.said: dict[str, float] = {}
        self.reported: dict[int, list[str]] = defaultdict(list)
        self.tenant = Tenant(
            id=tenant_id, slug="austin", brand="Hill Country Tint", zone="America/Chicago",
            phone="+15125550199", address="1 Main St", postal_address="1 Main St",
        )  # fmt: skip
        self.connection = Connection(
            id=ConnectionId(UUID(int=8)), tenant_id=tenant_id, port="crm", plugin="shopmonkey",
            settings={}, sealed=b"",
        )  # fmt: skip
        self.seams = Seams(
            store=store,
            adapters=self,  # type: ignore[arg-type]  # the part of it that applying the inbox asks for
            ids=SeededIds("replica"),
            chance=SeededChance(1),
            urls=PublicUrls(hooks="https://hooks.example.com", chat="https://chat.example.com"),
        )
        self._messages: list[Any] = []

    async def crm(self, tenant_id: TenantId) -> HistoryCrm:
        assert tenant_id == self.tenant.id
        return self.knows

    async def door(self, connection: Connection) -> HistoryDoor:
        assert connection.tenant_id == self.tenant.id
        _VIEW.set(None)
        return HistoryDoor()

    async def open(self, story: History) -> "Replica":
        """Create the shop, the messages it has sent, and the leads that customers will answer to."""
        for case in story.cases:
            self.knows.records |= case.records
        async with self.store.begin(self.tenant.id) as uow:
            await uow.tenants.add(self.tenant)
            await uow.tenants.put_connection(self.connection)
            await uow.commit()
        async with self.store.begin(self.tenant.id) as uow:
            for n in range(story.messages):
                point = await uow.compliance.ensure_point(a_point(self.tenant))
                message = a_message(point, state="accepted", provider_id=f"out{n}")
                await uow.messages.add(message)
                await uow.messages.add_attempt(an_attempt(message, state="accepted", provider_id=f"out{n}"))
                self._messages.append(message)
            await uow.commit()
        for case in (each for each in story.cases if each.talks):
            self.move_to(self.base + timedelta(seconds=case.order.versions[0].at + 60))
            first = dict.fromkeys(case.records, 0)
            await self.hint(Delivery(kind="order", id=case.order.id, webhook_id="", deleted=False, view=first))
        return self

    async def hears(self, story: History) -> dict[str, list[DueItem]]:
        """Let every text come in, in the order of time; return what is to be applied, whenever that will be."""
        waiting: dict[str, list[DueItem]] = {}
        for words in sorted((each for case in story.cases for each in case.words), key=lambda each: each.at):
            self.move_to(self.base + timedelta(seconds=words.at))
            message = CustomerMessage(
                channel="sms", sender=phone_of(words.case), recipient=_SHOP, text=words.text, provider_id=words.id
            )
            await self._in(message, None, webhook_id=words.id)
            [item] = waiting[words.id] = await self._claimed()
            async with self.store.begin(self.tenant.id) as uow:
                row = await uow.inbox.get(InboxId(item.item_id), tenant_id=self.tenant.id)
            self.said[words.id] = (row.received_at - self.base).total_seconds()
        return waiting

    async def ingest(self, told: Delivery | Report) -> None:
        """Store one delivery, or what the poll found."""
        if isinstance(told, Report):
            self.reported[told.message].append(told.status)
            report: Any = DeliveryReport(provider_id=f"out{told.message}", status=told.status)  # type: ignore[arg-type]
            await self._in(report, None, webhook_id=told.webhook_id)
            return
        if told.webhook_id == history.POLLED:
            await self._polled(told)
            return
        hint = EntityChanged(kind=told.kind, external_id=told.id, deleted=told.deleted)
        await self._in(hint, told.view, webhook_id=told.webhook_id or f"first-{told.kind}-{told.id}")

    async def _polled(self, told: Delivery) -> None:
        """Note what the poll found, as it does: our own row beside the vendor's."""
        hint = EntityChanged(kind=told.kind, external_id=told.id, deleted=told.deleted)
        key = f"poll-{told.kind}-{told.id}"
        async with self.store.begin(self.tenant.id) as uow:
            now = await uow.now()
            row = InboxItem(
                id=InboxId(self.seams.ids.new()), tenant_id=self.tenant.id, connection_id=self.connection.id,
                source=POLLED, dedupe_key=key, entity_key=None, occurred_at=None, received_at=now,
                body=msgspec.json.encode(hint),
            )  # fmt: skip
            for each in await uow.inbox.add([row]):
                await uow.due.arm("inbox", each.id, tenant_id=self.tenant.id, at=now)
            await uow.commit()

    async def hint(self, told: Delivery | Report) -> None:
        """Store one delivery and apply it at once."""
        await self.ingest(told)
        await self.apply(await self._claimed())

    async def apply(self, items: list[DueItem]) -> None:
        """Apply claimed rows."""
        for item in items:
            await apply_inbox(self.seams, item)

    async def believes(self, case: Case) -> dict[str, Any] | None:
        """What the shop holds of the case now, in the oracle's terms."""
        tenant_id = self.tenant.id
        async with self.store.begin(tenant_id) as uow:
            lead = await uow.leads.by_external_ref("shopmonkey", case.order.id, tenant_id=tenant_id)
            if lead is None:
                return None
            person = await uow.leads.person(lead.person_id, tenant_id=tenant_id)
            assert person.phone_id is not None
            assert person.email_id is not None
            phone = await uow.compliance.get_point(person.phone_id, tenant_id=tenant_id)
            email = await uow.compliance.get_point(person.email_id, tenant_id=tenant_id)
            answered = lead.first_response_at
            return {
                "status": str(lead.status),
                "reason": lead.lost_reason,
                "followed": bool(await uow.cadences.active_of_lead(lead.id, tenant_id=tenant_id)),
                "vehicle": (lead.vehicle.year, lead.vehicle.model),
                "name": person.first_name,
                "phone": phone.value,
                "email": email.value,
                "phone_suppressed": bool(await uow.compliance.suppressions(phone.id, tenant_id=tenant_id)),
                "email_suppressed": bool(await uow.compliance.suppressions(email.id, tenant_id=tenant_id)),
                "answered": (answered - self.base).total_seconds() if answered else None,
            }

    async def delivery(self, n: int) -> str | None:
        """What became of the nth message."""
        async with self.store.begin(self.tenant.id) as uow:
            return (await uow.messages.peek(self._messages[n].id, tenant_id=self.tenant.id)).delivery

    async def _claimed(self) -> list[DueItem]:
        return await self.store.due.claim(("inbox",), limit=50, lease_s=10**8, worker="replica")

    async def _in(self, event: Any, view: dict[str, int] | None, *, webhook_id: str) -> None:
        request = RawRequest(
            method="POST", url="https://x.example.com", headers=(("webhook-id", webhook_id),),
            body=msgspec.json.encode((event, view)),
        )  # fmt: skip
        await ingest(self.seams, self.connection, HistoryDoor(), request, wall_clock=self.base)


async def tell(replica: Replica, story: History) -> None:
    """Tell the whole history, one delivery at a time."""
    waiting = await replica.hears(story)
    replica.move_to(replica.base + timedelta(days=7))
    at = replica.base + timedelta(days=7)
    for told in story.deliveries:
        at += timedelta(seconds=2)
        replica.move_to(at)
        if isinstance(told, Words):
            await replica.apply(waiting.pop(told.id, []))
        else:
            await replica.hint(told)


async def differences(replica: Replica, story: History, expected: Callable[..., Any]) -> list[tuple[int, Any, Any]]:
    """Return every case in which the shop believes something else than it should."""
    found = []
    for case in story.cases:
        wanted, held = expected(case, replica.knows.told, replica.said), await replica.believes(case)
        if wanted and wanted["answered"] is not None:
            wanted["answered"] = round(wanted["answered"], 3)
        if wanted != held:
            found.append((case.number, wanted, held))
    return found
