"""Messages that did not go: who waits or failed, why, and letting one try again, once, by a person's word."""

from datetime import datetime

import msgspec
from msgspec.structs import replace

from leadcore.compliance.values import Purpose
from leadcore.flows.seams import Seams
from leadcore.flows.work import Work
from leadcore.kernel.errors import RefusedError
from leadcore.kernel.ids import LeadId, MessageId, TenantId, TouchId
from leadcore.messaging.events import MessageReleased
from leadcore.messaging.model import Attempt, Message
from leadcore.messaging.values import MessageState, StuckState
from leadcore.ports.messaging import SendChannel

STUCK: tuple[StuckState, ...] = ("failed", "held")
_MAY_HAVE_GONE = frozenset({"started", "unknown", "accepted", "abandoned"})


class NotReleasableError(RefusedError):
    """The message cannot be tried again: it goes by itself, went or may have gone, is stale, or had its second try."""

    code = "not_releasable"


class Stuck(msgspec.Struct, frozen=True, kw_only=True):
    """A message that did not go. `why_not` says why it cannot be released; empty when it can."""

    message_id: MessageId
    state: MessageState
    channel: SendChannel
    purpose: Purpose
    reason: str
    decided_at: datetime
    not_after: datetime
    attempts: int
    why_not: str
    lead_id: LeadId | None
    touch_id: TouchId | None
    released_at: datetime | None


async def stuck_messages(seams: Seams, tenant_id: TenantId, *, state: StuckState | None, limit: int) -> list[Stuck]:
    """Return messages that failed or are held, the newest first, and whether each can be released."""
    states = STUCK if state is None else (state,)
    async with seams.store.begin(tenant_id) as uow:
        now = await uow.now()
        found = await uow.messages.stuck(tenant_id, states=states, limit=limit)
        return [_shown(each, await _attempts(uow, each), now=now) for each in found]


async def release_message(seams: Seams, message_id: MessageId, *, tenant_id: TenantId, by: str) -> Stuck:
    """Let a message be decided and tried again now; the gate still has its say. At most once per message.

    Raises `NotFoundError`, `NotReleasableError`.
    """
    async with seams.store.begin(tenant_id) as uow:
        peeked = await uow.messages.peek(message_id, tenant_id=tenant_id)
        await uow.compliance.lock_point(peeked.contact_point_id, tenant_id=tenant_id)
        message = await uow.messages.get(message_id, tenant_id=tenant_id)
        now = await uow.now()
        why_not = why_not_released(message, await _attempts(uow, message), now=now)
        if why_not:
            raise NotReleasableError(f"the message cannot be released: {why_not}", fix="write to them by hand")
        released = replace(message, state="pending", reason=f"released by {by}", released_at=now)
        await uow.messages.save(released)
        await uow.due.arm("message", message.id, tenant_id=tenant_id, at=now)
        uow.publish(
            MessageReleased(
                tenant_id=tenant_id,
                at=now,
                message_id=message.id,
                by=by,
                was=message.state,
                reason=message.reason,
                lead_id=message.lead_id,
            )
        )
        shown = _shown(released, await _attempts(uow, released), now=now)
        await uow.commit()
    return shown


def why_not_released(message: Message, attempts: list[Attempt], *, now: datetime) -> str:
    """Return why a message must not be tried again, empty when it may be."""
    if message.state not in STUCK:
        return f"it is {message.state}"
    if message.released_at is not None:
        return "it was released before"
    if not message.recipient:
        return "its person was erased"
    if any(each.state in _MAY_HAVE_GONE for each in attempts):
        return "an earlier try may have gone"
    if now >= message.not_after:
        return "it is too late to be useful"
    return ""


async def _attempts(uow: Work, message: Message) -> list[Attempt]:
    return await uow.messages.attempts_of(message.id, tenant_id=message.tenant_id)


def _shown(message: Message, attempts: list[Attempt], *, now: datetime) -> Stuck:
    return Stuck(
        message_id=message.id,
        state=message.state,
        channel=message.channel,
        purpose=message.purpose,
        reason=message.reason,
        decided_at=message.decided_at,
        not_after=message.not_after,
        attempts=message.attempts,
        why_not=why_not_released(message, attempts, now=now),
        lead_id=message.lead_id,
        touch_id=message.touch_id,
        released_at=message.released_at,
    )
