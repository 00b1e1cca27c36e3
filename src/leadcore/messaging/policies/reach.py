"""Whether anything sent to a contact point arrives, from the set of what carriers said: order cannot matter."""

from collections.abc import Iterable

import msgspec

from leadcore.kernel.ids import MessageId
from leadcore.ports.inbound import Trouble
from leadcore.ports.messaging import DeliveryStatus

REPEATED = 2
"""So many messages in a row that did not arrive mean that the next will not either."""


class Delivery(msgspec.Struct, frozen=True, kw_only=True):
    """What became of one message, and the worst that its carrier said of the address, with its code."""

    message_id: MessageId
    delivery: DeliveryStatus | None
    trouble: Trouble = ""
    code: str = ""


def why_unreachable(deliveries: Iterable[Delivery]) -> str:
    """Return why nothing arrives at an address, from the messages to it, the newest first; empty when it does.

    One that was delivered outweighs all that went before it.
    """
    missed = 0
    for each in deliveries:
        if each.delivery == "delivered":
            return ""
        if each.trouble == "never":
            return f"its carrier says that it takes none{_coded(each.code)}"
        if each.trouble == "not_now":
            missed += 1
        if missed == REPEATED:
            return f"{REPEATED} in a row did not arrive{_coded(each.code)}"
    return ""


def _coded(code: str) -> str:
    return f" ({code})" if code else ""
