"""A shop with many customers, put into the store as the flows would leave it."""

import re
from collections.abc import AsyncIterator, Iterator
from contextlib import asynccontextmanager
from datetime import UTC, datetime, time, timedelta
from typing import TypeVar

from leadcore.cadences.model import CadenceVersion, Step, Template
from leadcore.compliance.model import Consent, ContactPoint
from leadcore.kernel.ids import ConnectionId, ConsentId, ContactPointId, MessageId, TenantId
from leadcore.leads.model import Lead, Person
from leadcore.messaging.model import Message
from leadcore.tenants.model import Connection, Tenant
from leadcore.tenants.values import Senders
from leadcore.testing.builders import a_consent, a_conversation, a_lead, a_person, a_touch, an_enrollment
from leadcore_postgres.store import PostgresStore, PostgresWork
from leadcore_runtime.adapters import sealed_connection
from leadcore_runtime.container import open_vault
from leadcore_runtime.identity import TimeOrderedIds
from leadcore_runtime.registry import plugin
from leadcore_runtime.settings import Settings
from tests.e2e.system import VAULT_KEY

NOON = datetime(2026, 6, 1, 17, tzinfo=UTC)
"""A Monday at noon in Texas: a lawful hour in every zone of the numbers below."""
SENDERS = tuple(f"+1512555010{number}" for number in range(10))
"""One for each shop: a carrier's list of what a sender sent is a shop's own."""
SENDER = SENDERS[0]
TWILIO_TOKEN = "sim-twilio-token"
WEBHOOK_SECRET = "whsec_MDEyMzQ1Njc4OWFiY2RlZjAxMjM0NTY3ODlhYmNkZWY="
_TWILIO_ACCOUNT = "AC00000000000000000000000000000001"
_AREAS = re.findall(
    r"\d{3}",
    "210 214 254 281 325 361 409 430 432 469 512 682 713 737 806 817 830 832 903 936 940 956 972 979 "
    "217 224 309 312 331 618 630 708 773 779 815 847 218 320 507 612 651 763 952 314 417 573 636 660 "
    "816 262 414 608 715 920 615 731 901 205 251 256 334 225 318 337 504 985 405 580 918 316 620 785 "
    "913 319 515 563 641 712",
)
_BATCH = 50
Item = TypeVar("Item")


def phones(count: int) -> list[str]:
    """Numbers that belong to nobody: 555-01xx of real area codes in the Central zone, the shops' own left out."""
    every = (f"+1{area}55501{number:02}" for number in range(99, -1, -1) for area in _AREAS)
    found = [phone for phone, _ in zip((each for each in every if each not in SENDERS), range(count), strict=False)]
    assert len(found) == count, "more customers than numbers"
    return found


