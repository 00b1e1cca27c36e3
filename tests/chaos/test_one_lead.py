"""One person asks through every door at once: one person and one lead come of it."""

import asyncio
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager, suppress
from datetime import UTC, datetime
from functools import cached_property
from random import Random
from typing import Any

import asyncpg
import msgspec

from leadcore.flows.apply import apply_inbox
from leadcore.flows.ingest import ingest
from leadcore.flows.seams import PublicUrls, Seams
from leadcore.kernel.errors import ConflictError, StaleClaimError
from leadcore.kernel.ids import ConnectionId, PersonId, TenantId
from leadcore.leads.model import Person
from leadcore.leads.policies.wishes import Wish
from leadcore.memory.chance import SeededChance
from leadcore.memory.crm import MemoryCrm
from leadcore.ports.crm import CrmCustomer, CrmOrder, CrmPhone, CrmVehicle
from leadcore.ports.inbound import (
    CustomerMessage,
    EntityChanged,
    InboundEvent,
    LeadSubmitted,
    RawRequest,
    SubmissionAnnounced,
)
from leadcore.tenants.model import Connection
from leadcore.testing.builders import a_tenant, new_id
from leadcore_adf.door import AdfDoor
from leadcore_adf.settings import AdfSettings
from leadcore_googleads.door import GoogleAdsDoor
from leadcore_googleads.settings import GoogleAdsSettings
from leadcore_postgres.engine import tenant_session
from leadcore_postgres.leads import PostgresLeads
from leadcore_postgres.store import PostgresStore, PostgresWork
from leadcore_postgres.transaction import Transaction
from leadcore_runtime.identity import TimeOrderedIds
from leadcore_webform.door import WebFormDoor
from leadcore_webform.settings import WebFormSettings
from tests.chaos.conftest import Report, Scale, ShopDatabase
from tests.unit.flows.world import TrustingDoor

SITE = "https://www.example.com"
PHONES = ("+1 512 555 0142", "(512) 555-0142", "512.555.0142", "15125550142", "+15125550142")
VEHICLES = (("2022", "Tesla", "Model Y"), ("2022", "TESLA", "model-y"), ("", "Tesla", "Tesla Model Y"), ("", "", ""))
_PLUGINS = ("shopmonkey", "twilio", "webform", "adf", "googleads", "meta")
_WORKERS, _AT_ONCE = 8, 32
_ADF = """<?adf version="1.0"?><adf><prospect><id>{id}</id><requestdate>{at}</requestdate><vehicle><year>{year}</year>
<make>{make}</make><model>{model}</model></vehicle><customer><contact><name part="full">Pat Sample</name>
<phone>{phone}</phone></contact></customer></prospect></adf>"""


class MetaDoor(TrustingDoor):
    """Meta only announces; the lead is fetched."""

    def __init__(self, luck: Random) -> None:
        self._luck = luck

    async def fetch(self, external_id: str) -> LeadSubmitted:
        return LeadSubmitted(
            external_id=external_id,
            submitted_at=datetime.now(UTC),
            name="Pat Sample",
            phones=(self._luck.choice(PHONES),),
            emails=("pat@example.com",),
        )


