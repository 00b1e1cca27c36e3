"""What the shop's people say of a lead: lost, won, or open again."""

from leadcore.cadences.values import StopReason
from leadcore.compliance.model import ContactPoint, SuppressionReason
from leadcore.conversations.model import Conversation
from leadcore.flows.enroll import enroll
from leadcore.flows.lead_changes import open_twin, save_lead
from leadcore.flows.losing import lose_lead
from leadcore.flows.reconsent import standing_consents
from leadcore.flows.revoke import suppress
from leadcore.flows.seams import Seams
from leadcore.flows.stop import stop_all_follow_up, stop_follow_up
from leadcore.flows.work import Work
from leadcore.kernel.errors import InvalidInputError
from leadcore.kernel.ids import ContactPointId, LeadId, TenantId
from leadcore.leads.model import DuplicateLeadError, FollowUpForbiddenError, Lead, NotLostError
from leadcore.leads.values import LeadStatus, LostReason

_SILENCES: dict[str, tuple[StopReason, SuppressionReason]] = {
    "opted_out": ("opted_out", "staff"),
    "wrong_number": ("opted_out", "wrong_number"),
}
"""What a person was told at the counter or on the phone binds us like what was texted (47 CFR 64.1200(a)(10))."""


async def lose(seams: Seams, lead_id: LeadId, reason: LostReason, *, tenant_id: TenantId, by: str) -> Lead:
    """Close the lead as lost and stop its follow-up. `opted_out` and `wrong_number` also silence us for good.

    Raises `UnreachableStatusError` when it is closed already, `InvalidInputError`, `NotFoundError`.
    """
    if reason == "closed_in_crm":
        raise InvalidInputError(
            "only the CRM closes a lead so", field="reason", fix="say why: price, went_elsewhere, no_answer …"
        )
    async with seams.store.begin(tenant_id) as uow:
        lead = await uow.leads.get(lead_id, tenant_id=tenant_id)
        points = await _locked_points(uow, lead) if reason in _SILENCES else []
        conversation = await locked_thread(uow, lead)
        lead = await uow.leads.get(lead_id, tenant_id=tenant_id)
        now = await uow.now()
        lost = await lose_lead(uow, lead, reason=reason, at=now, by=by)
        if reason in _SILENCES:
            stopped_by, silenced_by = _SILENCES[reason]
            for point in points:
                await suppress(uow, point, silenced_by, now=now, words=f"told to {by}" if by else "")
            if conversation is not None:
                await stop_all_follow_up(uow, conversation, reason=stopped_by)
        await stop_follow_up(uow, lost, reason="lost")
        await uow.commit()
    return lost


async def win(seams: Seams, lead_id: LeadId, *, tenant_id: TenantId, by: str) -> Lead:
    """Close the lead as won and stop its follow-up. Raises `UnreachableStatusError`, `NotFoundError`."""
    async with seams.store.begin(tenant_id) as uow:
        lead = await uow.leads.get(lead_id, tenant_id=tenant_id)
        await locked_thread(uow, lead)
        lead = await uow.leads.get(lead_id, tenant_id=tenant_id)
        won, event = lead.move_to(LeadStatus.WON, at=await uow.now(), by=by)
        await save_lead(uow, won, event)
        await stop_follow_up(uow, won, reason="won")
        await uow.commit()
    return won


async def reopen(seams: Seams, lead_id: LeadId, *, tenant_id: TenantId, by: str, follow_up: bool = False) -> Lead:
    """Open a lost lead again. Follow-up starts only if told to, and if the customer may still be written to.

    Raises `NotLostError`, `DuplicateLeadError`, `FollowUpForbiddenError` (then nothing is changed), `NotFoundError`.
    """
    async with seams.store.begin(tenant_id) as uow:
        lead = await uow.leads.get(lead_id, tenant_id=tenant_id)
        await locked_thread(uow, lead)
        lead = await uow.leads.get(lead_id, tenant_id=tenant_id)
        _must_be_lost(lead)
        if (twin := await open_twin(uow, lead)) is not None:
            raise DuplicateLeadError(
                "the same request is open as another lead", field="lead_id", fix=f"work with the lead {twin.id}"
            )
        if follow_up:
            await must_be_lawful(uow, lead)
        opened, event = lead.move_to(LeadStatus.ENGAGED, at=await uow.now(), by=by)
        await save_lead(uow, opened, event)
        await stop_follow_up(uow, opened, reason="staff")  # a win-back that runs is not what a person asked for
        if follow_up:
            tenant = await uow.tenants.get(tenant_id)
            await enroll(uow, seams, tenant, opened, again=True)
        await uow.commit()
    return opened


def _must_be_lost(lead: Lead) -> None:
    if lead.status is not LeadStatus.LOST:
        raise NotLostError(f"a {lead.status} lead cannot be re-opened", field="status", fix="only a lost one can")
    if lead.lost_reason == "duplicate":
        raise DuplicateLeadError("it is a duplicate", field="lead_id", fix="re-open the lead that was kept")


async def must_be_lawful(uow: Work, lead: Lead) -> None:
    """Raise unless some address may still get marketing: texts need consent to it, nothing goes to who opted out."""
    refusals: list[str] = []
    for point in await _points(uow, lead):
        silenced = await uow.compliance.suppressions(point.id, tenant_id=point.tenant_id)
        if silenced:
            refusals.append(f"{point.kind}: suppressed ({', '.join(sorted({each.reason for each in silenced}))})")
            continue
        consents = await standing_consents(uow, point.id, tenant_id=point.tenant_id)
        if point.kind == "email" or any(each.scope == "marketing" for each in consents):
            return
        refusals.append("phone: no consent to marketing texts")
    raise FollowUpForbiddenError(
        f"the customer may not be written to; {'; '.join(refusals) or 'no address is known'}",
        field="follow_up",
        fix="re-open it without follow-up and call them",
    )


async def _points(uow: Work, lead: Lead) -> list[ContactPoint]:
    return [await uow.compliance.get_point(each, tenant_id=lead.tenant_id) for each in await _point_ids(uow, lead)]


async def _locked_points(uow: Work, lead: Lead) -> list[ContactPoint]:
    return [await uow.compliance.lock_point(each, tenant_id=lead.tenant_id) for each in await _point_ids(uow, lead)]


async def _point_ids(uow: Work, lead: Lead) -> list[ContactPointId]:
    """In id order, so that two who lock them cannot deadlock."""
    person = await uow.leads.person(lead.person_id, tenant_id=lead.tenant_id)
    return sorted(each for each in (person.phone_id, person.email_id) if each is not None)


async def locked_thread(uow: Work, lead: Lead) -> Conversation | None:
    """The thread's lock is what a customer's words take, too: they are heard before the move, or after it."""
    conversation = await uow.conversations.of_lead(lead.id, tenant_id=lead.tenant_id)
    return await uow.conversations.lock(conversation.id, tenant_id=lead.tenant_id) if conversation else None
