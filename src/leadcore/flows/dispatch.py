"""Sending: permit and attempt are written in one transaction before the call; the call happens outside, once."""

from collections.abc import Callable
from datetime import datetime, timedelta
from functools import cache, partial
from html import escape

import msgspec
from msgspec.structs import replace

from leadcore.compliance.policies.gate import (
    RULES_VERSION,
    Allow,
    Decision,
    Defer,
    Deny,
    GateFacts,
    SendPermit,
    decide,
    permit,
)
from leadcore.compliance.repository import RecordedDecision
from leadcore.compliance.values import ADVERTISING, Purpose
from leadcore.flows.calling import Rest
from leadcore.flows.conflicts import beside_others
from leadcore.flows.facts import gather, key_of
from leadcore.flows.notify import notify_staff
from leadcore.flows.pacing import Place, place_of, take
from leadcore.flows.seams import Seams
from leadcore.flows.unsubscribe import unsubscribe_url
from leadcore.flows.work import Work
from leadcore.kernel.errors import NotFoundError
from leadcore.kernel.ids import AttemptId, ConnectionId, ConsentId, DecisionId, MessageId
from leadcore.messaging.events import MessageHeldBack
from leadcore.messaging.model import Attempt, Message
from leadcore.messaging.policies.matching import body_digest
from leadcore.messaging.values import OPEN_MESSAGE, MessageState
from leadcore.ports.messaging import Carrier, OutboundMessage, SenderHistory
from leadcore.ports.storage import DueItem
from leadcore.tenants.model import Connection, Tenant

_NO_CARRIER_RETRY = timedelta(minutes=5)
_LEAST_WAIT = timedelta(seconds=30)

Resting = Callable[[ConnectionId, Purpose], Rest | None]


class Departure(msgspec.Struct, frozen=True, kw_only=True):
    """One permitted, written-ahead attempt: hand `outbound` to `carrier` now, once, then settle it.

    `per_s` is the sender's configured pace in segments a second, 0 without one.
    """

    attempt: Attempt
    outbound: OutboundMessage
    permit: SendPermit
    carrier: Carrier
    connection_id: ConnectionId
    per_s: float = 0.0


async def open_attempt(
    seams: Seams, item: DueItem, *, locked: Callable[[], None] | None = None, rest: Resting | None = None
) -> Departure | None:
    """Decide about one due message and, if it may go, write the attempt ahead. None when nothing is to be sent.

    The contact point is locked first: STOP takes the same lock, so an attempt either started before a revocation was
    acknowledged, or does not start. *locked* is called once it is: the permit's short life begins there. *rest* says
    for how long a connection shall not be called. Raises `StaleClaimError` when another worker holds the item.
    """
    return await beside_others(seams, "message", partial(_open_in, item, locked=locked, rest=rest))


async def _open_in(
    item: DueItem, seams: Seams, *, locked: Callable[[], None] | None, rest: Resting | None
) -> Departure | None:
    message_id = MessageId(item.item_id)
    async with seams.store.begin(item.tenant_id) as uow:
        peeked = await uow.messages.peek(message_id, tenant_id=item.tenant_id)
    try:
        carrier, connection = await seams.adapters.carrier(item.tenant_id, peeked.channel)
    except NotFoundError:
        reason = f"no {peeked.channel} connection: run `leadcore connect`"
        await _set_aside(seams, item, reason=reason, wait=_NO_CARRIER_RETRY)
        return None
    resting = rest(connection.id, peeked.purpose) if rest is not None else None
    if resting is not None:
        await _set_aside(seams, item, reason=resting.reason, wait=timedelta(seconds=resting.seconds))
        return None
    async with seams.store.begin(item.tenant_id) as uow:
        peeked = await uow.messages.peek(message_id, tenant_id=item.tenant_id)
        point = await uow.compliance.lock_point(peeked.contact_point_id, tenant_id=item.tenant_id)
        if locked is not None:
            locked()
        message = await uow.messages.get(message_id, tenant_id=item.tenant_id)
        departure = None
        if message.state in OPEN_MESSAGE:
            tenant = await uow.tenants.get(item.tenant_id)
            found = await gather(
                uow, message, tenant, point, epoch=seams.epoch.value, lists=_lists_senders(type(carrier))
            )
            place = await place_of(uow, message, tenant, now=found.facts.now)
            facts = replace(found.facts, slot_at=place.at if place else None)
            ready = _Ready(
                tenant=tenant, connection=connection, carrier=carrier, message=message, place=place,
                consent_id=found.consent_id,
            )  # fmt: skip
            departure = await _judge(uow, seams, item, ready, facts=facts)
        else:
            await uow.due.finish(item)
        await uow.commit()
    return departure


@cache  # what a class can do is looked up attribute by attribute
def _lists_senders(kind: type) -> bool:
    return issubclass(kind, SenderHistory)


class _Ready(msgspec.Struct, frozen=True, kw_only=True):
    """A message and what would carry it, read under the contact point's lock."""

    tenant: Tenant
    connection: Connection
    carrier: Carrier
    message: Message
    place: Place | None
    consent_id: ConsentId | None


