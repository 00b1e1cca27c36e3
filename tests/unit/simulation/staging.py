"""A shop, a plan and a few people for simulations."""

from datetime import UTC, datetime
from typing import Any
from uuid import UUID

from msgspec.structs import replace

from leadcore.cadences.policies.definition import read_cadence
from leadcore.cadences.policies.shipped import SHIPPED
from leadcore.kernel.ids import TenantId
from leadcore.simulation.mix import Behaviour, LeadMix
from leadcore.simulation.plan import Plan
from leadcore.tenants.model import Tenant
from leadcore.tenants.values import Senders

TENANT = Tenant(
    id=TenantId(UUID(int=7)),
    slug="austin",
    brand="Hill Country Tint",
    zone="America/Chicago",
    phone="+15125550199",
    postal_address="100 Congress Ave, Austin",
    senders=Senders(sms="+15125550100", email="shop@example.com"),
)
OCTOBER = datetime(2026, 10, 20, 5, tzinfo=UTC)
"""Midnight in Austin; the clocks change on 1 November."""


def a_mix(*does: Any, **changes: Any) -> LeadMix:
    """Return a mix of customers who all do one of *does*; everybody has a phone, a mailbox and agreed."""
    customers = tuple(each if isinstance(each, Behaviour) else Behaviour(does=each) for each in does or ("nothing",))
    mix = LeadMix(phone_share=1, email_share=1, consent_share=1, night_share=0, areas={"512": 1}, customers=customers)
    return replace(mix, **changes)


def a_plan(*, cadence: str = "seven-in-eight", source: str = "", **changes: Any) -> Plan:
    """Return a plan for a fortnight and ten leads who do nothing."""
    version = read_cadence(source or SHIPPED[cadence], tenant_id=TENANT.id)
    others = tuple(read_cadence(each, tenant_id=TENANT.id) for each in SHIPPED.values())
    plan = Plan(tenant=TENANT, cadence=version, cadences=others, mix=a_mix(), start=OCTOBER, days=14, leads=10)
    return replace(plan, **changes)
