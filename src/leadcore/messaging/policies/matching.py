"""Finding an attempt of unknown outcome in the carrier's own list of what it accepted."""

import hashlib
from collections.abc import Collection, Iterable
from datetime import timedelta

from leadcore.messaging.model import Attempt
from leadcore.ports.messaging import AcceptedMessage

CLOCK_SLACK = timedelta(minutes=5)
"""The carrier's clock may be that much behind ours: something listed as created earlier is not this attempt."""


def body_digest(body: str) -> bytes:
    """Return what `Attempt.body_digest` holds for *body*; line ends are folded, for carriers change them."""
    return hashlib.sha256("\n".join(body.splitlines()).strip().encode()).digest()


def find_attempt(
    attempt: Attempt, listed: Iterable[AcceptedMessage], *, bound: Collection[str]
) -> AcceptedMessage | None:
    """Return the listed message that is *attempt*, None when there is none.

    *bound* are the provider ids that belong to other attempts: one message proves one attempt. Of several the one
    created nearest to the attempt is taken.
    """
    earliest = attempt.started_at - CLOCK_SLACK
    ours = [
        message
        for message in listed
        if message.provider_id not in bound
        and message.recipient.casefold() == attempt.recipient.casefold()
        and _same_sender(message.sender, attempt.sender)
        and message.created_at >= earliest
        and body_digest(message.body) == attempt.body_digest
    ]
    return min(
        ours,
        key=lambda message: (abs(message.created_at - attempt.started_at), message.provider_id),
        default=None,
    )


def _same_sender(listed: str, ours: str) -> bool:
    """Whether the list's sender can be ours: behind a pool (neither number nor address) any number may stand."""
    if listed.casefold() == ours.casefold():
        return True
    return not ours.startswith("+") and "@" not in ours
