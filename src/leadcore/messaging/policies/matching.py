"""Finding an attempt of unknown outcome in the carrier's own list of what it accepted."""

import hashlib
from collections import Counter
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


def unknown_among(listed: Iterable[AcceptedMessage], attempts: Iterable[Attempt]) -> tuple[AcceptedMessage, ...]:
    """Return what the carrier lists and *attempts* (all that can matter) do not explain, oldest first.

    A message is explained by the attempt its id is bound to, else by one attempt without an id that says the same to
    the same recipient: one whose answer was lost, or has not been written down yet.
    """
    bound: set[str] = set()
    unbound: Counter[tuple[str, bytes]] = Counter()
    for attempt in attempts:
        if attempt.provider_id:
            bound.add(attempt.provider_id)
        else:
            unbound[attempt.recipient.casefold(), attempt.body_digest] += 1
    found: list[AcceptedMessage] = []
    for message in sorted(listed, key=lambda each: (each.created_at, each.provider_id)):
        if message.provider_id in bound:
            continue
        words = (message.recipient.casefold(), body_digest(message.body))
        if unbound[words] > 0:
            unbound[words] -= 1
        else:
            found.append(message)
    return tuple(found)


def _same_sender(listed: str, ours: str) -> bool:
    """Whether the list's sender can be ours: behind a pool (neither number nor address) any number may stand."""
    if listed.casefold() == ours.casefold():
        return True
    return not ours.startswith("+") and "@" not in ours
