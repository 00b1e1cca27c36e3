"""A carrier that does what the script says and remembers what it was given."""

from collections import deque
from datetime import datetime, timedelta
from typing import Literal

import msgspec

from leadcore.kernel.clock import Clock
from leadcore.ports.messaging import (
    AcceptedMessage,
    CarrierError,
    CarrierUnavailableError,
    DeliveryStatus,
    LookupUnsupportedError,
    OutboundMessage,
    OutcomeUnknownError,
    Receipt,
    RecipientRefusedError,
)

Outcome = Literal["accept", "lose_answer", "lose_request", "refuse", "opted_out", "unavailable"] | CarrierError
"""`lose_answer` accepts and then forgets to say so; `lose_request` raises the same error without having accepted."""


class CarriedMessage(msgspec.Struct, frozen=True, kw_only=True):
    """A message the carrier accepted, whether or not we were told."""

    provider_id: str
    message: OutboundMessage
    at: datetime


class MemoryMailer:
    """`Carrier` with scripted outcomes, without a history by sender.

    `outcomes` are used up one per call, then `when` by recipient decides, then everything is accepted. `handed_over`
    are all calls, `accepted` what the carrier took. `list_lag` delays what `accepted_for` shows; `lists=False` makes
    it raise `LookupUnsupportedError`, and while `lists_answer` is False every list raises `CarrierUnavailableError`.
    """

    def __init__(
        self, clock: Clock, *, list_lag: timedelta = timedelta(0), lists: bool = True, name: str = "memory"
    ) -> None:
        self._clock = clock
        self._name = name
        self.list_lag = list_lag
        self.lists = lists
        self.lists_answer = True
        self.outcomes: deque[Outcome] = deque()
        self.when: dict[str, Outcome] = {}
        self.handed_over: list[OutboundMessage] = []
        self.accepted: list[CarriedMessage] = []
        self.closed = False

    def script(self, *outcomes: Outcome) -> None:
        """Say what the next calls come to, one outcome each."""
        self.outcomes.extend(outcomes)

    async def send(self, message: OutboundMessage) -> Receipt:
        """Take *message*, or do what the script says. Raises what `Carrier.send` raises."""
        self.handed_over.append(message)
        outcome = self.outcomes.popleft() if self.outcomes else self.when.get(message.recipient, "accept")
        if isinstance(outcome, CarrierError):
            raise outcome
        if outcome == "unavailable":
            raise CarrierUnavailableError("memory: nobody at home", retry_after_s=1.0)
        if outcome in {"refuse", "opted_out"}:
            raise RecipientRefusedError("memory: recipient refused", opted_out=outcome == "opted_out")
        if outcome == "lose_request":
            raise OutcomeUnknownError("memory: answer lost")
        carried = CarriedMessage(
            provider_id=f"{self._name}-{len(self.accepted) + 1}", message=message, at=self._clock.now()
        )
        self.accepted.append(carried)
        if outcome == "lose_answer":
            raise OutcomeUnknownError("memory: answer lost")
        return Receipt(provider_id=carried.provider_id, status="queued")

    async def accepted_for(self, recipient: str, *, since: datetime) -> tuple[AcceptedMessage, ...]:
        """List what was accepted for *recipient* since *since* and is older than the lag."""
        if not self.lists:
            raise LookupUnsupportedError("memory: keeps no list")
        self._answer_lists()
        shown_until = self._clock.now() - self.list_lag
        return tuple(
            _listed(carried)
            for carried in self.accepted
            if carried.message.recipient == recipient and since <= carried.at <= shown_until
        )

    async def aclose(self) -> None:
        """Remember that it was closed."""
        self.closed = True

    def _answer_lists(self) -> None:
        if not self.lists_answer:
            raise CarrierUnavailableError("memory: the list does not answer", retry_after_s=1.0)


class MemoryCarrier(MemoryMailer):
    """The same that is a `SenderHistory`, too."""

    async def accepted_from(
        self, sender: str, *, since: datetime, limit: int | None = None
    ) -> tuple[AcceptedMessage, ...]:
        """List what *sender* sent since *since*, newest first."""
        self._answer_lists()
        shown_until = self._clock.now() - self.list_lag
        found = [
            _listed(carried)
            for carried in reversed(self.accepted)
            if carried.message.sender == sender and since <= carried.at <= shown_until
        ]
        return tuple(found[:limit])


def _listed(carried: CarriedMessage, status: DeliveryStatus = "queued") -> AcceptedMessage:
    return AcceptedMessage(
        provider_id=carried.provider_id,
        sender=carried.message.sender,
        recipient=carried.message.recipient,
        body=carried.message.body,
        created_at=carried.at,
        status=status,
    )