class Street:
    """A shop with every door, and a customer who tries them all."""

    def __init__(self, store: PostgresStore, *, seed: int) -> None:
        self.store, self.luck, self.crm_records = store, Random(seed), MemoryCrm()
        self.tenant, self.delivered = a_tenant(), 0
        self.connections = {
            name: Connection(
                id=ConnectionId(new_id()),
                tenant_id=self.tenant.id,
                port="crm" if name == "shopmonkey" else "intake",
                plugin=name,
                settings={},
                sealed=b"",
            )
            for name in _PLUGINS
        }
        self.doors: dict[str, Any] = {
            "shopmonkey": TrustingDoor(),
            "twilio": TrustingDoor(),
            "webform": WebFormDoor(WebFormSettings(origins=SITE, form_key="k", secret="s")),
            "adf": AdfDoor(AdfSettings(secret="a")),
            "googleads": GoogleAdsDoor(GoogleAdsSettings(google_key="g")),
            "meta": MetaDoor(self.luck),
        }
        self.seams = Seams(
            store=store,
            adapters=self,
            ids=TimeOrderedIds(),
            chance=SeededChance(seed),
            urls=PublicUrls(hooks="https://hooks.example.com", chat="https://chat.example.com"),
        )

    async def crm(self, tenant_id: TenantId) -> MemoryCrm:
        assert tenant_id == self.tenant.id
        return self.crm_records

    async def carrier(self, tenant_id: TenantId, channel: str) -> Any:
        raise AssertionError((tenant_id, channel))

    async def door(self, connection: Connection) -> Any:
        return self.doors[connection.plugin]

    async def models(self, tenant_id: TenantId) -> tuple[()]:
        assert tenant_id == self.tenant.id
        return ()

    async def open(self) -> "Street":
        async with self.store.begin(self.tenant.id) as uow:
            await uow.tenants.add(self.tenant)
            for each in self.connections.values():
                await uow.tenants.put_connection(each)
            await uow.commit()
        return self

    async def deliver(self, count: int) -> None:
        """Deliver *count* requests, every door in turn, many at once, while they are being applied."""
        first = self.delivered
        self.delivered += count
        requests = [(_PLUGINS[n % len(_PLUGINS)], n) for n in range(first, first + count)]
        self.luck.shuffle(requests)
        gate, applied = asyncio.Semaphore(_AT_ONCE), asyncio.Event()

        async def one(plugin: str, n: int) -> None:
            async with gate:
                connection = self.connections[plugin]
                request = self._request(plugin, n)
                await ingest(self.seams, connection, self.doors[plugin], request, wall_clock=datetime.now(UTC))

        async with asyncio.TaskGroup() as group:
            for _ in range(_WORKERS):
                group.create_task(self._apply(applied))
            await asyncio.gather(*(one(*each) for each in requests))
            applied.set()

    async def _apply(self, is_all_delivered: asyncio.Event) -> None:
        while True:
            was_all = is_all_delivered.is_set()
            items = await self.store.due.claim(("inbox",), limit=4, lease_s=120, worker="test")
            if not items and was_all and await self.store.due.next_due(("inbox",)) is None:
                return
            for item in items:
                try:
                    await apply_inbox(self.seams, item)
                except (ConflictError, StaleClaimError):
                    await self.store.due.give_back([item])
            if not items:
                await asyncio.sleep(0)  # another worker holds the rest

    def _request(self, plugin: str, n: int) -> RawRequest:
        phone, (year, make, model) = self.luck.choice(PHONES), self.luck.choice(VEHICLES)
        now = datetime.now(UTC)
        match plugin:
            case "shopmonkey":
                self._order(n, phone, year, make, model, at=now)
                return _event(EntityChanged(kind="order", external_id=f"o{n}"), n)
            case "twilio":
                return _event(
                    CustomerMessage(
                        channel="sms", sender="+15125550142", recipient="+15125550100", text="Do you tint?",
                        provider_id=f"SM{n}",
                    ),
                    n,
                )  # fmt: skip
            case "meta":
                return _event(SubmissionAnnounced(external_id=f"m{n}"), n)
            case "webform":
                told = {"year": year, "make": make, "model": model}
                vehicle = {name: value for name, value in told.items() if value}
                fields = {"name": "Pat Sample", "phone": phone, "vehicle": vehicle}
                headers = {"origin": SITE, "x-form-key": "k", "idempotency-key": f"w{n}"}
                return _post(fields, **headers)
            case "googleads":
                columns = [
                    {"column_id": "FULL_NAME", "string_value": "Pat Sample"},
                    {"column_id": "PHONE_NUMBER", "string_value": phone},
                ]
                return _post({"lead_id": f"g{n}", "user_column_data": columns, "google_key": "g", "api_version": "1.0"})
            case _:
                body = _ADF.format(id=f"a{n}", at=now.isoformat(), year=year, make=make, model=model, phone=phone)
                return msgspec.structs.replace(_post({}, authorization="Bearer a"), body=body.encode())

    def _order(self, n: int, phone: str, year: str, make: str, model: str, *, at: datetime) -> None:
        self.crm_records.put(
            CrmOrder(
                external_id=f"o{n}", name="New Quote - Tint", status="Estimate", column_name="Website Leads",
                customer_id=f"c{n}", vehicle_id=f"v{n}", created_at=at, updated_at=at,
            ),
            CrmCustomer(
                external_id=f"c{n}", first_name="Pat", phones=(CrmPhone(number=phone, opt_in=True, opt_in_at=at),)
            ),
            CrmVehicle(external_id=f"v{n}", year=int(year) if year else None, make=make, model=model),
        )  # fmt: skip

    async def met_before(self, admin_url: str) -> None:
        """Let the customer have been won once: their row exists, so nothing but the lead's own key makes them queue."""
        await self.deliver(3)
        admin = await asyncpg.connect(admin_url, server_settings={"search_path": "leadcore"})
        await admin.execute("UPDATE enrollment SET state = 'stopped'")
        await admin.execute("UPDATE lead SET status = 'won'")
        await admin.close()

    async def counts(self, admin_url: str) -> dict[str, int]:
        """Count what came of it."""
        admin = await asyncpg.connect(admin_url, server_settings={"search_path": "leadcore"})
        found = {
            name: await admin.fetchval(f"SELECT count(*) FROM {table} WHERE tenant_id = $1 {more}", self.tenant.id)
            for name, table, more in (
                ("people", "person", ""),
                ("leads", "lead", ""),
                ("open leads", "lead", "AND status NOT IN ('won', 'lost')"),
                ("references", "lead_reference", ""),
                ("conversations", "conversation", ""),
                ("active follow-ups", "enrollment", "AND state = 'active'"),
                ("requests applied", "inbox", "AND state = 'done'"),
                ("requests not applied", "inbox", "AND state <> 'done'"),
            )
        }
        await admin.close()
        return found


