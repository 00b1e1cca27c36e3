"""What happened to a message."""

from leadcore.compliance.values import Channel, Purpose
from leadcore.kernel.events import Event
from leadcore.kernel.ids import AttemptId, LeadId, MessageId


class MessageQueued(Event, frozen=True, kw_only=True, tag="message.queued"):
    """A message was written and waits to be sent."""

    message_id: MessageId
    channel: Channel
    purpose: Purpose
    lead_id: LeadId | None = None


class MessageHeldBack(Event, frozen=True, kw_only=True, tag="message.held_back"):
    """The gate deferred or denied a message, with its reason and the reason's code."""

    message_id: MessageId
    verdict: str
    reason: str
    code: str = ""
    lead_id: LeadId | None = None


class MessageSettled(Event, frozen=True, kw_only=True, tag="message.settled"):
    """An attempt ended: accepted, rejected, not sent, unknown or abandoned, and how we know."""

    message_id: MessageId
    attempt_id: AttemptId
    outcome: str
    how: str
    lead_id: LeadId | None = None


class MessageDelivered(Event, frozen=True, kw_only=True, tag="message.delivery"):
    """The carrier reported a delivery state."""

    message_id: MessageId
    status: str
    error_code: str = ""
    lead_id: LeadId | None = None


class SenderHeld(Event, frozen=True, kw_only=True, tag="message.sender_held"):
    """A carrier refused the sender or its credentials: a person has to change something."""

    channel: Channel
    reason: str
    fix: str
    lead_id: LeadId | None = None


class LateAcceptFound(Event, frozen=True, kw_only=True, tag="message.late_accept"):
    """An attempt ruled out was accepted after all; the alarm of the one path on which a duplicate is possible."""

    message_id: MessageId
    attempt_id: AttemptId
    provider_id: str
    duplicate: bool
    lead_id: LeadId | None = None


class MessageReleased(Event, frozen=True, kw_only=True, tag="message.released"):
    """A person let a message that failed or was held be tried again."""

    message_id: MessageId
    by: str
    was: str
    reason: str
    lead_id: LeadId | None = None