class Shop:
    """One tenant, its connections, and its customers by a mark that stands in every text to them."""

    def __init__(self, store: PostgresStore, *, slug: str = "austin", sender: str = SENDER) -> None:
        self.store = store
        self.ids = TimeOrderedIds()
        self.tenant = Tenant(
            id=TenantId(self.ids.new()),
            slug=slug,
            brand="Hill Country Tint",
            zone="America/Chicago",
            phone="+15125550198",
            address="100 Congress Ave, Austin TX 78701",
            postal_address="100 Congress Ave, Austin TX 78701",
            senders=Senders(sms=sender, email="shop@example.com"),
        )
        self.connections: dict[str, Connection] = {}

    async def open(self, **base_urls: str) -> None:
        """Create it, connected to the simulators at *base_urls*; the deployment's clock then shows noon."""
        settings = {
            "twilio": {"account_sid": _TWILIO_ACCOUNT, "auth_token": TWILIO_TOKEN, "sender": self.tenant.senders.sms},
            "sendgrid": {"api_key": "sim-sendgrid-key", "sender": "shop@example.com"},
            "shopmonkey": {"api_key": "sim-shopmonkey-key", "webhook_secret": WEBHOOK_SECRET},
        }
        vault = open_vault(Settings(vault_key=VAULT_KEY))
        async with self.store.begin(self.tenant.id) as uow:
            await uow.tenants.add(self.tenant)
            for name, base_url in base_urls.items():
                chosen = plugin("crm" if name == "shopmonkey" else "messaging", name)
                values = settings[name] | {"base_url": base_url}
                found = sealed_connection(self.tenant.id, ConnectionId(self.ids.new()), chosen, values, vault)
                await uow.tenants.put_connection(found)
                self.connections[name] = found
            await uow.commit()
        await self.store.deployment.set_clock_offset((NOON - datetime.now(UTC)).total_seconds())

    async def due_touches(self, count: int, *, first: int = 0) -> dict[str, str]:
        """Make *count* leads with a touch that is due; return their phones by mark, counted from *first*."""
        cadence = CadenceVersion(
            tenant_id=self.tenant.id,
            name="chaos",
            version="1",
            steps=(
                Step(id="hello", day=0, templates={"sms": Template(body="{{ greeting }}, any news? STOP to opt out")}),
                Step(id="later", day=3, at=time(10, 30), templates={"sms": Template(body="{{ greeting }}, still?")}),
            ),
        )
        async with self.store.begin(self.tenant.id) as uow:
            await uow.cadences.put_version(cadence)
            await uow.commit()
        found = {f"N{number:05}x": phone for number, phone in enumerate(phones(count), first)}
        for marks in _batches(list(found)):
            async with self.store.begin(self.tenant.id) as uow:
                now = await uow.now()
                for mark in marks:
                    lead = await self._customer(uow, found[mark], mark=mark, at=now)
                    enrollment = an_enrollment(lead, cadence, id=self.ids.new(), enrolled_at=now)
                    touch = a_touch(
                        enrollment, id=self.ids.new(), due_at=now, planned_at=now, not_after=now + timedelta(hours=4)
                    )
                    await uow.cadences.enroll(enrollment)
                    await uow.cadences.add_touch(touch)
                    await uow.due.arm("touch", touch.id, tenant_id=self.tenant.id, at=now)
                await uow.commit()
        return found

    async def contacts(self, count: int) -> list[ContactPoint]:
        """Make *count* contacts that agreed to marketing texts."""
        found: list[ContactPoint] = []
        for some in _batches(phones(count)):
            async with self.store.begin(self.tenant.id) as uow:
                now = await uow.now()
                found += [await self._point(uow, phone, at=now) for phone in some]
                await uow.commit()
        return found

    async def text_now(self, points: list[ContactPoint]) -> None:
        """Make a text to each of them due at once, in one transaction."""
        async with self.store.begin(self.tenant.id) as uow:
            now = await uow.now()
            for point in points:
                message = Message(
                    id=MessageId(self.ids.new()),
                    tenant_id=self.tenant.id,
                    channel="sms",
                    purpose="marketing",
                    contact_point_id=point.id,
                    recipient=point.value,
                    body=f"News for {point.value}. Reply STOP to opt out",
                    decided_at=now,
                    not_after=now + timedelta(hours=4),
                )
                await uow.messages.add(message)
                await uow.due.arm("message", message.id, tenant_id=self.tenant.id, at=now)
            await uow.commit()

    async def _customer(self, uow: PostgresWork, phone: str, *, mark: str, at: datetime) -> Lead:
        point = await self._point(uow, phone, at=at)
        person: Person = await uow.leads.put_person(a_person(point, id=self.ids.new(), first_name=mark))
        lead: Lead = a_lead(
            person, id=self.ids.new(), external_ref=f"order-{mark}", requested_at=at - timedelta(days=1), created_at=at
        )
        await uow.leads.add(lead)
        await uow.conversations.ensure(a_conversation(lead, id=self.ids.new()))
        return lead

    async def _point(self, uow: PostgresWork, phone: str, *, at: datetime) -> ContactPoint:
        new = ContactPoint(
            id=ContactPointId(self.ids.new()),
            tenant_id=self.tenant.id,
            kind="phone",
            value=phone,
            zones=("America/Chicago",),
        )
        point: ContactPoint = await uow.compliance.ensure_point(new)
        consent: Consent = a_consent(point, id=ConsentId(self.ids.new()), obtained_at=at - timedelta(days=1))
        await uow.compliance.add_consent(consent)
        return point


@asynccontextmanager
async def shop_in(runtime_url: str, *, slug: str = "austin", sender: str = SENDER) -> AsyncIterator[Shop]:
    """A shop on that database; the store is closed afterwards."""
    store = PostgresStore(runtime_url, application="chaos", pool_size=4)
    try:
        yield Shop(store, slug=slug, sender=sender)
    finally:
        await store.aclose()


def _batches(items: list[Item]) -> Iterator[list[Item]]:
    for start in range(0, len(items), _BATCH):
        yield items[start : start + _BATCH]
