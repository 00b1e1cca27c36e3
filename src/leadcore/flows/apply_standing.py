"""Putting a lead where everything known about it says it stands, and ending follow-up once a person has taken over."""

from collections.abc import Iterable
from datetime import datetime, timedelta

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
from leadcore.flows.lead_changes import open_twin, save_lead
from leadcore.flows.revoke import suppress
from leadcore.flows.stop import stop_follow_up
from leadcore.flows.work import Work
from leadcore.intake.model import EntityVersion, Span
from leadcore.kernel.ids import ConversationId
from leadcore.leads.model import OPEN, Lead
from leadcore.leads.policies.first_response import answered
from leadcore.leads.policies.standing import LeadFacts, standing
from leadcore.leads.values import LostReason

_ORDER_STATE = msgspec.json.Decoder(OrderState)
# The first that was ever seen and is an exit of the cadence ends follow-up, under this name. Nothing that is taken
# back later starts it again.
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

_SAME_ACT = timedelta(minutes=1)
"""A suppression this shortly before a refusal was seen is the same words, heard before they were applied."""
_MAY_JOIN = {WON, BOOKED, APPOINTED, SPOKEN, REPLIED, REFUSED, WRONG_NUMBER}


class Known(msgspec.Struct, frozen=True, kw_only=True):
    """Everything seen of one lead. `marks` are all that bear on it.

    `order` is the one behind it, None when there is none; `others` are orders of later requests that joined it. Any of
    them can win or book it, but only the first can lose it.
    """

    order: EntityVersion | None
    others: tuple[EntityVersion, ...]
    appointments: tuple[EntityVersion, ...]
    marks: dict[str, Span]


async def known(uow: Work, lead: Lead) -> Known:
    """Gather everything seen of the lead, with the records that say it locked: orders first, then threads."""
    tenant_id = lead.tenant_id
    named = await uow.leads.references(lead.id, tenant_id=tenant_id)
    orders = [
        order
        for each in sorted(named, key=lambda each: each.external_ref)
        if (order := await uow.inbox.entity(each.source, "order", each.external_ref, tenant_id=tenant_id)) is not None
    ]
    first = {(each.source, each.external_ref): n for n, each in enumerate(named)}
    orders.sort(key=lambda each: first[each.source, each.external_id])
    appointments: list[EntityVersion] = []
    said: list[tuple[str, Span]] = []
    for order in orders:
        appointments += await uow.inbox.entities_of(
            order.source, "appointment", ref="order", value=order.external_id, tenant_id=tenant_id
        )
        if order.customer_ref:
            customer = await uow.inbox.entity(order.source, "customer", order.customer_ref, tenant_id=tenant_id)
            said += customer.marks.items() if customer is not None else ()
    for thread_id in await _threads_of(uow, lead):
        thread = await uow.inbox.entity(OURS, "thread", str(thread_id), tenant_id=tenant_id)
        said += thread.marks.items() if thread is not None else ()
    return Known(
        order=orders[0] if orders else None,
        others=tuple(orders[1:]),
        appointments=tuple(appointments),
        marks=_joined(
            [
                *(orders[0].marks.items() if orders else ()),
                *(mark for other in orders[1:] for mark in _of_joined(other)),
                # what was said before this request was about another one
                *((name, span) for name, span in said if span.last >= lead.requested_at),
            ]
        ),
    )


async def stand(uow: Work, lead: Lead) -> None:
    """Save *lead* where it stands now, and end its follow-up if anything ever seen ends it. Idempotent."""
    seen = await known(uow, lead)
    for end in dict.fromkeys(reason for name, reason in _ENDS if name in seen.marks):
        if await stop_follow_up(uow, lead, reason=end):
            break  # under one name; a cadence that goes on after the first of them may end with the next
    refused = [seen.marks[name].last for name in (REFUSED, WRONG_NUMBER) if name in seen.marks]
    if refused:
        await _silence(uow, lead, refused_at=max(refused))
    facts = _facts(seen)
    status, reason = standing(lead, facts)
    if status in OPEN and not lead.is_open and await open_twin(uow, lead) is not None:
        return  # the same wish goes on as another lead
    moved, event = lead.mirrored(status, at=await uow.now(), reason=reason)
    spoken, answer = seen.marks.get(SPOKEN), None
    if spoken is not None:
        moved, answer = answered(moved, "staff", at=spoken.first, channel="crm")
    if moved != lead:
        await save_lead(uow, msgspec.structs.replace(moved, version=lead.version + 1), event, answer)


