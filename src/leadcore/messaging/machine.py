"""What becomes of an attempt: nothing is sent again unless the earlier try is known, or long absent, not to count.

A carrier has no idempotency key, so "the answer was lost" is an outcome of its own. It is resolved by proof of
acceptance (answer, callback, the carrier's list) or by looking twice, the second time at twice the settle window, and
not finding it. Ends are final; only proof of acceptance overrules one, for it is the truth arriving late.
"""

from datetime import datetime, timedelta
from typing import Literal

import msgspec
from msgspec.structs import replace

from leadcore.kernel.events import Event
from leadcore.messaging.events import MessageSettled
from leadcore.messaging.model import Attempt, Message
from leadcore.messaging.policies.settling import SettlePolicy
from leadcore.messaging.values import AttemptState, MessageState
from leadcore.ports.messaging import (
    CarrierError,
    CarrierUnavailableError,
    LookupUnsupportedError,
    MessageRefusedError,
    Receipt,
    RecipientRefusedError,
    SenderRefusedError,
)


class Accepted(msgspec.Struct, frozen=True, kw_only=True):
    """The carrier answered with its id."""

    receipt: Receipt


class CallbackProof(msgspec.Struct, frozen=True, kw_only=True):
    """A signed callback carried our attempt id: it was accepted, whatever the answer was."""

    provider_id: str


class FoundInList(msgspec.Struct, frozen=True, kw_only=True):
    """The carrier lists the message among those it accepted."""

    provider_id: str


class Failure(msgspec.Struct, frozen=True, kw_only=True):
    """`Carrier.send` raised `error`. Never for errors of the look-up: an unreachable list proves nothing."""

    error: CarrierError


class NeverLeft(msgspec.Struct, frozen=True, kw_only=True):
    """The permit ran out before the call began; no byte was written."""

    why: str = "the permit expired before the call"


class WorkerLost(msgspec.Struct, frozen=True, kw_only=True):
    """Whoever made the call is gone (crash, lost lease, shutdown): the answer will not come."""


class NotFoundInList(msgspec.Struct, frozen=True, kw_only=True):
    """The carrier's list, read now, does not have it."""


class LookFailed(msgspec.Struct, frozen=True, kw_only=True):
    """The list could not be read, or the carrier has none (`LookupUnsupportedError`)."""

    error: CarrierError


Outcome = Accepted | CallbackProof | FoundInList | Failure | NeverLeft | WorkerLost | NotFoundInList | LookFailed


class RetryAt(msgspec.Struct, frozen=True, kw_only=True):
    """Decide about the message again (through the gate) at this instant."""

    at: datetime


class LookAt(msgspec.Struct, frozen=True, kw_only=True):
    """Read the carrier's list at this instant."""

    at: datetime


class Suppress(msgspec.Struct, frozen=True, kw_only=True):
    """The carrier says this recipient opted out: suppress the contact point."""

    reason: Literal["provider_stop"] = "provider_stop"


class HoldSender(msgspec.Struct, frozen=True, kw_only=True):
    """Hold everything of this connection until a person has changed something."""

    reason: str
    fix: str


class AlarmLateAccept(msgspec.Struct, frozen=True, kw_only=True):
    """An attempt we had ruled out was accepted after all. `duplicate` when another one went, or may have gone, too."""

    provider_id: str
    duplicate: bool


class Unreachable(msgspec.Struct, frozen=True, kw_only=True):
    """The carrier says that this recipient takes none of its kind, ever."""

    code: str


Effect = Unreachable | RetryAt | LookAt | Suppress | HoldSender | AlarmLateAccept


class Settlement(msgspec.Struct, frozen=True, kw_only=True):
    """The new states and what has to be done about them, all in one unit of work."""

    message: Message
    attempt: Attempt
    effects: tuple[Effect, ...] = ()
    events: tuple[Event, ...] = ()


