"""Why an order is a lead or not: the very code that webhook and poll decide with, asked by a person."""

from datetime import timedelta

import msgspec

from leadcore.flows.polled import news_of
from leadcore.flows.seams import Seams
from leadcore.intake.policies import Clause
from leadcore.kernel.errors import NotFoundError
from leadcore.kernel.ids import LeadId, TenantId
from leadcore.ports.crm import CrmOrder


class RuleExplained(msgspec.Struct, frozen=True, kw_only=True):
    """One order before the rule. `decided_by` names the clauses that failed; none when all hold and it is a lead.

    `lead_id` is the lead it is here; `poll_notes` says whether the poll would note it now, `poll_why` why.
    """

    crm: str
    order: CrmOrder
    is_lead: bool
    decided_by: tuple[str, ...]
    clauses: tuple[Clause, ...]
    lead_id: LeadId | None
    poll_notes: bool
    poll_why: str


async def explain_rule(seams: Seams, tenant_id: TenantId, order_id: str) -> RuleExplained:
    """Read the order from the tenant's CRM and judge it. Raises `NotFoundError` or `CrmError`."""
    crm = await seams.adapters.crm(tenant_id)
    order = await crm.order(order_id)
    # the CRM's clock is the real one, ours may be moved (demo, tests)
    offset = timedelta(seconds=(await seams.store.deployment.state()).clock_offset_s)
    async with seams.store.begin(tenant_id) as uow:
        tenant = await uow.tenants.get(tenant_id)
        name = tenant.providers.crm
        if order is None:
            raise NotFoundError(f"{name} has no order {order_id}", field="order_id", fix="copy its id from the CRM")
        lead = await uow.leads.by_external_ref(name, order_id, tenant_id=tenant_id)
        news = news_of(order, lead, tenant.lead_rule, now=await uow.now() - offset)
    return RuleExplained(
        crm=name,
        order=order,
        is_lead=news.verdict.is_lead,
        decided_by=tuple(clause.name for clause in news.verdict.clauses if not clause.holds),
        clauses=news.verdict.clauses,
        lead_id=lead.id if lead else None,
        poll_notes=news.is_news,
        poll_why=news.why,
    )