async def _silence(uow: Work, lead: Lead, *, refused_at: datetime) -> None:
    """Suppress every contact point of the person who refused: also those the CRM has told us of since.

    One whose suppression for that refusal has ended was opened by a consent since, and stays so.
    """
    person = await uow.leads.person(lead.person_id, tenant_id=lead.tenant_id)
    for point_id in sorted(each for each in (person.phone_id, person.email_id) if each is not None):
        history = await uow.compliance.suppression_history(point_id, tenant_id=lead.tenant_id)
        heard = any(each.reason != "ambiguous" and each.since >= refused_at - _SAME_ACT for each in history)
        if not heard and all(each.lifted_at is not None for each in history):
            locked = await uow.compliance.lock_point(point_id, tenant_id=lead.tenant_id)
            await suppress(uow, locked, "free_text", now=await uow.now())


async def hear(uow: Work, conversation: Conversation, revocation: RevocationKind, *, at: datetime) -> None:
    """Note that a customer's words, said at *at*, were heard in the locked *conversation*."""
    tenant_id = conversation.tenant_id
    leads = await uow.leads.open_of_person(conversation.person_id, tenant_id=tenant_id)
    named = [each for lead in leads for each in await uow.leads.references(lead.id, tenant_id=tenant_id)]
    for each in sorted(named, key=lambda each: each.external_ref):  # orders are locked before threads, always
        await uow.inbox.entity(each.source, "order", each.external_ref, tenant_id=tenant_id)
    await uow.inbox.advance(heard(tenant_id, str(conversation.id), revocation, at=at))


async def _threads_of(uow: Work, lead: Lead) -> list[ConversationId]:
    """The thread of the person behind the lead, and those of who they turned out to be: heard there is heard."""
    thread = await uow.conversations.of_lead(lead.id, tenant_id=lead.tenant_id)
    if thread is None:
        return []
    return sorted([thread.id, *await uow.conversations.merged_threads(thread.id, tenant_id=lead.tenant_id)])


def _of_joined(order: EntityVersion) -> list[tuple[str, Span]]:
    """Return what the order of a request that joined tells of the lead: it can win it, not lose it."""
    names = _MAY_JOIN | ({CLOSED} if WON in order.marks else set())
    return [(name, span) for name, span in order.marks.items() if name in names]


def _joined(marks: Iterable[tuple[str, Span]]) -> dict[str, Span]:
    found: dict[str, Span] = {}
    for name, span in marks:
        found[name] = span.joined_with(found[name]) if name in found else span
    return found


def _facts(known: Known) -> LeadFacts:
    marks, order, state = known.marks, known.order, _state_of(known.order)
    is_gone = order is not None and order.is_gone
    closed_at = None
    if order is not None and (is_gone or (state is not None and state.closed)):
        closed_at = order.gone_at if is_gone else order.at
    others = [(each, found) for each in known.others if not each.is_gone and (found := _state_of(each)) is not None]
    sold_at = [each.at for each, found in others if found.won]
    won = (state is not None and state.won) or bool(sold_at)
    if sold_at:
        closed_at = max([*sold_at, *([closed_at] if closed_at is not None and not is_gone else [])])
    visits = any(each.body == b"stands" and not each.is_gone for each in known.appointments)
    dated = (state is not None and state.dated) or any(found.dated for _, found in others)
    refusals: list[tuple[str, LostReason]] = [(REFUSED, "opted_out"), (WRONG_NUMBER, "wrong_number")]
    said = [(marks[name].last, reason) for name, reason in refusals if name in marks]
    refused_at, refusal = max(said, default=(None, refusals[0][1]))
    return LeadFacts(
        won=won,
        closed_at=closed_at,
        booked=closed_at is None and (visits or dated),
        won_once=WON in marks,
        booked_once=BOOKED in marks,
        handled=any(name in marks for name in (CLOSED, BOOKED, APPOINTED)),
        spoken_to=SPOKEN in marks,
        replied_at=marks[REPLIED].last if REPLIED in marks else None,
        refused_at=refused_at,
        refusal=refusal,
    )


def _state_of(order: EntityVersion | None) -> OrderState | None:
    """Return what counts of the order's newest version, None when none was seen."""
    return _ORDER_STATE.decode(order.body) if order is not None and order.body else None
