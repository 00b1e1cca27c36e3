"""The first start of a demo: a shop, its vendors, its prices, a key, and one lead that is answered."""

import asyncio
import re
from time import monotonic
from typing import Any

import httpx

from leadcore.compliance.model import ContactPoint
from leadcore.flows.api_keys import create_api_key
from leadcore.flows.catalog_sync import sync_catalog
from leadcore.flows.onboard import add_tenant, find_tenant, list_tenants
from leadcore.kernel.errors import RefusedError
from leadcore.kernel.ids import TenantId
from leadcore.leads.model import Lead
from leadcore.messaging.model import Message
from leadcore.tenants.model import Tenant
from leadcore.tenants.values import Senders
from leadcore_cli.connecting import connect
from leadcore_cli.demo_place import DemoFolder, Memory, Ports
from leadcore_cli.session import Session
from leadcore_cli.terminal import Progress
from leadcore_runtime.registry import plugin_by_name

SLUG = "hill-country"
_LINK = re.compile(r"https?://\S+/c/#\S+")
_ANSWER_WITHIN_S = 30.0
_POLL_S = 0.1


class StoryStuckError(RefusedError):
    """The demo's lead was not answered in time."""

    code = "story_stuck"


async def tell(session: Session, folder: DemoFolder, ports: Ports, report: Progress) -> Memory:
    """Make what the demo shows, or only connect again when its ports have changed; return what there is to show."""
    memory = folder.remembered()
    if memory is not None and memory.ports == ports:
        return memory
    tenant = await _shop(session)
    report("connecting the shop to its vendors")
    await _connect_all(session, tenant, ports)
    await sync_catalog(session.seams, tenant.id)
    if memory is None:
        if not folder.key_file.exists():
            key, _ = await create_api_key(session.seams.store, session.seams.chance, tenant_id=tenant.id, label="demo")
            folder.keep_key(key)
        report("a customer asks for a quote on the shop's website")
        memory = await _first_lead(session, tenant, ports)
    else:
        link = _LINK.sub(
            lambda found: f"{session.seams.urls.chat}/c/#{found[0].partition('/c/#')[2]}", memory.chat_link
        )
        memory = Memory(
            tenant=memory.tenant,
            lead_id=memory.lead_id,
            customer=memory.customer,
            request=memory.request,
            chat_link=link,
            ports=ports,
        )
    folder.remember(memory)
    return memory


async def _shop(session: Session) -> Tenant:
    store = session.seams.store
    if await store.directory.tenant_by_slug(SLUG) is not None:
        return await find_tenant(store, SLUG)
    if await list_tenants(store):
        raise RefusedError("this database has other shops in it", fix="use another --data-dir for the demo")
    return await add_tenant(
        store,
        Tenant(
            id=TenantId(session.seams.ids.new()),
            slug=SLUG,
            brand="Hill Country Tint & PPF",
            zone="America/Chicago",
            phone="+15125550100",
            address="100 Example Ave, Austin, TX",
            postal_address="100 Example Ave, Austin, TX 78701",
            senders=Senders(sms="+15125550100", email="hello@example.com", email_name="Hill Country Tint & PPF"),
            staff_phone="+15125550199",
            staff_email="dana@example.com",
        ),
    )


async def _connect_all(session: Session, tenant: Tenant, ports: Ports) -> None:
    given: dict[str, dict[str, str]] = {
        "shopmonkey": {"api_key": "sim-shopmonkey-key", "base_url": f"{ports.of('shopmonkey')}/v3"},
        "twilio": {
            "account_sid": "AC00000000000000000000000000000001",
            "auth_token": "sim-twilio-token",
            "base_url": ports.of("twilio"),
        },
        "sendgrid": {
            "api_key": "sim-sendgrid-key",
            "parse_domain": "reply.example.com",
            "base_url": ports.of("sendgrid"),
        },
        "anthropic": {"api_key": "sim-anthropic-key", "base_url": ports.of("anthropic")},
        "openai": {"api_key": "sim-openai-key", "base_url": f"{ports.of('openai')}/v1"},
    }
    for vendor, values in given.items():
        outcome = await connect(session, tenant, plugin_by_name(vendor), values)
        if not outcome.kept:
            wrong = next(each for each in outcome.findings if not each.ok)
            raise StoryStuckError(f"{vendor}: {wrong.what}", fix=wrong.fix)


async def _first_lead(session: Session, tenant: Tenant, ports: Ports) -> Memory:
    async with httpx.AsyncClient(timeout=10, trust_env=False) as http:
        answer = await http.post(f"{ports.of('shopmonkey')}/_sim/leads", json={"email": "jordan@example.com"})
        answer.raise_for_status()
        order: dict[str, Any] = answer.json()
    lead, text, point = await _answered(session, tenant, str(order["order_id"]))
    link = _LINK.search(text.body)
    return Memory(
        tenant=tenant.slug,
        lead_id=str(lead.id),
        customer=point.value,
        request=" · ".join(each for each in (lead.vehicle.label, lead.interest) if each),
        chat_link=link[0] if link else session.seams.urls.chat,
        ports=ports,
    )


async def _answered(session: Session, tenant: Tenant, order_id: str) -> tuple[Lead, Message, ContactPoint]:
    deadline = monotonic() + _ANSWER_WITHIN_S
    while monotonic() < deadline:
        async with session.seams.store.begin(tenant.id) as uow:
            lead = await uow.leads.by_external_ref("shopmonkey", order_id, tenant_id=tenant.id)
            sent = await uow.messages.of_lead(lead.id, tenant_id=tenant.id) if lead else []
            text = next((each for each in sent if each.channel == "sms" and each.state == "accepted"), None)
            if lead is not None and text is not None:
                return lead, text, await uow.compliance.get_point(text.contact_point_id, tenant_id=tenant.id)
        await asyncio.sleep(_POLL_S)
    raise StoryStuckError(
        f"the first lead was not answered within {_ANSWER_WITHIN_S:.0f} s",
        fix=f"see {session.settings.data_dir}/logs, `leadcore inbox list --data-dir {session.settings.data_dir}`",
    )
