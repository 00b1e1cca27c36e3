"""Writing down what became of an attempt, and what follows from it, in one transaction."""

from datetime import datetime
from functools import partial

from msgspec.structs import replace

from leadcore.compliance.events import ContactSuppressed
from leadcore.compliance.model import Suppression, SuppressionReason
from leadcore.flows.conflicts import beside_others, until_undisturbed
from leadcore.flows.lead_changes import save_lead
from leadcore.flows.reach import judge_reach
from leadcore.flows.scoring import rescore
from leadcore.flows.seams import Seams
from leadcore.flows.thread import add_entry
from leadcore.flows.work import Work
from leadcore.kernel.ids import AttemptId, TenantId
from leadcore.leads.policies.first_response import answered
from leadcore.leads.values import LeadStatus
from leadcore.messaging.events import LateAcceptFound, SenderHeld
from leadcore.messaging.machine import (
    Accepted,
    AlarmLateAccept,
    Effect,
    HoldSender,
    LookAt,
    Outcome,
    RetryAt,
    Settlement,
    Suppress,
    Unreachable,
    settle,
)
from leadcore.messaging.model import Attempt, Message
from leadcore.messaging.policies.settling import SettlePolicy, policy_for
from leadcore.ports.inbound import DeliveryReport
from leadcore.ports.storage import DueItem

_OPEN = {"started", "unknown"}
_COUNTS = {*_OPEN, "accepted"}
_NO_ANSWER = {"staff_notice", "optout_confirm", "help", "test"}
"""What is no answer to the customer's request: it stops no first-response clock."""


async def settle_attempt(
    seams: Seams, attempt_id: AttemptId, outcome: Outcome, *, tenant_id: TenantId, item: DueItem | None = None
) -> str:
    """Apply *outcome* to the attempt and its message; return the attempt's state. Idempotent.

    *item* is the claim under which the attempt was looked for. Raises `ConflictError` when the provider's id belongs to
    another attempt, `StaleClaimError` when the claim was lost.
    """

    async def once(given: Seams) -> str:
        async with given.store.begin(tenant_id) as uow:
            settled = await settle_within(uow, given, attempt_id, outcome, tenant_id=tenant_id, item=item)
            await uow.commit()
        return settled.attempt.state

    # the text and the e-mail of one step are answered at once, and both move the lead: the loser's answer must not
    # wait for the reconciler
    return await until_undisturbed(partial(beside_others, seams, "attempt", once))


async def settle_within(
    uow: Work,
    seams: Seams,
    attempt_id: AttemptId,
    outcome: Outcome,
    *,
    tenant_id: TenantId,
    item: DueItem | None = None,
) -> Settlement:
    """Do the same inside the caller's transaction. Locks the attempt, then its message."""
    attempt = await uow.messages.attempt(attempt_id, tenant_id=tenant_id)
    message = await uow.messages.get(attempt.message_id, tenant_id=tenant_id)
    now = await uow.now()
    settled = settle(
        message, attempt, outcome, now=now, policy=_policy(seams, message), fraction=seams.chance.fraction()
    )
    settled = replace(settled, attempt=await _without_taken_key(uow, settled.attempt, before=attempt))
    if settled.attempt != attempt:
        await uow.messages.save_attempt(settled.attempt)
    if settled.message != message:
        await uow.messages.save(settled.message)
    uow.publish(*settled.events)
    await _queue(uow, settled, item=item)
    for effect in settled.effects:
        await _perform(uow, effect, settled.message, settled.attempt, at=now)
    if settled.message.state == "accepted" and message.state != "accepted":
        # proof may come long after the call; the customer was answered by the call
        sent_at = now if isinstance(outcome, Accepted) else attempt.started_at
        await _was_sent(uow, seams, settled.message, sent_at=sent_at)
    return settled


async def _without_taken_key(uow: Work, attempt: Attempt, *, before: Attempt) -> Attempt:
    """Give up the text's key when the attempt counts again and another message took it meanwhile.

    An attempt that was ruled out and turns out accepted must be written down, and nothing can be unsent.
    """
    key = attempt.text_key
    if key is None or before.state in _COUNTS or attempt.state not in _COUNTS:
        return attempt
    taken = await uow.messages.has_text(key, but=attempt.message_id, tenant_id=attempt.tenant_id)
    return replace(attempt, local_day="") if taken else attempt


