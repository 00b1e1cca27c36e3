"""A carrier that takes messages, loses answers and forgets callbacks as the faults say; nobody is behind it."""

from collections import defaultdict
from collections.abc import Callable
from datetime import datetime

import msgspec

from leadcore.kernel.chance import Chance
from leadcore.kernel.clock import Clock
from leadcore.ports.messaging import (
    AcceptedMessage,
    CarrierUnavailableError,
    LookupUnsupportedError,
    OutboundMessage,
    OutcomeUnknownError,
    Receipt,
    RecipientRefusedError,
    SendChannel,
)
from leadcore.simulation.faults import Faults

_BUSY_S = 2.0


class Taken(msgspec.Struct, frozen=True, kw_only=True):
    """A message the carrier took, whether or not we were told."""

    provider_id: str
    message: OutboundMessage
    at: datetime


class SimulatedCarrier:
    """`Carrier` of one channel. `landlines` are numbers it refuses; `on_taken` hears of what it took, at once."""

    def __init__(
        self, channel: SendChannel, *, clock: Clock, chance: Chance, faults: Faults, on_taken: Callable[[Taken], None]
    ) -> None:
        self._channel = channel
        self._clock = clock
        self._chance = chance
        self._faults = faults
        self._on_taken = on_taken
        self._to: dict[str, list[Taken]] = defaultdict(list)
        self.landlines: set[str] = set()
        self.taken: list[Taken] = []
        self.calls = 0

    async def send(self, message: OutboundMessage) -> Receipt:
        """Take *message*, or fail in the way that is drawn. Raises what `Carrier.send` raises."""
        self.calls += 1
        faults = self._faults
        if faults.is_out(self._clock.now()):
            raise CarrierUnavailableError("simulated: out of service", provider_code="503")
        if self._happens(faults.busy):
            raise CarrierUnavailableError(
                "simulated: too many requests", provider_code="429", retry_after_s=_BUSY_S, over_limit=True
            )
        if self._happens(faults.lost_request):
            raise OutcomeUnknownError("simulated: the request was lost")
        if message.recipient in self.landlines:
            raise RecipientRefusedError("simulated: a landline", provider_code="21614")
        breaks = self._happens(faults.server_error)
        if breaks and self._happens(0.5):
            raise OutcomeUnknownError("simulated: server error before it was taken", provider_code="500")
        taken = self._take(message)
        if breaks or self._happens(faults.lost_answer):
            raise OutcomeUnknownError("simulated: the answer was lost")
        return Receipt(provider_id=taken.provider_id, status="queued")

    async def accepted_for(self, recipient: str, *, since: datetime) -> tuple[AcceptedMessage, ...]:
        """List what was taken for *recipient* since *since* and is older than the lag. Mails have no list."""
        if self._channel == "email":
            raise LookupUnsupportedError("simulated: keeps no list of mails")
        if self._faults.is_out(self._clock.now()):
            raise CarrierUnavailableError("simulated: out of service", provider_code="503")
        shown_until = self._clock.now() - self._faults.list_lag
        return tuple(_listed(each) for each in self._to[recipient] if since <= each.at <= shown_until)

    async def aclose(self) -> None:
        """Nothing is open."""

    def _take(self, message: OutboundMessage) -> Taken:
        taken = Taken(provider_id=f"{self._channel}-{len(self.taken) + 1}", message=message, at=self._clock.now())
        self.taken.append(taken)
        self._to[message.recipient].append(taken)
        self._on_taken(taken)
        return taken

    def _happens(self, odds: float) -> bool:
        return odds > 0 and self._chance.fraction() < odds


def _listed(taken: Taken) -> AcceptedMessage:
    return AcceptedMessage(
        provider_id=taken.provider_id,
        sender=taken.message.sender,
        recipient=taken.message.recipient,
        body=taken.message.body,
        created_at=taken.at,
        status="queued",
    )
