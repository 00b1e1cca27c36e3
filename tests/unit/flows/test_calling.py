"""What a process that has just begun learns from its first calls."""

from uuid import UUID

from leadcore.flows.calling import Calling
from leadcore.kernel.ids import ConnectionId
from leadcore.memory.chance import SeededChance
from leadcore.messaging.machine import Accepted, Failure
from leadcore.messaging.policies.throttle import UNKNOWN_PER_S
from leadcore.ports.messaging import CarrierUnavailableError, Receipt

CONNECTION = ConnectionId(UUID(int=1))


def test_one_refusal_among_the_first_calls_is_no_measure_of_the_whole_speed() -> None:
    clock = [100.0]
    calling = Calling(monotonic=lambda: clock[0], chance=SeededChance(1))
    for number in range(3):
        calling.learn(CONNECTION, Accepted(receipt=Receipt(provider_id=f"SM{number}")))
    calling.learn(CONNECTION, Failure(error=CarrierUnavailableError("too many", retry_after_s=1, over_limit=True)))

    waited = calling.rest(CONNECTION, "marketing")
    clock[0] += 1 + 2 / UNKNOWN_PER_S

    assert waited is not None
    assert calling.rest(CONNECTION, "marketing") is None, "it crawls after a single refusal"