async def _judge(uow: Work, seams: Seams, item: DueItem, ready: _Ready, *, facts: GateFacts) -> Departure | None:
    message = ready.message
    decision = decide(facts)
    await _record(uow, seams, ready, facts=facts, decision=decision, at=facts.now)
    match decision:
        case Allow():
            allowed = permit(facts, decision)
            await take(uow, ready.place)
            attempt = await _write_ahead(uow, seams, item, message, ready.tenant, at=facts.now)
            leave = (
                await unsubscribe_url(uow, seams, message.contact_point_id, tenant_id=item.tenant_id, at=facts.now)
                if message.channel == "email" and message.purpose in ADVERTISING
                else ""
            )
            outbound = _outbound(seams, ready, attempt=attempt, allowed=allowed, leave=leave)
            return Departure(
                attempt=attempt,
                outbound=outbound,
                permit=allowed,
                carrier=ready.carrier,
                connection_id=ready.connection.id,
                per_s=ready.tenant.senders.sms_segments_per_second if message.channel == "sms" else 0.0,
            )
        case Defer(until=until, reason=reason, code=code):
            if code == "no_common_hour" and message.reason != reason:
                await _ask_staff(uow, seams, message)
            slot = message.slot_at
            if code == "pace":
                await take(uow, ready.place)
                slot = until
            await uow.messages.save(replace(message, state="held", reason=reason, slot_at=slot))
            await uow.due.postpone(item, at=until)
        case Deny(reason=reason, expired=expired):
            state: MessageState = "expired" if expired else "suppressed"
            await uow.messages.save(replace(message, state=state, reason=reason))
            await uow.due.finish(item)
    return None


async def _write_ahead(
    uow: Work, seams: Seams, item: DueItem, message: Message, tenant: Tenant, *, at: datetime
) -> Attempt:
    await uow.due.finish(item)
    attempt = Attempt(
        id=AttemptId(seams.ids.new()),
        tenant_id=message.tenant_id,
        message_id=message.id,
        n=message.attempts + 1,
        state="started",
        started_at=at,
        sender=tenant.senders.sms if message.channel == "sms" else tenant.senders.email,
        recipient=message.recipient,
        body_digest=body_digest(message.body),
        rules_version=RULES_VERSION,
    )
    key = key_of(message, tenant, at=at)
    attempt = attempt if key is None else attempt.with_key(key)
    await uow.messages.save(replace(message, state="dispatching", attempts=attempt.n, reason=""))
    await uow.messages.add_attempt(attempt)
    await uow.due.arm(
        "attempt", attempt.id, tenant_id=attempt.tenant_id, at=at + timedelta(seconds=seams.settle_window_s)
    )
    return attempt


def _outbound(seams: Seams, ready: _Ready, *, attempt: Attempt, allowed: SendPermit, leave: str) -> OutboundMessage:
    message, tenant = ready.message, ready.tenant
    return OutboundMessage(
        attempt_id=attempt.id,
        channel=message.channel,
        sender=attempt.sender,
        sender_name=tenant.senders.email_name or tenant.brand,
        recipient=message.recipient,
        subject=message.subject,
        body=f"{message.body}\n\n{_footer(message, tenant)}Unsubscribe: {leave}" if leave else message.body,
        unsubscribe_url=leave,
        html=_with_leave(message, tenant, leave),
        thread_ref=message.thread_ref,
        status_url=seams.urls.status(ready.connection.id, attempt.id),
        validity_s=allowed.validity_s,
    )


def _footer(message: Message, tenant: Tenant) -> str:
    """The postal address CAN-SPAM wants, unless the shop's own template says it."""
    return "" if tenant.postal_address in message.body else f"{tenant.brand}, {tenant.postal_address}\n"


def _with_leave(message: Message, tenant: Tenant, leave: str) -> str:
    """The way out and the address stand in both parts of a mail (15 USC 7704(a)(3) and (5))."""
    html, address = message.html, escape(_footer(message, tenant).strip())
    if not html or not leave:
        return html
    line = f'<p>{address}{"<br>" if address else ""}<a href="{escape(leave)}">Unsubscribe</a></p>'
    head, body, tail = html.rpartition("</body>")
    return f"{head}{line}{body}{tail}" if body else f"{html}{line}"


async def _record(
    uow: Work, seams: Seams, ready: _Ready, *, facts: GateFacts, decision: Decision, at: datetime
) -> None:
    message = ready.message
    await uow.compliance.record(
        [
            RecordedDecision(
                id=DecisionId(seams.ids.new()),
                tenant_id=message.tenant_id,
                facts=facts,
                decision=decision,
                at=at,
                rules_version=RULES_VERSION,
                touch_id=message.touch_id,
                message_id=message.id,
                lead_id=message.lead_id,
                consent_id=ready.consent_id,
            )
        ]
    )
    if isinstance(decision, Defer | Deny):
        uow.publish(
            MessageHeldBack(
                tenant_id=message.tenant_id,
                at=at,
                message_id=message.id,
                verdict="deferred" if isinstance(decision, Defer) else "denied",
                reason=decision.reason,
                code=decision.code,
                lead_id=message.lead_id,
            )
        )


async def _ask_staff(uow: Work, seams: Seams, message: Message) -> None:
    """Tell the shop's people, once per message, that the rules leave no hour for it."""
    if message.lead_id is None:
        return
    conversation = await uow.conversations.of_lead(message.lead_id, tenant_id=message.tenant_id)
    if conversation is not None:
        await notify_staff(uow, seams, conversation, reason="no lawful hour to text them, their place is unclear")


async def _set_aside(seams: Seams, item: DueItem, *, reason: str, wait: timedelta) -> None:
    async with seams.store.begin(item.tenant_id) as uow:
        message = await uow.messages.get(MessageId(item.item_id), tenant_id=item.tenant_id)
        now = await uow.now()
        if message.state not in OPEN_MESSAGE:
            await uow.due.finish(item)
        elif now > message.not_after:
            await uow.messages.save(replace(message, state="expired", reason="too late"))
            await uow.due.finish(item)
        else:
            await uow.messages.save(replace(message, state="held", reason=reason))
            # never past half of what is left of its use, or what comes back in time is asked about too late
            useful = max((message.not_after - now) / 2, _LEAST_WAIT)
            await uow.due.postpone(item, at=now + min(wait, useful))
        await uow.commit()