def settle(
    message: Message, attempt: Attempt, outcome: Outcome, *, now: datetime, policy: SettlePolicy, fraction: float = 0.5
) -> Settlement:
    """Apply *outcome* of *attempt* to it and its *message*. *fraction* in [0, 1) spreads retries (full jitter)."""
    case = _Case(message=message, attempt=attempt, now=now, policy=policy, fraction=fraction)
    match outcome:
        case Accepted(receipt=receipt):
            return case.proven(receipt.provider_id, how="answer")
        case CallbackProof(provider_id=provider_id):
            return case.proven(provider_id, how="callback")
        case FoundInList(provider_id=provider_id):
            return case.proven(provider_id, how="list")
        case _ if attempt.state not in _OPEN:
            return Settlement(message=message, attempt=attempt)
        case Failure() | NeverLeft() | WorkerLost():
            return case.answered(outcome)
        case _:
            return case.looked(outcome)


_OPEN: frozenset[AttemptState] = frozenset({"started", "unknown"})
_IN_FLIGHT: frozenset[MessageState] = frozenset({"dispatching", "unknown"})


class _Case(msgspec.Struct, frozen=True, kw_only=True):
    """One application of `settle`."""

    message: Message
    attempt: Attempt
    now: datetime
    policy: SettlePolicy
    fraction: float

    def proven(self, provider_id: str, *, how: str) -> Settlement:
        before = self.attempt
        if before.state == "accepted":
            if before.provider_id in {"", provider_id}:
                return Settlement(message=self.message, attempt=replace(before, provider_id=provider_id))
            alarm = AlarmLateAccept(provider_id=provider_id, duplicate=True)
            return Settlement(message=self.message, attempt=before, effects=(alarm,))
        superseded = before.n < self.message.attempts
        elsewhere = superseded and self.message.state in {*_IN_FLIGHT, "accepted"}
        message = self.message if elsewhere else self._message("accepted", "", provider_id=provider_id)
        effects: tuple[Effect, ...] = ()
        if before.state in {"not_sent", "rejected"}:
            effects = (AlarmLateAccept(provider_id=provider_id, duplicate=elsewhere),)
            how = f"{how}, late"
        # a second accepted attempt would break the lock on the message: the first keeps its end and only the id
        state: AttemptState = before.state if elsewhere else "accepted"
        return self._settled(message, state, how, provider_id=provider_id, effects=effects)

    def answered(self, outcome: Failure | NeverLeft | WorkerLost) -> Settlement:
        match outcome:
            case Failure(error=error):
                return self.failed(error)
            case NeverLeft(why=why):
                return self.not_sent("never left", why, after_s=0)
            case _:
                return self.unknown("the worker was lost")

    def looked(self, outcome: NotFoundInList | LookFailed) -> Settlement:
        if isinstance(outcome, NotFoundInList):
            return self.absent("not in the carrier's list")
        if isinstance(outcome.error, LookupUnsupportedError):  # only events could tell, and they had their time
            return self.absent("no event came, and the carrier has no list")
        return self.look_failed(outcome.error)

    def failed(self, error: CarrierError) -> Settlement:
        text = f"{error.provider_code} {error.message}".strip()
        match error:
            case RecipientRefusedError(opted_out=True):
                message = self._message("suppressed", "the carrier says the recipient opted out")
                return self._settled(message, "rejected", "refused", error=text, effects=(Suppress(),))
            case RecipientRefusedError(provider_code=code):
                effects = (Unreachable(code=code),)
                return self._settled(self._message("failed", text), "rejected", "refused", error=text, effects=effects)
            case MessageRefusedError():
                return self._settled(self._message("failed", text), "rejected", "refused", error=text)
            case SenderRefusedError():
                hold = HoldSender(reason=text, fix=error.fix or "check the connection's credentials and sender")
                again = RetryAt(at=min(self.now + timedelta(seconds=self.policy.hold_s), self.message.not_after))
                message = self._message("held", text)
                return self._settled(message, "not_sent", "sender refused", error=text, effects=(hold, again))
            case CarrierUnavailableError(retry_after_s=wanted):
                return self.not_sent("unavailable", text, after_s=max(self._backoff_s(), wanted or 0.0))
            case _:
                return self.unknown(text)

    def not_sent(self, how: str, why: str, *, after_s: float) -> Settlement:
        at = self.now + timedelta(seconds=after_s)
        if at > self.message.not_after:
            return self._settled(self._message("expired", why), "not_sent", how, error=why)
        # a carrier that is down is tried until the message is stale: backing off keeps that few, `not_after` ends it
        if self.attempt.n >= self.policy.max_attempts and how != "unavailable":
            return self._settled(self._message("failed", f"gave up: {why}"), "not_sent", how, error=why)
        return self._settled(self._message("pending", why), "not_sent", how, error=why, effects=(RetryAt(at=at),))

    def unknown(self, why: str) -> Settlement:
        if self.attempt.state == "unknown":
            return Settlement(message=self.message, attempt=self.attempt)
        look = LookAt(at=max(self.now, self._settles(1)))
        return self._settled(self._message("unknown", why), "unknown", "answer lost", error=why, effects=(look,))

    def absent(self, why: str) -> Settlement:
        """Count a look only when its time has come: an early one proves nothing."""
        if self.attempt.state == "started":
            return self.unknown("no answer was recorded")
        due = self._settles(2 if self.attempt.looks else 1)
        if self.now < due:
            return Settlement(message=self.message, attempt=self.attempt, effects=(LookAt(at=due),))
        looked = replace(self.attempt, looks=self.attempt.looks + 1)
        if looked.looks == 1:
            again = LookAt(at=max(self._settles(2), self.now + timedelta(seconds=self.policy.look_again_s)))
            return Settlement(message=self.message, attempt=looked, effects=(again,))
        return replace(self, attempt=looked).absent_twice(why)

    def absent_twice(self, why: str) -> Settlement:
        if self.policy.retry_unknown and self.now < self.message.not_after:
            return self.not_sent("absent twice", why, after_s=0)
        end: MessageState = "failed" if self.now < self.message.not_after else "expired"
        return self._settled(self._message(end, f"given up: {why}"), "abandoned", "absent twice", error=why)

    def look_failed(self, error: CarrierError) -> Settlement:
        look = LookAt(at=max(self.now + timedelta(seconds=self.policy.look_again_s), self._settles(1)))
        hold = HoldSender(reason=error.message, fix=error.fix or "check the connection's credentials")
        effects: tuple[Effect, ...] = (hold, look) if isinstance(error, SenderRefusedError) else (look,)
        return Settlement(message=self.message, attempt=self.attempt, effects=effects)

    def _settles(self, times: int) -> datetime:
        return self.attempt.started_at + timedelta(seconds=times * self.policy.settle_s)

    def _backoff_s(self) -> float:
        ceiling = min(self.policy.backoff_max_s, self.policy.backoff_s * 2.0 ** min(self.attempt.n - 1, 30))
        return max(1.0, self.fraction * ceiling)

    def _message(self, state: MessageState, reason: str, *, provider_id: str = "") -> Message:
        """Move the message; one that is no longer in flight was ended by somebody else, and only proof moves it."""
        if self.message.state not in _IN_FLIGHT and state != "accepted":
            return self.message
        return replace(self.message, state=state, reason=reason, provider_id=provider_id or self.message.provider_id)

    def _settled(
        self,
        message: Message,
        state: AttemptState,
        how: str,
        *,
        error: str = "",
        provider_id: str = "",
        effects: tuple[Effect, ...] = (),
    ) -> Settlement:
        if message.state not in {"pending", "held"}:
            effects = tuple(effect for effect in effects if not isinstance(effect, RetryAt))
        attempt = replace(
            self.attempt,
            state=state,
            how=how,
            error=error,
            provider_id=provider_id or self.attempt.provider_id,
            settled_at=None if state in _OPEN else self.now,
        )
        event = MessageSettled(
            tenant_id=message.tenant_id,
            at=self.now,
            message_id=message.id,
            attempt_id=attempt.id,
            outcome=state,
            how=how,
            lead_id=message.lead_id,
        )
        return Settlement(message=message, attempt=attempt, effects=effects, events=(event,))
