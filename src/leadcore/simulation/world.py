"""One shop in memory whose outside is simulated. It sends nothing: its carriers end here."""

from collections.abc import Callable
from datetime import datetime, timedelta
from uuid import UUID

import msgspec
from msgspec.structs import replace

from leadcore.flows.apply import apply_inbox
from leadcore.flows.calling import Calling
from leadcore.flows.dispatch import Departure, open_attempt
from leadcore.flows.ingest import ingest
from leadcore.flows.lead_changes import save_lead
from leadcore.flows.reconcile import look_for
from leadcore.flows.seams import Crm, PublicUrls, Seams
from leadcore.flows.settle import settle_attempt
from leadcore.flows.stop import stop_follow_up
from leadcore.flows.touch import decide_touch
from leadcore.flows.win_back import win_back_due
from leadcore.kernel.errors import ConflictError, NotFoundError, StaleClaimError
from leadcore.kernel.ids import AttemptId, ConnectionId, TenantId
from leadcore.leads.values import LeadStatus
from leadcore.memory.chance import SeededChance, SeededIds
from leadcore.memory.clock import VirtualClock
from leadcore.memory.storage import MemoryStore
from leadcore.messaging.machine import Accepted, Failure
from leadcore.ports.ai import LanguageModel
from leadcore.ports.inbound import AdmittedItem, CustomerMessage, InboundEvent, RawRequest, UnsubscribeRequested
from leadcore.ports.messaging import CarrierError, SendChannel
from leadcore.ports.storage import DueItem, WorkKind
from leadcore.simulation.carrier import SimulatedCarrier, Taken
from leadcore.simulation.plan import Plan
from leadcore.tenants.model import Connection, Tenant

KINDS: tuple[WorkKind, ...] = ("inbox", "touch", "message", "attempt", "win_back")
"""What decides about touches. Answers of the assistant, scores and the CRM's copy are left out."""
SOURCE = "simulated"
LEASE_S = 30.0
_EVENTS = msgspec.json.Decoder(InboundEvent)
_RETRY = timedelta(seconds=1)


class OpenDoor:
    """An `InboundDoor` whose bodies are the events themselves."""

    def admit(self, request: RawRequest, *, now: datetime) -> tuple[AdmittedItem, ...]:
        """Admit everything; customers' words and unsubscribes take effect before they are acknowledged."""
        del now
        event = _EVENTS.decode(request.body)
        is_urgent = isinstance(event, CustomerMessage | UnsubscribeRequested)
        return (AdmittedItem(dedupe_key=request.header("webhook-id"), body=request.body, urgent=is_urgent),)

    def read(self, item: AdmittedItem) -> tuple[InboundEvent, ...]:
        """Return the event."""
        return (_EVENTS.decode(item.body),)


class Opened(msgspec.Struct, frozen=True, kw_only=True):
    """An attempt was written ahead: `n` orders it among everything that was opened or acknowledged."""

    n: int
    attempt_id: AttemptId
    at: datetime


