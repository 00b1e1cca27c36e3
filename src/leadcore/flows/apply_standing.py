"""Putting a lead where everything known about it says it stands, and ending follow-up once a person has taken over."""

from collections.abc import Iterable
from datetime import datetime

import msgspec

from leadcore.cadences.values import StopReason
from leadcore.compliance.policies.revocation import RevocationKind
from leadcore.conversations.model import Conversation
from leadcore.flows.apply_versions import (
    APPOINTED,
    BOOKED,
    CLOSED,
    ELSEWHERE,
    OURS,
    REFUSED,
    REPLIED,
    SPOKEN,
    WON,
    WRONG_NUMBER,
    OrderState,
    heard,
)
from leadcore.flows.lead_changes import save_lead
from leadcore.flows.revoke import suppress
from leadcore.flows.stop import stop_follow_up
from leadcore.flows.work import Work
from leadcore.intake.model import EntityVersion, Span
from leadcore.leads.model import Lead
from leadcore.leads.policies.first_response import answered
from leadcore.leads.policies.standing import LeadFacts, standing
from leadcore.leads.values import LostReason

_ORDER_STATE = msgspec.json.Decoder(OrderState)
# The first that was ever seen ends follow-up, under this name. Nothing that is taken back later starts it again.
_ENDS: tuple[tuple[str, StopReason], ...] = (
    (REFUSED, "opted_out"),
    (WRONG_NUMBER, "opted_out"),
    (CLOSED, "closed_in_crm"),
    (BOOKED, "booked"),
    (APPOINTED, "booked"),
    (REPLIED, "replied"),
    (SPOKEN, "taken_over"),
    (ELSEWHERE, "taken_over"),
)


class Known(msgspec.Struct, frozen=True, kw_only=True):
    """Everything seen of one lead. `order` is None when no order is behind it; `marks` are all that bear on it."""

    order: EntityVersion | None
    appointments: tuple[EntityVersion, ...]
    marks: dict[str, Span]

    @property
    def state(self) -> OrderState | None:
        """What counts of the order's newest version, None when none was seen."""
        return _ORDER_STATE.decode(self.order.body) if self.order is not None and self.order.body else None


async def stand(uow: Work, lead: Lead) -> None:
    """Save *lead* where it stands now, and end its follow-up if anything ever seen ends it. Idempotent."""
    known = await _known(uow, lead)
    end = next((reason for name, reason in _ENDS if name in known.marks), None)
    if end is not None:
        await stop_follow_up(uow, lead, reason=end)
    if known.marks.keys() & {REFUSED, WRONG_NUMBER}:
        await _silence(uow, lead)
    facts = _facts(known)
    status, reason = standing(lead, facts)
    moved, event = lead.mirrored(status, at=await uow.now(), reason=reason)
    spoken, answer = known.marks.get(SPOKEN), None
    if spoken is not None:
        moved, answer = answered(moved, "staff", at=spoken.first, channel="crm")
    if moved != lead:
        await save_lead(uow, msgspec.structs.replace(moved, version=lead.version + 1), event, answer)


async def _silence(uow: Work, lead: Lead) -> None:
    """Suppress every contact point of the person who refused: also those the CRM has told us of since."""
    person = await uow.leads.person(lead.person_id, tenant_id=lead.tenant_id)
    for point_id in sorted(each for each in (person.phone_id, person.email_id) if each is not None):
        if not await uow.compliance.suppressions(point_id, tenant_id=lead.tenant_id):
            locked = await uow.compliance.lock_point(point_id, tenant_id=lead.tenant_id)
            await suppress(uow, locked, "free_text", now=await uow.now())


async def hear(uow: Work, conversation: Conversation, revocation: RevocationKind, *, at: datetime) -> None:
    """Note that a customer's words, said at *at*, were heard in the locked *conversation*."""
    tenant_id = conversation.tenant_id
    leads = await uow.leads.open_of_person(conversation.person_id, tenant_id=tenant_id)
    for lead in sorted(leads, key=lambda lead: lead.external_ref):  # orders are locked before threads, always
        await uow.inbox.entity(lead.source, "order", lead.external_ref, tenant_id=tenant_id)
    await uow.inbox.advance(heard(tenant_id, str(conversation.id), revocation, at=at))


async def _known(uow: Work, lead: Lead) -> Known:
    tenant_id = lead.tenant_id
    order = await uow.inbox.entity(lead.source, "order", lead.external_ref, tenant_id=tenant_id)
    appointments: list[EntityVersion] = []
    customer: EntityVersion | None = None
    if order is not None:
        appointments = await uow.inbox.entities_of(
            lead.source, "appointment", ref="order", value=lead.external_ref, tenant_id=tenant_id
        )
        if order.customer_ref:
            customer = await uow.inbox.entity(lead.source, "customer", order.customer_ref, tenant_id=tenant_id)
    conversation = await uow.conversations.of_lead(lead.id, tenant_id=tenant_id)
    thread = await uow.inbox.entity(OURS, "thread", str(conversation.id), tenant_id=tenant_id) if conversation else None
    # What was said before this request was about another one.
    said = [
        (name, span)
        for each in (customer, thread)
        for name, span in (each.marks.items() if each else ())
        if span.last >= lead.requested_at
    ]
    return Known(
        order=order,
        appointments=tuple(appointments),
        marks=_joined([*(order.marks.items() if order else ()), *said]),
    )


def _joined(marks: Iterable[tuple[str, Span]]) -> dict[str, Span]:
    found: dict[str, Span] = {}
    for name, span in marks:
        found[name] = span.joined_with(found[name]) if name in found else span
    return found


def _facts(known: Known) -> LeadFacts:
    marks, order, state = known.marks, known.order, known.state
    is_gone = order is not None and order.is_gone
    won = state is not None and state.won
    closed_at = None
    if order is not None and (is_gone or (state is not None and state.closed)):
        closed_at = order.gone_at if is_gone else order.at
    visits = any(each.body == b"stands" and not each.is_gone for each in known.appointments)
    refusals: list[tuple[str, LostReason]] = [(REFUSED, "opted_out"), (WRONG_NUMBER, "wrong_number")]
    said = [(marks[name].last, reason) for name, reason in refusals if name in marks]
    refused_at, refusal = max(said, default=(None, refusals[0][1]))
    return LeadFacts(
        won=won,
        closed_at=closed_at,
        booked=closed_at is None and (visits or (state is not None and state.dated)),
        won_once=WON in marks,
        booked_once=BOOKED in marks,
        handled=any(name in marks for name in (CLOSED, BOOKED, APPOINTED)),
        spoken_to=SPOKEN in marks,
        replied_at=marks[REPLIED].last if REPLIED in marks else None,
        refused_at=refused_at,
        refusal=refusal,
    )