def _event(event: InboundEvent, n: int) -> RawRequest:
    return RawRequest(
        method="POST", url="https://x.example.com", headers=(("webhook-id", f"w{n}"),), body=msgspec.json.encode(event)
    )


def _post(fields: dict[str, Any], **headers: str) -> RawRequest:
    named = {"content-type": "application/json", **headers}
    return RawRequest(
        method="POST",
        url="https://hooks.example.com/hooks/7",
        headers=tuple(named.items()),
        body=msgspec.json.encode(fields),
    )


class CarelessLeads(PostgresLeads):
    """Looks, and inserts if there was nothing, without waiting for anybody: the control.

    Its first looks happen together, so that the race is lost for certain and not only often.
    """

    def __init__(self, transaction: Transaction, together: asyncio.Barrier) -> None:
        super().__init__(transaction)
        self._together = together

    async def lock_person(self, person_id: PersonId, *, tenant_id: TenantId) -> Person:
        return await self.person(person_id, tenant_id=tenant_id)

    async def wishes(self, person_id: PersonId, *, tenant_id: TenantId) -> list[Wish]:
        found = await super().wishes(person_id, tenant_id=tenant_id)
        if len(found) == 1 and not found[0].lead.is_open:  # they were won, and nobody has come back yet
            with suppress(TimeoutError, asyncio.BrokenBarrierError):
                await asyncio.wait_for(self._together.wait(), timeout=5)
        return found


class CarelessWork(PostgresWork):
    def __init__(self, transaction: Transaction, together: asyncio.Barrier) -> None:
        super().__init__(transaction)
        self._together = together

    @cached_property
    def leads(self) -> PostgresLeads:
        return CarelessLeads(self._db, self._together)


class CarelessStore(PostgresStore):
    together = asyncio.Barrier(3)

    @asynccontextmanager
    async def _unit_of_work(self, tenant_id: TenantId) -> AsyncIterator[PostgresWork]:
        async with tenant_session(self._engine, tenant_id) as session:
            yield CarelessWork(Transaction(session, tenant_id=tenant_id), self.together)


async def test_one_person_at_every_door_at_once_is_one_lead(
    database: ShopDatabase, scale: Scale, report: Report
) -> None:
    count = scale.of(1000, 72)
    store = PostgresStore(database.runtime_url, application="doors", pool_size=16)
    try:
        street = await Street(store, seed=scale.seed).open()
        started = asyncio.get_running_loop().time()
        await street.deliver(count)
        took_s = asyncio.get_running_loop().time() - started
        found = await street.counts(database.admin_url)
    finally:
        await store.aclose()

    report("one person at every door", {"requests": count, "seconds": round(took_s, 1), **found})
    assert found["requests not applied"] == 0
    assert (found["people"], found["leads"], found["conversations"]) == (1, 1, 1)
    assert found["active follow-ups"] <= 1
    # texts join the thread and are no references, but for the one that may have come first
    texts = len(range(_PLUGINS.index("twilio"), count, len(_PLUGINS)))
    assert count - texts <= found["references"] <= count - texts + 1


async def test_a_customer_who_was_won_and_comes_back_by_every_door_is_one_more_lead(
    database: ShopDatabase, scale: Scale, report: Report
) -> None:
    store = PostgresStore(database.runtime_url, application="doors", pool_size=16)
    try:
        street = await Street(store, seed=scale.seed + 1).open()
        await street.met_before(database.admin_url)
        await street.deliver(scale.of(1000, 36))
        found = await street.counts(database.admin_url)
    finally:
        await store.aclose()

    report("a customer who comes back", dict(found))
    assert (found["people"], found["leads"], found["open leads"]) == (1, 2, 1)
    assert found["requests not applied"] == 0


async def test_look_then_insert_without_the_key_makes_duplicates(
    database: ShopDatabase, scale: Scale, report: Report
) -> None:
    admin = await asyncpg.connect(database.admin_url, server_settings={"search_path": "leadcore"})
    await admin.execute("DROP INDEX lead_open_wish")
    await admin.close()
    store = CarelessStore(database.runtime_url, application="careless", pool_size=16)
    try:
        street = await Street(store, seed=scale.seed).open()
        await street.met_before(database.admin_url)
        await street.deliver(scale.of(200, 36))
        found = await street.counts(database.admin_url)
    finally:
        await store.aclose()

    report("look, then insert (control)", dict(found))
    assert found["open leads"] > 1, "the race was never lost, so the test has no power"