class World:
    """Storage, clock, carriers and door of one run, and what performs due work: `Adapters` too.

    `opened` are attempts in the order they were written ahead. `before_carrier` is called where a worker looks for its
    carrier, between two units of work: whatever happens there overtakes it.
    """

    def __init__(self, plan: Plan, *, on_taken: Callable[[Taken], None]) -> None:
        self.plan = plan
        self.clock = VirtualClock(plan.start)
        self.store = MemoryStore(self.clock, environment="test")
        self.chance = SeededChance(f"{plan.seed}|flows")
        self.luck = SeededChance(f"{plan.seed}|faults")
        self.seams = Seams(
            store=self.store,
            adapters=self,
            ids=SeededIds(plan.seed, clock=self.clock),
            chance=self.chance,
            urls=PublicUrls(hooks="https://hooks.example.com", chat=plan.chat),
            settle_window_s=plan.settle_window_s,
        )
        self.carriers: dict[SendChannel, SimulatedCarrier] = {
            "sms": self._carrier("sms", on_taken),
            "email": self._carrier("email", on_taken),
        }
        self.tenant: Tenant = replace(plan.tenant, cadence=plan.cadence.name)
        self.connection = self._connection(1)
        self._connections: dict[SendChannel, Connection] = {"sms": self.connection, "email": self._connection(2)}
        self.calling = Calling(monotonic=self.seconds, chance=SeededChance(f"{plan.seed}|calling"))
        self.door_of_all = OpenDoor()
        self.before_carrier: Callable[[], None] = lambda: None
        self.opened: list[Opened] = []
        self.crashes = 0
        self._numbers = 0

    def _connection(self, n: int) -> Connection:
        return Connection(
            id=ConnectionId(UUID(int=n)), tenant_id=self.tenant.id, port="messaging", plugin=SOURCE, settings={},
            sealed=b"",
        )  # fmt: skip

    def seconds(self) -> float:
        """Return the seconds since the run began."""
        return (self.clock.now() - self.plan.start).total_seconds()

    def _carrier(self, channel: SendChannel, on_taken: Callable[[Taken], None]) -> SimulatedCarrier:
        return SimulatedCarrier(channel, clock=self.clock, chance=self.luck, faults=self.plan.faults, on_taken=on_taken)

    async def crm(self, tenant_id: TenantId) -> Crm:
        """There is none. Raises `NotFoundError`."""
        raise NotFoundError(f"a simulated shop has no CRM: {tenant_id}")

    async def carrier(self, tenant_id: TenantId, channel: SendChannel) -> tuple[SimulatedCarrier, Connection]:
        """Return the simulated carrier of *channel*."""
        del tenant_id
        self.before_carrier()
        return self.carriers[channel], self._connections[channel]

    async def door(self, connection: Connection) -> OpenDoor:
        """Return the one door."""
        del connection
        return self.door_of_all

    async def models(self, tenant_id: TenantId) -> tuple[tuple[LanguageModel, str], ...]:
        """There are none: nobody answers in a simulated conversation."""
        del tenant_id
        return ()

    async def open(self) -> None:
        """Store the tenant, its connection and the cadences; the one under test is published last."""
        at = self.plan.start
        async with self.store.begin(self.tenant.id) as uow:
            await uow.tenants.add(self.tenant)
            await uow.tenants.put_connection(self.connection)
            for each in (*self.plan.cadences, self.plan.cadence):
                at += timedelta(microseconds=1)
                await uow.cadences.publish(replace(each, tenant_id=self.tenant.id, published_at=at))
            await uow.commit()

    def number(self) -> int:
        """Return the next number: it orders what happened, and names what came in."""
        self._numbers += 1
        return self._numbers

    async def hears(self, event: InboundEvent, *, webhook_id: str = "") -> int:
        """Take *event* in as from outside; return the number of its acknowledgement."""
        key = webhook_id or f"w{self.number()}"
        request = RawRequest(method="POST", url="", headers=(("webhook-id", key),), body=msgspec.json.encode(event))
        await ingest(self.seams, self.connection, self.door_of_all, request, wall_clock=self.clock.now())
        return self.number()

    async def books(self, external_ref: str) -> bool:
        """Let the shop's people book the lead, in one transaction; False when it is closed or unknown."""
        tenant_id = self.tenant.id
        async with self.store.begin(tenant_id) as uow:
            lead = await uow.leads.by_external_ref(SOURCE, external_ref, tenant_id=tenant_id)
            if lead is None or not lead.is_open or lead.status is LeadStatus.BOOKED:
                return False
            booked, event = lead.mirrored(LeadStatus.BOOKED, at=await uow.now())
            await save_lead(uow, replace(booked, version=lead.version + 1), event)
            await stop_follow_up(uow, booked, reason="booked")
            await uow.commit()
        return True

    async def claim(self, *, limit: int) -> list[DueItem]:
        """Claim what is due now."""
        return await self.store.due.claim(KINDS, limit=limit, lease_s=LEASE_S, worker="simulation")

    async def next_due(self) -> float | None:
        """Return the seconds until something is due."""
        return await self.store.due.next_due(KINDS)

    async def perform(self, item: DueItem) -> None:
        """Perform one piece of due work as the scheduler does."""
        if self._dies(self.plan.faults.crash_claimed):
            return
        try:
            await self._perform(item)
        except StaleClaimError:
            return
        except ConflictError:
            async with self.store.begin(item.tenant_id) as uow:
                await uow.due.postpone(item, at=await uow.now() + _RETRY * (1 + self.luck.fraction()))
                await uow.commit()

    async def _perform(self, item: DueItem) -> None:
        match item.kind:
            case "inbox":
                await apply_inbox(self.seams, item)
            case "touch":
                await decide_touch(self.seams, item)
            case "message":
                await self.send(item)
            case "attempt":
                await look_for(self.seams, item)
            case "win_back":
                await win_back_due(self.seams, item)
            case _:
                raise AssertionError(f"{item.kind} was claimed, although it is none of KINDS")

    async def send(self, item: DueItem) -> None:
        """Decide, write ahead, call once, settle: as the scheduler's sender, without an event loop."""
        departure = await open_attempt(self.seams, item, rest=self.calling.rest)
        if departure is None:
            return
        attempt = departure.attempt
        self.opened.append(Opened(n=self.number(), attempt_id=attempt.id, at=attempt.started_at))
        if self._dies(self.plan.faults.crash_before):
            return
        outcome = await self.call(departure)
        self.calling.learn(departure.connection_id, outcome, per_s=departure.per_s)
        if self._dies(self.plan.faults.crash_after):
            return
        await settle_attempt(self.seams, attempt.id, outcome, tenant_id=attempt.tenant_id)

    async def call(self, departure: Departure) -> Accepted | Failure:
        """Hand the message to its carrier, once."""
        try:
            return Accepted(receipt=await departure.carrier.send(departure.outbound))
        except CarrierError as refusal:
            return Failure(error=refusal)

    def _dies(self, odds: float) -> bool:
        dies = odds > 0 and self.luck.fraction() < odds
        self.crashes += dies
        return dies