def _policy(seams: Seams, message: Message) -> SettlePolicy:
    """A carrier of texts can be asked twice for its list, so "absent twice" is evidence even for marketing."""
    usual = policy_for(message.purpose)
    return replace(
        usual,
        settle_s=seams.settle_window_s,
        look_again_s=min(usual.look_again_s, seams.settle_window_s),
        retry_unknown=usual.retry_unknown or message.channel == "sms",
    )


async def _queue(uow: Work, settled: Settlement, *, item: DueItem | None) -> None:
    """Keep exactly one entry in the queue for an open attempt, none for a closed one."""
    attempt = settled.attempt
    look = next((effect.at for effect in settled.effects if isinstance(effect, LookAt)), None)
    if attempt.state in _OPEN:
        if item is not None:
            await uow.due.postpone(item, at=look or item.due_at)
        elif look is not None:
            await uow.due.arm("attempt", attempt.id, tenant_id=attempt.tenant_id, at=look)
    elif item is not None:
        await uow.due.finish(item)
    else:
        await uow.due.cancel("attempt", [attempt.id], tenant_id=attempt.tenant_id)


async def _perform(uow: Work, effect: Effect, message: Message, attempt: Attempt, *, at: datetime) -> None:
    match effect:
        case RetryAt(at=again):
            await uow.due.arm("message", message.id, tenant_id=message.tenant_id, at=again)
        case Unreachable(code=code):
            report = DeliveryReport(provider_id="", status="failed", error_code=code, trouble="never")
            if await uow.messages.add_report(report, message_id=message.id, tenant_id=message.tenant_id):
                await judge_reach(uow, message, at=at)
        case Suppress(reason=reason):
            await _suppress(uow, message, reason=reason, at=at)
        case HoldSender(reason=reason, fix=fix):
            uow.publish(
                SenderHeld(
                    tenant_id=message.tenant_id,
                    at=at,
                    channel=message.channel,
                    reason=reason,
                    fix=fix,
                    lead_id=message.lead_id,
                )
            )
        case AlarmLateAccept(provider_id=provider_id, duplicate=duplicate):
            uow.publish(
                LateAcceptFound(
                    tenant_id=message.tenant_id,
                    at=at,
                    message_id=message.id,
                    attempt_id=attempt.id,
                    provider_id=provider_id,
                    duplicate=duplicate,
                    lead_id=message.lead_id,
                )
            )
        case LookAt():
            return  # the queue was set by `_queue`


async def _suppress(uow: Work, message: Message, *, reason: SuppressionReason, at: datetime) -> None:
    await uow.compliance.suppress(
        Suppression(
            contact_point_id=message.contact_point_id,
            tenant_id=message.tenant_id,
            channel=message.channel,
            reason=reason,
            since=at,
        )
    )
    uow.publish(
        ContactSuppressed(
            tenant_id=message.tenant_id,
            at=at,
            contact_point_id=message.contact_point_id,
            channel=message.channel,
            reason=reason,
            lead_id=message.lead_id,
        )
    )
    if message.lead_id is not None:
        await rescore(uow, await uow.leads.get(message.lead_id, tenant_id=message.tenant_id))


async def _was_sent(uow: Work, seams: Seams, message: Message, *, sent_at: datetime) -> None:
    if message.lead_id is None or message.purpose in _NO_ANSWER:
        return
    # the conversation is locked before the lead is written: who adds a customer's words does it in this order, too
    if message.touch_id is not None and message.conversation_id is not None:
        await _into_thread(uow, seams, message)
    lead = await uow.leads.get(message.lead_id, tenant_id=message.tenant_id)
    moved, event = lead.progressed_to(LeadStatus.CONTACTED, at=await uow.now())
    noted, answer = answered(moved, message.spoken_by, at=sent_at, channel=message.channel)
    if noted != lead:
        await save_lead(uow, replace(noted, version=lead.version + 1), event, answer)


async def _into_thread(uow: Work, seams: Seams, message: Message) -> None:
    if message.conversation_id is None:
        return
    conversation = await uow.conversations.lock(message.conversation_id, tenant_id=message.tenant_id)
    await add_entry(
        uow,
        seams,
        conversation,
        author="shop",
        channel=message.channel,
        text=message.body,
        source_ref=f"message:{message.id}",
    )
