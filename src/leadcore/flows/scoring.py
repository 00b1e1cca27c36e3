"""Scoring leads as due work: whatever changes a fact makes the score due, time itself included."""

from datetime import datetime, timedelta

from leadcore.conversations.policies.appointment_words import asks_for_time
from leadcore.conversations.policies.wishes import wishes_in
from leadcore.flows.seams import Seams
from leadcore.flows.work import Work
from leadcore.kernel.ids import LeadId, TenantId
from leadcore.leads.events import LeadScored
from leadcore.leads.model import Lead, LeadScore
from leadcore.leads.policies.score import ScoreFacts, next_step, score
from leadcore.leads.values import LeadStatus
from leadcore.ports.storage import DueItem

_READ = 200
_PAGE = 500


async def rescore(uow: Work, lead: Lead) -> None:
    """Make the lead's score due: several changes at once are scored once."""
    await uow.due.arm("score", lead.id, tenant_id=lead.tenant_id, at=await uow.now())


async def rescore_all(uow: Work, tenant_id: TenantId) -> None:
    """Make the scores of all open leads due, after the weights were changed."""
    await uow.due.arm("score", tenant_id, tenant_id=tenant_id, at=await uow.now())


async def score_due(seams: Seams, item: DueItem) -> None:
    """Score one lead, or spread the work over all open ones (the item is the tenant). Raises `StaleClaimError`."""
    if item.item_id == item.tenant_id:
        await _spread(seams, item)
        return
    async with seams.store.begin(item.tenant_id) as uow:
        lead = await uow.leads.get(LeadId(item.item_id), tenant_id=item.tenant_id)
        now = await uow.now()
        facts = await score_facts(uow, lead, at=now)
        await _keep(uow, lead, facts, at=now)
        step = next_step(facts.quiet_for) if lead.is_open else None
        if step is None:
            await uow.due.finish(item)
        else:
            await uow.due.postpone(item, at=now + step)
        await uow.commit()


async def score_facts(uow: Work, lead: Lead, *, at: datetime) -> ScoreFacts:
    """Return what is known of the lead at *at*."""
    tenant_id = lead.tenant_id
    person = await uow.leads.person(lead.person_id, tenant_id=tenant_id)
    reachable = {
        point_id
        for point_id in (person.phone_id, person.email_id)
        if point_id is not None and not await uow.compliance.suppressions(point_id, tenant_id=tenant_id)
    }
    consents = [await uow.compliance.consents(each, tenant_id=tenant_id) for each in sorted(reachable)]
    conversation = await uow.conversations.of_lead(lead.id, tenant_id=tenant_id)
    entries = (
        await uow.conversations.last_entries(conversation.id, tenant_id=tenant_id, limit=_READ) if conversation else []
    )
    said = [each for each in entries if each.author == "customer" and each.at >= lead.requested_at]
    since = lead.first_response_at
    replies = [each.at for each in said if since is not None and each.at > since]
    quoted = lead.status is LeadStatus.QUOTED
    return ScoreFacts(
        source=lead.source,
        textable=person.phone_id in reachable,
        consent=any(consents),
        vehicle=lead.vehicle.label,
        service=lead.interest,
        price_asked=quoted or any("price" in wishes_in(each.text) for each in said),
        replied=bool(replies),
        replied_after=replies[0] - since if since is not None and replies else None,
        slot_asked=lead.status is LeadStatus.BOOKED or any(asks_for_time(each.text) for each in said),
        quiet_for=max(at - max([lead.requested_at, *(each.at for each in said)]), timedelta(0)),
    )


async def _keep(uow: Work, lead: Lead, facts: ScoreFacts, *, at: datetime) -> None:
    tenant = await uow.tenants.get(lead.tenant_id)
    total, reasons = score(facts, tenant.score)
    known = await uow.life.scores([lead.id], tenant_id=lead.tenant_id)
    if known and (known[0].total, known[0].reasons) == (total, reasons):
        return
    await uow.life.put_score(
        LeadScore(tenant_id=lead.tenant_id, lead_id=lead.id, total=total, reasons=reasons, scored_at=at)
    )
    uow.publish(LeadScored(tenant_id=lead.tenant_id, at=at, lead_id=lead.id, total=total, reasons=reasons))


async def _spread(seams: Seams, item: DueItem) -> None:
    before: LeadId | None = None
    while True:
        async with seams.store.begin(item.tenant_id) as uow:
            page = await uow.leads.listing(item.tenant_id, status=None, limit=_PAGE, before=before)
            for lead in page:
                if lead.is_open:
                    await rescore(uow, lead)
            if len(page) < _PAGE:
                await uow.due.finish(item)
            await uow.commit()
        if len(page) < _PAGE:
            return
        before = page[-1].id
